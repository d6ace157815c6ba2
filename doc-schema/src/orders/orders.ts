/**
 * Orders of one device, signed with its keys and put into the document: how the phone and the desktop's window say
 * what they want. The executor takes them out again; there is no other way to make it do anything.
 * [AP2] An answer carries the digest of the card as this device renders it, so it is made here and not by the caller.
 * [ID1] Before an id is made, the clock is raised past every id that was said, also by a device whose clock is ahead.
 */
import type * as Y from "yjs";
import type { DeviceId, DeviceKeys } from "../crypto/index.ts";
import {
  addDecision,
  addIntent,
  addTask,
  canWrite,
  isFinal,
  MAX_ATTACHMENTS,
  MAX_TEXT_LENGTH,
  nextDecisionId,
  readApprovals,
  readMeta,
  readQuestions,
  readRuns,
  rootsOf,
  type ApprovalId,
  type ArtifactId,
  type IdFactory,
  type Attachment,
  type IntentBody,
  type IntentRecord,
  type QuestionId,
  type Schedule,
  type ScheduleId,
  type RunId,
  type RunState,
  type StepId,
  type TaskId,
  type ThreadId,
  type Verdict,
} from "../document/index.ts";
import { actionOf, cardLanguage, shownDigest } from "../views/index.ts";
import { err, ok, type Result } from "../wire/index.ts";

export interface OrderPorts {
  readonly doc: Y.Doc;
  readonly keys: DeviceKeys;
  readonly ids: IdFactory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The thread that is known beside the document, for when the document is not here: its copy was lost. */
  readonly rememberedThread?: (() => ThreadId | undefined) | undefined;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly note?: string | undefined;
  /** The language in which the card was shown, a BCP 47 tag. */
  readonly locale: string;
}

/**
 * "no-thread": the workspace has not arrived yet. "not-pending": answered, expired or unreadable by now.
 * "too-long": more than MAX_TEXT_LENGTH characters; readers would drop it without a word. "needs-newer-app": the
 * document asks for a newer reader, so this app only shows it. "already-started": it can only be told or stopped now.
 */
export type OrderError = {
  readonly type: "no-thread" | "not-pending" | "too-long" | "needs-newer-app" | "already-started";
};
export type Ordered = Result<void, OrderError>;

/** One of the choices by its place from 0, an own text, or neither: the desktop decides. */
export interface Reply {
  readonly choice?: number;
  readonly text?: string;
}

/** Both absent: as soon as its turn comes. */
export interface TaskTime {
  /** Milliseconds since 1970. */
  readonly notBefore?: number;
  /** When that task is done; it is held when that one does not end well. */
  readonly after?: TaskId;
}

/** What is absent stays; `notBefore: null` means now, `after: null` after no other task. */
export interface TaskChanges {
  readonly prompt?: string;
  readonly notBefore?: number | null;
  readonly after?: TaskId | null;
}

export type ScheduleFields = Pick<Schedule, "title" | "rule" | "timeZone" | "prompt" | "enabled"> & {
  readonly ifMissed: "run" | "skip" | "ask";
  /** The person's language: answers come in it. */
  readonly locale?: string;
};

export interface StepOfRun {
  readonly runId: RunId;
  readonly stepId: StepId;
}

