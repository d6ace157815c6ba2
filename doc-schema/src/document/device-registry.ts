/**
 * Which devices a reader believes: the executor that it pinned at pairing, and those that the executor certified.
 * 1. A device record counts only with the executor's signature, under its own id, and if the id is the hash of its key.
 * 2. A revocation counts only with the executor's signature; a revoked device stays known, as revoked.
 */
import type * as Y from "yjs";
import { base64UrlToBytes, deviceIdOf, type DeviceId } from "../crypto/index.ts";
import { deviceKind, revocationKind, type DeviceRecord } from "./records.ts";
import { rootsOf } from "./roots.ts";
import { readSigned, verifySigned, type KnownDevice } from "./signed-record.ts";

export interface RegisteredDevice extends KnownDevice {
  readonly record: DeviceRecord;
  /** X25519 public key, 32 bytes. */
  readonly sealKey: Uint8Array;
}

export interface DeviceRegistry {
  readonly get: (id: DeviceId) => RegisteredDevice | undefined;
  readonly all: () => readonly RegisteredDevice[];
  /** A device, or the executor, which signs the tasks that its schedules make. */
  readonly signer: (id: DeviceId) => KnownDevice | undefined;
}

/** @param executorKey the executor's Ed25519 public key, 32 bytes, pinned at pairing */
export const readDeviceRegistry = (doc: Y.Doc, executorKey: Uint8Array): DeviceRegistry => {
  const roots = rootsOf(doc);
  const executorId = deviceIdOf(executorKey);
  const executor = (id: DeviceId): KnownDevice | undefined =>
    id === executorId ? { signKey: executorKey, roles: ["execute"] } : undefined;
  const revokedAt = (id: string): number | undefined => {
    const read = readSigned(revocationKind, roots.revocations.get(id));
    if (!read.ok || read.value.value.id !== id) return undefined;
    const verified = verifySigned(revocationKind, read.value, executor);
    return verified.ok ? verified.value.createdAt : undefined;
  };
  const devices = new Map<DeviceId, RegisteredDevice>();
  for (const [key, text] of roots.devices.entries()) {
    const device = parseDeviceRecord(text, executor);
    if (device !== undefined && device.record.id === key)
      devices.set(device.record.id, { ...device, revokedAt: revokedAt(key) });
  }
  return {
    get: (id) => devices.get(id),
    all: () => [...devices.values()],
    signer: (id) => executor(id) ?? devices.get(id),
  };
};

/** A device record that `certifier` knows the signer of, with its keys decoded; undefined when anything is off. */
export const parseDeviceRecord = (
  text: unknown,
  certifier: (id: DeviceId) => KnownDevice | undefined,
): RegisteredDevice | undefined => {
  const read = readSigned(deviceKind, text);
  if (!read.ok) return undefined;
  const verified = verifySigned(deviceKind, read.value, certifier);
  if (!verified.ok) return undefined;
  const signKey = base64UrlToBytes(verified.value.signKey);
  const sealKey = base64UrlToBytes(verified.value.sealKey);
  if (signKey?.length !== 32 || sealKey?.length !== 32 || deviceIdOf(signKey) !== verified.value.id)
    return undefined;
  return { record: verified.value, signKey, sealKey, roles: verified.value.roles };
};
