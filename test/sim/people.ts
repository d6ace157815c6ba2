/** Six devices and a workspace key that every world uses: making keys is dear, and no rule depends on them. */
import {
  bytesToBase64Url,
  createDeviceKeys,
  createEpochKeys,
  redact,
  type DeviceId,
  type DeviceKeys,
  type EpochKeys,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import { deviceKind, writeSigned, type IdFactory } from "@deskhand/doc-schema/document";
import type { LedgerRecord } from "../../desktop/src/executor/ledger-records.ts";
import { createRandom } from "./random.ts";

export interface Person {
  readonly keys: DeviceKeys;
  /** The record with which the executor certified it. */
  readonly certificate: string;
}

export interface Cast {
  readonly desktop: DeviceKeys;
  readonly phones: readonly Person[];
  readonly rootKey: RootKey;
  readonly epochKeys: EpochKeys;
}

const PHONES = 4;

/** What a new workspace's ledger begins with. */
export const firstRecords = (
  { desktop, phones }: Cast,
  ids: IdFactory,
  at: number,
  relayUrls: readonly string[],
): readonly LedgerRecord[] => [
  {
    type: "workspace-created",
    at,
    workspaceId: ids.create("workspace"),
    threadId: ids.create("thread"),
    executorId: desktop.deviceId,
    roomId: "",
    epoch: 1,
    desktopName: "Simulated desktop",
  },
  ...relayUrls.map((url) => ({ type: "relay-added" as const, at, url, publicUrl: url })),
  ...phones.map(({ keys, certificate: text }) => ({
    type: "device-certified" as const,
    at,
    deviceId: keys.deviceId,
    text,
  })),
  {
    type: "grant-added",
    at,
    grantId: ids.create("grant"),
    name: "Papers",
    path: "/home/simulated/Papers",
    mode: "read-write",
  },
];

export const createCast = (): Cast => {
  const random = createRandom(1);
  const makeKeys = (): DeviceKeys => createDeviceKeys(random.bytes(32), random.bytes(32));
  const desktop = makeKeys();
  const certify = (keys: DeviceKeys, index: number): string =>
    writeSigned(
      deviceKind,
      {
        id: keys.deviceId satisfies DeviceId,
        createdAt: 1_794_000_000_000,
        name: `Phone ${index + 1}`,
        kind: "phone",
        signKey: bytesToBase64Url(keys.signKey),
        sealKey: bytesToBase64Url(keys.sealKey),
        roles: ["send", "approve"],
      },
      desktop,
    );
  const rootKey = redact("root-key", random.bytes(32));
  return {
    desktop,
    phones: Array.from({ length: PHONES }, makeKeys).map((keys, index) => ({
      keys,
      certificate: certify(keys, index),
    })),
    rootKey,
    epochKeys: createEpochKeys(rootKey, 1),
  };
};