export interface DeviceOrders {
  readonly sendTask: (
    prompt: string,
    locale: string,
    attachments?: readonly Attachment[],
    when?: TaskTime,
  ) => Result<TaskId, OrderError>;
  readonly decide: (approvalId: ApprovalId, answer: Answer) => Ordered;
  /** Any order; each method below is one of them. */
  readonly give: (order: IntentBody) => Ordered;
  readonly answer: (questionId: QuestionId, reply: Reply) => Ordered;
  readonly cancel: (taskId: TaskId) => Ordered;
  readonly steer: (taskId: TaskId, text: string) => Ordered;
  /** One step, or without `stepId` the whole run. */
  readonly undo: (runId: RunId, stepId?: StepId) => Ordered;
  /** One file of a step: its place in the step's `files.first`, and its name there. */
  readonly undoFile: (step: StepOfRun, file: number, path: string) => Ordered;
  readonly stopAll: () => Ordered;
  readonly resume: () => Ordered;
  /** What runs is finished, nothing new starts until `unpause`. */
  readonly pause: () => Ordered;
  readonly unpause: () => Ordered;
  /** A queued task does not start; one that works stops after its step. */
  readonly hold: (taskId: TaskId) => Ordered;
  readonly release: (taskId: TaskId) => Ordered;
  /** This one and the next are about a task that has not started. Before another task, or without `before` to the end. */
  readonly reorder: (taskId: TaskId, before?: TaskId) => Ordered;
  readonly edit: (taskId: TaskId, changes: TaskChanges) => Ordered;
  /** A new attempt at a task that has ended. */
  readonly runAgain: (taskId: TaskId) => Ordered;
  readonly continueRun: (runId: RunId) => Ordered;
  readonly createSchedule: (schedule: ScheduleFields) => Result<ScheduleId, OrderError>;
  readonly changeSchedule: (scheduleId: ScheduleId, changes: Partial<ScheduleFields>) => Ordered;
  readonly deleteSchedule: (scheduleId: ScheduleId) => Ordered;
  readonly runSchedule: (scheduleId: ScheduleId) => Ordered;
  /** Asks for a file of a run at the relays; `newer`: as it is now. */
  readonly sendFile: (artifactId: ArtifactId, options?: { readonly newer?: boolean }) => Ordered;
  /** What is remembered from task to task; an empty text deletes the note. */
  readonly setNote: (name: string, text: string) => Ordered;
  /** Asks the desktop to remove a device. */
  readonly revokeDevice: (deviceId: DeviceId) => Ordered;
}

