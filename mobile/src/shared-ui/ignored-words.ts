/** Why frames were left out, in words that a person can use. Many causes, few things to say. */
import type { TextKey } from "./locales/en.ts";

type Group = "other-key" | "damaged" | "harmful" | "foreign" | "late";

const GROUPS: Readonly<Record<string, Group>> = {
  "wrong-room": "other-key",
  "wrong-epoch": "other-key",
  "foreign-write": "foreign",
  "own-client": "foreign",
  contradiction: "foreign",
  "held-overflow": "late",
  "not-taken": "late",
  short: "damaged",
  "bad-header": "damaged",
  "bad-commit": "damaged",
  "bad-tag": "damaged",
  "bad-padding": "damaged",
  "bad-inner": "damaged",
  "bad-awareness": "damaged",
};

/** A word that this version does not know comes from the guard of updates, as most do. */
const groupOf = (word: string): Group =>
  (Object.hasOwn(GROUPS, word) ? GROUPS[word] : undefined) ?? "harmful";

export const ignoredWords = (
  ignored: Readonly<Record<string, number>>,
): readonly { readonly word: Extract<TextKey, `ignored.${string}`>; readonly count: number }[] =>
  [...Map.groupBy(Object.entries(ignored), ([word]) => groupOf(word))].map(([group, entries]) => ({
    word: `ignored.${group}`,
    count: entries.reduce((sum, [, count]) => sum + count, 0),
  }));
