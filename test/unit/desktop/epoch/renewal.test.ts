import { cpSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  readApprovals,
  readDeviceRegistry,
  readMessages,
  readMeta,
  readRuns,
  readTasks,
  rootsOf,
} from "@deskhand/doc-schema/document";
import { nodeDisk, type Disk } from "../../../../desktop/src/executor/journal-file.ts";
import type { Executor, SecretStore } from "../../../../desktop/src/executor/index.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import {
  createBench,
  decide,
  deviceKeys,
  pendingApproval,
  runIn,
  sendIntent,
  sendTask,
  until,
  type Bench,
} from "../executor/bench.ts";

const SCRIPT: Script = (_request, turn) =>
  turn === 0
    ? { content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }] }
    : { content: [{ type: "text", text: "Done." }] };
const tablet = deviceKeys(2);

let bench: Bench;
afterEach(() => bench.remove());

const admitTablet = (executor: Executor): void => {
  executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
};
const documentFiles = (): string[] =>
  readdirSync(path.join(bench.root, "data")).filter((name) => name.startsWith("document"));
/** What a person would miss if it were lost. */
const contentOf = ({ doc, workspace, device }: Executor): unknown => ({
  tasks: readTasks(doc).entries.map(({ value }) => value.prompt),
  messages: readMessages(doc, workspace.threadId).entries.map(({ value }) => value.text),
  runs: readRuns(doc).entries.map(({ state }) => state),
  devices: readDeviceRegistry(doc, device.signKey)
    .all()
    .map(({ record, revokedAt }) => `${record.name}${revokedAt === undefined ? "" : " removed"}`)
    .toSorted(),
});

describe("removing a device", () => {
  test("[T26] begins a new epoch: another key, another room, a fresh document with all that stood in the old one", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    admitTablet(executor);
    const first = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    await runIn(executor, first, "done");
    const { doc, rootKey, workspace } = executor;
    const seen: number[] = [];
    executor.on((event) => event.type === "epoch" && seen.push(event.epoch));

    expect(await executor.revokeDevice(tablet.deviceId, "lost")).toEqual({ ok: true, value: undefined });

    expect(seen).toEqual([2]);
    expect(executor.doc).not.toBe(doc);
    expect(executor.rootKey).not.toBe(rootKey);
    expect(executor.workspace).toMatchObject({ workspaceId: workspace.workspaceId, epoch: 2 });
    expect(executor.workspace.roomId).not.toBe(workspace.roomId);
    expect(readMeta(executor.doc)?.epoch).toBe(2);
    expect(Y.encodeStateVector(executor.doc).length).toBeLessThan(16); // one client wrote all of it
    expect(contentOf(executor)).toEqual({
      tasks: ["One"],
      messages: ["One"],
      runs: ["done"],
      devices: ["iPad removed", "iPhone"],
    });
    expect(documentFiles()).toEqual(["document-2"]);
    const second = sendTask(bench, executor, "Two");
    await runIn(executor, second, "waiting");
  });

  test("[T25] pending approvals die, and the run asks anew in the new epoch", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    admitTablet(executor);
    const taskId = sendTask(bench, executor, "One");
    const asked = await pendingApproval(executor);
    await executor.revokeDevice(tablet.deviceId, "lost");
    const again = await pendingApproval(executor);
    expect(again.id).not.toBe(asked.id);
    expect(readApprovals(executor.doc).entries.find(({ id }) => id === asked.id)?.state).toBe("withdrawn");
    decide(bench, executor, asked, "allow");
    await until(() => executor.refusals()["already-resolved"]);
    expect(bench.tally()).toEqual([]);
    decide(bench, executor, again, "allow");
    await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["x"]);
  });

  test("[AP4] a phone may remove a phone, and never the executor or the window", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    admitTablet(executor);
    const window = await executor.certifyWindow();
    if (!window.ok) throw new Error(window.error.type);
    for (const deviceId of [executor.device.deviceId, window.value.keys.deviceId])
      sendIntent(bench, executor, { type: "revoke-device", deviceId });
    await until(() => executor.refusals()["unknown-target"] === 2);
    const order = sendIntent(bench, executor, { type: "revoke-device", deviceId: tablet.deviceId });
    await until(() => executor.workspace.epoch === 2);
    expect(executor.ledger.handled.has(order)).toBe(true);
    expect(executor.ledger.devices.get(tablet.deviceId)?.revokedAt).toBeDefined();
  });

  test("an unknown device is refused and nothing is renewed", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const refused = await executor.revokeDevice(tablet.deviceId, "lost");
    expect(refused).toEqual({ ok: false, error: { type: "unknown-device" } });
    expect(executor.workspace.epoch).toBe(1);
  });

  test("two at once: each is gone, and there is an epoch that neither has a key of", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    admitTablet(executor);
    await Promise.all([
      executor.revokeDevice(tablet.deviceId, "lost"),
      executor.revokeDevice(bench.phone.deviceId, "lost"),
    ]);
    expect(executor.ledger.renewal).toBeUndefined();
    expect(executor.workspace.epoch).toBeGreaterThanOrEqual(2);
  });

  test("when the new key cannot be saved the old epoch goes on, and the next start renews it", async () => {
    bench = await createBench(SCRIPT);
    const keys = createClearSecretStore(path.join(bench.root, "keys"));
    const locked: SecretStore = {
      ...keys,
      save: async (name, bytes) =>
        name.startsWith("root-key-")
          ? { ok: false, error: { type: "keychain-unavailable" } }
          : keys.save(name, bytes),
    };
    const executor = await bench.open({ secretStore: locked });
    admitTablet(executor);
    expect(await executor.revokeDevice(tablet.deviceId, "lost")).toEqual({
      ok: false,
      error: { type: "keychain-unavailable" },
    });
    expect(executor.workspace.epoch).toBe(1);
    sendTask(bench, executor, "One", tablet);
    await until(() => executor.refusals()["revoked-device"]);
    await executor.close();
    const again = await bench.open();
    expect(again.workspace.epoch).toBe(2);
    expect(again.ledger.renewal).toBeUndefined();
  });
});

