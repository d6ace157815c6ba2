/**
 * What the person allows in numbers: how many runs work at once, and what one run and one day may use.
 * Set on this computer only ([AP4]), kept in the ledger, never by the agent.
 */
import * as z from "zod/mini";

/** "microDollars": millionths of a US dollar. "tokens": read and written, without those from a cache. */
export const BUDGET_KINDS = ["microDollars", "tokens", "steps", "minutes", "files"] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];
/** null: no limit. */
export type Budget = Readonly<Record<BudgetKind, number | null>>;

export interface Limits {
  readonly runsAtOnce: number;
  readonly perRun: Budget;
  /** By this computer's time zone. */
  readonly perDay: Budget;
}
export type LimitChanges = z.infer<typeof LIMITS>;

const amount = z.optional(z.nullable(z.number().check(z.nonnegative())));
const BUDGET = z.object({
  microDollars: amount,
  tokens: amount,
  steps: amount,
  minutes: amount,
  files: amount,
});
/** More would only wait for the model's service and for each other. */
export const MOST_RUNS_AT_ONCE = 8;
export const LIMITS = z.object({
  runsAtOnce: z.optional(z.int().check(z.minimum(1), z.maximum(MOST_RUNS_AT_ONCE))),
  perRun: z.optional(BUDGET),
  perDay: z.optional(BUDGET),
});

/** Two dollars a run and ten a day; the other numbers end what goes in circles, not what is large. */
export const DEFAULT_LIMITS: Limits = {
  runsAtOnce: 2,
  perRun: { microDollars: 2_000_000, tokens: 2_000_000, steps: 500, minutes: 240, files: 50_000 },
  perDay: { microDollars: 10_000_000, tokens: 20_000_000, steps: null, minutes: null, files: null },
};

export const mergeLimits = (before: Limits, changes: LimitChanges): Limits => ({
  runsAtOnce: changes.runsAtOnce ?? before.runsAtOnce,
  perRun: mergeBudget(before.perRun, changes.perRun),
  perDay: mergeBudget(before.perDay, changes.perDay),
});

const mergeBudget = (before: Budget, changes: LimitChanges["perRun"]): Budget => {
  const said = Object.entries(changes ?? {}).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(said) };
};
