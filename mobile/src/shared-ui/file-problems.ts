/** Why a file did not make it, in words that a person can use. */
import type { TextKey } from "./locales/en.ts";
import type { FileProblem } from "./workspace.ts";

const KEYS: Readonly<Record<FileProblem["type"], Extract<TextKey, `file.problem.${string}`>>> = {
  offline: "file.problem.offline",
  "too-large": "file.problem.too-large",
  quota: "file.problem.full",
  "relay-full": "file.problem.full",
  gone: "file.problem.gone",
  "bad-chunk": "file.problem.damaged",
  "bad-reference": "file.problem.damaged",
  unreadable: "file.problem.unreadable",
  unwritable: "file.problem.unwritable",
  closed: "file.problem.refused",
  refused: "file.problem.refused",
  cancelled: "file.problem.refused",
};

export const fileProblemKey = (problem: FileProblem["type"]): Extract<TextKey, `file.problem.${string}`> =>
  KEYS[problem];
