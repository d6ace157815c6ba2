/**
 * What runs have used, and whether that is more than they may: pure, from their journals, so a crash forgets nothing
 * that was over before it.
 */
import { changesFiles } from "@deskhand/doc-schema/document";
import { BUDGET_KINDS, type Budget, type BudgetKind } from "../limits.ts";
import type { RunEvent } from "./events.ts";

export type Used = Readonly<Record<BudgetKind, number>>;

export const NOTHING_USED: Used = { microDollars: 0, tokens: 0, steps: 0, minutes: 0, files: 0 };

export interface OverBudget {
  readonly per: "run" | "day";
  readonly kind: BudgetKind;
  readonly used: number;
  /** How much is asked for: the limit once more. */
  readonly more: number;
}

/** A tool takes ten minutes at most and a silent model a minute and a half; a longer gap is sleep or a restart. */
const LONGEST_STEP_MS = 15 * 60_000;

/** @param since events before it do not count; milliseconds since 1970 */
export const usedBy = (events: readonly RunEvent[], since = 0): Used => {
  let { microDollars, tokens, steps, files } = NOTHING_USED;
  let workedMs = 0;
  for (const [index, event] of events.entries()) {
    if (event.at < since) continue;
    const before = events[index - 1];
    if (before !== undefined && !WAITS.has(before.type) && before.at >= since)
      workedMs += Math.min(Math.max(0, event.at - before.at), LONGEST_STEP_MS);
    if (event.type === "turn" || event.type === "compacted") {
      microDollars += event.usage.microDollars ?? 0;
      tokens += event.usage.inputTokens + event.usage.outputTokens;
    }
    if (event.type === "start") {
      const { action } = event.prepared;
      steps++;
      if (action !== undefined && changesFiles(action)) files += action.items.length;
    }
  }
  return { microDollars, tokens, steps, minutes: workedMs / 60_000, files };
};

/** What comes after these is a person's time. */
const WAITS: ReadonlySet<RunEvent["type"]> = new Set(["asked", "question", "over-budget"]);

export const sumUsed = (all: readonly Used[]): Used =>
  all.reduce(
    (sum, used) => ({
      microDollars: sum.microDollars + used.microDollars,
      tokens: sum.tokens + used.tokens,
      steps: sum.steps + used.steps,
      minutes: sum.minutes + used.minutes,
      files: sum.files + used.files,
    }),
    NOTHING_USED,
  );

/** What a person has added to the limits of this run, or of that day by any run. */
export const extendedBy = (events: readonly RunEvent[], per: "run" | "day", since = 0): Used => {
  const sum = { ...NOTHING_USED };
  for (const event of events)
    if (event.type === "extended" && event.per === per && event.at >= since) sum[event.kind] += event.more;
  return sum;
};

/** The first limit that is reached, or undefined. */
export const overBudget = (
  per: "run" | "day",
  budget: Budget,
  used: Used,
  extended: Used,
): OverBudget | undefined => {
  for (const kind of BUDGET_KINDS) {
    const limit = budget[kind];
    if (limit !== null && used[kind] >= limit + extended[kind])
      return { per, kind, used: Math.ceil(used[kind]), more: Math.max(1, limit) };
  }
  return undefined;
};