describe("renewing without removing anybody", () => {
  test("approvals stay as they are, and an answer to one still counts", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    const asked = await pendingApproval(executor);
    await executor.renew("asked");
    expect(executor.workspace.epoch).toBe(2);
    expect((await pendingApproval(executor)).id).toBe(asked.id);
    decide(bench, executor, asked, "allow");
    await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["x"]);
  });

  test("[IN1] nothing is handled a second time in the new document", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    await runIn(executor, taskId, "done");
    await executor.renew("asked");
    await executor.renew("asked");
    expect(executor.workspace.epoch).toBe(3);
    await executor.close();
    const again = await bench.open();
    expect(again.workspace.epoch).toBe(3);
    expect(readRuns(again.doc).entries.map(({ state }) => state)).toEqual(["done"]);
    expect(bench.tally()).toEqual(["x"]);
  });
});

/** The folders as they lie at every operation of the disk and of the secret store, as if the power went then. */
const snapshotsOf = async (run: (executor: Executor) => Promise<unknown>): Promise<readonly string[]> => {
  const folders: string[] = [];
  let isTaking = false;
  const take = (): void => {
    if (!isTaking) return;
    const folder = path.join(bench.root, `cut-${folders.length}`);
    folders.push(folder);
    for (const name of ["data", "keys"])
      cpSync(path.join(bench.root, name), path.join(folder, name), { recursive: true });
    rmSync(path.join(folder, "data", "lock"), { force: true });
  };
  const disk: Disk = {
    write: (file, bytes) => {
      take();
      nodeDisk.write(file, bytes.subarray(0, bytes.length >> 1));
      take();
      nodeDisk.write(file, bytes.subarray(bytes.length >> 1));
      take();
    },
    sync: (file) => {
      nodeDisk.sync(file);
      take();
    },
  };
  const keys = createClearSecretStore(path.join(bench.root, "keys"));
  const secretStore: SecretStore = {
    load: keys.load,
    save: async (name, bytes) => {
      take();
      const saved = await keys.save(name, bytes);
      take();
      return saved;
    },
  };
  const executor = await bench.open({ disk, secretStore });
  admitTablet(executor);
  sendTask(bench, executor, "One");
  await pendingApproval(executor);
  isTaking = true;
  await run(executor);
  isTaking = false;
  take();
  return folders;
};

test("cut at any operation, the next start is wholly in the old or wholly in the new epoch, and a removal stands", async () => {
  bench = await createBench(SCRIPT);
  const folders = await snapshotsOf((executor) => executor.revokeDevice(tablet.deviceId, "lost"));
  expect(folders.length).toBeGreaterThan(20);
  const epochs = new Set<number>();
  for (const [at, folder] of folders.entries()) {
    const again = await bench.open({
      dataDir: path.join(folder, "data"),
      secretStore: createClearSecretStore(path.join(folder, "keys")),
    });
    const { epoch } = again.workspace;
    epochs.add(epoch);
    const isRemoved = again.ledger.devices.get(tablet.deviceId)?.revokedAt !== undefined;
    expect(isRemoved, `cut ${at}: removed and renewed go together`).toBe(epoch === 2);
    expect(contentOf(again), `cut ${at}`).toMatchObject({ tasks: ["One"], messages: ["One"] });
    await pendingApproval(again);
    expect(readMeta(again.doc)?.epoch, `cut ${at}`).toBe(epoch);
    expect([...rootsOf(again.doc).approvals.keys()].length, `cut ${at}`).toBeLessThanOrEqual(3);
    const names = readdirSync(path.join(folder, "data")).filter((name) => name.startsWith("document"));
    expect(names, `cut ${at}`).toEqual([epoch === 1 ? "document" : "document-2"]);
    await again.close();
  }
  expect(epochs).toEqual(new Set([1, 2]));
}, 120_000);
