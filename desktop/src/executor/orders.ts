/**
 * What verified records of people lead to: a task becomes a queued run, an order is carried out, an answer goes to
 * the gate. Each writes the ledger first, so that it happens once.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  type ArtifactId,
  type IntentRecord,
  type RunId,
  type StepId,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import { assertNever, err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { RefusalWord } from "./intake.ts";
import type { Alarm, LedgerRecord } from "./ledger-records.ts";
import type { RunFacts } from "./ledger-state.ts";
import type { Notes } from "./memory/notes.ts";
import { takeQueueIntent, type QueueOrdersPorts } from "./queue-orders.ts";
import type { RunQueue } from "./run-queue.ts";
import type { Held } from "./runner/path-locks.ts";
import type { RunJournals } from "./runner/run-journal.ts";
import type { ScheduleLife } from "./schedules/schedule-life.ts";

export type UndoOrder = Extract<IntentRecord, { readonly type: "undo" | "undo-file" }>;

/** Takes back a run, newest first, one step of it, or one file of a step; what it came to, to be written in this order. */
export type Undo = (order: UndoOrder) => Promise<readonly UndoneRecord[]>;
export type UndoneRecord = Extract<LedgerRecord, { readonly type: "step-undone" | "file-undone" }>;

export interface OrdersPorts extends QueueOrdersPorts {
  readonly queue: RunQueue;
  readonly journals: RunJournals;
  readonly undo: Undo;
  readonly notes: Pick<Notes, "set">;
  /** What undoing will change, locked against the runs; undefined: closing came first. */
  readonly lockForUndo: (runId: RunId, stepId: StepId | undefined) => Promise<Held | undefined>;
  readonly takeSchedule: ScheduleLife["take"];
  /** A file that a run made is wanted at the relays. */
  readonly sendFile: (id: ArtifactId, newer: boolean) => Taken;
  /** Removes a device that the ledger knows; a new epoch follows. */
  readonly revoke: (id: DeviceId) => void;
  readonly onFailure: (error: unknown) => void;
}

type Taken = Result<void, RefusalWord>;

export interface Orders {
  readonly takeTask: (task: TaskRecord, device: DeviceId) => Taken;
  readonly takeIntent: (intent: IntentRecord, device: DeviceId) => Taken;
  /** `by` is absent when it comes from this computer (tray, hotkey). */
  readonly stopAll: (by?: DeviceId, intentId?: string) => void;
  /** Nobody ordered it: something is wrong with a relay or a device. */
  readonly stopForAlarm: (alarm: Alarm) => void;
  readonly resume: (by?: DeviceId) => void;
  /** Resolves when undoing that was ordered so far is over. */
  readonly settled: () => Promise<void>;
}

