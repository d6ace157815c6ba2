/**
 * The workspace and its devices: made, certified and revoked here, with the executor's signature.
 * 1. A device is what the executor certified; the document only repeats it.
 * 2. No device that is certified here has the "execute" role: only the executor's own key runs things (T51).
 */
import {
  bytesToBase64Url,
  bytesToHex,
  deviceIdOf,
  type DeviceId,
  type DeviceKeys,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import {
  deviceKind,
  revocationKind,
  writeSigned,
  type IdFactory,
  type Role,
} from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Workspace, WorkspaceState } from "./epoch/workspace-fold.ts";
import type { Ledger } from "./ledger.ts";

export interface WorkspacePorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly now: () => number;
  readonly keys: DeviceKeys;
}

/** At the first start. */
export const createWorkspace = (
  { ledger, audit, ids, now, keys }: WorkspacePorts,
  desktopName: string,
  epochKeys: EpochKeys,
): void => {
  const workspaceId = ids.create("workspace");
  ledger.append({
    type: "workspace-created",
    at: now(),
    workspaceId,
    threadId: ids.create("thread"),
    executorId: keys.deviceId,
    roomId: bytesToHex(epochKeys.roomId),
    epoch: epochKeys.epoch,
    desktopName,
  });
  audit.write({ kind: "workspace", what: workspaceId, device: keys.deviceId });
};

export interface DeviceRequest {
  readonly name: string;
  readonly kind: "phone" | "window";
  /** Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly sealKey: Uint8Array;
  /** Absent: send and approve. */
  readonly roles?: readonly Exclude<Role, "execute">[] | undefined;
}

export type CertifyError = { readonly type: "revoked-device" | "own-key" };

/** The signed device record; the same one when the device is known already. */
export const certifyDevice = (
  { ledger, audit, now, keys }: WorkspacePorts,
  { name, kind, signKey, sealKey, roles = ["send", "approve"] }: DeviceRequest,
): Result<string, CertifyError> => {
  const id = deviceIdOf(signKey);
  if (id === keys.deviceId) return err({ type: "own-key" });
  const known = ledger.state.devices.get(id);
  if (known?.revokedAt !== undefined) return err({ type: "revoked-device" });
  if (known !== undefined) return ok(known.text);
  const createdAt = now();
  const text = writeSigned(
    deviceKind,
    {
      id,
      createdAt,
      name,
      kind,
      signKey: bytesToBase64Url(signKey),
      sealKey: bytesToBase64Url(sealKey),
      roles: [...roles],
    },
    keys,
  );
  ledger.append({ type: "device-certified", at: createdAt, deviceId: id, text });
  audit.write({ kind: "paired", what: name, device: id });
  return ok(text);
};

/** From now on nothing of this device counts; what it was allowed and did stays as it is. */
export const revokeDevice = (
  { ledger, audit, now, keys }: WorkspacePorts,
  id: DeviceId,
  reason: string,
): Result<void, { readonly type: "unknown-device" }> => {
  const known = ledger.state.devices.get(id);
  if (known === undefined) return err({ type: "unknown-device" });
  if (known.revokedAt !== undefined) return ok(undefined);
  const createdAt = now();
  const text = writeSigned(revocationKind, { id, createdAt, reason }, keys);
  ledger.append({ type: "device-revoked", at: createdAt, deviceId: id, text });
  audit.write({ kind: "removed", what: known.record.name, device: id });
  return ok(undefined);
};

/** There is one from the first start on. */
export const workspaceOf = ({ workspace }: WorkspaceState): Workspace => {
  if (workspace === undefined) throw new Error("executor: the stores make the workspace");
  return workspace;
};
