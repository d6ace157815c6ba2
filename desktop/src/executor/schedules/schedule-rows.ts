/**
 * A schedule as the phone sees it: what was ordered, the next three times, how the last ones went.
 * The next times depend on the clock; they are counted anew only when one of them has passed.
 */
import type { Schedule } from "@deskhand/doc-schema/document";
import type { createRules } from "./rule.ts";
import { offSentence } from "./schedule-sentences.ts";
import type { ScheduleFacts } from "./schedule-fold.ts";

export const SHOWN_RUNS = 3;

/** After the clock was set back, times that have run already are still to come, but never run again. */
const LOOKED_THROUGH = 1000;

/** Milliseconds since 1970, soonest first. */
export const nextRuns = (
  { rule, timeZone, handledUpTo, fired, enabled }: ScheduleFacts,
  readRule: ReturnType<typeof createRules>,
  now: number,
): readonly number[] => {
  const read = readRule(rule, timeZone);
  if (!enabled || !read.ok) return [];
  const from = Math.max(now, handledUpTo);
  const soonest = read.value.next(from, SHOWN_RUNS);
  const isFired = (time: number): boolean => fired.has(time);
  const times = soonest.some(isFired) ? read.value.next(from, LOOKED_THROUGH) : soonest;
  return times.filter((time) => !isFired(time)).slice(0, SHOWN_RUNS);
};

/** Remembers for each schedule what it said last, while that is still to come. */
export const createScheduleRows = (
  readRule: ReturnType<typeof createRules>,
): ((facts: ScheduleFacts, now: number) => Schedule) => {
  const known = new WeakMap<ScheduleFacts, { readonly from: number; readonly times: readonly number[] }>();
  const timesOf = (facts: ScheduleFacts, now: number): readonly number[] => {
    const before = known.get(facts);
    if (before !== undefined && before.from <= now && now < (before.times[0] ?? Infinity))
      return before.times;
    const times = nextRuns(facts, readRule, now);
    known.set(facts, { from: now, times });
    return times;
  };
  return (facts, now) => {
    const times = timesOf(facts, now);
    const { locale, lastRunId, missedAt, off } = facts;
    return {
      id: facts.id,
      title: facts.title,
      rule: facts.rule,
      timeZone: facts.timeZone,
      prompt: facts.prompt,
      ifMissed: facts.ifMissed,
      enabled: facts.enabled,
      createdAt: facts.createdAt,
      createdBy: facts.createdBy,
      nextRunAt: times[0] ?? null,
      nextRuns: [...times],
      missedAt: missedAt ?? null,
      failures: facts.failures,
      off: off === undefined ? null : { type: off, text: offSentence(off, locale) },
      ...(locale === undefined ? {} : { locale }),
      ...(lastRunId === undefined ? {} : { lastRunId }),
    };
  };
};
