/**
 * What makes this phone a device of a workspace: its own keys, the document key, the executor that it pinned.
 * 1. It is stored whole or not at all, after the desktop has admitted this phone and not before.
 * 2. Reading checks every field; a damaged entry is the same as none, and pairing again is always possible.
 */
import {
  createDeviceKeys,
  redact,
  reveal,
  revealDeviceSeeds,
  type DeviceKeys,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import type { Admission } from "@deskhand/doc-schema/sync";
import type { ValueStore } from "./value-store.ts";

export interface Membership {
  readonly workspaceId: string;
  readonly epoch: number;
  readonly rootKey: RootKey;
  readonly relayUrls: readonly string[];
  /** Ed25519, 32 bytes: pinned. */
  readonly executorSignKey: Uint8Array;
  readonly keys: DeviceKeys;
}

const KEY = "membership";

export const membershipOf = (admission: Admission, keys: DeviceKeys): Membership => ({ ...admission, keys });

export const saveMembership = (store: ValueStore, membership: Membership): Promise<void> => {
  const { workspaceId, epoch, relayUrls, executorSignKey } = membership;
  return store.put(KEY, {
    workspaceId,
    epoch,
    relayUrls: [...relayUrls],
    executorSignKey,
    rootKey: reveal(membership.rootKey),
    seeds: revealDeviceSeeds(membership.keys),
  });
};

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;

export const loadMembership = async (store: ValueStore): Promise<Membership | undefined> => {
  const saved = await store.get(KEY);
  if (typeof saved !== "object" || saved === null) return undefined;
  const { workspaceId, epoch, relayUrls, executorSignKey, rootKey, seeds } = saved as Record<string, unknown>; // checked below
  if (typeof workspaceId !== "string" || typeof epoch !== "number" || !Array.isArray(relayUrls))
    return undefined;
  if (!isBytes(executorSignKey, 32) || !isBytes(rootKey, 32) || !isBytes(seeds, 64)) return undefined;
  return {
    workspaceId,
    epoch,
    relayUrls: relayUrls.filter((url) => typeof url === "string"),
    executorSignKey,
    rootKey: redact("root-key", rootKey),
    keys: createDeviceKeys(seeds.slice(0, 32), seeds.slice(32)),
  };
};

export const forgetMembership = (store: ValueStore): Promise<void> => store.remove(KEY);
