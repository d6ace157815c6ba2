/**
 * What a plan is: a script that yields the calls it needs, is given their answers, and returns its last words.
 * 1. A plan is a pure function of its request, the scene and the answers: replayed over the same answers it asks the
 *    same again, so a crash needs no state of its own.
 * 2. A plan only proposes calls. Whether they may happen is decided by policy, outside of it.
 */
import type { JsonObject } from "../../tools/tool.ts";
import type { GrantName } from "./folders.ts";
import type { Sentences } from "./english.ts";
import type { Language } from "./words.ts";

export interface Call {
  readonly name: string;
  readonly input: JsonObject;
}
export interface Answer {
  readonly content: string;
  readonly failed: boolean;
}
/** Stands in for a result that never came. */
export const NO_ANSWER: Answer = { content: "", failed: true };

/** Calls of one turn, and what is said before them. */
export interface Ask {
  readonly text?: string;
  readonly calls: readonly Call[];
}
/** `Value` is the plan's last words, or what a part of a plan found out. */
export type Plan<Value = string> = Generator<Ask, Value, readonly Answer[]>;

/** What a plan knows besides its request. */
export interface Scene {
  readonly folders: readonly GrantName[];
  readonly language: Language;
  /** A valid BCP 47 tag, for numbers and dates. */
  readonly locale: string;
  readonly say: Sentences;
}

/** Asks one call. */
export function* ask(name: string, input: JsonObject, text?: string): Plan<Answer> {
  const [answer] = yield { calls: [{ name, input }], ...(text === undefined ? {} : { text }) };
  return answer ?? NO_ANSWER;
}

/** The runner's words for a person's no. Any other failure is told as it came. */
const SAID_NO = /\bsaid no\b|\bdenied\b|\bdeclined\b|沒有同意|拒絕/i;
export const isDenied = ({ content, failed }: Answer): boolean => failed && SAID_NO.test(content);

/** A tool takes at most this many items in one call. */
const ITEMS_A_CALL = 10_000;

/** What became of a change that may need several calls. */
export interface Change {
  readonly done: number;
  /** Present when a call failed; what came before it stays done. */
  readonly failure?: Answer;
}

/** Asks for a change in calls of at most 10,000 items, one after another, and stops at the first that fails. */
export function* change<Item>(
  items: readonly Item[],
  toCall: (part: readonly Item[]) => Call,
  text: string,
): Plan<Change> {
  for (let done = 0; done < items.length; done += ITEMS_A_CALL) {
    const [answer = NO_ANSWER] = yield {
      calls: [toCall(items.slice(done, done + ITEMS_A_CALL))],
      ...(done === 0 ? { text } : {}),
    };
    if (answer.failed) return { done, failure: answer };
  }
  return { done: items.length };
}

/** The last words after a change: what was done, or why not and what stands. */
export const told = ({ done, failure }: Change, success: string, { say }: Scene): string => {
  if (failure === undefined) return success;
  return isDenied(failure) ? say.denied(done) : say.failed(failure.content, done);
};
