/** Field schemas that several record and row kinds share. Times are milliseconds since 1970. */
import * as z from "zod/mini";
import { parseDeviceId, type DeviceId } from "../crypto/index.ts";
import {
  parseId,
  type ApprovalId,
  type ArtifactId,
  type ConnectorId,
  type GrantId,
  type IdKind,
  type IntentId,
  type MessageId,
  type QuestionId,
  type ReplyId,
  type RunId,
  type ScheduleId,
  type SegmentId,
  type StepId,
  type TaskId,
  type ThreadId,
  type WorkspaceId,
} from "./ids.ts";

const { catch: orElse } = z;

const idOf = <T extends string>(kind: IdKind): z.ZodMiniType<T> =>
  z.custom<T>((value) => parseId(kind, value) !== undefined);

export const workspaceId = idOf<WorkspaceId>("workspace");
export const threadId = idOf<ThreadId>("thread");
export const messageId = idOf<MessageId>("message");
export const replyId = idOf<ReplyId>("reply");
export const taskId = idOf<TaskId>("task");
export const intentId = idOf<IntentId>("intent");
export const runId = idOf<RunId>("run");
export const stepId = idOf<StepId>("step");
export const approvalId = idOf<ApprovalId>("approval");
export const artifactId = idOf<ArtifactId>("artifact");
export const grantId = idOf<GrantId>("grant");
export const questionId = idOf<QuestionId>("question");
export const scheduleId = idOf<ScheduleId>("schedule");
export const connectorId = idOf<ConnectorId>("connector");
export const segmentId = idOf<SegmentId>("segment");
export const deviceId = z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined);

export const time = z.number().check(z.nonnegative(), z.lte(Number.MAX_SAFE_INTEGER));
export const count = z.number().check(z.nonnegative(), z.int());
/** Hex SHA-256. */
export const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** base64url of 32 bytes. */
export const bytes32 = z.string().check(z.regex(/^[\w-]{43}$/));
export const publicKey = bytes32;
export const shortText = z.string().check(z.maxLength(400));
/** What a person may write at once (characters). */
export const MAX_TEXT_LENGTH = 32 * 1024;
export const longText = z.string().check(z.maxLength(MAX_TEXT_LENGTH));

/**
 * A word that only a screen shows: one that this version does not know is read as "unknown" and the row stays.
 * Words that decide what happens are plain enums instead: a row with an unknown one is unreadable ([RE1]).
 */
export const shownWord = <const Words extends readonly string[]>(words: Words) =>
  orElse(z.enum([...words, "unknown"]), "unknown");

/** Where a sealed file lies: its root chunk's hash, the key that opens it, its length, the plaintext's SHA-256. */
export const blobReference = z.looseObject({
  id: bytes32,
  key: bytes32,
  byteLength: count,
  sha256: bytes32,
});
export type BlobReference = z.infer<typeof blobReference>;

/** Of a picture, as base64: 6 KB, a little more than the beginning of a text takes. */
export const MOST_PREVIEW_CHARACTERS = 8 * 1024;

/** A small JPEG of a picture: upright, without its metadata. Width and height are its own, in pixels. */
const PREVIEW = z.looseObject({
  jpeg: z.string().check(z.regex(/^[A-Za-z0-9+/]+={0,2}$/), z.maxLength(MOST_PREVIEW_CHARACTERS)),
  width: count,
  height: count,
});
export type Preview = z.infer<typeof PREVIEW>;
/** What is only shown: one that cannot be read is none, and the row stays. */
export const shownOnly = <Schema extends z.ZodMiniType>(schema: Schema) =>
  orElse(z.optional(schema), undefined);
export const preview = shownOnly(PREVIEW);

/** A file that a person sends along. Without `blob` it has not left its device yet. */
const ATTACHMENT = z.looseObject({
  name: shortText,
  mediaType: shortText,
  byteLength: count,
  sha256: digest,
  blob: z.optional(blobReference),
});
export type Attachment = z.infer<typeof ATTACHMENT>;
/** More would not fit into one record beside a long text. */
export const MAX_ATTACHMENTS = 20;
export const attachments = z.array(ATTACHMENT).check(z.maxLength(MAX_ATTACHMENTS));

/** What a schedule says, in its row and in the intents that make and change it. */
export const scheduleFields = {
  title: shortText,
  /** A cron pattern of five fields, an ISO 8601 local time (once), or "manual" (only by hand). */
  rule: shortText,
  /** IANA name. */
  timeZone: shortText,
  prompt: longText.check(z.minLength(1)),
  /** What happens with a time at which the desktop slept. */
  ifMissed: z.enum(["run", "skip", "ask"]),
  enabled: z.boolean(),
  /** The language of whoever made it, a BCP 47 tag: answers come in it. */
  locale: z.optional(shortText),
};
