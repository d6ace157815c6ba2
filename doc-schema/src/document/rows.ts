/**
 * The rows that the desktop owns: meta, run (with plan and steps), reply, approval, question, artifact, schedule,
 * connector, grant, archive reference.
 * [RE1] Each is parsed on its own when it is read; one that cannot be read is shown as such, never thrown.
 */
import * as z from "zod/mini";
import type * as Y from "yjs";
import { RUN_STATES } from "./run-states.ts";
import * as field from "./fields.ts";

const USAGE = z.object({
  /** Without what came from the service's cache. */
  inputTokens: field.count,
  outputTokens: field.count,
  turns: field.count,
  cacheReadTokens: z.optional(field.count),
  /** Millionths of a US dollar, by the prices of that day; absent where the model's price is not known. */
  microDollars: z.optional(field.count),
});

/** null: no such limit. Money in millionths of a US dollar, tokens without those from the cache. */
const BUDGET = z.looseObject({
  microDollars: z.optional(z.nullable(field.count)),
  tokens: z.optional(z.nullable(field.count)),
  steps: z.optional(z.nullable(field.count)),
  minutes: z.optional(z.nullable(field.count)),
  files: z.optional(z.nullable(field.count)),
});

const META = z.looseObject({
  schema: field.count,
  minReader: field.count,
  workspaceId: field.workspaceId,
  epoch: field.count,
  createdAt: field.time,
  /** The executor's device id: whoever else writes the desktop's roots is not believed. */
  executorId: field.deviceId,
  desktopName: field.shortText,
  threadId: field.threadId,
  /** Which model answers, as a person reads it ("Built-in planner (offline)"). */
  model: z.optional(field.shortText),
  /** Where the room is to be found, the preferred one first (WebSocket URLs). */
  relays: z.optional(z.array(z.string().check(z.maxLength(2048))).check(z.maxLength(16))),
  /** Set while everything is stopped. */
  stoppedAt: z.optional(z.nullable(field.time)),
  stoppedBy: z.optional(z.nullable(field.deviceId)),
  /** Why it was stopped when nobody did: a relay's history, or a device that wrote what is not its own. */
  alarm: z.optional(
    z.nullable(
      z.looseObject({
        /** fork, missing, rollback, withheld, foreign-write, contradiction, foreign-close; others are shown plainly. */
        type: z.string(),
        /** As the desktop dials it. */
        relayUrl: z.optional(z.string()),
        deviceId: z.optional(field.deviceId),
      }),
    ),
  ),
  /** Devices of which nothing is taken until they are removed or trusted again. */
  quarantined: z.optional(z.array(z.looseObject({ deviceId: field.deviceId, at: field.time }))),
  /** The newest records of removed devices that came after their removal; never carried out. */
  late: z.optional(
    z.array(
      z.looseObject({
        id: z.string(),
        deviceId: field.deviceId,
        at: field.time,
        /** thread, message, task, intent, decision. */
        kind: z.string(),
        text: z.optional(z.string()),
      }),
    ),
  ),
  /** Another computer goes on with this workspace since then. */
  replacedAt: z.optional(z.nullable(field.time)),
  /** The desktop's last word: stays when its presence is gone. */
  lastSeen: z.optional(z.looseObject({ power: z.string(), at: field.time })),
  /** The signed head of this desktop's audit log (audit-head.ts). */
  audit: z.optional(z.string()),
  /** Set while nothing new starts ("pause"). */
  pausedAt: z.optional(z.nullable(field.time)),
  /** What one run and one day may use; set on the desktop. */
  limits: z.optional(z.looseObject({ runsAtOnce: field.count, perRun: BUDGET, perDay: BUDGET })),
  /** What is remembered from task to task. */
  notes: z.optional(z.array(z.looseObject({ name: z.string(), text: z.string() }))),
  /** What all runs of today have used. `day` is its first moment, by the desktop's time zone. */
  today: z.optional(z.looseObject({ day: field.time, used: BUDGET })),
});

