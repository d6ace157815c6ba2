/**
 * What the ledger's records come to: a fold that looks at nothing but them.
 * 1. The same records give the same state, after a restart too.
 * 2. [RU1] A run that would change to a state it cannot reach throws: that is a bug, not a task's fault.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  assertTransition,
  parseDeviceRecord,
  type ApprovalId,
  type DecisionRecord,
  type GrantId,
  type KnownDevice,
  type RegisteredDevice,
  type RunId,
  type RunState,
  type ScheduleId,
  type SegmentId,
  type StepId,
  type TaskId,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { GrantedFolder } from "./tools/tool.ts";
import { createWorkspaceFold, type WorkspaceState } from "./epoch/workspace-fold.ts";
import type { Alarm, ApprovalAsked, Failure, LedgerRecord } from "./ledger-records.ts";
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

export interface Undone {
  readonly at: number;
  readonly outcome: "undone" | "conflict" | "gone";
  readonly detail?: string | undefined;
}

export interface RunFacts {
  readonly id: RunId;
  readonly task: TaskRecord;
  readonly device: DeviceId;
  /** The schedule that made the task: the executor signed it, and puts it into the document. */
  readonly scheduleId?: ScheduleId;
  readonly state: RunState;
  readonly stateSince: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** While waiting: for this. */
  readonly approvalId?: ApprovalId | undefined;
  readonly summary?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly undone: Readonly<Record<StepId, Undone>>;
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

export interface Stopped {
  readonly at: number;
  readonly by?: DeviceId | undefined;
  readonly intentId?: string | undefined;
  readonly alarm?: Alarm | undefined;
}

export interface LedgerState extends WorkspaceState, ScheduleState {
  readonly devices: ReadonlyMap<DeviceId, CertifiedDevice>;
  readonly grants: ReadonlyMap<GrantId, Grant>;
  readonly runs: ReadonlyMap<RunId, RunFacts>;
  readonly runOfTask: ReadonlyMap<TaskId, RunId>;
  readonly approvals: ReadonlyMap<ApprovalId, ApprovalFacts>;
  /** [IN1] Ids of tasks, intents and decisions that will never be handled again. */
  readonly handled: ReadonlySet<string>;
  /** Set from "stop all" until "resume". */
  readonly stopped: Stopped | undefined;
  /** Tasks that were cancelled, some of them before they came. */
  readonly cancelled: ReadonlySet<TaskId>;
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

/** @param executor knows the executor's own key, which certifies devices */
export const createLedgerFold = (executor: (id: DeviceId) => KnownDevice | undefined): LedgerFold => {
  const devices = new Map<DeviceId, CertifiedDevice>();
  const grants = new Map<GrantId, Grant>();
  const runs = new Map<RunId, RunFacts>();
  const runOfTask = new Map<TaskId, RunId>();
  const approvals = new Map<ApprovalId, ApprovalFacts>();
  const handled = new Set<string>();
  const cancelled = new Set<TaskId>();
  const segments = new Set<SegmentId>();
  const archived = new Set<string>();
  const { state: ofWorkspace, apply: applyToWorkspace, deviceRevoked, needRoom } = createWorkspaceFold();
  const schedules = createScheduleFold();
  let stopped: LedgerState["stopped"];

  const takeTask = (
    record: Extract<LedgerRecord, { type: "task-taken" | "schedule-fired" }>,
    of: Pick<RunFacts, "scheduleId"> = {},
  ): void => {
    const { runId: id, task, deviceId: device, at: stateSince } = record;
    runs.set(id, { id, task, device, ...of, state: "queued", stateSince, undone: {} });
    runOfTask.set(task.id, id);
    handled.add(task.id);
  };

  const moveRun = (record: Extract<LedgerRecord, { type: "run-moved" }>): void => {
    const run = runs.get(record.runId);
    if (run === undefined) throw new Error(`ledger: nothing is known of ${record.runId}`);
    assertTransition(run.state, record.state);
    const hasEnded = ["done", "failed", "cancelled"].includes(record.state);
    runs.set(run.id, {
      ...run,
      state: record.state,
      stateSince: record.at,
      startedAt: run.startedAt ?? record.at,
      approvalId: record.approvalId,
      summary: record.summary,
      failure: record.failure,
      ...(hasEnded ? { endedAt: record.at } : {}),
    });
    schedules.runMoved(run.id, record.state);
  };

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
        return takeTask(record);
      case "schedule-fired":
        if (record.intentId !== undefined) handled.add(record.intentId);
        takeTask(record, { scheduleId: record.scheduleId });
        return schedules.apply(record);
      case "schedule-missed":
      case "schedule-off":
      case "schedules-rewound":
        return schedules.apply(record);
      case "run-moved":
        return moveRun(record);
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
        if (record.intent.type === "cancel") cancelled.add(record.intent.taskId);
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
      case "step-undone": {
        const { stepId, at, outcome, detail } = record;
        const undone = { ...runs.get(record.runId)?.undone, [stepId]: { at, outcome, detail } };
        return changeRow(runs, record.runId, { undone });
      }
      case "tasks-archived":
        segments.add(record.segmentId);
        for (const id of record.taskIds) runOfTask.delete(id);
        for (const id of record.runIds) runs.delete(id);
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
      runs,
      runOfTask,
      approvals,
      handled,
      cancelled,
      segments,
      archived,
      ...schedules.state,
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
