/**
 * What the ledger's records come to for runs and their queue; a fold, as ledger-state.ts is.
 * 1. [RU1] A run that would change to a state it cannot reach throws: that is a bug, not a task's fault.
 * 2. Of two orders that contradict each other the later one counts, by their ids ([ID1]), whichever came first.
 * 3. An order that does not fit any more changes nothing here: it came too late.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  assertTransition,
  isFinal,
  REMEMBERED_INTENTS,
  type ApprovalId,
  type IntentId,
  type IntentRecord,
  type QuestionId,
  type RunId,
  type RunState,
  type ScheduleId,
  type StepId,
  type TaskId,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import type { Failure, LedgerRecord, LeftAlone } from "./ledger-records.ts";
import { leftAloneAfter } from "./undo/taken-back.ts";

export interface Undone {
  readonly at: number;
  readonly outcome: "undone" | "conflict" | "gone";
  readonly detail?: string | undefined;
}

/** When an undo last came to a step, and the first files that it left as they are. */
export interface Tried {
  readonly at: number;
  readonly leftAlone: readonly LeftAlone[];
}

export interface RunFacts {
  readonly id: RunId;
  /** As the latest edits have it. */
  readonly task: TaskRecord;
  readonly device: DeviceId;
  /** From 1. */
  readonly attempt: number;
  /** It goes on with what this run had done and heard. */
  readonly continues?: RunId | undefined;
  /** The schedule that made the task: the executor signed it, and puts it into the document. */
  readonly scheduleId?: ScheduleId;
  readonly state: RunState;
  readonly stateSince: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** While waiting: for this. */
  readonly approvalId?: ApprovalId | undefined;
  readonly questionId?: QuestionId | undefined;
  /** It waits until a person releases it. */
  readonly heldAt?: number | undefined;
  /** The desktop held it by itself. */
  readonly heldWhy?: Failure | undefined;
  /** Somebody said anew what it is to do. */
  readonly isEdited: boolean;
  /** Orders that it has taken in, the newest ones. */
  readonly intents: readonly IntentId[];
  readonly summary?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly undone: Readonly<Record<StepId, Undone>>;
  readonly tried: Readonly<Record<StepId, Tried>>;
}

export interface Paused {
  readonly at: number;
  readonly by: DeviceId;
}

export interface RunsState {
  readonly runs: ReadonlyMap<RunId, RunFacts>;
  /** The newest attempt. */
  readonly runOfTask: ReadonlyMap<TaskId, RunId>;
  /** Queued runs, next first. */
  readonly queue: readonly RunId[];
  /** Set while nothing new starts. */
  readonly paused: Paused | undefined;
  /** Tasks that were cancelled, some of them before they came. */
  readonly cancelled: ReadonlySet<TaskId>;
}

type RecordOf<Type extends LedgerRecord["type"]> = Extract<LedgerRecord, { readonly type: Type }>;

export interface RunFold {
  readonly state: RunsState;
  readonly taken: (record: RecordOf<"task-taken" | "schedule-fired">, scheduleId?: ScheduleId) => void;
  readonly takenAgain: (record: RecordOf<"task-again">) => void;
  readonly moved: (record: RecordOf<"run-moved">) => void;
  readonly held: (record: RecordOf<"run-held">) => void;
  readonly undone: (record: RecordOf<"step-undone">) => void;
  readonly fileUndone: (record: RecordOf<"file-undone">) => void;
  readonly ordered: (intent: IntentRecord, device: DeviceId, at: number) => void;
  readonly answered: (runId: RunId, intentId: IntentId) => void;
  readonly archived: (record: RecordOf<"tasks-archived">) => void;
}