/** One line of a run, added when the step has ended; what goes on right now is in the presence. */
const STEP = z.looseObject({
  id: field.stepId,
  at: field.time,
  /** list, read, search, write, edit, move, make-folder, trash, approval, note, retry, undo; others are shown plainly. */
  kind: z.string(),
  outcome: z.enum(["done", "failed", "denied", "skipped", "unknown"]),
  /** The folder or file that it was about, as the person knows it. */
  object: z.optional(z.string()),
  /** How many things (files moved, rows read, matches). */
  count: z.optional(field.count),
  /** A sentence for what no number says: an error, a note. */
  detail: z.optional(z.string()),
  approvalId: z.optional(field.approvalId),
  /** True when the step can be undone. */
  undoable: z.optional(z.boolean()),
  /**
   * Where it changed several files: how many, and the first of them, relative to the granted folder, as they were called
   * before. The place of one in `first` names it in an order ("undo-file").
   */
  files: field.shownOnly(z.object({ count: field.count, first: z.array(z.string()) })),
});

/** Why undo left a file or folder as it is. */
export const LEFT_WHY = [
  "changed", // by somebody, since the run
  "in-the-way", // something else is in its place
  "not-empty", // a folder that the run made holds something now
  "gone", // not there any more
  "not-granted", // its folder is not granted for writing any more
  "failed",
] as const;

/** How much of a step was taken back, by whichever orders. */
const TAKEN_BACK = z.object({
  at: field.time,
  back: field.count,
  left: field.count,
  /** Of the step's files, by their place: those that are back. */
  files: z.array(field.count),
  /** The first that the last undo came to and left as they are; `path` may be cut at its beginning. */
  leftAlone: z.optional(
    z.array(z.object({ path: z.string(), why: field.shownWord(LEFT_WHY), file: z.optional(field.count) })),
  ),
});

/** One step of the plan that the model made; what was really done stands in `steps`. */
const PLAN_STEP = z.looseObject({
  text: z.string(),
  state: field.shownWord(["open", "active", "done", "dropped"]),
});

const RUN = z.looseObject({
  id: field.runId,
  taskId: field.taskId,
  threadId: field.threadId,
  attempt: field.count,
  state: z.enum(RUN_STATES),
  stateSince: field.time,
  steps: z.array(z.unknown()),
  plan: z.optional(z.array(PLAN_STEP)),
  /** The orders that this run has taken in: told texts, answers. */
  intents: z.optional(z.array(field.intentId)),
  /** A queued run that waits for its time, or until it is released. */
  notBefore: z.optional(z.nullable(field.time)),
  heldAt: z.optional(z.nullable(field.time)),
  /** Why the desktop held it by itself: a word, and the sentence for it. */
  heldWhy: z.optional(z.nullable(z.object({ type: z.string(), text: z.string() }))),
  /** It starts when this task is done. */
  after: z.optional(z.nullable(field.taskId)),
  /** What it does, where a later order said it anew; absent: as the task says. */
  prompt: z.optional(z.string()),
  /** Place in the queue, 1 = next; only while queued. */
  place: z.optional(z.nullable(field.count)),
  approvalId: z.optional(z.nullable(field.approvalId)),
  /** While waiting: for the answer to this. */
  questionId: z.optional(z.nullable(field.questionId)),
  /** The run that this one goes on with. */
  continues: z.optional(field.runId),
  summary: z.optional(z.string()),
  /** A word for the reason, and the sentence for it in the task's language. */
  error: z.optional(z.object({ type: z.string(), text: z.string() })),
  usage: z.optional(USAGE),
  model: z.optional(z.string()),
  startedAt: z.optional(field.time),
  endedAt: z.optional(field.time),
  /** Files changed and not yet undone. */
  changes: z.optional(field.count),
  /** Step id → what undoing it came to. */
  undone: z.optional(
    z.record(
      z.string(),
      z.object({
        at: field.time,
        outcome: z.enum(["undone", "conflict", "gone"]),
        detail: z.optional(z.string()),
      }),
    ),
  ),
  /** Step id → how much of it is back: of each step that an undo came to, whole or by single files. */
  takenBack: field.shownOnly(z.record(z.string(), TAKEN_BACK)),
});

