/**
 * What is to be done for the schedules at one moment, by the ledger's state and the clock alone; nothing is done here.
 * 1. However many times of a schedule passed, at most one is to run: the newest. The others are over with it.
 * 2. A time that passed while the computer slept, was off, was stopped or had another clock is a catch-up, and goes by
 *    what the schedule says of such times. At most `catchUps` of them begin now, the oldest first; the others wait.
 * 3. While a run of it has not ended (it may wait for a person for days), a schedule does not begin another.
 */
import type { Result } from "@deskhand/doc-schema/wire";
import type { Rule, RuleError } from "./rule.ts";
import type { ScheduleFacts } from "./schedule-fold.ts";
import type { Unfit } from "./schedule-records.ts";

export type Due =
  | {
      readonly type: "fire";
      readonly schedule: ScheduleFacts;
      readonly time: number;
      readonly isCatchUp: boolean;
    }
  | { readonly type: "let-go"; readonly schedule: ScheduleFacts; readonly time: number }
  | { readonly type: "turn-off"; readonly schedule: ScheduleFacts; readonly reason: Unfit };

export interface Moment {
  /** Milliseconds since 1970, as all times here. */
  readonly now: number;
  /** Since then the computer was awake and its clock went steadily. */
  readonly awakeSince: number;
  /** How many catch-ups may begin. */
  readonly catchUps: number;
}

export interface Plan {
  readonly due: readonly Due[];
  /** Catch-ups that wait until others have begun. */
  readonly waiting: number;
}

export const planDue = (
  schedules: Iterable<ScheduleFacts>,
  readRule: (rule: string, timeZone: string) => Result<Rule, RuleError>,
  moment: Moment,
): Plan => {
  const all = [...schedules].flatMap((schedule) => dueOf(schedule, readRule, moment) ?? []);
  const late = all.filter((due) => due.type === "fire" && due.isCatchUp).toSorted(byTime);
  const begin = new Set(late.slice(0, moment.catchUps));
  return {
    due: all.filter((due) => begin.has(due) || !late.includes(due)),
    waiting: late.length - begin.size,
  };
};

const dueOf = (
  schedule: ScheduleFacts,
  readRule: (rule: string, timeZone: string) => Result<Rule, RuleError>,
  { now, awakeSince }: Moment,
): Due | undefined => {
  if (!schedule.enabled) return undefined;
  const rule = readRule(schedule.rule, schedule.timeZone);
  if (!rule.ok) return { type: "turn-off", schedule, reason: rule.error };
  if (schedule.openRuns.length > 0) return undefined;
  const time = rule.value.latest(now);
  if (rule.value.type === "once" && time !== undefined && time <= schedule.since)
    return { type: "turn-off", schedule, reason: "time-passed" };
  if (time === undefined || time <= schedule.handledUpTo || schedule.fired.has(time)) return undefined;
  const isCatchUp = time <= awakeSince;
  return isCatchUp && schedule.ifMissed !== "run"
    ? { type: "let-go", schedule, time }
    : { type: "fire", schedule, time, isCatchUp };
};

const byTime = (a: Due, b: Due): number => timeOf(a) - timeOf(b) || (a.schedule.id < b.schedule.id ? -1 : 1);
const timeOf = (due: Due): number => (due.type === "turn-off" ? 0 : due.time);