export const createRunFold = (): RunFold => {
  const runs = new Map<RunId, RunFacts>();
  const runOfTask = new Map<TaskId, RunId>();
  const cancelled = new Set<TaskId>();
  const queue: RunId[] = [];
  /** Of what was ordered last, by what it is about. */
  const latest = new Map<string, IntentId>();
  let paused: Paused | undefined;

  const change = (id: RunId, fields: Partial<RunFacts>): void => {
    const run = runs.get(id);
    if (run === undefined) throw new Error(`ledger: nothing is known of ${id}`);
    runs.set(id, { ...run, ...fields });
  };
  const add = (run: Omit<RunFacts, "state" | "undone" | "tried" | "intents" | "isEdited">): void => {
    runs.set(run.id, { ...run, state: "queued", undone: {}, tried: {}, intents: [], isEdited: false });
    runOfTask.set(run.task.id, run.id);
    queue.push(run.id);
  };
  const leaveQueue = (id: RunId): void => {
    const at = queue.indexOf(id);
    if (at >= 0) queue.splice(at, 1);
  };
  /** False when a later order about the same was taken before. */
  const isLatest = (about: string, { id }: IntentRecord): boolean => {
    if ((latest.get(about) ?? "") > id) return false;
    latest.set(about, id);
    return true;
  };
  const noted = ({ intents }: RunFacts, id: IntentId): readonly IntentId[] =>
    [...intents, id].slice(-REMEMBERED_INTENTS);
  const openRunOf = (taskId: TaskId): RunFacts | undefined => {
    const run = runs.get(runOfTask.get(taskId) ?? ("" as RunId)); // no run has this id
    return run === undefined || isFinal(run.state) ? undefined : run;
  };

  /** The run that an order is about. */
  const runOf = (intent: IntentRecord): RunFacts | undefined => {
    switch (intent.type) {
      case "steer":
      case "hold":
      case "release":
      case "reorder":
      case "edit":
        return openRunOf(intent.taskId);
      case "continue":
      case "undo":
      case "undo-file":
        return runs.get(intent.runId);
      default:
        return undefined;
    }
  };

  const reorder = (run: RunFacts, before: TaskId | undefined): void => {
    if (run.state !== "queued" || before === run.task.id) return;
    leaveQueue(run.id);
    const target = before === undefined ? undefined : runOfTask.get(before);
    const at = target === undefined ? -1 : queue.indexOf(target);
    queue.splice(at < 0 ? queue.length : at, 0, run.id);
  };

  const edit = (run: RunFacts, intent: Extract<IntentRecord, { type: "edit" }>): void => {
    if (run.state !== "queued") return;
    const { prompt, notBefore, after, attachments } = intent;
    const isNew = (field: string): boolean => isLatest(`${run.id} ${field}`, intent);
    const task = { ...run.task };
    let { isEdited } = run;
    if (prompt !== undefined && isNew("prompt")) {
      task.prompt = prompt;
      isEdited = true;
    }
    if (notBefore !== undefined && isNew("notBefore")) task.notBefore = notBefore ?? undefined;
    if (after !== undefined && isNew("after")) task.after = after ?? undefined;
    if (attachments !== undefined && isNew("attachments")) task.attachments = attachments;
    change(run.id, { task, isEdited });
  };

  const carryOut = (run: RunFacts, intent: IntentRecord, at: number): void => {
    switch (intent.type) {
      case "hold":
        if (isLatest(`${run.id} held`, intent)) change(run.id, { heldAt: at, heldWhy: undefined });
        return;
      case "release": {
        if (!isLatest(`${run.id} held`, intent)) return;
        const { after: _, ...task } = run.task;
        // What it waited for did not end well, and it is to start nevertheless.
        return change(run.id, {
          heldAt: undefined,
          heldWhy: undefined,
          ...(run.heldWhy === undefined ? {} : { task }),
        });
      }
      case "reorder":
        if (isLatest(`${run.id} place`, intent)) reorder(run, intent.before);
        return;
      case "edit":
        return edit(run, intent);
      default:
        return;
    }
  };

  return {
    state: {
      runs,
      runOfTask,
      queue,
      cancelled,
      get paused() {
        return paused;
      },
    },
    taken: ({ runId: id, task, deviceId: device, at: stateSince }, scheduleId) =>
      add({ id, task, device, stateSince, attempt: 1, ...(scheduleId === undefined ? {} : { scheduleId }) }),
    takenAgain: ({ runId: id, task, deviceId: device, at: stateSince, attempt, continues }) => {
      cancelled.delete(task.id);
      add({ id, task, device, stateSince, attempt, continues });
    },
    moved: (record) => {
      const run = runs.get(record.runId);
      if (run === undefined) throw new Error(`ledger: nothing is known of ${record.runId}`);
      assertTransition(run.state, record.state);
      leaveQueue(run.id);
      const isOver = ["done", "failed", "cancelled"].includes(record.state);
      change(run.id, {
        state: record.state,
        stateSince: record.at,
        startedAt: run.startedAt ?? record.at,
        approvalId: record.approvalId,
        questionId: record.questionId,
        summary: record.summary,
        failure: record.failure,
        ...(isOver ? { endedAt: record.at, heldAt: undefined, heldWhy: undefined } : {}),
      });
    },
    held: ({ runId, at, failure }) => change(runId, { heldAt: at, heldWhy: failure }),
    undone: ({ runId, stepId, at, outcome, detail, leftAlone = [] }) => {
      const { undone, tried } = runs.get(runId) ?? {};
      change(runId, {
        undone: { ...undone, [stepId]: { at, outcome, detail } },
        tried: { ...tried, [stepId]: { at, leftAlone } },
      });
    },
    fileUndone: ({ runId, stepId, at, changeId, leftAlone }) => {
      const tried = runs.get(runId)?.tried;
      const left = leftAloneAfter(tried?.[stepId]?.leftAlone ?? [], changeId, leftAlone);
      change(runId, { tried: { ...tried, [stepId]: { at, leftAlone: left } } });
    },
    answered: (runId, intentId) => {
      const run = runs.get(runId);
      if (run !== undefined) change(runId, { intents: noted(run, intentId) });
    },
    ordered: (intent, device, at) => {
      if (intent.type === "cancel") cancelled.add(intent.taskId);
      if ((intent.type === "pause" || intent.type === "unpause") && isLatest("pause", intent))
        paused = intent.type === "pause" ? { at, by: device } : undefined;
      const run = runOf(intent);
      if (run === undefined) return;
      change(run.id, { intents: noted(run, intent.id) });
      carryOut(run, intent, at);
    },
    archived: ({ taskIds, runIds }) => {
      for (const id of taskIds) runOfTask.delete(id);
      for (const id of runIds) runs.delete(id);
    },
  };
};
