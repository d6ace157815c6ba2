import {
  bytesToText,
  canonicalText,
  createRecoveryKeys,
  createRecoverySecret,
  deviceIdOf,
  openRecovery,
  redact,
  reveal,
  sealRecovery,
  utf8ToBytes,
  createEpochKeys,
  type JsonValue,
} from "@deskhand/doc-schema/crypto";
import type { ThreadId, WorkspaceId } from "@deskhand/doc-schema/document";
import {
  connectRoom,
  fetchRecovery,
  publishRecovery,
  readRecoveryRecord,
  writeRecoveryRecord,
  type RecoveryRecord,
} from "@deskhand/doc-schema/sync";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { keysOf, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";
import { bytes, openRoom, realPorts, until, type TestRoom } from "../sync/room-harness.ts";

const keys = createRecoveryKeys(createRecoverySecret(seededBytes(3)));
const record: RecoveryRecord = {
  workspaceId: "wsp_000000000000000000000000" as WorkspaceId,
  threadId: "thr_000000000000000000000000" as ThreadId,
  createdAt: NOW,
  epoch: 7,
  rootKey: redact("root-key", new Uint8Array(32).fill(9)),
  executorKeys: keysOf(1),
  relays: [{ url: "ws://127.0.0.1:8787", publicUrl: "wss://relay.example" }],
  devices: [{ text: "a" }, { text: "b", revocation: "c" }],
};
const sealed = writeRecoveryRecord(record, keys.sealKey, seededBytes(4));
const notARecord = { ok: false, error: { type: "not-a-record" } };

describe("a recovery record", () => {
  test("comes back as it was, with the executor's own keys", () => {
    const read = readRecoveryRecord(sealed, keys);
    if (!read.ok) throw new Error(read.error.type);
    const { rootKey, executorKeys, ...fields } = read.value;
    const { rootKey: _key, executorKeys: _executor, ...wanted } = record;
    expect(fields).toMatchObject(wanted);
    expect(reveal(rootKey)).toEqual(reveal(record.rootKey));
    expect(executorKeys.deviceId).toBe(record.executorKeys.deviceId);
    expect(executorKeys.sealKey).toEqual(record.executorKeys.sealKey);
  });

  test.each([
    ["another version", { v: 2 }],
    ["no workspace", { workspaceId: "tsk_000000000000000000000000" }],
    ["no thread", { threadId: 1 }],
    ["an epoch that is none", { epoch: 0 }],
    ["a short root key", { rootKey: "AAAA" }],
    ["short seeds", { executorSeeds: "AAAA" }],
    ["too many relays", { relays: Array.from({ length: 17 }, () => ({ url: "", publicUrl: "" })) }],
    ["a relay without an address", { relays: [{ url: "ws://a" }] }],
    ["a device without a record", { devices: [{}] }],
  ])("%s is no record", (_name, change: Readonly<Record<string, JsonValue>>) => {
    const opened = openRecovery(keys, sealed);
    const json = JSON.parse(bytesToText(opened.ok ? opened.value : new Uint8Array(0)) ?? "") as object;
    const changed = sealRecovery(keys.sealKey, utf8ToBytes(canonicalText({ ...json, ...change })), bytes);
    expect(readRecoveryRecord(changed, keys)).toEqual(notARecord);
  });

  test("what is not JSON, or not sealed, is no record; other words do not open it", () => {
    expect(readRecoveryRecord(sealRecovery(keys.sealKey, utf8ToBytes("{"), bytes), keys)).toEqual(notARecord);
    expect(readRecoveryRecord(utf8ToBytes("photo"), keys)).toEqual(notARecord);
    const others = createRecoveryKeys(createRecoverySecret(seededBytes(5)));
    expect(readRecoveryRecord(sealed, others)).toEqual({ ok: false, error: { type: "bad-seal" } });
  });
});

describe("the recovery room", () => {
  let room: TestRoom;
  const stops: (() => void)[] = [];
  beforeEach(async () => {
    room = await openRoom();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    await room.close();
  });
  const place = () => ({
    ports: realPorts,
    roomKey: keys.roomKey,
    deviceId: deviceIdOf(bytes(32)),
    relayUrl: room.url(),
  });
  const publish = (value: Uint8Array): Promise<void> => {
    let isPublished = false;
    stops.push(publishRecovery({ ...place(), sealed: value, onPublished: () => (isPublished = true) }));
    return until(() => isPublished);
  };
  const fetch = (timeoutMs = 5_000) => fetchRecovery({ ...place(), timeoutMs });

  test("gives the newest value to whoever has the words, and is one frame", async () => {
    for (const value of [1, 2, 3]) await publish(Uint8Array.of(value));
    expect(await fetch()).toEqual({ ok: true, value: Uint8Array.of(3) });
    await until(() => stops.length === 3);
    const replayed = async (): Promise<number> => {
      const link = connectRoom({
        ...realPorts,
        doc: new Y.Doc(),
        keys: createEpochKeys(keys.roomKey, 0),
        deviceId: deviceIdOf(bytes(32)),
        relayUrl: room.url(),
      });
      await until(() => link.status().phase === "live");
      const { replayed: frames } = link.status();
      link.destroy();
      return frames;
    };
    for (let frames = await replayed(); frames > 1; frames = await replayed());
    expect(await replayed()).toBe(1);
  });

  test("waits for a relay that is away", async () => {
    await room.stop();
    const published = publish(sealed);
    expect(await fetch(200)).toEqual({ ok: false, error: { type: "unreachable" } });
    await room.start();
    await published;
    expect(await fetch()).toEqual({ ok: true, value: sealed });
  });

  test("nothing-there: nobody published under these words", async () => {
    expect(await fetch()).toEqual({ ok: false, error: { type: "nothing-there" } });
  });
});
