/**
 * Everything that the ledger can hold, one line each in `ledger.jsonl`.
 * Append only: a record type or field is never renamed, retyped or used again.
 */
import * as z from "zod/mini";
import { parseDeviceId, type DeviceId } from "@deskhand/doc-schema/crypto";
import {
  decisionKind,
  intentKind,
  LEFT_WHY,
  parseAction,
  parseId,
  RUN_STATES,
  taskKind,
  type Action,
  type ApprovalId,
  type GrantId,
  type IntentId,
  type QuestionId,
  type RunId,
  type SegmentId,
  type StepId,
  type TaskId,
  type ThreadId,
  type WorkspaceId,
} from "@deskhand/doc-schema/document";
import { LIMITS } from "./limits.ts";
import { SCHEDULE_RECORDS } from "./schedules/schedule-records.ts";

export const workspaceId = z.custom<WorkspaceId>((value) => parseId("workspace", value) !== undefined);
export const threadId = z.custom<ThreadId>((value) => parseId("thread", value) !== undefined);
export const taskId = z.custom<TaskId>((value) => parseId("task", value) !== undefined);
export const runId = z.custom<RunId>((value) => parseId("run", value) !== undefined);
export const stepId = z.custom<StepId>((value) => parseId("step", value) !== undefined);
export const approvalId = z.custom<ApprovalId>((value) => parseId("approval", value) !== undefined);
export const grantId = z.custom<GrantId>((value) => parseId("grant", value) !== undefined);
export const questionId = z.custom<QuestionId>((value) => parseId("question", value) !== undefined);
export const intentId = z.custom<IntentId>((value) => parseId("intent", value) !== undefined);
const segmentId = z.custom<SegmentId>((value) => parseId("segment", value) !== undefined);
export const deviceId = z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined);
export const action = z.custom<Action>((value) => parseAction(value) !== undefined);
/** Milliseconds since 1970. */
const at = z.number();

/** Why a run did not end well: a word, and the sentence for it in the task's language. */
export const failure = z.object({ type: z.string(), text: z.string() });
export type Failure = z.infer<typeof failure>;

/** What undo came to and left as it is: a change of the undo store. */
const LEFT_ALONE = z.object({ changeId: z.string(), path: z.string(), why: z.enum(LEFT_WHY) });
export type LeftAlone = z.infer<typeof LEFT_ALONE>;

const APPROVAL_ASKED = z.object({
  type: z.literal("approval-asked"),
  at,
  approvalId,
  runId,
  taskId,
  callId: z.string(),
  action,
  actionDigest: z.string(),
  requestDigest: z.string(),
  risk: z.enum(["low", "medium", "high"]),
  reversible: z.enum(["undo", "no"]),
  reason: z.optional(z.string()),
  expiresAt: at,
});

const QUESTION_ASKED = z.object({
  type: z.literal("question-asked"),
  at,
  questionId,
  runId,
  taskId,
  callId: z.string(),
  text: z.string(),
  choices: z.array(z.string()),
  expiresAt: at,
});

export const RENEWAL_REASONS = [
  "device-removed",
  "asked",
  "heavy",
  "document-lost",
  "room-lost",
  "restored",
  "contradiction",
] as const;
export type RenewalReason = (typeof RENEWAL_REASONS)[number];

/** What a relay or a device did wrong; see SyncAlarm of doc-schema/sync. */
const ALARM = z.object({
  type: z.enum([
    "fork",
    "missing",
    "rollback",
    "withheld",
    "foreign-write",
    "contradiction",
    "foreign-close",
  ]),
  relayUrl: z.optional(z.string()),
  /** As the frame names it. */
  deviceId: z.optional(deviceId),
});
export type Alarm = z.infer<typeof ALARM>;

