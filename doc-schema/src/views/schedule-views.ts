/**
 * Schedules as a person meets them: the desktop's rows, and what was ordered of them and is not there yet.
 * No row names the orders that made it, so an order counts as taken when the row says what it says.
 */
import {
  intentPlace,
  isBefore,
  readIntents,
  readSchedules,
  type IntentRecord,
  type Schedule,
} from "../document/index.ts";
import { sentOrSaved, type ViewPorts } from "./task-views.ts";

type ScheduleIntent = Extract<IntentRecord, { readonly scheduleId: unknown }>;
type Change = Extract<ScheduleIntent, { readonly type: "schedule-change" }>;

export interface ScheduleView {
  /** As it will be once the desktop has taken what was ordered. */
  readonly schedule: Schedule;
  /** What was ordered and is not on the desktop yet. */
  readonly pending?: {
    readonly type: "create" | "change" | "delete";
    readonly delivery: "saved" | "sent";
  };
}

const CHANGEABLE = ["title", "rule", "timeZone", "prompt", "ifMissed", "enabled"] as const;

/** Oldest first. */
export const scheduleViews = (ports: ViewPorts): readonly ScheduleView[] => {
  const rows = new Map(readSchedules(ports.doc).entries.map((row) => [row.id, row]));
  const orders = readIntents(ports.doc)
    .entries.map(({ value }) => value)
    .filter((value): value is ScheduleIntent => "scheduleId" in value)
    .sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
  const deleted = new Map(
    orders.flatMap((order) => (order.type === "schedule-delete" ? [[order.scheduleId, order] as const] : [])),
  );
  const pendingOf = (
    type: "create" | "change" | "delete",
    order: ScheduleIntent,
  ): Required<Pick<ScheduleView, "pending">> => ({
    pending: { type, delivery: sentOrSaved(intentPlace(ports.doc, order.id), ports.isAtRelay) },
  });
  const created = orders.flatMap((order): ScheduleView[] => {
    if (order.type !== "schedule-create" || rows.has(order.scheduleId)) return [];
    if (deleted.has(order.scheduleId)) return [];
    return [{ schedule: { ...order, id: order.scheduleId }, ...pendingOf("create", order) }];
  });
  const known = [...rows.values()].map((row): ScheduleView => {
    const deletion = deleted.get(row.id);
    if (deletion !== undefined) return { schedule: row, ...pendingOf("delete", deletion) };
    const own = orders.filter(({ scheduleId }) => scheduleId === row.id);
    const changes = own.filter((order): order is Change => order.type === "schedule-change");
    const open = changes.filter((change) => !isTaken(change, row, changes));
    const last = open.at(-1) ?? own.findLast((order) => answersMissed(order, row));
    if (last === undefined) return { schedule: row };
    const wished = open.reduce((schedule, change) => ({ ...schedule, ...fieldsOf(change) }), row);
    return { schedule: wished, ...pendingOf("change", last) };
  });
  return [...known, ...created].sort((a, b) => (isBefore(a.schedule.id, b.schedule.id) ? -1 : 1));
};

/** A person said what is to become of the time that the desktop slept through. */
const answersMissed = (order: ScheduleIntent, { missedAt, lastRunId }: Schedule): boolean => {
  if (missedAt === undefined || missedAt === null) return false;
  if (order.type === "schedule-run") return lastRunId === undefined || isBefore(lastRunId, order.id);
  return order.type === "schedule-change" && order.letGo === missedAt;
};

const fieldsOf = (change: Change): Partial<Schedule> =>
  Object.fromEntries(
    CHANGEABLE.flatMap((key) => (change[key] === undefined ? [] : [[key, change[key]] as const])),
  );

/** A field that a later change says anew is no longer this one's; "enabled" is also ended by a run or by the desktop. */
const isTaken = (change: Change, row: Schedule, all: readonly Change[]): boolean => {
  const later = all.slice(all.indexOf(change) + 1);
  return CHANGEABLE.every((key) => {
    if (change[key] === undefined || change[key] === row[key]) return true;
    if (later.some((other) => other[key] !== undefined)) return true;
    const hasRunSince = row.lastRunId !== undefined && isBefore(change.id, row.lastRunId);
    return key === "enabled" && (hasRunSince || (row.off ?? undefined) !== undefined);
  });
};