export const createDeviceOrders = ({ doc, keys, ids, now, rememberedThread }: OrderPorts): DeviceOrders => {
  const catchUp = (): void => {
    const { tasks, intents, runs, approvals, questions, schedules } = rootsOf(doc);
    for (const map of [tasks, intents, runs, approvals, questions, schedules])
      for (const id of map.keys()) ids.observe(id);
  };
  const writing = <Value>(write: () => Result<Value, OrderError>): Result<Value, OrderError> =>
    canWrite(doc) ? write() : err({ type: "needs-newer-app" });
  /** Why it would come to nothing, as far as it can be seen here. */
  const obstacle = (body: IntentBody): OrderError["type"] | undefined => {
    const texts = [body.type === "steer" || body.type === "answer" ? body.text : undefined, promptOf(body)];
    if (texts.some(isTooLong)) return "too-long";
    if (body.type === "answer") return isPending(body.questionId) ? undefined : "not-pending";
    if (body.type === "edit" || body.type === "reorder")
      return stateOf(body.taskId) === "queued" ? undefined : "already-started";
    if (body.type === "hold" || body.type === "release")
      return isFinal(stateOf(body.taskId)) ? "already-started" : undefined;
    return undefined;
  };
  const isPending = (id: QuestionId): boolean =>
    readQuestions(doc).entries.some((question) => question.id === id && question.state === "pending");
  /** Of the newest attempt; a task that has none waits for the desktop. */
  const stateOf = (id: TaskId): RunState =>
    readRuns(doc)
      .entries.filter(({ taskId }) => taskId === id)
      .toSorted((a, b) => b.attempt - a.attempt)[0]?.state ?? "queued";
  const give = (body: IntentBody): Ordered =>
    writing(() => {
      const type = obstacle(body);
      if (type !== undefined) return err({ type });
      catchUp();
      const intent = { ...body, id: ids.create("intent"), createdAt: now() } as IntentRecord; // a body and what all have
      addIntent(doc, intent, keys);
      return ok(undefined);
    });

  return {
    sendTask: (prompt, locale, attachments, when) =>
      writing(() => {
        const threadId = readMeta(doc)?.threadId ?? rememberedThread?.();
        if (threadId === undefined) return err({ type: "no-thread" });
        if (isTooLong(prompt) || (attachments?.length ?? 0) > MAX_ATTACHMENTS)
          return err({ type: "too-long" });
        catchUp();
        const createdAt = now();
        const files = attachments === undefined ? {} : { attachments: [...attachments] };
        const messageId = ids.create("message");
        const taskId = ids.create("task");
        const message = { id: messageId, createdAt, threadId, text: prompt, taskId, ...files };
        const task = { id: taskId, createdAt, threadId, prompt, locale, ...files, ...when };
        addTask(doc, task, message, keys);
        return ok(taskId);
      }),
    decide: (approvalId, { verdict, note, locale }) =>
      writing(() => {
        const approval = readApprovals(doc).entries.find((row) => row.id === approvalId);
        const action = approval === undefined ? undefined : actionOf(approval);
        if (approval?.state !== "pending" || action === undefined) return err({ type: "not-pending" });
        if (isTooLong(note)) return err({ type: "too-long" });
        const decision = {
          id: nextDecisionId(doc, approvalId, keys.deviceId, now()),
          createdAt: now(),
          approvalId,
          requestDigest: approval.requestDigest,
          verdict,
          scope: "once" as const,
          shownDigest: shownDigest(action, approval, locale),
          locale: cardLanguage(locale),
          ...(note === undefined ? {} : { note }),
        };
        addDecision(doc, decision, keys);
        return ok(undefined);
      }),
    give,
    answer: (questionId, reply) => give({ type: "answer", questionId, ...reply }),
    cancel: (taskId) => give({ type: "cancel", taskId }),
    steer: (taskId, text) => give({ type: "steer", taskId, text }),
    undo: (runId, stepId) => give({ type: "undo", runId, ...(stepId === undefined ? {} : { stepId }) }),
    undoFile: (step, file, path) => give({ type: "undo-file", ...step, file, path }),
    stopAll: () => give({ type: "stop-all" }),
    resume: () => give({ type: "resume" }),
    pause: () => give({ type: "pause" }),
    unpause: () => give({ type: "unpause" }),
    hold: (taskId) => give({ type: "hold", taskId }),
    release: (taskId) => give({ type: "release", taskId }),
    reorder: (taskId, before) =>
      give({ type: "reorder", taskId, ...(before === undefined ? {} : { before }) }),
    edit: (taskId, changes) => give({ type: "edit", taskId, ...changes }),
    runAgain: (taskId) => give({ type: "run-again", taskId }),
    continueRun: (runId) => give({ type: "continue", runId }),
    createSchedule: (schedule) => {
      catchUp();
      const scheduleId = ids.create("schedule");
      const ordered = give({ type: "schedule-create", scheduleId, ...schedule });
      return ordered.ok ? ok(scheduleId) : ordered;
    },
    changeSchedule: (scheduleId, changes) => give({ type: "schedule-change", scheduleId, ...changes }),
    deleteSchedule: (scheduleId) => give({ type: "schedule-delete", scheduleId }),
    runSchedule: (scheduleId) => give({ type: "schedule-run", scheduleId }),
    sendFile: (artifactId, options) => give({ type: "send-file", artifactId, ...options }),
    setNote: (name, text) => give({ type: "note-set", name, text }),
    revokeDevice: (deviceId) => give({ type: "revoke-device", deviceId }),
  };
};

/** Orders about a task that has not started. */
const isTooLong = (text: string | undefined): boolean => (text?.length ?? 0) > MAX_TEXT_LENGTH;

const promptOf = (body: IntentBody): string | undefined =>
  "prompt" in body && typeof body.prompt === "string" ? body.prompt : undefined;
