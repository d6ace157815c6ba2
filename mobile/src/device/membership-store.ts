/**
 * What makes this phone a device of a workspace: its own keys, the document key, the executor that it pinned.
 * 1. It is stored whole or not at all, after the desktop has admitted this phone and not before.
 * 2. Reading checks every field; a damaged entry is the same as none, and pairing again is always possible.
 * 3. A renewed key is stored beside the old one, in the same entry: the old one goes when the new document is here and
 *    holds what was said in the old one.
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

export interface EpochSecret {
  readonly epoch: number;
  readonly rootKey: RootKey;
}

export interface Membership extends EpochSecret {
  readonly workspaceId: string;
  readonly relayUrls: readonly string[];
  /** Ed25519, 32 bytes: pinned. */
  readonly executorSignKey: Uint8Array;
  readonly keys: DeviceKeys;
  /** The epoch that this phone is on its way to. */
  readonly next?: EpochSecret | undefined;
  /** The epoch that it came from, until what was said there last is said in this one. */
  readonly previous?: EpochSecret | undefined;
  /** When the desktop removed this phone, milliseconds since 1970. */
  readonly removedAt?: number | undefined;
}

const KEY = "membership";

export const membershipOf = (admission: Admission, keys: DeviceKeys): Membership => ({ ...admission, keys });

/** The name of the database and of the entries that belong to one epoch's document. */
export const documentNameOf = (workspaceId: string, epoch: number): string =>
  `deskhand/${workspaceId}/${epoch}`;

export const saveMembership = (store: ValueStore, membership: Membership): Promise<void> => {
  const { workspaceId, epoch, relayUrls, executorSignKey, next, previous, removedAt } = membership;
  return store.put(KEY, {
    workspaceId,
    epoch,
    relayUrls: [...relayUrls],
    executorSignKey,
    rootKey: reveal(membership.rootKey),
    seeds: revealDeviceSeeds(membership.keys),
    ...(next === undefined ? {} : { next: revealSecret(next) }),
    ...(previous === undefined ? {} : { previous: revealSecret(previous) }),
    ...(removedAt === undefined ? {} : { removedAt }),
  });
};

const revealSecret = ({ epoch, rootKey }: EpochSecret) => ({ epoch, rootKey: reveal(rootKey) });

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;

const parseSecret = (value: unknown): EpochSecret | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { epoch, rootKey } = value as Record<string, unknown>; // checked in the next line
  if (typeof epoch !== "number" || !isBytes(rootKey, 32)) return undefined;
  return { epoch, rootKey: redact("root-key", rootKey) };
};

export const loadMembership = async (store: ValueStore): Promise<Membership | undefined> => {
  const saved = await store.get(KEY);
  const secret = parseSecret(saved);
  if (secret === undefined) return undefined;
  const { workspaceId, relayUrls, executorSignKey, seeds, next, previous, removedAt } = saved as Record<
    string,
    unknown
  >; // an object: parseSecret found its fields; the others are checked below
  if (typeof workspaceId !== "string" || !Array.isArray(relayUrls)) return undefined;
  if (!isBytes(executorSignKey, 32) || !isBytes(seeds, 64)) return undefined;
  return {
    ...secret,
    workspaceId,
    relayUrls: relayUrls.filter((url) => typeof url === "string"),
    executorSignKey,
    keys: createDeviceKeys(seeds.slice(0, 32), seeds.slice(32)),
    next: parseSecret(next),
    previous: parseSecret(previous),
    removedAt: typeof removedAt === "number" ? removedAt : undefined,
  };
};

export const forgetMembership = (store: ValueStore): Promise<void> => store.remove(KEY);
