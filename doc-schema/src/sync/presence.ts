/**
 * Who is here and what they are doing, in awareness: sealed, never stored, gone with the socket.
 * 1. Another device's state is parsed on reading; what does not parse is not shown.
 * 2. It tells what a device says of itself. Nothing is allowed or run because of it.
 * 3. The texts of steps are cut so that every state fits the fixed 512 bytes of a presence frame.
 */
import type { Awareness } from "y-protocols/awareness";
import * as z from "zod/mini";
import { parseDeviceId, utf8ToBytes, type DeviceId } from "../crypto/index.ts";

const STEP_TEXT_BYTES = 120;
/** Where two runs are told of. */
const SHORT_TEXT_BYTES = 28;

const shortText = z.string().check(z.maxLength(64));
const time = z.number().check(z.nonnegative());
const STEP = z.object({ runId: shortText, text: z.string().check(z.maxLength(400)), at: time });
const PRESENCE = z.object({
  deviceId: z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined),
  role: z.enum(["phone", "window", "executor"]),
  appVersion: shortText,
  /** Milliseconds since 1970. */
  onlineSince: time,
  power: z.enum(["awake", "asleep", "quit"]),
  /** What the run is doing this moment: too short-lived for the document. */
  step: z.optional(STEP),
  /** The same of a second run; further ones are not told of. */
  also: z.optional(STEP),
});

export type PresenceState = z.infer<typeof PRESENCE>;
export type PresenceStep = z.infer<typeof STEP>;
export type PeerPresence = PresenceState & { readonly clientId: number };

export const parsePresence = (state: unknown): PresenceState | undefined => PRESENCE.safeParse(state).data;

/** The other sockets' states, each device perhaps more than once (two tabs). */
export const readPeers = (awareness: Awareness): readonly PeerPresence[] =>
  [...awareness.getStates()].flatMap(([clientId, state]) => {
    const presence = clientId === awareness.clientID ? undefined : parsePresence(state);
    return presence === undefined ? [] : [{ ...presence, clientId }];
  });

export const writePresence = (awareness: Awareness, state: PresenceState): void =>
  awareness.setLocalState({
    ...state,
    ...(state.step === undefined
      ? {}
      : { step: clipped(state.step, state.also === undefined ? STEP_TEXT_BYTES : SHORT_TEXT_BYTES) }),
    ...(state.also === undefined ? {} : { also: clipped(state.also, SHORT_TEXT_BYTES) }),
  });

/** What a device says that this run is doing. */
export const stepOfRun = (
  { step, also }: Pick<PresenceState, "step" | "also">,
  runId: string,
): PresenceStep | undefined => [step, also].find((one) => one?.runId === runId);

const clipped = (step: PresenceStep, bytes: number): PresenceStep => ({
  ...step,
  text: clipText(step.text, bytes),
});

/** Cut between characters, to so many bytes of UTF-8. */
const clipText = (text: string, bytes: number): string => {
  let left = bytes;
  let clipped = "";
  for (const character of text) {
    left -= utf8ToBytes(character).length;
    if (left < 0) return `${clipped.trimEnd()}…`;
    clipped += character;
  }
  return clipped;
};
