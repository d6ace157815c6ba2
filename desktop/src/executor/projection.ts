/**
 * From the ledger and the runs' journals to the document: the only writer of the desktop's roots ([OW1]).
 * 1. It writes what is true on disk and nothing else, so projecting everything again is always right; where
 *    nothing changed, no update arises.
 * 2. The document is never read to decide anything here.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  actionToText,
  addTask,
  addThread,
  isFinal,
  MIN_READER,
  orderOfId,
  parseId,
  putApproval,
  putArtifact,
  putDevice,
  putGrant,
  putMeta,
  putReply,
  putQuestion,
  putRevocation,
  putRun,
  putSchedule,
  putSteps,
  readMeta,
  removeSchedule,
  rootsOf,
  SCHEMA_VERSION,
  type ApprovalId,
  type Artifact,
  type ArtifactId,
  type GrantId,
  type IntentRecord,
  type Meta,
  type QuestionId,
  type RunFields,
  type RunId,
  type Schedule,
  type ScheduleId,
} from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { LedgerRecord } from "./ledger-records.ts";
import type { LedgerState, RunFacts } from "./ledger-state.ts";
import type { ScheduleFacts } from "./schedules/schedule-fold.ts";
import type { DayUse } from "./runner/day-use.ts";
import { viewRun, withPartial } from "./runner/run-view.ts";
import type { RunEvent } from "./runner/events.ts";

export interface Projection {
  /** What this record changed. */
  readonly record: (record: LedgerRecord) => void;
  readonly everything: () => void;
  /** @param partial what the model is saying right now */
  readonly run: (id: RunId, partial?: string) => void;
  /** Time has passed: their next runs may be others. */
  readonly schedules: () => void;
  /** The last word before sleep or the end, and the first after it; from no ledger, for it is only told. */
  readonly power: (power: "awake" | "asleep" | "quit", at: number) => void;
  /** Places in the queue, 1 = next, in this order. */
  readonly queue: (waiting: readonly RunId[]) => void;
}

export interface ProjectionPorts {
  readonly doc: Y.Doc;
  readonly state: LedgerState;
  readonly keys: DeviceKeys;
  /** As a person reads it. */
  readonly model: string;
  /** A path as it is shown: ~ for the home folder. */
  readonly shownPath: (path: string) => string;
  readonly isThere: (path: string) => boolean;
  readonly eventsOf: (run: RunFacts) => readonly RunEvent[];
  readonly scheduleRow: (facts: ScheduleFacts) => Schedule;
  /** Files that the run changed and that were not undone. */
  readonly changesOf: (id: RunId) => number;
  /** What all runs have used today. */
  readonly dayUse?: () => DayUse;
  /** Where a file that a run made is, beside its place on this computer. */
  readonly whereIs: (id: ArtifactId) => Pick<Artifact, "where" | "blob" | "notSent">;
}

/** The one thread of a new workspace; the apps show the desktop's name for it. */
const FIRST_THREAD_TITLE = "Deskhand";

/** The newest records of removed devices; all are in the audit log. */
const SHOWN_LATE = 20;

