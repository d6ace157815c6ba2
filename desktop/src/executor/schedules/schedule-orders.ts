/**
 * What people order of schedules, from any device that may send ([AP4]: a schedule grants nothing, its runs ask as all
 * others do). A rule that does not fit is taken and then turned off with a sentence, so that whoever wrote it sees why.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { IntentRecord } from "@deskhand/doc-schema/document";
import { assertNever, err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { ScheduleState } from "./schedule-fold.ts";
import type { Scheduler } from "./scheduler.ts";

export type ScheduleIntent = Extract<IntentRecord, { readonly scheduleId: unknown }>;

/** More is no person's, and each costs time at every look. */
export const MOST_SCHEDULES = 200;

export interface ScheduleOrdersPorts {
  readonly state: ScheduleState;
  readonly scheduler: Pick<Scheduler, "runNow">;
  /** Writes the order into the ledger, which carries it out. */
  readonly handled: (intent: ScheduleIntent, device: DeviceId) => void;
}

export const takeScheduleIntent = (
  { state, scheduler, handled }: ScheduleOrdersPorts,
  intent: ScheduleIntent,
  device: DeviceId,
): Result<void, "unknown-target" | "too-many"> => {
  const schedule = state.schedules.get(intent.scheduleId);
  switch (intent.type) {
    case "schedule-create":
      if (schedule === undefined && state.schedules.size >= MOST_SCHEDULES) return err("too-many");
      handled(intent, device);
      return ok(undefined);
    case "schedule-change":
      if (schedule === undefined) return err("unknown-target");
      handled(intent, device);
      return ok(undefined);
    case "schedule-delete":
      handled(intent, device); // one that is gone already is deleted
      return ok(undefined);
    case "schedule-run":
      if (schedule === undefined) return err("unknown-target");
      scheduler.runNow(schedule, intent.id, device);
      return ok(undefined);
    default:
      return assertNever(intent);
  }
};
