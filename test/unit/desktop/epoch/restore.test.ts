import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createRecoveryKeys,
  deviceIdOf,
  parseRecoveryWords,
  type RecoveryKeys,
} from "@deskhand/doc-schema/crypto";
import {
  readApprovals,
  readDeviceRegistry,
  readGrants,
  readMessages,
  readMeta,
  readRuns,
  readTasks,
} from "@deskhand/doc-schema/document";
import { fetchRecovery, readRecoveryRecord, type RecoveryRecord } from "@deskhand/doc-schema/sync";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import { restoreWorkspace, type RestoreInput } from "../../../../desktop/src/executor/epoch/restore.ts";
import { openExecutor, type Executor, type SecretStore } from "../../../../desktop/src/executor/index.ts";
import { createScriptedModel, type Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import {
  createBench,
  decide,
  pendingApproval,
  runIn,
  tallyTool,
  until,
  type Bench,
} from "../executor/bench.ts";
import { createTestRelay, hasTask, isLive, joinAsPhone, type TestRelay } from "./relay-bench.ts";

const SCRIPT: Script = (_request, turn) =>
  turn === 0
    ? { content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }] }
    : { content: [{ type: "text", text: "Done." }] };

const cleanups: (() => unknown)[] = [];
let bench: Bench;
let relay: TestRelay;
let newRoot: string;