const REPLY = z.looseObject({
  id: field.replyId,
  runId: field.runId,
  createdAt: field.time,
  text: z.string(),
  done: z.boolean(),
});

export const APPROVAL_STATES = ["pending", "allowed", "denied", "expired", "withdrawn"] as const;

const APPROVAL = z.looseObject({
  id: field.approvalId,
  runId: field.runId,
  taskId: field.taskId,
  callId: z.string(),
  /** Canonical JSON of the action. */
  action: z.string(),
  actionDigest: field.digest,
  requestDigest: field.digest,
  risk: z.enum(["low", "medium", "high"]),
  /** "undo": from the undo store. "no": cannot be undone. */
  reversible: z.enum(["undo", "no"]),
  /** The model's own words on why; shown apart, never as the app speaking. */
  reason: z.optional(z.string()),
  requestedAt: field.time,
  expiresAt: field.time,
  state: z.enum(APPROVAL_STATES),
  resolvedAt: z.optional(field.time),
  resolvedBy: z.optional(field.deviceId),
  /** True when allow and deny stood against each other ([AP3]). */
  crossed: z.optional(z.boolean()),
});

const ARTIFACT = z.looseObject({
  id: field.artifactId,
  runId: field.runId,
  createdAt: field.time,
  name: z.string(),
  mediaType: z.string(),
  byteLength: field.count,
  sha256: field.digest,
  grantId: field.grantId,
  /** Relative to the granted folder. */
  path: z.string(),
  /** The beginning of a text, at most 4 KB. */
  excerpt: z.optional(z.string()),
  preview: z.optional(field.preview),
  /** "desktop": there only. "blob": also sealed at the relay, see `blob`. "gone": deleted on the desktop. */
  where: z.optional(field.shownWord(["desktop", "blob", "gone"])),
  /** Its own hash and length count: with "newer" it is not the file that the run made. */
  blob: z.optional(field.blobReference),
  /** Why it is not at the relay though it was to be sent. */
  notSent: z.optional(field.shownWord(["changed", "too-large", "not-granted", "unreadable", "relay-full"])),
});

export const QUESTION_STATES = ["pending", "answered", "expired", "withdrawn"] as const;

const QUESTION = z.looseObject({
  id: field.questionId,
  runId: field.runId,
  taskId: field.taskId,
  text: z.string(),
  choices: z.array(z.string()),
  askedAt: field.time,
  expiresAt: z.optional(field.time),
  state: z.enum(QUESTION_STATES),
  /** The answer that counted, as the run was told it. */
  answer: z.optional(z.string()),
  /** The intent that gave it; absent when nobody did. */
  answeredWith: z.optional(field.intentId),
  answeredBy: z.optional(field.deviceId),
  resolvedAt: z.optional(field.time),
});

const SCHEDULE = z.looseObject({
  ...field.scheduleFields,
  ifMissed: field.shownWord(["run", "skip", "ask"]),
  id: field.scheduleId,
  createdAt: field.time,
  createdBy: z.optional(field.deviceId),
  nextRunAt: z.optional(z.nullable(field.time)),
  /** The first of them is `nextRunAt`. */
  nextRuns: z.optional(z.array(field.time)),
  lastRunId: z.optional(field.runId),
  /** The time that the desktop slept through. */
  missedAt: z.optional(z.nullable(field.time)),
  /** Failed runs in a row. */
  failures: z.optional(field.count),
  /** Why the desktop turned it off by itself: a word, and the sentence for it. */
  off: z.optional(z.nullable(z.looseObject({ type: z.string(), text: z.string() }))),
});

