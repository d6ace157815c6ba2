/**
 * From the ledger and the runs' journals to the document: the only writer of the desktop's roots ([OW1]).
 * 1. It writes what is true on disk and nothing else, so projecting everything again is always right; where
 *    nothing changed, no update arises.
 * 2. The document is never read to decide anything here.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  addTask,
  addThread,
  isFinal,
  MIN_READER,
  orderOfId,
  parseId,
  putDevice,
  putGrant,
  putMeta,
  putRevocation,
  putRun,
  putSchedule,
  readMeta,
  removeSchedule,
  rootsOf,
  SCHEMA_VERSION,
  type ApprovalId,
  type GrantId,
  type IntentRecord,
  type IntentType,
  type Meta,
  type QuestionId,
  type RunId,
  type Schedule,
  type ScheduleId,
} from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { LedgerRecord } from "./ledger-records.ts";
import type { LedgerState, RunFacts } from "./ledger-state.ts";
import { writeApproval, writeQuestion, writeRun, type RunRowPorts } from "./projection-rows.ts";
import type { ScheduleFacts } from "./schedules/schedule-fold.ts";
import type { Note } from "./memory/notes.ts";
import type { DayUse } from "./runner/day-use.ts";

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
  /** How far the audit log has come, signed (audit/audit-watch.ts). */
  readonly audit: (head: string) => void;
  /** Places in the queue, 1 = next, in this order. */
  readonly queue: (waiting: readonly RunId[]) => void;
}

export interface ProjectionPorts extends RunRowPorts {
  readonly doc: Y.Doc;
  readonly state: LedgerState;
  readonly keys: DeviceKeys;
  /** As a person reads it. */
  readonly model: string;
  /** A path as it is shown: ~ for the home folder. */
  readonly shownPath: (path: string) => string;
  readonly isThere: (path: string) => boolean;
  readonly scheduleRow: (facts: ScheduleFacts) => Schedule;
  /** What all runs have used today. */
  readonly dayUse?: () => DayUse;
  readonly notes?: () => readonly Note[];
}

/** The one thread of a new workspace; the apps show the desktop's name for it. */
const FIRST_THREAD_TITLE = "Deskhand";

const SHOWN_IN_META: ReadonlySet<string> = new Set<IntentType>(["pause", "unpause", "note-set"]);

/** The newest records of removed devices; all are in the audit log. */
const SHOWN_LATE = 20;

export const createProjection = (ports: ProjectionPorts): Projection => {
  const { doc, state, keys, model, shownPath, isThere } = ports;

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
      ...(ports.notes === undefined ? {} : { notes: ports.notes().map((note) => ({ ...note })) }),
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
    if (facts !== undefined) writeApproval(doc, facts);
  };
  const question = (id: QuestionId): void => {
    const facts = state.questions.get(id);
    if (facts !== undefined) writeQuestion(doc, facts);
  };
  const run = (id: RunId, partial = ""): void => {
    const facts = state.runs.get(id);
    if (facts !== undefined) writeRun(doc, facts, ports, partial);
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
    if (SHOWN_IN_META.has(intent.type)) workspace();
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
      case "file-undone":
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
    audit: (head) => putMeta(doc, { audit: head }),
    schedules: () => doc.transact(schedules),
    queue: (waiting) => doc.transact(() => queue(waiting)),
  };
};

const today = ({ day, used }: DayUse): NonNullable<Meta["today"]> => ({
  day,
  used: { ...used, minutes: Math.round(used.minutes) },
});
