/**
 * Orders about what is queued, held or over: the ledger's fold carries most of them out, here it is said which fit.
 * 1. What has been picked up is not edited or moved; who ordered it may tell it something, or stop it.
 * 2. A new attempt is a new run and comes from one record with its order: it begins once, whatever crashes ([RU1]).
 * 3. A desktop that has never seen a task takes it over by such an order, and by nothing else.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  type IdFactory,
  type IntentRecord,
  type TaskId,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import { assertNever, err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "./audit/audit-log.ts";
import type { RefusalWord } from "./intake.ts";
import type { Ledger } from "./ledger.ts";
import type { RunFacts } from "./ledger-state.ts";
import type { RunQueue } from "./run-queue.ts";
import type { QuestionDesk } from "./runner/question-desk.ts";

export type QueueIntent = Extract<
  IntentRecord,
  {
    readonly type:
      | "pause"
      | "unpause"
      | "hold"
      | "release"
      | "reorder"
      | "edit"
      | "run-again"
      | "continue"
      | "answer";
  }
>;

/** A task as the document shows it, its signature verified, with the attempts that the document knows. */
export interface ShownTask {
  readonly task: TaskRecord;
  readonly attempts: number;
}

export interface QueueOrdersPorts {
  readonly ledger: Ledger;
  readonly queue: Pick<RunQueue, "tick">;
  readonly questions: Pick<QuestionDesk, "take">;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly now: () => number;
  readonly shownTask: (id: TaskId) => ShownTask | undefined;
}

type Taken = Result<void, RefusalWord>;

export const takeQueueIntent = (ports: QueueOrdersPorts, intent: QueueIntent, device: DeviceId): Taken => {
  const { ledger, questions, queue } = ports;
  const { state } = ledger;
  const handled = (): Taken => {
    ledger.append({ type: "intent-handled", at: ports.now(), deviceId: device, intent });
    ports.audit.write({ kind: "order", what: intent.type, device });
    queue.tick();
    return ok(undefined);
  };
  switch (intent.type) {
    case "pause":
    case "unpause":
      return handled();
    case "hold":
    case "release": {
      const run = newestRun(ports, intent.taskId);
      if (run === undefined) return err("unknown-target");
      return isFinal(run.state) ? err("already-ended") : handled();
    }
    case "reorder":
    case "edit": {
      const run = newestRun(ports, intent.taskId);
      if (run === undefined) return err("unknown-target");
      if (run.state !== "queued") return err("already-started");
      if (intent.type === "edit" && intent.after && leadsTo(ports, intent.after, intent.taskId))
        return err("in-a-circle");
      return handled();
    }
    case "answer": {
      const roles = state.devices.get(device)?.record.roles ?? [];
      if (!roles.includes("send") && !roles.includes("approve")) return err("missing-role");
      const taken = questions.take(intent, device);
      if (!taken.ok) return taken;
      ports.audit.write({ kind: "answered", what: intent.questionId, device });
      queue.tick();
      return taken;
    }
    case "run-again": {
      const last = newestRun(ports, intent.taskId);
      if (last !== undefined && !isFinal(last.state)) return err("not-ended");
      return again(ports, intent, device, last?.task ?? ports.shownTask(intent.taskId)?.task);
    }
    case "continue": {
      const run = state.runs.get(intent.runId);
      if (run === undefined) return err("unknown-target");
      if (state.runOfTask.get(run.task.id) !== run.id) return err("already-started");
      if (run.state === "done") return err("already-ended");
      // What was only interrupted goes on by itself, unless it was held.
      if (!isFinal(run.state)) return handled();
      return again(ports, intent, device, run.task, run);
    }
    default:
      return assertNever(intent);
  }
};

const newestRun = ({ ledger: { state } }: QueueOrdersPorts, taskId: TaskId): RunFacts | undefined => {
  const id = state.runOfTask.get(taskId);
  return id === undefined ? undefined : state.runs.get(id);
};

/** Would `from`, by what it is to come after, come after `to`? */
const leadsTo = (ports: QueueOrdersPorts, from: TaskId, to: TaskId): boolean => {
  const seen = new Set<TaskId>();
  for (let at: TaskId | undefined = from; at !== undefined && !seen.has(at);) {
    if (at === to) return true;
    seen.add(at);
    at = newestRun(ports, at)?.task.after;
  }
  return false;
};

const again = (
  ports: QueueOrdersPorts,
  intent: QueueIntent,
  device: DeviceId,
  task: TaskRecord | undefined,
  continued?: RunFacts,
): Taken => {
  const { ledger, audit, ids, now, queue } = ports;
  if (task === undefined) return err("unknown-target");
  const { notBefore: _, after: __, ...rest } = task; // both were for the first attempt
  const runId = ids.create("run");
  const before = newestRun(ports, task.id)?.attempt ?? ports.shownTask(task.id)?.attempts ?? 0;
  ledger.append({
    type: "task-again",
    at: now(),
    runId,
    deviceId: device,
    intentId: intent.id,
    task: rest,
    attempt: before + 1,
    ...(continued === undefined ? {} : { continues: continued.id }),
  });
  audit.write({ kind: "task", what: task.id, outcome: intent.type, runId, device });
  queue.tick();
  return ok(undefined);
};
