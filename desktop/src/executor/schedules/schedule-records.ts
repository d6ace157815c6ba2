/**
 * What the ledger holds of schedules beside the orders of people, one record each for what must happen at once.
 * Append only, as ledger-records.ts.
 */
import * as z from "zod/mini";
import { parseDeviceId, type DeviceId } from "@deskhand/doc-schema/crypto";
import { parseId, taskKind, type IntentId, type RunId, type ScheduleId } from "@deskhand/doc-schema/document";

const scheduleId = z.custom<ScheduleId>((value) => parseId("schedule", value) !== undefined);
const runId = z.custom<RunId>((value) => parseId("run", value) !== undefined);
const intentId = z.custom<IntentId>((value) => parseId("intent", value) !== undefined);
const deviceId = z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined);
/** Milliseconds since 1970. */
const at = z.number();

/** Why the desktop turned a schedule off by itself, when it is not that its runs failed. */
export const UNFIT = ["bad-rule", "bad-time-zone", "too-often", "never", "time-passed"] as const;
export type Unfit = (typeof UNFIT)[number];

export const SCHEDULE_RECORDS = [
  /** The time is handled, the task is there and its run is queued: all by this one record, or nothing. */
  z.object({
    type: z.literal("schedule-fired"),
    at,
    scheduleId,
    /** Absent: by hand. */
    time: z.optional(at),
    /** It had been slept through. */
    isCatchUp: z.optional(z.boolean()),
    /** By hand: the order, which is handled with it ([IN1]). */
    intentId: z.optional(intentId),
    runId,
    /** The executor, or who ordered it. */
    deviceId,
    task: taskKind.schema,
  }),
  /** The time was slept through and let go. */
  z.object({ type: z.literal("schedule-missed"), at, scheduleId, time: at }),
  z.object({ type: z.literal("schedule-off"), at, scheduleId, reason: z.enum(UNFIT) }),
  /** The clock was set back: times after `at` that have not run are still to come. */
  z.object({ type: z.literal("schedules-rewound"), at }),
] as const;

export type ScheduleRecord = z.infer<(typeof SCHEDULE_RECORDS)[number]>;
