/**
 * Reads the messages of a run: what is asked for now, and what was called and answered since.
 * 1. The last text that is understood is the request; a text beside tool results is a steer and replaces it only when
 *    it is understood.
 * 2. A steer that is not understood is kept, to be told at the end, never dropped in silence.
 */
import { RECEIVED_OPENING } from "../../files/attachment-texts.ts";
import type { Message } from "../model.ts";
import { NO_ANSWER, type Answer, type Call } from "./plan.ts";

export interface Step extends Call {
  readonly answer: Answer;
}

export interface Conversation {
  readonly request: string;
  /** Since the request, in the order of the calls. */
  readonly steps: readonly Step[];
  /** Calls since the beginning: the next id counts on from here. */
  readonly callCount: number;
  /** What was said meanwhile and not understood. */
  readonly unheard: readonly string[];
}

export const readConversation = (
  messages: readonly Message[],
  isUnderstood: (text: string) => boolean,
): Conversation => {
  const answers = answersById(messages);
  let request = "";
  let steps: Step[] = [];
  let unheard: string[] = [];
  let callCount = 0;
  for (const message of messages) {
    if (message.role === "assistant") {
      for (const block of message.content) {
        if (block.type !== "tool_use") continue;
        callCount++;
        steps.push({ name: block.name, input: block.input, answer: answers.get(block.id) ?? NO_ANSWER });
      }
      continue;
    }
    const texts = message.content
      .flatMap((block) => (block.type === "text" ? [block.text.trim()] : []))
      .filter((text) => !text.startsWith(RECEIVED_OPENING));
    if (texts.length === 0) continue;
    const isSteer = message.content.some((block) => block.type === "tool_result");
    const next = texts.findLast(isUnderstood) ?? (isSteer ? undefined : texts.at(-1));
    if (next === undefined) unheard.push(...texts);
    else [request, steps, unheard] = [next, [], []];
  }
  return { request, steps, callCount, unheard };
};

const answersById = (messages: readonly Message[]): ReadonlyMap<string, Answer> =>
  new Map(
    messages
      .flatMap((message) => (message.role === "user" ? message.content : []))
      .flatMap((block): [string, Answer][] =>
        block.type === "tool_result"
          ? [[block.tool_use_id, { content: block.content, failed: block.is_error === true }]]
          : [],
      ),
  );