const RECORD = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("workspace-created"),
    at,
    workspaceId,
    threadId,
    executorId: deviceId,
    /** Hex: tells whether the root key at hand is this workspace's. */
    roomId: z.string(),
    epoch: z.number(),
    desktopName: z.string(),
  }),
  /** `text` is the signed device record. */
  z.object({ type: z.literal("device-certified"), at, deviceId, text: z.string() }),
  z.object({ type: z.literal("device-revoked"), at, deviceId, text: z.string() }),
  z.object({
    type: z.literal("grant-added"),
    at,
    grantId,
    name: z.string(),
    path: z.string(),
    mode: z.enum(["read", "read-write"]),
  }),
  z.object({ type: z.literal("grant-removed"), at, grantId }),
  z.object({ type: z.literal("task-taken"), at, runId, deviceId, task: taskKind.schema }),
  z.object({
    type: z.literal("run-moved"),
    at,
    runId,
    state: z.enum(RUN_STATES),
    approvalId: z.optional(approvalId),
    questionId: z.optional(questionId),
    summary: z.optional(z.string()),
    failure: z.optional(failure),
  }),
  /**
   * A new attempt, and the order for it handled, by one record. `task` is there whole: a desktop that was restored
   * takes a task over that its ledger has never seen. With `continues` it knows what that run had done and heard.
   */
  z.object({
    type: z.literal("task-again"),
    at,
    runId,
    deviceId,
    intentId,
    task: taskKind.schema,
    attempt: z.number(),
    continues: z.optional(runId),
  }),
  /** The desktop held a queued run by itself: what it was to come after did not end well. */
  z.object({ type: z.literal("run-held"), at, runId, failure }),
  /** What is absent stays; null is no limit. */
  z.object({ type: z.literal("limits-set"), at, limits: LIMITS }),
  QUESTION_ASKED,
  /** `intentId`: the answer, which is handled with it ([IN1]). */
  z.object({
    type: z.literal("question-closed"),
    at,
    questionId,
    state: z.enum(["answered", "expired", "withdrawn"]),
    answer: z.optional(z.string()),
    intentId: z.optional(intentId),
    by: z.optional(deviceId),
  }),
  APPROVAL_ASKED,
  z.object({ type: z.literal("decision-taken"), at, deviceId, decision: decisionKind.schema }),
  z.object({
    type: z.literal("approval-closed"),
    at,
    approvalId,
    state: z.enum(["denied", "expired", "withdrawn"]),
    by: z.optional(deviceId),
    crossed: z.optional(z.boolean()),
  }),
  /** The allowed answer is used up by this one effect ([AP2]). */
  z.object({ type: z.literal("approval-spent"), at, approvalId, by: deviceId }),
  z.object({ type: z.literal("intent-handled"), at, deviceId, intent: intentKind.schema }),
  /** An authentic record that came too late or does not fit; never looked at again. */
  z.object({ type: z.literal("record-refused"), at, id: z.string(), word: z.string() }),
  /** `by` is absent when it was stopped at this computer; only a `resume` with a newer id lifts it. */
  z.object({
    type: z.literal("stopped"),
    at,
    by: z.optional(deviceId),
    intentId: z.optional(z.string()),
    /** Nobody stopped it: what came from a relay did. */
    alarm: z.optional(ALARM),
  }),
  z.object({ type: z.literal("resumed"), at, by: z.optional(deviceId) }),
  z.object({
    type: z.literal("step-undone"),
    at,
    runId,
    stepId,
    outcome: z.enum(["undone", "conflict", "gone"]),
    detail: z.optional(z.string()),
    /** The first that were left as they are. */
    leftAlone: z.optional(z.array(LEFT_ALONE)),
  }),
  /** One file of it was tried alone; without `leftAlone` it is back. */
  z.object({
    type: z.literal("file-undone"),
    at,
    runId,
    stepId,
    changeId: z.string(),
    leftAlone: z.optional(LEFT_ALONE),
  }),
  /** `publicUrl` is what phones dial. A relay that is added again gets the new one. */
  z.object({ type: z.literal("relay-added"), at, url: z.string(), publicUrl: z.string() }),
  z.object({ type: z.literal("relay-removed"), at, url: z.string() }),
  /** A new epoch is to begin; `device-revoked` says the same. */
  z.object({ type: z.literal("renewal-due"), at, reason: z.enum(RENEWAL_REASONS) }),
  /** The moment at which the new epoch is the one; its key and its document are on disk. `roomId` in hex. */
  z.object({
    type: z.literal("epoch-renewed"),
    at,
    epoch: z.number(),
    roomId: z.string(),
    reason: z.enum(RENEWAL_REASONS),
  }),
  /** The room of an ended epoch took its move on this relay, or the relay is not ours any more. */
  z.object({ type: z.literal("room-closed"), at, url: z.string(), epoch: z.number() }),
  /** A removed device wrote it where its removal was not known yet; shown, never carried out. */
  z.object({
    type: z.literal("late-record"),
    at,
    deviceId,
    id: z.string(),
    kind: z.enum(["thread", "message", "task", "intent", "decision"]),
    /** What it said, cut. */
    text: z.optional(z.string()),
  }),
  /** It wrote what is not its own ([OW1]–[OW3]): nothing that it writes is taken until a person says otherwise. */
  z.object({ type: z.literal("device-quarantined"), at, deviceId, root: z.string(), rule: z.string() }),
  z.object({ type: z.literal("quarantine-lifted"), at, deviceId }),
  /** These left the document for a segment, which is on this disk: they are not shown again, and nothing is done to them. */
  z.object({
    type: z.literal("tasks-archived"),
    at,
    segmentId,
    taskIds: z.array(taskId),
    runIds: z.array(runId),
    approvalIds: z.array(approvalId),
  }),
  /** Another computer goes on with this workspace, by its recovery kit. Nothing starts here any more. */
  z.object({ type: z.literal("replaced"), at, epoch: z.number() }),
  /** Begun from the recovery kit: `handled` are the ids of all that the document held, as the relays `reached` had it. */
  z.object({
    type: z.literal("workspace-restored"),
    at,
    epoch: z.number(),
    handled: z.array(z.string()),
    reached: z.array(z.string()),
  }),
  ...SCHEDULE_RECORDS,
]);

export type LedgerRecord = z.infer<typeof RECORD>;
export type ApprovalAsked = z.infer<typeof APPROVAL_ASKED>;
export type QuestionAsked = z.infer<typeof QUESTION_ASKED>;
export const parseLedgerRecord = (value: unknown): LedgerRecord | undefined => RECORD.safeParse(value).data;
