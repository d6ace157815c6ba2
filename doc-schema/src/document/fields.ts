/** Field schemas that several record and row kinds share. Times are milliseconds since 1970. */
import * as z from "zod/mini";
import { parseDeviceId, type DeviceId } from "../crypto/index.ts";
import {
  parseId,
  type ApprovalId,
  type ArtifactId,
  type GrantId,
  type IdKind,
  type IntentId,
  type MessageId,
  type ReplyId,
  type RunId,
  type StepId,
  type TaskId,
  type ThreadId,
  type WorkspaceId,
} from "./ids.ts";

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
export const deviceId = z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined);

export const time = z.number().check(z.nonnegative(), z.lte(Number.MAX_SAFE_INTEGER));
export const count = z.number().check(z.nonnegative(), z.int());
/** Hex SHA-256. */
export const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** base64url of 32 bytes. */
export const publicKey = z.string().check(z.regex(/^[\w-]{43}$/));
export const shortText = z.string().check(z.maxLength(400));
/** What a person may write at once (characters). */
export const MAX_TEXT_LENGTH = 32 * 1024;
export const longText = z.string().check(z.maxLength(MAX_TEXT_LENGTH));
