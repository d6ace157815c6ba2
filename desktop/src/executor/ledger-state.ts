/**
 * What the ledger's records come to: a fold that looks at nothing but them.
 * The same records give the same state, after a restart too.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  parseDeviceRecord,
  type ApprovalId,
  type DecisionRecord,
  type GrantId,
  type IntentId,
  type KnownDevice,
  type QuestionId,
  type RegisteredDevice,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { GrantedFolder } from "./tools/tool.ts";
import { createWorkspaceFold, type WorkspaceState } from "./epoch/workspace-fold.ts";
import type { Alarm, ApprovalAsked, LedgerRecord, QuestionAsked } from "./ledger-records.ts";
import { DEFAULT_LIMITS, mergeLimits, type Limits } from "./limits.ts";
import { createRunFold, type RunsState } from "./run-fold.ts";
import { createScheduleFold, type ScheduleState } from "./schedules/schedule-fold.ts";

export interface CertifiedDevice extends RegisteredDevice {
  /** The signed record, as the document carries it. */
  readonly text: string;
  readonly revocation?: string;
}

export interface Grant extends GrantedFolder {
  readonly createdAt: number;
  readonly removed: boolean;
}

export interface Answer {
  readonly device: DeviceId;
  readonly decision: DecisionRecord;
}

export interface ApprovalFacts extends Omit<ApprovalAsked, "type" | "at"> {
  readonly requestedAt: number;
  /** The newest answer of each device. */
  readonly answers: ReadonlyMap<DeviceId, Answer>;
  /** "allowed" = spent: the effect it allowed was begun. */
  readonly state: "pending" | "allowed" | "denied" | "expired" | "withdrawn";
  readonly resolvedAt?: number;
  readonly resolvedBy?: DeviceId | undefined;
  readonly crossed?: boolean | undefined;
}

export interface QuestionFacts extends Omit<QuestionAsked, "type" | "at"> {
  readonly askedAt: number;
  readonly state: "pending" | "answered" | "expired" | "withdrawn";
  readonly resolvedAt?: number;
  /** As the run is told it. */
  readonly answer?: string | undefined;
  readonly answeredWith?: IntentId | undefined;
  readonly answeredBy?: DeviceId | undefined;
}

export interface Stopped {
  readonly at: number;
  readonly by?: DeviceId | undefined;
  readonly intentId?: string | undefined;
  readonly alarm?: Alarm | undefined;
}

export interface LedgerState extends WorkspaceState, ScheduleState, RunsState {
  readonly devices: ReadonlyMap<DeviceId, CertifiedDevice>;
  readonly grants: ReadonlyMap<GrantId, Grant>;
  readonly approvals: ReadonlyMap<ApprovalId, ApprovalFacts>;
  readonly questions: ReadonlyMap<QuestionId, QuestionFacts>;
  readonly limits: Limits;
  /** [IN1] Ids of tasks, intents and decisions that will never be handled again. */
  readonly handled: ReadonlySet<string>;
  /** Set from "stop all" until "resume". */
  readonly stopped: Stopped | undefined;
  /** Segments that the tasks of this ledger went into. */
  readonly segments: ReadonlySet<SegmentId>;
  /** Of tasks, runs and approvals that went there: the maps above have forgotten them. */
  readonly archived: ReadonlySet<string>;
}

export interface LedgerFold {
  readonly state: LedgerState;
  readonly apply: (record: LedgerRecord) => void;
}

/** The part of a device id's number n in `ApprovalId/DeviceId/n`. */
const answerNumber = (decision: DecisionRecord): number => Number(decision.id.split("/")[2]);

export type { RunFacts, Undone } from "./run-fold.ts";

