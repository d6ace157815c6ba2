/**
 * The records that devices sign: device, thread, message, task, intent, decision.
 * Append only: a field may be added as optional; none is renamed, retyped or reused.
 */
import * as z from "zod/mini";
import * as field from "./fields.ts";
import type { RecordKind } from "./signed-record.ts";

/** [AP4] Orders that only narrow what happens: any device of the workspace may give them, also one that may only look. */
export const NARROWING_INTENTS: ReadonlySet<string> = new Set<IntentType>([
  "cancel",
  "stop-all",
  "pause",
  "hold",
  "revoke-device",
]);

/** "send": may give tasks and intents. "approve": may decide. "execute": is the desktop's executor. */
export const ROLES = ["send", "approve", "execute"] as const;
export type Role = (typeof ROLES)[number];

const DEVICE = z.looseObject({
  id: field.deviceId,
  createdAt: field.time,
  name: field.shortText,
  kind: z.enum(["phone", "window", "executor"]),
  signKey: field.publicKey,
  sealKey: field.publicKey,
  roles: z.array(z.string()),
});
const REVOCATION = z.looseObject({ id: field.deviceId, createdAt: field.time, reason: field.shortText });
const THREAD = z.looseObject({ id: field.threadId, createdAt: field.time, title: field.shortText });
const MESSAGE = z.looseObject({
  id: field.messageId,
  createdAt: field.time,
  threadId: field.threadId,
  text: field.longText,
  taskId: z.optional(field.taskId),
  inReplyTo: z.optional(z.string()),
  attachments: z.optional(field.attachments),
});
const TASK = z.looseObject({
  id: field.taskId,
  createdAt: field.time,
  threadId: field.threadId,
  prompt: field.longText.check(z.minLength(1)),
  /** The person's language, a BCP 47 tag: answers come in it. */
  locale: z.optional(field.shortText),
  notBefore: z.optional(field.time),
  /** It starts when that task is done; when that one fails or is stopped, it is held. */
  after: z.optional(field.taskId),
  attachments: z.optional(field.attachments),
});
const common = { id: field.intentId, createdAt: field.time, expiresAt: z.optional(field.time) };
const { title, rule, timeZone, prompt, ifMissed, enabled } = field.scheduleFields;
const SCHEDULE_CHANGES = {
  title: z.optional(title),
  rule: z.optional(rule),
  timeZone: z.optional(timeZone),
  prompt: z.optional(prompt),
  ifMissed: z.optional(ifMissed),
  enabled: z.optional(enabled),
};
const INTENT = z.discriminatedUnion("type", [
  z.looseObject({ ...common, type: z.literal("cancel"), taskId: field.taskId }),
  z.looseObject({ ...common, type: z.literal("steer"), taskId: field.taskId, text: field.longText }),
  /** Undoes one step, or without `stepId` the whole run. */
  z.looseObject({ ...common, type: z.literal("undo"), runId: field.runId, stepId: z.optional(field.stepId) }),
  /**
   * Undoes one file of a step. A type of its own: an older desktop would take an undo with one more field for the whole
   * step. `file` is its place in the step's files from 0, `path` its name as it stands there; both must fit.
   */
  z.looseObject({
    ...common,
    type: z.literal("undo-file"),
    runId: field.runId,
    stepId: field.stepId,
    file: field.count,
    path: field.longText,
  }),
  z.looseObject({ ...common, type: z.literal("stop-all") }),
  /** Lifts a stop. */
  z.looseObject({ ...common, type: z.literal("resume") }),
  /** What runs is finished, nothing new starts until "unpause". */
  z.looseObject({ ...common, type: z.literal("pause") }),
  z.looseObject({ ...common, type: z.literal("unpause") }),
  /** A queued task waits until it is released; one that works stops after its step. */
  z.looseObject({ ...common, type: z.literal("hold"), taskId: field.taskId }),
  z.looseObject({ ...common, type: z.literal("release"), taskId: field.taskId }),
  /** The queued task goes before another one, or without `before` to the end. */
  z.looseObject({
    ...common,
    type: z.literal("reorder"),
    taskId: field.taskId,
    before: z.optional(field.taskId),
  }),
  /** Says anew what a task is that has not started; what is absent stays, `notBefore: null` means now. */
  z.looseObject({
    ...common,
    type: z.literal("edit"),
    taskId: field.taskId,
    prompt: z.optional(field.longText.check(z.minLength(1))),
    notBefore: z.optional(z.nullable(field.time)),
    /** null: after no other task. */
    after: z.optional(z.nullable(field.taskId)),
    attachments: z.optional(field.attachments),
  }),
  /** A new attempt at a task that has ended. */
  z.looseObject({ ...common, type: z.literal("run-again"), taskId: field.taskId }),
  /** Goes on with a run that was interrupted, or as a new attempt with one that failed or was stopped. */
  z.looseObject({ ...common, type: z.literal("continue"), runId: field.runId }),
  /** One of the choices by its place from 0, an own text, or neither: the desktop decides. */
  z.looseObject({
    ...common,
    type: z.literal("answer"),
    questionId: field.questionId,
    choice: z.optional(field.count),
    text: z.optional(field.longText),
  }),
  z.looseObject({
    ...common,
    type: z.literal("schedule-create"),
    scheduleId: field.scheduleId,
    ...field.scheduleFields,
  }),
  /** What is absent stays. */
  z.looseObject({
    ...common,
    type: z.literal("schedule-change"),
    scheduleId: field.scheduleId,
    ...SCHEDULE_CHANGES,
    /** The missed time (`missedAt` of the row) that is not made up for. */
    letGo: z.optional(field.time),
  }),
  z.looseObject({ ...common, type: z.literal("schedule-delete"), scheduleId: field.scheduleId }),
  z.looseObject({ ...common, type: z.literal("schedule-run"), scheduleId: field.scheduleId }),
  /** What is remembered from task to task; an empty text deletes the note. */
  z.looseObject({ ...common, type: z.literal("note-set"), name: field.shortText, text: field.longText }),
  /** Asks for a file of a run at the relays. With `newer` also as it is now, when it has changed since the run. */
  z.looseObject({
    ...common,
    type: z.literal("send-file"),
    artifactId: field.artifactId,
    newer: z.optional(z.boolean()),
  }),
  /** Asks the desktop to remove a device: only the executor revokes. */
  z.looseObject({ ...common, type: z.literal("revoke-device"), deviceId: field.deviceId }),
]);
const DECISION = z.looseObject({
  /** `ApprovalId/DeviceId/n` with a larger n for each later answer of the same device: the time, or one more. */
  id: z.string().check(z.regex(/^apr_[0-9a-v]{24}\/dev_[\w-]{22}\/[1-9]\d{0,14}$/)),
  createdAt: field.time,
  approvalId: field.approvalId,
  requestDigest: field.digest,
  /** "none" takes an earlier answer back. */
  verdict: z.enum(["allow", "deny", "none"]),
  scope: z.enum(["once", "task"]),
  /** Digest of the card as this device rendered it, and the language that it was rendered in. */
  shownDigest: field.digest,
  locale: field.shortText,
  note: z.optional(field.longText),
});

