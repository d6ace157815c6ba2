/**
 * Verifies an audit log from its files alone: `audit.jsonl` and the signed head beside it, in a data folder or in an
 * exported one. What it says can be checked by anybody with the executor's device id.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { base64UrlToBytes, deviceIdOf, type DeviceId } from "@deskhand/doc-schema/crypto";
import { auditHeadKind, readAuditHead, readSigned } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { readAuditRows, verifyAuditLog } from "./audit-log.ts";
import { createHeadFile } from "./head-file.ts";

export const AUDIT_FILE = "audit.jsonl";

export interface VerifiedAudit {
  readonly rows: number;
  /** Hash of the last row. */
  readonly head: string;
  /** Whose head it is, and how many of the rows it covers; absent: there is none beside the log. */
  readonly signed?: { readonly by: DeviceId; readonly rows: number; readonly at: number };
}

export type AuditDefect =
  | { readonly type: "no-log" | "bad-head" }
  | { readonly type: "broken-chain"; readonly row: number }
  | { readonly type: "cut"; readonly rows: number; readonly signed: number }
  | { readonly type: "rewritten"; readonly row: number };

export const verifyAuditFolder = (folder: string): Result<VerifiedAudit, AuditDefect> => {
  const file = path.join(folder, AUDIT_FILE);
  if (!existsSync(file)) return err({ type: "no-log" });
  const log = verifyAuditLog(file);
  if (!log.ok) return log;
  const text = createHeadFile(folder).read();
  if (text === undefined) return log;
  const envelope = readSigned(auditHeadKind, text);
  const signKey = envelope.ok ? base64UrlToBytes(envelope.value.value.signKey) : undefined;
  if (!envelope.ok || signKey === undefined) return err({ type: "bad-head" });
  const { device: by } = envelope.value;
  const head = readAuditHead(text, { deviceId: by, signKey });
  // the key is the device's own, or the name is borrowed
  if (!head.ok || deviceIdOf(signKey) !== by) return err({ type: "bad-head" });
  const { rows, createdAt: at } = head.value;
  if (rows > log.value.rows) return err({ type: "cut", rows: log.value.rows, signed: rows });
  if (rows > 0 && readAuditRows(file)[rows - 1]?.hash !== head.value.head)
    return err({ type: "rewritten", row: rows });
  return ok({ ...log.value, signed: { by, rows, at } });
};
