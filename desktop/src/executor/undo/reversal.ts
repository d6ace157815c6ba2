/** What became of taking one change back. */
import type { LeftWhy } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import type { Outcome } from "../tools/fault.ts";
import type { ToolError } from "../tools/tool.ts";
import type { ChangeRecord } from "./change.ts";

export interface Reversal {
  readonly outcome: "undone" | "conflict" | "gone" | "failed";
  /** Except for "undone": the reason as a word, and as one sentence. */
  readonly why?: LeftWhy;
  readonly text?: string;
}

export interface UndoneItem extends Omit<Reversal, "outcome"> {
  readonly change: ChangeRecord;
  /** undone: as before. conflict: changed since, left alone. gone: not there. failed: see `text`. */
  readonly outcome: Reversal["outcome"] | "already-undone";
}

export const UNDONE: Outcome<Reversal> = ok({ outcome: "undone" });
export const conflict = (text: string, why: LeftWhy = "changed"): Outcome<Reversal> =>
  ok({ outcome: "conflict", why, text });
/** It was taken away since, or a crash came before it was made: nobody can tell. */
export const gone = (shown: string): Outcome<Reversal> =>
  ok({ outcome: "gone", why: "gone", text: `${shown} is not there; there is nothing to take back.` });

/** What a refusal or a failure comes to for the person. */
export const reversalOf = (done: Outcome<Reversal>): Reversal =>
  done.ok
    ? done.value
    : { ...(OF_ERROR[done.error.type] ?? { outcome: "failed", why: "failed" }), text: done.error.text };

const CHANGED: Reversal = { outcome: "conflict", why: "changed" };
const GONE: Reversal = { outcome: "gone", why: "gone" };
const OF_ERROR: Readonly<Partial<Record<ToolError["type"], Reversal>>> = {
  "not-found": GONE,
  "folder-missing": GONE,
  exists: { outcome: "conflict", why: "in-the-way" },
  changed: CHANGED,
  link: CHANGED,
  "hard-link": CHANGED,
};
