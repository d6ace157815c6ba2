/**
 * How far a record of a person has come, as the ticks say it:
 *   saved → at-relay → at-desktop → picked-up
 * 1. Each stage is true only when it has been seen: the first three by where the record's struct lies and what relay and
 *    desktop have shown, the last by a row of the desktop that names it.
 * 2. It never goes back while the app runs: what was known once stays known when a relay is lost or the epoch ends.
 */
import type * as Y from "yjs";
import type { DeviceId } from "../crypto/index.ts";
import {
  decisionPlace,
  intentPlace,
  isSettled,
  kindOfId,
  messagePlace,
  readApprovals,
  readIntents,
  readMeta,
  readQuestions,
  readRuns,
  rootsOf,
  taskPlace,
  timeOfId,
  type Approval,
  type IntentRecord,
  type MessageRecord,
  type Run,
  type StructPlace,
} from "../document/index.ts";

export const DELIVERY_STAGES = ["saved", "at-relay", "at-desktop", "picked-up"] as const;
export type DeliveryStage = (typeof DELIVERY_STAGES)[number];
/** What relay and desktop have shown of a place in the document. */
export type PlaceDelivery = (place: StructPlace, executorId: DeviceId) => Exclude<DeliveryStage, "picked-up">;

export interface DeliveryView {
  readonly stage: DeliveryStage;
  /** When a row of the desktop first named it, if the row says so (milliseconds since 1970). */
  readonly pickedUpAt?: number;
}

/** A task's, intent's or decision's id, or a message. Undefined when the document does not have the record. */
export type DeliveryOf = (
  record: string | Pick<MessageRecord, "id" | "threadId" | "taskId">,
) => DeliveryView | undefined;

export interface Deliveries {
  /** Call it anew after each change of the document or the connection. */
  readonly read: (doc: Y.Doc) => DeliveryOf;
}

export const createDeliveries = (deliveryAt: PlaceDelivery): Deliveries => {
  const furthest = new Map<string, DeliveryView>();
  return {
    read: (doc) => {
      const deliveryNow = readDeliveries(doc, deliveryAt);
      return (record) => {
        const id = typeof record === "string" ? record : record.id;
        const before = furthest.get(id);
        const now = deliveryNow(record);
        const view = now === undefined || (before && rank(before) >= rank(now)) ? (before ?? now) : now;
        if (view !== undefined) furthest.set(id, view);
        return view;
      };
    },
  };
};

/** As far as it can be seen now. */
export const deliveryOf = (
  deliveryAt: PlaceDelivery,
  doc: Y.Doc,
  record: Parameters<DeliveryOf>[0],
): DeliveryView | undefined => readDeliveries(doc, deliveryAt)(record);

const rank = ({ stage }: DeliveryView): number => DELIVERY_STAGES.indexOf(stage);

const readDeliveries = (doc: Y.Doc, deliveryAt: PlaceDelivery): DeliveryOf => {
  const pickedUp = createPickedUp(doc);
  const executorId = readMeta(doc)?.executorId;
  const at = (place: StructPlace | undefined): DeliveryView | undefined => {
    if (place === undefined) return undefined;
    return { stage: executorId === undefined ? "saved" : deliveryAt(place, executorId) };
  };
  return (record) => {
    if (typeof record !== "string") {
      // A message comes with its task in one transaction, and is picked up with it.
      const { id, threadId, taskId } = record;
      const ofTask = taskId === undefined ? undefined : (pickedUp.task(taskId) ?? at(taskPlace(doc, taskId)));
      return ofTask ?? at(messagePlace(doc, threadId, id));
    }
    if (record.includes("/")) return pickedUp.decision(record) ?? at(decisionPlace(doc, record));
    return kindOfId(record) === "task"
      ? (pickedUp.task(record) ?? at(taskPlace(doc, record)))
      : (pickedUp.intent(record) ?? at(intentPlace(doc, record)));
  };
};

interface PickedUp {
  readonly task: (id: string) => DeliveryView | undefined;
  readonly intent: (id: string) => DeliveryView | undefined;
  readonly decision: (id: string) => DeliveryView | undefined;
}

const createPickedUp = (doc: Y.Doc): PickedUp => {
  const runs = once(() => Map.groupBy<string, Run>(readRuns(doc).entries, (run) => run.taskId));
  const runsById = once(() => new Map<string, Run>([...runs().values()].flat().map((run) => [run.id, run])));
  const approvals = once(
    () => new Map<string, Approval>(readApprovals(doc).entries.map((approval) => [approval.id, approval])),
  );
  const intents = once(
    () => new Map<string, IntentRecord>(readIntents(doc).entries.map(({ value }) => [value.id, value])),
  );
  const latest = (taskId: string): Run | undefined =>
    runs()
      .get(taskId)
      ?.reduce((best, run) => (run.attempt > best.attempt ? run : best));

  const isTaken = (intent: IntentRecord): boolean => {
    switch (intent.type) {
      case "cancel":
      case "steer":
      case "hold":
      case "release":
      case "reorder":
      case "edit":
      case "run-again":
        return isSettled(intent, latest(intent.taskId));
      case "undo":
      case "undo-file":
      case "continue":
        return isSettled(intent, runsById().get(intent.runId));
      case "answer":
        return readQuestions(doc).entries.some(
          ({ id, state }) => id === intent.questionId && state !== "pending",
        );
      case "stop-all":
        return (readMeta(doc)?.stoppedAt ?? 0) >= intent.createdAt;
      case "pause":
        return (readMeta(doc)?.pausedAt ?? 0) >= intent.createdAt;
      case "schedule-create":
        return rootsOf(doc).schedules.has(intent.scheduleId);
      case "send-file": {
        const artifact = rootsOf(doc).artifacts.get(intent.artifactId);
        return artifact?.has("blob") === true || artifact?.has("notSent") === true;
      }
      case "revoke-device":
        return rootsOf(doc).revocations.has(intent.deviceId);
      case "note-set": {
        const note = readMeta(doc)?.notes?.find(({ name }) => name === intent.name);
        return (note?.text ?? "") === intent.text.trim();
      }
      case "resume":
      case "unpause":
      case "schedule-change":
      case "schedule-delete":
      case "schedule-run":
        return false; // nothing that the desktop writes names it
    }
  };
  return {
    task: (id) => {
      const first = runs()
        .get(id)
        ?.reduce((best, run) => (run.attempt < best.attempt ? run : best));
      return first === undefined ? undefined : { stage: "picked-up", pickedUpAt: timeOfId(first.id) };
    },
    intent: (id) => {
      const intent = intents().get(id);
      return intent !== undefined && isTaken(intent) ? { stage: "picked-up" } : undefined;
    },
    decision: (id) => {
      const approval = approvals().get(id.split("/", 1)[0] ?? "");
      if (approval === undefined || approval.state === "pending") return undefined;
      const { resolvedAt } = approval;
      return { stage: "picked-up", ...(resolvedAt === undefined ? {} : { pickedUpAt: resolvedAt }) };
    },
  };
};

const once = <Value>(compute: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: compute() }).value;
};
