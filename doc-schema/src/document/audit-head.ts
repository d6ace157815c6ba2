/**
 * How far the desktop's audit log had come, in the desktop's own hand: `meta.audit`.
 * The log itself stays on the desktop. Whoever has seen an older head can tell when rows were cut off its end or written
 * anew, and a head that the desktop signed stays evidence, wherever it is kept.
 */
import * as z from "zod/mini";
import type { DeviceId } from "../crypto/index.ts";
import { err, ok, type Result } from "../wire/index.ts";
import * as field from "./fields.ts";
import {
  readSigned,
  verifySigned,
  type RecordError,
  type RecordKind,
  type VerifyError,
} from "./signed-record.ts";

const AUDIT_HEAD = z.looseObject({
  createdAt: field.time,
  rows: field.count,
  /** Hash of the last of these rows. */
  head: field.digest,
  /** The executor's public key, base64url: for whoever has nothing but this and its device id. */
  signKey: z.string(),
  /** Times that this desktop itself found its log cut or changed. */
  alarms: field.count,
});
export type AuditHead = z.infer<typeof AUDIT_HEAD>;
export const auditHeadKind: RecordKind<AuditHead> = { context: "audit-head", schema: AUDIT_HEAD };

/** Of the executor with this key, and of nobody else. */
export const readAuditHead = (
  text: string,
  executor: { readonly deviceId: DeviceId; readonly signKey: Uint8Array },
): Result<AuditHead, RecordError | VerifyError> => {
  const read = readSigned(auditHeadKind, text);
  if (!read.ok) return err(read.error);
  const verified = verifySigned(auditHeadKind, read.value, (id) =>
    id === executor.deviceId ? { signKey: executor.signKey, roles: ["execute"] } : undefined,
  );
  return verified.ok ? ok(verified.value) : err(verified.error);
};

/**
 * What a later head says to one that was seen before. "cut": there are fewer rows. "rewritten": as many, and others.
 * "told": the desktop itself found something. More rows prove nothing here: that they go on from the older ones is for
 * the desktop's own check, which has the rows.
 */
export const compareAuditHeads = (
  seen: AuditHead,
  later: AuditHead,
): "goes-on" | "cut" | "rewritten" | "told" => {
  if (later.rows < seen.rows) return "cut";
  if (later.rows === seen.rows && later.head !== seen.head) return "rewritten";
  return later.alarms > seen.alarms ? "told" : "goes-on";
};
