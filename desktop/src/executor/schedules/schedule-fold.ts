/**
 * What orders, firings and ends of runs come to for each schedule; a fold, as ledger-state.ts is.
 * 1. A time that has run never runs again, whatever the clock does: it is remembered by itself, not only as "up to".
 * 2. Three failures in a row turn a schedule off in the same moment; a success or a person's "on" begins anew.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  type IntentRecord,
  type RunId,
  type RunState,
  type ScheduleId,
} from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { ScheduleRecord, Unfit } from "./schedule-records.ts";

export interface ScheduleFacts {
  readonly id: ScheduleId;
  readonly title: string;
  readonly rule: string;
  readonly timeZone: string;
  readonly prompt: string;
  readonly ifMissed: "run" | "skip" | "ask";
  readonly enabled: boolean;
  /** The language of whoever made it, a BCP 47 tag. */
  readonly locale?: string | undefined;
  readonly createdAt: number;
  readonly createdBy: DeviceId;
  /** Made, turned on, or given another rule: times up to here are not its own. Milliseconds since 1970, as all. */
  readonly since: number;
  /** Times up to here are over, run or let go. */
  readonly handledUpTo: number;
  /** Times that have run; after the clock was set back some of them are to come. */
  readonly fired: ReadonlySet<number>;
  readonly lastRunId?: RunId;
  /** Runs of it that have not ended. */
  readonly openRuns: readonly RunId[];
  /** The newest time that was slept through, until one runs in time or by hand. */
  readonly missedAt?: number | undefined;
  /** In a row. */
  readonly failures: number;
  /** Why the desktop turned it off. */
  readonly off?: Unfit | "failed" | undefined;
}

export interface ScheduleState {
  readonly schedules: ReadonlyMap<ScheduleId, ScheduleFacts>;
}

export interface ScheduleFold {
  readonly state: ScheduleState;
  readonly apply: (record: ScheduleRecord) => void;
  readonly ordered: (intent: IntentRecord, device: DeviceId, at: number) => void;
  readonly runMoved: (runId: RunId, state: RunState) => void;
}

export const MOST_FAILURES = 3;

/** A month of the shortest interval: further back no clock is set without anybody noticing. */
const REMEMBERED_TIMES = 10_000;

export const createScheduleFold = (): ScheduleFold => {
  const schedules = new Map<ScheduleId, ScheduleFacts>();
  const scheduleOfRun = new Map<RunId, ScheduleId>();
  const fired = new Map<ScheduleId, Set<number>>();

  const firedOf = (id: ScheduleId): Set<number> => {
    const times = fired.get(id) ?? new Set();
    fired.set(id, times);
    return times;
  };
  const change = (
    id: ScheduleId | undefined,
    fields: (facts: ScheduleFacts) => Partial<ScheduleFacts>,
  ): void => {
    const facts = id === undefined ? undefined : schedules.get(id);
    if (facts !== undefined) schedules.set(facts.id, { ...facts, ...fields(facts) });
  };

  return {
    state: { schedules },
    apply: (record) => {
      switch (record.type) {
        case "schedule-fired": {
          const { time, runId, isCatchUp } = record;
          if (time !== undefined) remember(firedOf(record.scheduleId), time);
          scheduleOfRun.set(runId, record.scheduleId);
          return change(record.scheduleId, (facts) => ({
            ...(time === undefined ? {} : { handledUpTo: Math.max(facts.handledUpTo, time) }),
            lastRunId: runId,
            openRuns: [...facts.openRuns, runId],
            missedAt: isCatchUp ? time : undefined,
          }));
        }
        case "schedule-missed":
          return change(record.scheduleId, (facts) => ({
            handledUpTo: Math.max(facts.handledUpTo, record.time),
            missedAt: record.time,
          }));
        case "schedule-off":
          return change(record.scheduleId, () => ({ enabled: false, off: record.reason }));
        case "schedules-rewound":
          for (const id of schedules.keys())
            change(id, ({ handledUpTo }) => ({ handledUpTo: Math.min(handledUpTo, record.at) }));
          return;
        default:
          return assertNever(record);
      }
    },
    ordered: (intent, device, at) => {
      switch (intent.type) {
        case "schedule-create":
          if (!schedules.has(intent.scheduleId))
            schedules.set(intent.scheduleId, made(intent, device, at, firedOf(intent.scheduleId)));
          return;
        case "schedule-change":
          return change(intent.scheduleId, (facts) => changed(facts, intent, at));
        case "schedule-delete":
          schedules.delete(intent.scheduleId);
          return;
        default:
          return;
      }
    },
    runMoved: (runId, state) => {
      if (!isFinal(state)) return;
      change(scheduleOfRun.get(runId), (facts) => {
        const failures = state === "failed" ? facts.failures + 1 : state === "done" ? 0 : facts.failures;
        const isOff = facts.enabled && state === "failed" && failures >= MOST_FAILURES;
        return {
          openRuns: facts.openRuns.filter((id) => id !== runId),
          failures,
          ...(isOff ? { enabled: false, off: "failed" } : {}),
        };
      });
      scheduleOfRun.delete(runId);
    },
  };
};

const made = (
  intent: Extract<IntentRecord, { type: "schedule-create" }>,
  device: DeviceId,
  at: number,
  fired: ReadonlySet<number>,
): ScheduleFacts => ({
  id: intent.scheduleId,
  title: intent.title,
  rule: intent.rule,
  timeZone: intent.timeZone,
  prompt: intent.prompt,
  ifMissed: intent.ifMissed,
  enabled: intent.enabled,
  locale: intent.locale,
  createdAt: intent.createdAt,
  createdBy: device,
  since: at,
  handledUpTo: at,
  fired,
  openRuns: [],
  failures: 0,
});

/**
 * What is absent stays, and so does a missed time that came after the one that was let go. A rule that did not fit and is
 * given anew is on again, for the person had turned it on.
 */
const changed = (
  facts: ScheduleFacts,
  intent: Extract<IntentRecord, { type: "schedule-change" }>,
  at: number,
): Partial<ScheduleFacts> => {
  const { title, rule, timeZone, prompt, ifMissed, letGo } = intent;
  const next = {
    title: title ?? facts.title,
    rule: rule ?? facts.rule,
    timeZone: timeZone ?? facts.timeZone,
    prompt: prompt ?? facts.prompt,
    ifMissed: ifMissed ?? facts.ifMissed,
  };
  const isOtherRule = next.rule !== facts.rule || next.timeZone !== facts.timeZone;
  const isUnfit = facts.off !== undefined && facts.off !== "failed";
  const enabled = intent.enabled ?? (facts.enabled || (isUnfit && isOtherRule));
  return {
    ...next,
    enabled,
    ...(enabled === facts.enabled ? {} : { off: undefined }),
    ...(enabled && !facts.enabled ? { failures: 0 } : {}),
    // What became of it was decided by the policy that it had then.
    ...(letGo === facts.missedAt || next.ifMissed !== facts.ifMissed ? { missedAt: undefined } : {}),
    ...(isOtherRule || (enabled && !facts.enabled)
      ? { since: at, handledUpTo: at, missedAt: undefined }
      : {}),
  };
};

/** Grows in place: a ledger of years is read at each start. */
const remember = (times: Set<number>, time: number): void => {
  times.add(time);
  for (const oldest of times) {
    if (times.size <= REMEMBERED_TIMES) return;
    times.delete(oldest);
  }
};