/** @param executor knows the executor's own key, which certifies devices */
export const createLedgerFold = (executor: (id: DeviceId) => KnownDevice | undefined): LedgerFold => {
  const devices = new Map<DeviceId, CertifiedDevice>();
  const grants = new Map<GrantId, Grant>();
  const approvals = new Map<ApprovalId, ApprovalFacts>();
  const handled = new Set<string>();
  const questions = new Map<QuestionId, QuestionFacts>();
  const segments = new Set<SegmentId>();
  const archived = new Set<string>();
  const { state: ofWorkspace, apply: applyToWorkspace, deviceRevoked, needRoom } = createWorkspaceFold();
  const schedules = createScheduleFold();
  const runs = createRunFold();
  let stopped: LedgerState["stopped"];
  let limits = DEFAULT_LIMITS;

  const apply = (record: LedgerRecord): void => {
    switch (record.type) {
      case "workspace-restored":
        for (const id of record.handled) handled.add(id);
        return applyToWorkspace(record);
      case "workspace-created":
      case "relay-added":
      case "relay-removed":
      case "renewal-due":
      case "epoch-renewed":
      case "room-closed":
      case "late-record":
      case "device-quarantined":
      case "quarantine-lifted":
      case "replaced":
        return applyToWorkspace(record);
      case "device-certified": {
        const device = parseDeviceRecord(record.text, executor);
        if (device === undefined) throw new Error(`ledger: ${record.deviceId} has no valid certificate`);
        devices.set(record.deviceId, { ...device, text: record.text });
        return;
      }
      case "device-revoked":
        deviceRevoked(record.deviceId);
        return changeRow(devices, record.deviceId, { revokedAt: record.at, revocation: record.text });
      case "grant-added": {
        const { grantId: id, name, path, mode } = record;
        grants.set(id, { id, name, path, mode, createdAt: record.at, removed: false });
        return;
      }
      case "grant-removed":
        return changeRow(grants, record.grantId, { removed: true });
      case "task-taken":
        handled.add(record.task.id);
        return runs.taken(record);
      case "task-again":
        handled.add(record.intentId);
        handled.add(record.task.id);
        return runs.takenAgain(record);
      case "run-held":
        return runs.held(record);
      case "schedule-fired":
        if (record.intentId !== undefined) handled.add(record.intentId);
        handled.add(record.task.id);
        runs.taken(record, record.scheduleId);
        return schedules.apply(record);
      case "schedule-missed":
      case "schedule-off":
      case "schedules-rewound":
        return schedules.apply(record);
      case "run-moved":
        runs.moved(record);
        return schedules.runMoved(record.runId, record.state);
      case "limits-set":
        limits = mergeLimits(limits, record.limits);
        return;
      case "question-asked": {
        const { type: _type, at: askedAt, ...asked } = record;
        questions.set(asked.questionId, { ...asked, askedAt, state: "pending" });
        return;
      }
      case "question-closed": {
        const { questionId, at: resolvedAt, state, answer, intentId, by } = record;
        changeRow(questions, questionId, {
          state,
          resolvedAt,
          answer,
          answeredWith: intentId,
          answeredBy: by,
        });
        if (intentId === undefined) return;
        handled.add(intentId);
        const asked = questions.get(questionId);
        return asked === undefined ? undefined : runs.answered(asked.runId, intentId);
      }
      case "approval-asked": {
        const { type: _type, at: requestedAt, ...asked } = record;
        approvals.set(asked.approvalId, { ...asked, requestedAt, answers: new Map(), state: "pending" });
        return;
      }
      case "decision-taken": {
        const { decision, deviceId: device } = record;
        handled.add(decision.id);
        const answers = new Map(approvals.get(decision.approvalId)?.answers);
        const before = answers.get(device)?.decision;
        if (before !== undefined && answerNumber(before) > answerNumber(decision)) return;
        answers.set(device, { device, decision });
        return changeRow(approvals, decision.approvalId, { answers });
      }
      case "approval-closed":
        return changeRow(approvals, record.approvalId, {
          state: record.state,
          resolvedAt: record.at,
          resolvedBy: record.by,
          crossed: record.crossed,
        });
      case "approval-spent":
        return changeRow(approvals, record.approvalId, {
          state: "allowed",
          resolvedAt: record.at,
          resolvedBy: record.by,
        });
      case "intent-handled":
        handled.add(record.intent.id);
        runs.ordered(record.intent, record.deviceId, record.at);
        return schedules.ordered(record.intent, record.deviceId, record.at);
      case "record-refused":
        handled.add(record.id);
        return;
      case "stopped":
        stopped = { at: record.at, by: record.by, intentId: record.intentId, alarm: record.alarm };
        if (record.alarm?.type === "foreign-close") needRoom("room-lost");
        return;
      case "resumed":
        if (stopped?.alarm?.type === "contradiction") needRoom("contradiction");
        stopped = undefined;
        return;
      case "step-undone":
        return runs.undone(record);
      case "file-undone":
        return runs.fileUndone(record);
      case "tasks-archived":
        segments.add(record.segmentId);
        runs.archived(record);
        for (const [id, { runId }] of questions) if (record.runIds.includes(runId)) questions.delete(id);
        for (const id of record.approvalIds) approvals.delete(id);
        for (const id of [...record.taskIds, ...record.runIds, ...record.approvalIds]) archived.add(id);
        return;
      default:
        return assertNever(record);
    }
  };

  return {
    apply,
    state: {
      devices,
      grants,
      ...runs.state,
      approvals,
      questions,
      handled,
      segments,
      archived,
      ...schedules.state,
      get paused() {
        return runs.state.paused;
      },
      get limits() {
        return limits;
      },
      relays: ofWorkspace.relays,
      late: ofWorkspace.late,
      quarantined: ofWorkspace.quarantined,
      get stopped() {
        return stopped;
      },
      get workspace() {
        return ofWorkspace.workspace;
      },
      get oldRooms() {
        return ofWorkspace.oldRooms;
      },
      get renewal() {
        return ofWorkspace.renewal;
      },
      get replacedAt() {
        return ofWorkspace.replacedAt;
      },
      get restoredFrom() {
        return ofWorkspace.restoredFrom;
      },
    },
  };
};

const changeRow = <Id, Row>(rows: Map<Id, Row>, id: Id, fields: Partial<Row>): void => {
  const row = rows.get(id);
  if (row === undefined) throw new Error(`ledger: nothing is known of ${String(id)}`);
  rows.set(id, { ...row, ...fields });
};