beforeEach(async () => {
  bench = await createBench(SCRIPT);
  relay = await createTestRelay();
  newRoot = mkdtempSync(path.join(tmpdir(), "deskhand-new-"));
  cleanups.push(relay.remove, bench.remove, () => rmSync(newRoot, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const openOld = async (): Promise<Executor> => {
  const executor = await bench.open({ clock: systemClock, relayUrls: [relay.url] });
  await isLive(executor, relay.url);
  return executor;
};
const makeKit = async (executor: Executor): Promise<RecoveryKeys> => {
  const made = await executor.recovery.make();
  const secret = made.ok ? parseRecoveryWords(made.value.words.join(" ")) : undefined;
  if (secret?.ok !== true) throw new Error("no kit");
  return createRecoveryKeys(secret.value);
};
const fetchRecord = async (keys: RecoveryKeys, epoch: number): Promise<RecoveryRecord> => {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    const fetched = await fetchRecovery({
      ports: nodeSyncPorts,
      roomKey: keys.roomKey,
      deviceId: deviceIdOf(randomBytes(32)),
      relayUrl: relay.url,
      timeoutMs: 5_000,
    });
    const record = fetched.ok ? readRecoveryRecord(fetched.value, keys) : undefined;
    if (record?.ok === true && record.value.epoch === epoch) return record.value;
  }
  throw new Error(`no record of epoch ${epoch}`);
};
const newStore = (): ReturnType<typeof createClearSecretStore> =>
  createClearSecretStore(path.join(newRoot, "keys"));
const inputOf = (
  keys: RecoveryKeys,
  record: RecoveryRecord,
  changes: Partial<RestoreInput> = {},
): RestoreInput => ({
  dataDir: path.join(newRoot, "data"),
  secretStore: newStore(),
  deviceName: "New Mac",
  record,
  kit: keys,
  relayUrls: [],
  sync: nodeSyncPorts,
  clock: systemClock,
  randomBytes,
  timeoutMs: 5_000,
  ...changes,
});
const openNew = async (): Promise<Executor> => {
  const opened = await openExecutor({
    dataDir: path.join(newRoot, "data"),
    model: createScriptedModel(SCRIPT),
    secretStore: newStore(),
    deviceName: "New Mac",
    randomBytes,
    tools: () => [tallyTool("drop", "trash", path.join(newRoot, "tally"))],
  });
  if (!opened.ok) throw new Error(opened.error.type);
  cleanups.push(opened.value.close);
  return opened.value;
};
const statesOf = ({ doc }: Executor): Record<string, string> =>
  Object.fromEntries(
    readTasks(doc).entries.map(({ value }) => [
      value.prompt,
      readRuns(doc).entries.find(({ taskId }) => taskId === value.id)?.state ?? "none",
    ]),
  );

describe("a workspace restored from its words", () => {
  test("[IN1] has the document, the devices and the identity; nothing runs again, nothing is granted", async () => {
    const old = await openOld();
    const keys = await makeKit(old);
    const { rootKey, workspace } = old;
    const phone = joinAsPhone(old, bench.phone, relay.url, { rootKey, epoch: 1 });
    cleanups.push(phone.close);
    await until(() => phone.isSettled() && readMeta(phone.doc));
    const done = phone.send("Done before");
    decide(bench, old, await pendingApproval(old), "allow", { createdAt: Date.now() });
    await runIn(old, done, "done");
    const waiting = phone.send("Waits for an answer");
    await runIn(old, waiting, "waiting");
    const record = await fetchRecord(keys, 1);
    await until(() => old.relays.link(relay.url).status().pending === 0);
    await old.close();
    phone.send("Said while no computer was there");
    await until(() => phone.isSettled());

    const restored = await restoreWorkspace(inputOf(keys, record));
    expect(restored).toEqual({ ok: true, value: { reached: [relay.url], devices: 1 } });
    const fresh = await openNew();
    expect(fresh.device.deviceId).toBe(old.device.deviceId);
    expect(fresh.workspace).toMatchObject({
      workspaceId: workspace.workspaceId,
      threadId: workspace.threadId,
      epoch: 2,
      desktopName: "New Mac",
    });
    expect(statesOf(fresh)).toEqual({
      "Done before": "done",
      "Waits for an answer": "interrupted",
      "Said while no computer was there": "interrupted",
    });
    expect(readMessages(fresh.doc, fresh.workspace.threadId).entries).toHaveLength(3);
    expect(readApprovals(fresh.doc).entries.map(({ state }) => state)).toEqual(["allowed", "withdrawn"]);
    expect(readGrants(fresh.doc).entries.map(({ state }) => state)).toEqual(["removed"]);
    expect(fresh.grants.list()).toEqual([]);
    expect(fresh.auditRows()[0]).toMatchObject({ kind: "restored", what: workspace.workspaceId });
    expect(fresh.status()).toMatchObject({ state: "idle", queued: 0, waiting: 0 });

    // The phone follows by itself, and what it says now is done.
    await isLive(fresh, relay.url);
    const move = await until(() => phone.moves[0]);
    if (typeof move === "string" || !("rootKey" in move)) throw new Error("no key");
    const followed = joinAsPhone(fresh, bench.phone, relay.url, move);
    cleanups.push(followed.close);
    await until(() => followed.isSettled() && hasTask(followed.doc, "Done before"));
    expect(followed.orders.sendTask("Something new", "en").ok).toBe(true);
    await until(() => statesOf(fresh)["Something new"] !== undefined && fresh.ledger.runs.size === 1);
    // What the old computer had begun is taken over by an explicit order, and by nothing else.
    expect(followed.orders.runAgain(waiting).ok).toBe(true);
    await until(() => fresh.ledger.runOfTask.has(waiting));
    const attempts = (): readonly [number, string][] =>
      readRuns(fresh.doc)
        .entries.filter(({ taskId }) => taskId === waiting)
        .map(({ attempt, state }) => [attempt, state]);
    await until(() => attempts().some(([attempt, state]) => attempt === 2 && state === "done"));
    expect(attempts()).toContainEqual([1, "interrupted"]);
    await fetchRecord(keys, 2); // the same words restore the new epoch too
  });

  test("the old computer, still alive, sees that it was replaced, stops with a sentence, and does not start again", async () => {
    const old = await openOld();
    const keys = await makeKit(old);
    const record = await fetchRecord(keys, 1);
    expect((await restoreWorkspace(inputOf(keys, record))).ok).toBe(true);
    const fresh = await openNew();
    await isLive(fresh, relay.url);
    await until(() => old.status().failure);
    expect(old.status()).toMatchObject({ state: "stopped" });
    expect(old.status().failure).toContain("restored on another computer");
    expect(old.auditRows().at(-1)).toMatchObject({ kind: "epoch", outcome: "replaced" });
    await old.close();
    await expect(bench.open()).rejects.toThrow("replaced");
    expect(fresh.status().failure).toBeUndefined();
    expect(fresh.ledger.oldRooms).toEqual([]);
  });

  test("a record of an earlier epoch is enough: the moves lead on", async () => {
    const old = await openOld();
    const keys = await makeKit(old);
    const record = await fetchRecord(keys, 1);
    await old.renew("asked");
    await old.renew("asked");
    await until(() => old.ledger.oldRooms.length === 0);
    await old.close();
    expect((await restoreWorkspace(inputOf(keys, record))).ok).toBe(true);
    expect((await openNew()).workspace.epoch).toBe(4);
  });

  test("removed devices stay removed", async () => {
    const old = await openOld();
    const keys = await makeKit(old);
    await old.revokeDevice(bench.phone.deviceId, "lost");
    const record = await fetchRecord(keys, 2);
    await until(() => old.relays.link(relay.url).status().pending === 0);
    await old.close();
    await restoreWorkspace(inputOf(keys, record));
    const fresh = await openNew();
    const [phone] = readDeviceRegistry(fresh.doc, fresh.device.signKey).all();
    expect(phone?.revokedAt).toBeDefined();
    expect(fresh.admitDevice({ ...bench.phone, name: "iPhone", kind: "phone" })).toMatchObject({
      error: { type: "revoked-device" },
    });
  });
});

describe("from a file, without any relay", () => {
  test("[IN1] the workspace begins empty; what the old room holds comes later and does not run", async () => {
    const old = await openOld();
    const keys = await makeKit(old);
    const { rootKey } = old;
    const phone = joinAsPhone(old, bench.phone, relay.url, { rootKey, epoch: 1 });
    cleanups.push(phone.close);
    await until(() => phone.isSettled() && readMeta(phone.doc));
    const task = phone.send("Taken by the old computer");
    await runIn(old, task, "waiting");
    const file = path.join(newRoot, "kit.deskhand");
    writeFileSync(file, old.recovery.file() ?? "");
    await until(() => old.relays.link(relay.url).status().pending === 0);
    await old.close();
    phone.close();
    await relay.stop();

    const record = readRecoveryRecord(readFileSync(file), keys);
    if (!record.ok) throw new Error(record.error.type);
    const restored = await restoreWorkspace(inputOf(keys, record.value, { timeoutMs: 300 }));
    expect(restored).toEqual({ ok: true, value: { reached: [], devices: 1 } });
    const fresh = await openNew();
    expect(statesOf(fresh)).toEqual({});
    expect(readDeviceRegistry(fresh.doc, fresh.device.signKey).all()).toHaveLength(1);
    await relay.start();
    await until(() => fresh.ledger.oldRooms.length === 0);
    expect(fresh.ledger.runs.size).toBe(0);
    expect(statesOf(fresh)).toEqual({ "Taken by the old computer": "interrupted" });
    const back = joinAsPhone(fresh, bench.phone, relay.url, { rootKey, epoch: 1 });
    cleanups.push(back.close);
    expect(await until(() => back.moves[0])).toMatchObject({ epoch: 2 });
  });
});

test("cut short at any key that is saved, nothing counts, and it is done again from the beginning", async () => {
  const old = await openOld();
  const keys = await makeKit(old);
  const record = await fetchRecord(keys, 1);
  await until(() => old.relays.link(relay.url).status().pending === 0);
  await old.close();
  const store = newStore();
  for (let cut = 0; cut < 4; cut++) {
    let saved = 0;
    const failing: SecretStore = {
      load: store.load,
      save: async (name, bytes) =>
        saved++ === cut ? { ok: false, error: { type: "keychain-unavailable" } } : store.save(name, bytes),
    };
    const refused = await restoreWorkspace(inputOf(keys, record, { secretStore: failing }));
    expect(refused, `cut ${cut}`).toEqual({ ok: false, error: { type: "keychain-unavailable" } });
  }
  expect((await restoreWorkspace(inputOf(keys, record))).ok).toBe(true);
  expect((await openNew()).workspace).toMatchObject({ workspaceId: old.workspace.workspaceId, epoch: 2 });
});

test("a folder with a workspace in it is refused, and nothing is changed", async () => {
  const old = await openOld();
  const keys = await makeKit(old);
  const record = await fetchRecord(keys, 1);
  const before = readFileSync(path.join(bench.root, "data", "ledger.jsonl"));
  const refused = await restoreWorkspace(inputOf(keys, record, { dataDir: path.join(bench.root, "data") }));
  expect(refused).toEqual({ ok: false, error: { type: "not-empty" } });
  expect(readFileSync(path.join(bench.root, "data", "ledger.jsonl"))).toEqual(before);
});