export type DeviceRecord = z.infer<typeof DEVICE>;
export type RevocationRecord = z.infer<typeof REVOCATION>;
export type ThreadRecord = z.infer<typeof THREAD>;
export type MessageRecord = z.infer<typeof MESSAGE>;
export type TaskRecord = z.infer<typeof TASK>;
export type IntentRecord = z.infer<typeof INTENT>;
/** What an order says, without what all orders have. */
export type IntentBody = IntentRecord extends infer Intent ? BodyOf<Intent> : never;
type BodyOf<Intent> = Intent extends unknown
  ? {
      [
        Key in keyof Intent as string extends Key ? never : Key extends "id" | "createdAt" ? never : Key
      ]: Intent[Key];
    }
  : never;
export type IntentType = IntentRecord["type"];
export type DecisionRecord = z.infer<typeof DECISION>;
export type Verdict = DecisionRecord["verdict"];

/** For who takes an order from somewhere else and signs it: is it one, whole and in bounds? */
export const isIntentBody = (value: unknown): value is IntentBody =>
  INTENT.safeParse({ ...Object(value), id: SOME_INTENT, createdAt: 0 }).success;
const SOME_INTENT = `int_${"0".repeat(24)}`;

export const deviceKind: RecordKind<DeviceRecord> = { context: "device", schema: DEVICE };
export const revocationKind: RecordKind<RevocationRecord> = { context: "revocation", schema: REVOCATION };
export const threadKind: RecordKind<ThreadRecord> = { context: "thread", schema: THREAD };
export const messageKind: RecordKind<MessageRecord> = { context: "message", schema: MESSAGE };
export const taskKind: RecordKind<TaskRecord> = { context: "task", schema: TASK };
export const intentKind: RecordKind<IntentRecord> = { context: "intent", schema: INTENT };
export const decisionKind: RecordKind<DecisionRecord> = { context: "decision", schema: DECISION };
