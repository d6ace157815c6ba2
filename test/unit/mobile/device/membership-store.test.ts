import { createDeviceKeys, redact, reveal } from "@deskhand/doc-schema/crypto";
import { expect, test } from "vitest";
import {
  loadMembership,
  saveMembership,
  type EpochSecret,
  type Membership,
} from "../../../../mobile/src/device/membership-store.ts";
import type { ValueStore } from "../../../../mobile/src/device/value-store.ts";

const createValues = (): ValueStore => {
  const values = new Map<string, unknown>();
  return {
    get: async (key) => values.get(key),
    put: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
    list: async () => [...values],
    removeAll: async () => values.clear(),
  };
};
const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const secretOf = (epoch: number): EpochSecret => ({ epoch, rootKey: redact("root-key", bytes(epoch)) });
const shown = (secret: EpochSecret | undefined): unknown =>
  secret === undefined ? undefined : [secret.epoch, reveal(secret.rootKey)];

const membership: Membership = {
  ...secretOf(2),
  workspaceId: "wsp_1",
  relayUrls: ["wss://relay.example"],
  executorSignKey: bytes(9),
  keys: createDeviceKeys(bytes(7), bytes(8)),
};

test("a membership keeps the keys that it comes from and goes to, until each is let go", async () => {
  const values = createValues();
  await saveMembership(values, { ...membership, next: secretOf(3), previous: secretOf(1) });
  const stored = await loadMembership(values);
  expect([stored, stored?.next, stored?.previous].map(shown)).toEqual([
    [2, bytes(2)],
    [3, bytes(3)],
    [1, bytes(1)],
  ]);
  await saveMembership(values, membership);
  const later = await loadMembership(values);
  expect([later, later?.next, later?.previous].map(shown)).toEqual([[2, bytes(2)], undefined, undefined]);
});
