/** The schedules as the executor holds them: they fire, take orders, are written into the audit log, and show rows. */
import type { DeviceId, DeviceKeys } from "@deskhand/doc-schema/crypto";
import type { IdFactory, Schedule } from "@deskhand/doc-schema/document";
import type { Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { RunQueue } from "../run-queue.ts";
import { workspaceOf } from "../workspace.ts";
import { createRules } from "./rule.ts";
import type { ScheduleFacts } from "./schedule-fold.ts";
import { takeScheduleIntent, type ScheduleIntent } from "./schedule-orders.ts";
import type { ScheduleRecord } from "./schedule-records.ts";
import { createScheduleRows } from "./schedule-rows.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

export interface ScheduleLifePorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** See scheduler.ts; absent: since this process began. */
  readonly uptime?: (() => number) | undefined;
  readonly ids: IdFactory;
  readonly keys: DeviceKeys;
  /** The disk has not failed. */
  readonly isSound: () => boolean;
  readonly queue: Pick<RunQueue, "tick">;
  /** The rows may say something else. */
  readonly show: () => void;
  readonly onFailure: (error: unknown) => void;
}

export interface ScheduleLife extends Pick<Scheduler, "tick" | "close"> {
  readonly take: (intent: ScheduleIntent, device: DeviceId) => Result<void, "unknown-target" | "too-many">;
  readonly rowOf: (facts: ScheduleFacts) => Schedule;
}

export const createScheduleLife = (ports: ScheduleLifePorts): ScheduleLife => {
  const { ledger, audit, clock } = ports;
  const { state } = ledger;
  const readRule = createRules();
  const rowOf = createScheduleRows(readRule);
  const append = (record: ScheduleRecord): void => {
    ledger.append(record);
    if (record.type === "schedules-rewound") return;
    const fired = record.type === "schedule-fired" ? { runId: record.runId, device: record.deviceId } : {};
    audit.write({ kind: "schedule", what: record.scheduleId, outcome: record.type, ...fired });
  };
  const scheduler = createScheduler({
    ...ports,
    uptime: ports.uptime ?? (() => performance.now()),
    executorId: ports.keys.deviceId,
    state,
    append,
    readRule,
    threadId: () => workspaceOf(state).threadId,
    onLooked: (hasFired) => {
      ports.show();
      if (hasFired) ports.queue.tick();
    },
    mayStart: () => ports.isSound() && state.stopped === undefined && state.replacedAt === undefined,
  });
  const orders = {
    state,
    scheduler,
    handled: (intent: ScheduleIntent, deviceId: DeviceId): void => {
      ledger.append({ type: "intent-handled", at: clock.now(), deviceId, intent });
      audit.write({ kind: "schedule", what: intent.scheduleId, outcome: intent.type, device: deviceId });
    },
  };
  return {
    tick: scheduler.tick,
    close: scheduler.close,
    take: (intent, device) => takeScheduleIntent(orders, intent, device),
    rowOf: (facts) => rowOf(facts, clock.now()),
  };
};
