/**
 * A computer for schedules: its clock can be set, it can sleep, and it can die at any write of its ledger. The ledger
 * is a list of records that a restart folds again; everything else is the real thing.
 */
import {
  createIdFactory,
  type IntentRecord,
  type RunId,
  type RunState,
  type ScheduleId,
  type ThreadId,
} from "@deskhand/doc-schema/document";
import type { Clock } from "../../../../desktop/src/executor/clock.ts";
import { createRules } from "../../../../desktop/src/executor/schedules/rule.ts";
import {
  createScheduleFold,
  type ScheduleFacts,
} from "../../../../desktop/src/executor/schedules/schedule-fold.ts";
import {
  takeScheduleIntent,
  type ScheduleIntent,
} from "../../../../desktop/src/executor/schedules/schedule-orders.ts";
import type { ScheduleRecord } from "../../../../desktop/src/executor/schedules/schedule-records.ts";
import { createScheduler, type Scheduler } from "../../../../desktop/src/executor/schedules/scheduler.ts";
import { keysOf } from "../../../fixtures/workspace-doc.ts";

export class Died extends Error {}

type Line =
  | ScheduleRecord
  | { readonly type: "ordered"; readonly at: number; readonly intent: IntentRecord }
  | { readonly type: "moved"; readonly runId: RunId; readonly state: RunState };

/** What was begun, with the uptime of the world that nobody can set. */
export interface Fired {
  readonly id: ScheduleId;
  readonly time: number | undefined;
  readonly isCatchUp: boolean;
  readonly wall: number;
  readonly real: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const executor = keysOf(1).deviceId;

export interface WorldOptions {
  /** How the wall clock stands at the beginning. */
  readonly wall: number;
  /** Called around each write; throws `Died` to cut the power. */
  readonly point?: (where: "before" | "after") => void;
  /** What becomes of each run at once; by default it is done. */
  readonly ends?: (run: number) => RunState | "open";
}

export const readRule = createRules();

export const createScheduleWorld = ({ wall: start, point, ends = () => "done" }: WorldOptions) => {
  const lines: Line[] = [];
  const fired: Fired[] = [];
  let wall = start;
  let real = 0;
  let up = 0;
  let runs = 0;
  let isStopped = false;
  let timer: { readonly at: number; readonly run: () => void } | undefined;
  let random = 0;
  const clock: Clock = {
    now: () => wall,
    after: (milliseconds, run) => {
      const own = { at: up + Math.max(1, milliseconds), run };
      timer = own;
      return () => {
        if (timer === own) timer = undefined;
      };
    },
  };
  const ids = createIdFactory({
    now: () => wall,
    randomBytes: (length) => Uint8Array.from({ length }, () => (random = (random * 75 + 74) % 65537) & 0xff),
  });

  let fold = createScheduleFold();
  let scheduler: Scheduler;
  const apply = (line: Line): void => {
    if (line.type === "ordered") fold.ordered(line.intent, executor, line.at);
    else if (line.type === "moved") fold.runMoved(line.runId, line.state);
    else fold.apply(line);
  };
  const write = (line: Line): void => {
    point?.("before");
    lines.push(line);
    if (line.type === "schedule-fired")
      fired.push({ id: line.scheduleId, time: line.time, isCatchUp: line.isCatchUp === true, wall, real });
    point?.("after");
    apply(line);
  };
  const endRuns = (): void => {
    for (const { openRuns } of fold.state.schedules.values())
      for (const runId of openRuns) {
        const state = ends(runs++);
        if (state !== "open") write({ type: "moved", runId, state });
      }
  };

  /** Everything but the ledger is lost. */
  const boot = (): void => {
    timer = undefined;
    fold = createScheduleFold();
    for (const line of lines) apply(line);
    scheduler = createScheduler({
      state: fold.state,
      append: write,
      clock,
      uptime: () => up,
      ids,
      readRule,
      executorId: executor,
      threadId: () => "thr_000000000000000000000000" as ThreadId, // as ids are written
      mayStart: () => !isStopped,
      onLooked: (hasFired) => {
        if (hasFired) endRuns();
      },
      onFailure: (error) => {
        throw error;
      },
    });
  };
  /** Does it, and when the power is cut on the way, starts again. */
  const alive = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      alive(() => {
        boot();
        endRuns();
        scheduler.tick();
      });
    }
  };
  const restart = (): void =>
    alive(() => {
      boot();
      endRuns();
      scheduler.tick();
    });

  /** Time goes by while the computer is awake. */
  const pass = (milliseconds: number): void => {
    const end = up + milliseconds;
    while (timer !== undefined && timer.at <= end) {
      const { at, run } = timer;
      const wait = Math.max(0, at - up); // it may have been due while the computer slept
      timer = undefined;
      wall += wait;
      real += wait;
      up += wait;
      alive(run);
    }
    wall += end - up;
    real += end - up;
    up = end;
  };
  /** @param counts whether the steady clock goes on meanwhile, as on some systems */
  const sleep = (milliseconds: number, counts = false): void => {
    wall += milliseconds;
    real += milliseconds;
    if (counts) up += milliseconds;
  };

  const order = (intent: DistributiveOmit<ScheduleIntent, "id" | "createdAt">) => {
    const whole = { ...intent, id: ids.create("intent"), createdAt: wall } as ScheduleIntent; // its parts are above
    const handled = (one: IntentRecord): void => write({ type: "ordered", at: wall, intent: one });
    const taken = takeScheduleIntent({ state: fold.state, scheduler, handled }, whole, executor);
    endRuns();
    scheduler.tick();
    return taken;
  };

  boot();
  return {
    fired,
    lines,
    now: () => wall,
    schedule: (id: ScheduleId): ScheduleFacts => {
      const facts = fold.state.schedules.get(id);
      if (facts === undefined) throw new Error(`no schedule ${id}`);
      return facts;
    },
    schedules: () => [...fold.state.schedules.values()],
    pass,
    sleep,
    restart,
    setClock: (by: number): void => {
      wall += by;
    },
    /** The computer is off. */
    off: (milliseconds: number): void => {
      timer = undefined;
      wall += milliseconds;
      real += milliseconds;
      restart();
    },
    tick: () => alive(() => scheduler.tick()),
    stop: (value: boolean): void => {
      isStopped = value;
      alive(() => scheduler.tick());
    },
    order,
    runNow: (scheduleId: ScheduleId): void => alive(() => void order({ type: "schedule-run", scheduleId })),
    create: (fields: Partial<ScheduleFacts> & { readonly rule: string }): ScheduleId => {
      const scheduleId = ids.create("schedule");
      const intent: IntentRecord = {
        type: "schedule-create",
        id: ids.create("intent"),
        createdAt: wall,
        scheduleId,
        title: "Report",
        prompt: "What changed?",
        rule: fields.rule,
        timeZone: fields.timeZone ?? "UTC",
        ifMissed: fields.ifMissed ?? "run",
        enabled: fields.enabled ?? true,
      };
      alive(() => {
        write({ type: "ordered", at: wall, intent });
        scheduler.tick();
      });
      return scheduleId;
    },
  };
};

type DistributiveOmit<Value, Keys extends PropertyKey> = Value extends unknown ? Omit<Value, Keys> : never;

export type ScheduleWorld = ReturnType<typeof createScheduleWorld>;

/** Catch-ups that began within the minute in which two others had begun, by the world's own clock. */
export const bursts = (fired: readonly Fired[]): readonly Fired[] => {
  const late = fired.filter(({ isCatchUp }) => isCatchUp);
  return late.filter(({ real }, at) => real - (late[at - 2]?.real ?? -MINUTE) < MINUTE);
};
