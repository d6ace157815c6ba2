/** What became of taking one change back. */
import { ok } from "@deskhand/doc-schema/wire";
import type { Outcome } from "../tools/fault.ts";
import type { ToolError } from "../tools/tool.ts";

export interface Reversal {
  readonly outcome: "undone" | "conflict" | "gone" | "failed";
  /** One sentence, except for "undone". */
  readonly text?: string;
}

export const UNDONE: Outcome<Reversal> = ok({ outcome: "undone" });
export const conflict = (text: string): Outcome<Reversal> => ok({ outcome: "conflict", text });
/** It was taken away since, or a crash came before it was made: nobody can tell. */
export const gone = (shown: string): Outcome<Reversal> =>
  ok({ outcome: "gone", text: `${shown} is not there; there is nothing to take back.` });

/** What a refusal or a failure comes to for the person. */
export const reversalOf = (done: Outcome<Reversal>): Reversal =>
  done.ok ? done.value : { outcome: OUTCOME_OF_ERROR[done.error.type] ?? "failed", text: done.error.text };

const OUTCOME_OF_ERROR: Readonly<Partial<Record<ToolError["type"], Reversal["outcome"]>>> = {
  "not-found": "gone",
  "folder-missing": "gone",
  exists: "conflict",
  changed: "conflict",
  link: "conflict",
  "hard-link": "conflict",
};