const CONNECTOR = z.looseObject({
  id: field.connectorId,
  kind: field.shownWord(["mcp", "account"]),
  name: field.shortText,
  /** The command, address or account, as the person knows it; never a secret. */
  target: z.string(),
  mode: field.shownWord(["read", "read-write"]),
  state: field.shownWord(["ready", "signed-out", "silent", "changed", "off"]),
  createdAt: field.time,
});

/** A sealed segment of finished tasks that has left the document ([AR1]). */
const ARCHIVE_REFERENCE = z.looseObject({
  id: field.segmentId,
  threadId: field.threadId,
  /** The first and the last id of what the thread shows of it, by order of cause. */
  fromId: z.string(),
  toId: z.string(),
  /** Lines of the segment. */
  count: field.count,
  blob: field.blobReference,
});

const GRANT = z.looseObject({
  id: field.grantId,
  kind: z.literal("folder"),
  /** What the person calls it: the last part of the path. */
  name: z.string(),
  /** The path as shown, with ~ for the home folder. */
  target: z.string(),
  mode: z.enum(["read", "read-write"]),
  state: z.enum(["available", "missing", "removed"]),
  createdAt: field.time,
});

/** Row types without the index signature that keeps unknown fields. */
type Known<Row> = { [Key in keyof Row as string extends Key ? never : Key]: Row[Key] };

export type Meta = z.infer<typeof META>;
export type Step = z.infer<typeof STEP>;
export type TakenBack = z.infer<typeof TAKEN_BACK>;
export type LeftWhy = (typeof LEFT_WHY)[number];
export type Usage = z.infer<typeof USAGE>;
export type BudgetRow = Known<z.infer<typeof BUDGET>>;
/** A run as it is read: steps that could not be read are counted, not lost. */
export type Run = Omit<RunRow, "steps"> & {
  readonly steps: readonly Step[];
  readonly unreadableSteps: number;
};
export type RunRow = Known<z.infer<typeof RUN>>;
export type PlanStep = z.infer<typeof PLAN_STEP>;
export type Reply = z.infer<typeof REPLY>;
export type Approval = z.infer<typeof APPROVAL>;
export type Artifact = z.infer<typeof ARTIFACT>;
export type Grant = z.infer<typeof GRANT>;
export type Question = z.infer<typeof QUESTION>;
export type Schedule = z.infer<typeof SCHEDULE>;
export type Connector = z.infer<typeof CONNECTOR>;
export type ArchiveReference = z.infer<typeof ARCHIVE_REFERENCE>;

const plain = (row: unknown): unknown =>
  row !== null && typeof row === "object" && "toJSON" in row && typeof row.toJSON === "function"
    ? row.toJSON()
    : row;

export const parseMeta = (map: Y.Map<unknown>): Meta | undefined => META.safeParse(plain(map)).data;
export const parseStep = (value: unknown): Step | undefined => STEP.safeParse(value).data;
export const parseReply = (row: unknown): Reply | undefined => REPLY.safeParse(plain(row)).data;
export const parseApproval = (row: unknown): Approval | undefined => APPROVAL.safeParse(plain(row)).data;
export const parseArtifact = (row: unknown): Artifact | undefined => ARTIFACT.safeParse(plain(row)).data;
export const parseGrant = (row: unknown): Grant | undefined => GRANT.safeParse(plain(row)).data;
export const parseQuestion = (row: unknown): Question | undefined => QUESTION.safeParse(plain(row)).data;
export const parseSchedule = (row: unknown): Schedule | undefined => SCHEDULE.safeParse(plain(row)).data;
export const parseConnector = (row: unknown): Connector | undefined => CONNECTOR.safeParse(plain(row)).data;
export const parseArchiveReference = (row: unknown): ArchiveReference | undefined =>
  ARCHIVE_REFERENCE.safeParse(plain(row)).data;

export const parseRun = (row: unknown): Run | undefined => {
  const run = RUN.safeParse(plain(row)).data;
  if (run === undefined) return undefined;
  const steps = run.steps.map(parseStep).filter((step) => step !== undefined);
  return { ...run, steps, unreadableSteps: run.steps.length - steps.length };
};
