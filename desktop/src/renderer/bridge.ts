/**
 * The window's end of the contract: what comes from main is parsed too, so that a screen never meets a surprise.
 */
import {
  EVENTS,
  REQUESTS,
  type AnswerOf,
  type Bridge,
  type EventChannel,
  type EventOf,
  type RequestChannel,
  type RequestOf,
} from "../ipc-contract.ts";

declare global {
  interface Window {
    /** Exposed by preload. */
    readonly deskhand: Bridge;
  }
}

export const ask = async <C extends RequestChannel>(
  channel: C,
  request: RequestOf<C>,
): Promise<AnswerOf<C>> => {
  const answer = await window.deskhand.ask[channel](request);
  return REQUESTS[channel].answer.parse(answer) as AnswerOf<C>; // the schema of this channel gave it
};

export const listen = <C extends EventChannel>(channel: C, listener: (event: EventOf<C>) => void): void =>
  window.deskhand.on[channel]((event) => listener(EVENTS[channel].parse(event) as EventOf<C>)); // as above
