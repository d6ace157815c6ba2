/**
 * Begins what the schedules say, at their times, and after sleep, a restart or another clock what plan-due.ts says.
 * 1. A firing is one record of the ledger: time handled, task made, run queued. A crash leaves it done or not begun.
 * 2. At most two catch-ups begin in a minute, by the clock that nobody sets. It does not outlive the process, so a start
 *    begins with a minute without any.
 * 3. Nothing fires while everything is stopped or another computer goes on; times that pass then count as missed.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { IdFactory, IntentId, TaskRecord, ThreadId } from "@deskhand/doc-schema/document";
import { nothingToStop } from "@deskhand/doc-schema/sync";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { Clock } from "../clock.ts";
import { planDue, type Due } from "./plan-due.ts";
import type { createRules } from "./rule.ts";
import type { ScheduleFacts, ScheduleState } from "./schedule-fold.ts";
import type { ScheduleRecord } from "./schedule-records.ts";

export interface SchedulerPorts {
  readonly state: ScheduleState;
  /** Durable when it returns; the state knows it then. */
  readonly append: (record: ScheduleRecord) => void;
  readonly clock: Clock;
  /** Milliseconds from any beginning; no setting of the wall clock moves it. It may stand still while asleep. */
  readonly uptime: () => number;
  readonly ids: IdFactory;
  readonly readRule: ReturnType<typeof createRules>;
  readonly executorId: DeviceId;
  readonly threadId: () => ThreadId;
  /** False: everything is stopped, or another computer goes on with the workspace. */
  readonly mayStart: () => boolean;
  /** After something was written, or time has passed: the rows may say something else, the queue may go on. */
  readonly onLooked: (hasFired: boolean) => void;
  /** From a timer: the disk failed. */
  readonly onFailure: (error: unknown) => void;
}

export interface Scheduler {
  /** Looks what is due; cheap, and right to call at any time. */
  readonly tick: () => void;
  /** A person's "run now": the order is handled with it. */
  readonly runNow: (schedule: ScheduleFacts, intentId: IntentId, by: DeviceId) => void;
  readonly close: () => void;
}

/** A clock that was set, or a sleep that stopped every timer, is noticed within this time. */
const LOOK_EVERY_MS = 60_000;
/** A timer may be this late; beyond it the computer slept. */
const LONGEST_GAP_MS = 2 * LOOK_EVERY_MS;
/** Time servers move the clock by less than this, and shorter sleeps are none. */
const JUMP_MS = 60_000;
const CATCH_UPS_AT_ONCE = 2;
const CATCH_UP_WINDOW_MS = 60_000;

interface Seen {
  readonly wall: number;
  readonly up: number;
}

export const createScheduler = (ports: SchedulerPorts): Scheduler => {
  const { state, append, clock, uptime, ids, readRule, executorId } = ports;
  let seen: Seen | undefined;
  let awakeSince = 0;
  let catchUpsAt = Array.from({ length: CATCH_UPS_AT_ONCE }, uptime);
  let stopTimer = nothingToStop;
  let isClosed = false;

  const tick = (): void => {
    stopTimer();
    if (isClosed) return;
    if (!ports.mayStart()) {
      seen = undefined;
      return ports.onLooked(false);
    }
    const moment = look();
    const enabled = enabledOf(state);
    if (enabled.some(({ handledUpTo }) => handledUpTo > moment.wall))
      append({ type: "schedules-rewound", at: moment.wall });
    const { due, waiting } = planDue(enabledOf(state), readRule, {
      now: moment.wall,
      awakeSince,
      catchUps: CATCH_UPS_AT_ONCE - catchUpsAt.length,
    });
    for (const one of due) carryOut(one, moment);
    if (enabled.length > 0) stopTimer = clock.after(waitFrom(moment, waiting > 0), tickOrTell);
    ports.onLooked(due.some(({ type }) => type === "fire"));
  };

  const tickOrTell = (): void => {
    try {
      tick();
    } catch (error) {
      ports.onFailure(error);
    }
  };

  /** The moment it is, and whether the time since the last one went by as it should. */
  const look = (): Seen => {
    const moment = { wall: clock.now(), up: uptime() };
    const wall = moment.wall - (seen?.wall ?? 0);
    const up = moment.up - (seen?.up ?? 0);
    const isSteady = seen !== undefined && up <= LONGEST_GAP_MS && Math.abs(wall - up) <= JUMP_MS;
    awakeSince = isSteady ? Math.min(awakeSince, moment.wall) : moment.wall;
    seen = moment;
    catchUpsAt = catchUpsAt.filter((at) => moment.up - at < CATCH_UP_WINDOW_MS);
    return moment;
  };

  const waitFrom = ({ wall, up }: Seen, areWaiting: boolean): number => {
    const times = enabledOf(state).flatMap(({ rule, timeZone }) => {
      const read = readRule(rule, timeZone);
      return read.ok ? read.value.next(wall, 1).map((time) => time - wall) : [];
    });
    const [oldest] = catchUpsAt;
    if (areWaiting && oldest !== undefined) times.push(oldest + CATCH_UP_WINDOW_MS - up);
    return Math.min(LOOK_EVERY_MS, ...times);
  };

  const carryOut = (due: Due, { wall: at, up }: Seen): void => {
    const { id: scheduleId } = due.schedule;
    switch (due.type) {
      case "fire": {
        const { time, isCatchUp } = due;
        if (isCatchUp) catchUpsAt.push(up);
        return fire(due.schedule, executorId, { time, ...(isCatchUp ? { isCatchUp } : {}) });
      }
      case "let-go":
        return append({ type: "schedule-missed", at, scheduleId, time: due.time });
      case "turn-off":
        return append({ type: "schedule-off", at, scheduleId, reason: due.reason });
      default:
        return assertNever(due);
    }
  };

  /** The ids are new and not made of the time: a catch-up comes after what was said in the meantime ([ID1]). */
  const fire = (
    { id: scheduleId, prompt, locale }: ScheduleFacts,
    deviceId: DeviceId,
    why: { readonly time?: number; readonly isCatchUp?: boolean; readonly intentId?: IntentId },
  ): void => {
    const at = clock.now();
    const task: TaskRecord = {
      id: ids.create("task"),
      createdAt: at,
      threadId: ports.threadId(),
      prompt,
      ...(locale === undefined ? {} : { locale }),
    };
    append({ type: "schedule-fired", at, scheduleId, ...why, runId: ids.create("run"), deviceId, task });
  };

  return {
    tick,
    runNow: (schedule, intentId, by) => fire(schedule, by, { intentId }),
    close: () => {
      isClosed = true;
      stopTimer();
    },
  };
};

const enabledOf = ({ schedules }: ScheduleState): readonly ScheduleFacts[] =>
  [...schedules.values()].filter(({ enabled }) => enabled);