export const createOrders = (ports: OrdersPorts): Orders => {
  const { ledger, queue, audit, ids, now } = ports;
  const { state } = ledger;
  let undoing: Promise<void> = Promise.resolve();
  const undoOrdered = new Set<string>();

  const runOf = (taskId: TaskRecord["id"]): RunFacts | undefined => {
    const id = state.runOfTask.get(taskId);
    return id === undefined ? undefined : state.runs.get(id);
  };
  const handled = (intent: IntentRecord, device: DeviceId): Taken => {
    ledger.append({ type: "intent-handled", at: now(), deviceId: device, intent });
    return ok(undefined);
  };

  const takeTask = (task: TaskRecord, device: DeviceId): Taken => {
    const runId = ids.create("run");
    ledger.append({ type: "task-taken", at: now(), runId, deviceId: device, task });
    audit.write({ kind: "task", what: task.id, runId, device });
    if (state.cancelled.has(task.id)) queue.cancel(runId, device);
    return ok(undefined);
  };

  const takeIntent = (intent: IntentRecord, device: DeviceId): Taken => {
    const namesArchived = Object.values(intent).some(
      (id) => typeof id === "string" && state.archived.has(id),
    );
    if (namesArchived) return err("archived");
    switch (intent.type) {
      case "cancel": {
        const run = runOf(intent.taskId);
        if (run !== undefined) queue.cancel(run.id, device);
        return handled(intent, device); // a task that has not come yet will be cancelled when it does
      }
      case "steer": {
        const run = runOf(intent.taskId);
        if (run === undefined || isFinal(run.state)) return err("unknown-target");
        const { id: intentId, text } = intent;
        try {
          ports.journals.of(run).append({ type: "steer", at: now(), intentId, text });
        } catch (error) {
          audit.write({ kind: "error", what: String(error), runId: run.id });
          return err("unknown-target"); // its journal cannot be read, so there is no run to tell
        }
        return handled(intent, device);
      }
      case "undo":
      case "undo-file": {
        if (!state.runs.has(intent.runId)) return err("unknown-target");
        if (undoOrdered.has(intent.id)) return ok(undefined);
        undoOrdered.add(intent.id);
        undoing = undoing.then(() => undo(intent, device)).catch(ports.onFailure);
        return ok(undefined);
      }
      case "stop-all":
        stopAll(device, intent.id);
        return handled(intent, device);
      case "resume":
        // An old "resume" that arrives late must not lift a stop that came after it.
        if (intent.id > (state.stopped?.intentId ?? "")) resume(device);
        return handled(intent, device);
      case "pause":
      case "unpause":
      case "hold":
      case "release":
      case "reorder":
      case "edit":
      case "run-again":
      case "continue":
      case "answer":
        return takeQueueIntent(ports, intent, device);
      case "schedule-create":
      case "schedule-change":
      case "schedule-delete":
      case "schedule-run":
        return ports.takeSchedule(intent, device);
      case "note-set": {
        const set = ports.notes.set({ name: intent.name, text: intent.text });
        if (!set.ok) return set;
        audit.write({ kind: "order", what: intent.type, device });
        return handled(intent, device);
      }
      case "send-file": {
        const taken = ports.sendFile(intent.artifactId, intent.newer === true);
        return taken.ok ? handled(intent, device) : taken;
      }
      case "revoke-device":
        // [AP4] A phone may remove a phone. The window goes with this computer, and nobody removes the executor.
        if (state.devices.get(intent.deviceId)?.record.kind !== "phone") return err("unknown-target");
        ports.revoke(intent.deviceId);
        return handled(intent, device);
      default:
        return assertNever(intent);
    }
  };

  const undo = async (intent: UndoOrder, device: DeviceId): Promise<void> => {
    const { runId } = intent;
    await queue.settled(runId);
    const held = await ports.lockForUndo(runId, intent.stepId);
    if (held === undefined) return; // it is taken again at the next start
    try {
      for (const undone of await ports.undo(intent)) {
        ledger.append(undone);
        audit.write({ kind: "undone", ...auditedUndo(undone), runId, device });
      }
      handled(intent, device);
    } finally {
      held.release();
    }
  };

  /** What lifts a stop is newer than it: one made here gets an id too, and an older one never weakens a newer. */
  const stop = (ordered: string, by: DeviceId | undefined, alarm: Alarm | undefined): void => {
    const before = state.stopped?.intentId ?? "";
    const intentId = ordered > before ? ordered : before;
    ledger.append({
      type: "stopped",
      at: now(),
      intentId,
      ...(by === undefined ? {} : { by }),
      ...(alarm === undefined ? {} : { alarm }),
    });
    audit.write({ kind: "stop", what: "everything", ...(by === undefined ? {} : { device: by }) });
    queue.cancelStarted(by);
  };
  const stopAll = (by?: DeviceId, ordered: string = ids.create("intent")): void =>
    stop(ordered, by, state.stopped?.alarm);

  const resume = (by?: DeviceId): void => {
    if (state.stopped === undefined) return;
    ledger.append({ type: "resumed", at: now(), ...(by === undefined ? {} : { by }) });
    audit.write({ kind: "resume", what: "everything", ...(by === undefined ? {} : { device: by }) });
    queue.tick();
  };

  return {
    takeTask,
    takeIntent,
    stopAll,
    stopForAlarm: (alarm) => stop(ids.create("intent"), undefined, alarm),
    resume,
    settled: () => undoing,
  };
};

const auditedUndo = (undone: UndoneRecord): { readonly what: string; readonly outcome: string } =>
  undone.type === "step-undone"
    ? { what: undone.stepId, outcome: undone.outcome }
    : { what: undone.changeId, outcome: undone.leftAlone?.why ?? "undone" };