export const createProjection = (ports: ProjectionPorts): Projection => {
  const { doc, state, keys, model, shownPath, isThere, eventsOf, changesOf, whereIs } = ports;

  const workspace = (): void => {
    const { stopped, paused, limits, relays, late, quarantined, replacedAt } = state;
    if (state.workspace === undefined) return;
    const { workspaceId, threadId, executorId, epoch, desktopName, createdAt } = state.workspace;
    putMeta(doc, {
      schema: SCHEMA_VERSION,
      minReader: MIN_READER,
      workspaceId,
      epoch,
      createdAt,
      executorId,
      desktopName,
      threadId,
      model,
      stoppedAt: stopped?.at ?? null,
      stoppedBy: stopped?.by ?? null,
      alarm: stopped?.alarm ?? null,
      pausedAt: paused?.at ?? null,
      limits: { ...limits },
      ...(ports.dayUse === undefined ? {} : { today: today(ports.dayUse()) }),
      replacedAt: replacedAt ?? null,
      relays: [...relays.values()].map(({ publicUrl }) => publicUrl),
      quarantined: [...quarantined].map(([deviceId, { at }]) => ({ deviceId, at })),
      late: late.slice(-SHOWN_LATE).map((record) => ({ ...record })),
    });
    addThread(doc, { id: threadId, createdAt, title: FIRST_THREAD_TITLE }, keys);
  };

  const devices = (): void => {
    for (const { record, text, revocation } of state.devices.values()) {
      putDevice(doc, record.id, text);
      if (revocation !== undefined) putRevocation(doc, record.id, revocation);
    }
  };

  const grant = (id: GrantId): void => {
    const folder = state.grants.get(id);
    if (folder === undefined) return;
    const { name, path, mode, createdAt, removed } = folder;
    putGrant(doc, {
      id,
      kind: "folder",
      name,
      target: shownPath(path),
      mode,
      state: removed ? "removed" : isThere(path) ? "available" : "missing",
      createdAt,
    });
  };

  const approval = (id: ApprovalId): void => {
    const facts = state.approvals.get(id);
    if (facts === undefined) return;
    const { runId, taskId, callId, actionDigest, requestDigest, risk, reversible, reason } = facts;
    const { requestedAt, expiresAt, resolvedAt, resolvedBy, crossed } = facts;
    putApproval(doc, {
      id,
      runId,
      taskId,
      callId,
      action: actionToText(facts.action),
      actionDigest,
      requestDigest,
      risk,
      reversible,
      requestedAt,
      expiresAt,
      state: facts.state,
      ...(reason === undefined ? {} : { reason }),
      ...(resolvedAt === undefined ? {} : { resolvedAt }),
      ...(resolvedBy === undefined ? {} : { resolvedBy }),
      ...(crossed === undefined ? {} : { crossed }),
    });
  };

  const question = (id: QuestionId): void => {
    const facts = state.questions.get(id);
    if (facts === undefined) return;
    const { runId, taskId, text, choices, askedAt, expiresAt, resolvedAt } = facts;
    const { answer, answeredWith, answeredBy } = facts;
    putQuestion(doc, {
      id,
      runId,
      taskId,
      text,
      choices: [...choices],
      askedAt,
      expiresAt,
      state: facts.state,
      ...(answer === undefined ? {} : { answer }),
      ...(answeredWith === undefined ? {} : { answeredWith }),
      ...(answeredBy === undefined ? {} : { answeredBy }),
      ...(resolvedAt === undefined ? {} : { resolvedAt }),
    });
  };

  const run = (id: RunId, partial = ""): void => {
    const facts = state.runs.get(id);
    if (facts === undefined) return;
    const view = viewRun(eventsOf(facts));
    const { task, attempt, continues, stateSince, startedAt, endedAt, summary, failure, undone } = facts;
    putRun(doc, {
      id,
      taskId: task.id,
      threadId: task.threadId,
      attempt,
      state: facts.state,
      stateSince,
      ...waitsFor(facts),
      ...(facts.intents.length === 0 ? {} : { intents: [...facts.intents] }),
      ...(facts.isEdited ? { prompt: task.prompt } : {}),
      ...(continues === undefined ? {} : { continues }),
      ...(view.plan.length === 0 ? {} : { plan: [...view.plan] }),
      changes: changesOf(id),
      undone: { ...undone },
      usage: view.usage,
      ...(facts.state === "queued" ? {} : { place: null }),
      ...(view.model === "" ? {} : { model: view.model }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(summary === undefined ? {} : { summary }),
      ...(failure === undefined ? {} : { error: failure }),
    });
    putSteps(doc, id, view.steps);
    for (const { artifactId, at, excerpt, ...file } of view.files)
      putArtifact(doc, {
        id: artifactId,
        runId: id,
        createdAt: at,
        grantId: file.grantId,
        path: file.path,
        name: file.name,
        mediaType: file.mediaType,
        byteLength: file.byteLength,
        sha256: file.sha256,
        ...(excerpt === undefined ? {} : { excerpt }),
        ...whereIs(artifactId),
      });
    const text = withPartial(view.reply?.text ?? "", partial);
    if (view.reply !== undefined && text !== "")
      putReply(doc, task.threadId, {
        id: view.reply.id,
        runId: id,
        createdAt: view.reply.createdAt,
        text,
        done: isFinal(facts.state),
      });
  };

  /** A task that a schedule made is in no device's hands: it comes into the document from here, once ([OW2]). */
  const ownTask = ({ task, scheduleId }: RunFacts): void => {
    const messageId = parseId("message", `msg_${orderOfId(task.id)}`);
    if (scheduleId === undefined || messageId === undefined || rootsOf(doc).tasks.has(task.id)) return;
    const { id: taskId, createdAt, threadId, prompt: text } = task;
    addTask(doc, task, { id: messageId, createdAt, threadId, text, taskId }, keys);
  };

  const schedule = (id: ScheduleId): void => {
    const facts = state.schedules.get(id);
    if (facts === undefined) removeSchedule(doc, id);
    else putSchedule(doc, ports.scheduleRow(facts));
  };
  const ordered = (intent: IntentRecord): void => {
    const id = parseId("schedule", intent["scheduleId"]);
    if (id !== undefined) schedule(id);
    if (intent.type === "pause" || intent.type === "unpause") workspace();
    const ofTask = parseId("task", intent["taskId"]);
    const runId = ofTask === undefined ? parseId("run", intent["runId"]) : state.runOfTask.get(ofTask);
    if (runId !== undefined) run(runId);
  };
  const schedules = (): void => {
    for (const id of state.schedules.keys()) schedule(id);
  };

  const runWithSchedule = (id: RunId): void => {
    const facts = state.runs.get(id);
    if (facts !== undefined) ownTask(facts);
    run(id);
    if (facts?.scheduleId !== undefined) schedule(facts.scheduleId);
  };

  const queue = (waiting: readonly RunId[]): void => {
    for (const [at, id] of waiting.entries()) putRun(doc, { id, place: at + 1 });
  };

  const showRecord = (written: LedgerRecord): void => {
    switch (written.type) {
      case "workspace-created":
      case "stopped":
      case "resumed":
      case "limits-set":
      case "relay-added":
      case "relay-removed":
      case "late-record":
      case "device-quarantined":
      case "quarantine-lifted":
      case "replaced":
        return workspace();
      case "device-certified":
      case "device-revoked":
        return devices();
      case "grant-added":
      case "grant-removed":
        return grant(written.grantId);
      case "task-taken":
      case "task-again":
      case "run-held":
      case "step-undone":
        return run(written.runId);
      case "run-moved":
      case "schedule-fired":
        if (written.type === "run-moved" && isFinal(written.state)) workspace();
        return runWithSchedule(written.runId);
      case "schedule-missed":
      case "schedule-off":
        return schedule(written.scheduleId);
      case "schedules-rewound":
        return schedules();
      case "intent-handled":
        return ordered(written.intent);
      case "question-asked":
        return question(written.questionId);
      case "question-closed": {
        const asked = state.questions.get(written.questionId);
        question(written.questionId);
        return asked === undefined ? undefined : run(asked.runId);
      }
      case "approval-asked":
      case "approval-closed":
      case "approval-spent":
        return approval(written.approvalId);
      case "decision-taken":
      case "record-refused":
      case "renewal-due":
      case "epoch-renewed": // the new epoch has a projection of its own
      case "room-closed":
      case "workspace-restored":
      case "tasks-archived": // their rows have left the document before
        return;
      default:
        return assertNever(written);
    }
  };

  const showEverything = (): void => {
    workspace();
    devices();
    for (const id of state.grants.keys()) grant(id);
    for (const facts of state.runs.values()) {
      ownTask(facts);
      run(facts.id);
    }
    for (const id of state.approvals.keys()) approval(id);
    for (const id of state.questions.keys()) question(id);
    schedules();
  };

  /** One transaction each: what belongs together arrives together, and costs one write. */
  return {
    record: (written) => doc.transact(() => showRecord(written)),
    everything: () => doc.transact(showEverything),
    run: (id, partial) => doc.transact(() => run(id, partial)),
    power: (power, at) => {
      // Each start is a new Yjs client, whose first write costs for ever: awake after awake is not worth it.
      const isKnown = power === "awake" && readMeta(doc)?.lastSeen?.power === "awake";
      if (!isKnown) putMeta(doc, { lastSeen: { power, at } });
    },
    schedules: () => doc.transact(schedules),
    queue: (waiting) => doc.transact(() => queue(waiting)),
  };
};

const today = ({ day, used }: DayUse): NonNullable<Meta["today"]> => ({
  day,
  used: { ...used, minutes: Math.round(used.minutes) },
});

/** A person, a time, another task; null where it waits for none of them. */
const waitsFor = ({
  state,
  task,
  approvalId,
  questionId,
  heldAt,
  heldWhy,
}: RunFacts): Omit<RunFields, "id"> => ({
  approvalId: approvalId ?? null,
  questionId: questionId ?? null,
  heldAt: heldAt ?? null,
  heldWhy: heldWhy ?? null,
  notBefore: state === "queued" ? (task.notBefore ?? null) : null,
  after: state === "queued" ? (task.after ?? null) : null,
});
