/**
 * What all runs of this computer have used today, by its time zone: read from their journals, those that have ended once.
 */
import type { RunId } from "@deskhand/doc-schema/document";
import { isFinal } from "@deskhand/doc-schema/document";
import type { RunFacts } from "../ledger-state.ts";
import { extendedBy, sumUsed, usedBy, type Used } from "./budget.ts";
import type { RunEvent } from "./events.ts";

export interface DayUse {
  /** Its first moment; milliseconds since 1970. */
  readonly day: number;
  readonly used: Used;
  readonly extended: Used;
}

export const createDayUse = (
  runs: ReadonlyMap<RunId, RunFacts>,
  eventsOf: (run: RunFacts) => readonly RunEvent[],
  now: () => number,
): (() => DayUse) => {
  const known = new Map<RunId, Omit<DayUse, "day">>();
  let knownDay = 0;
  return () => {
    const day = startOfDay(now());
    if (day !== knownDay) known.clear();
    knownDay = day;
    const all = [...runs.values()]
      .filter(({ startedAt, endedAt }) => startedAt !== undefined && (endedAt ?? day) >= day)
      .map((run) => {
        const before = known.get(run.id);
        if (before !== undefined) return before;
        const events = eventsOf(run);
        const use = { used: usedBy(events, day), extended: extendedBy(events, "day", day) };
        if (isFinal(run.state)) known.set(run.id, use);
        return use;
      });
    return {
      day,
      used: sumUsed(all.map(({ used }) => used)),
      extended: sumUsed(all.map(({ extended }) => extended)),
    };
  };
};

const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
