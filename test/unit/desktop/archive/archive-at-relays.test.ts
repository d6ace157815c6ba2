/** The archive inside the executor: real relays on real disks, a phone that reads segments from them. */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import {
  parseId,
  readArchive,
  readMessages,
  readRuns,
  readSegment,
  readTasks,
  type ArchiveReference,
  type Segment,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { downloadBlob } from "@deskhand/doc-schema/sync";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor, ExecutorOptions } from "../../../../desktop/src/executor/index.ts";
import { nodeDisk, type Disk } from "../../../../desktop/src/executor/journal-file.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import { createTestRelay, isLive, joinAsPhone, type TestRelay } from "../epoch/relay-bench.ts";
import { createBench, runIn, sendIntent, sendTask, until, type Bench } from "../executor/bench.ts";

const cleanups: (() => unknown)[] = [];
let relay: TestRelay;
let bench: Bench;
beforeEach(async () => {
  relay = await createTestRelay();
  cleanups.push(relay.remove);
  bench = await createBench(() => ({ content: [{ type: "text", text: "Sorted the crèmes brûlées." }] }));
  cleanups.push(bench.remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const open = (options: Partial<ExecutorOptions> = {}): Promise<Executor> =>
  bench.open({
    clock: systemClock,
    archivePolicy: () => ({ keepNewest: 2, olderThan: 0 }),
    ...options,
  });
const doTasks = async (executor: Executor, count: number): Promise<readonly TaskId[]> => {
  const ids: TaskId[] = [];
  for (let index = 0; index < count; index++) {
    const id = sendTask(bench, executor, `Sort number ${index}`);
    await runIn(executor, id, "done");
    ids.push(id);
  }
  return ids;
};
/** Six tasks done, then a relay comes and four of them are archived. */
const archiveFour = async (): Promise<{ executor: Executor; taskIds: readonly TaskId[] }> => {
  const executor = await open();
  const taskIds = await doTasks(executor, 6);
  executor.relays.add({ url: relay.url, publicUrl: relay.url });
  await until(() => executor.archive.status().lookedAt);
  return { executor, taskIds };
};
const fetchSegment = async (
  { rootKey, workspace }: Executor,
  { blob }: ArchiveReference,
  relayUrl = relay.url,
): Promise<Segment | string> => {
  const bytes = new Uint8Array(blob.byteLength);
  const fetched = await downloadBlob({
    ...nodeSyncPorts,
    keys: createEpochKeys(rootKey, workspace.epoch),
    relayUrl,
    ref: blob,
    sink: { write: async (offset, chunk) => bytes.set(chunk, offset) },
  });
  if (!fetched.ok) return fetched.error.type;
  const segment = readSegment(bytes);
  return segment.ok ? segment.value : segment.error.type;
};
const tasksOf = (segment: Segment | string): readonly string[] =>
  typeof segment === "string"
    ? [segment]
    : segment.lines.filter(({ root }) => root === "tasks").map(({ key }) => key);
const onlyReference = (executor: Executor): ArchiveReference => {
  const [reference] = readArchive(executor.doc).entries;
  if (reference === undefined) throw new Error("nothing was archived");
  return reference;
};
const liveTasks = ({ doc }: Executor): readonly string[] =>
  readTasks(doc)
    .entries.map(({ value }) => value.id)
    .toSorted();

describe("the archive of the executor", () => {
  test("[AR1] finished tasks leave once a relay has their segment; a phone reads it there, search finds all", async () => {
    const { executor, taskIds } = await archiveFour();
    expect(executor.archive.status()).toMatchObject({ segments: 1 });
    expect(executor.archive.status().failure).toBeUndefined();
    expect(liveTasks(executor)).toEqual(taskIds.slice(4).toSorted());
    expect(readRuns(executor.doc).entries).toHaveLength(2);
    expect(executor.ledger.runs.size).toBe(2);
    const { rootKey, workspace } = executor;
    const phone = joinAsPhone(executor, bench.phone, relay.url, { rootKey, epoch: workspace.epoch });
    cleanups.push(phone.close);
    await until(() => readArchive(phone.doc).entries.length === 1 && phone.isSettled());
    expect(tasksOf(await fetchSegment(executor, onlyReference(executor)))).toEqual(
      taskIds.slice(0, 4).toSorted(),
    );
    expect(executor.search("creme BRULEE").found).toHaveLength(6);
    expect(executor.search("creme brulee", 100).found.filter(({ isArchived }) => isArchived)).toHaveLength(4);
  });

  test("[AR1] nothing leaves while no relay can be reached", async () => {
    const executor = await open();
    await doTasks(executor, 6);
    await relay.stop();
    executor.relays.add({ url: relay.url, publicUrl: relay.url });
    await until(() => executor.relays.link(relay.url).status().phase === "offline");
    expect(executor.archive.status()).toEqual({ segments: 0 });
    expect(liveTasks(executor)).toHaveLength(6);
  });

  test("[IN1] an order that names an archived task or run is refused for good", async () => {
    const { executor, taskIds } = await archiveFour();
    const [taskId] = taskIds;
    const runId = [...executor.ledger.archived]
      .map((id) => parseId("run", id))
      .find((id) => id !== undefined);
    if (taskId === undefined || runId === undefined) throw new Error("nothing was archived");
    const steer = sendIntent(bench, executor, { type: "steer", taskId, text: "only May" });
    await until(() => executor.refusals().archived === 1);
    expect(executor.ledger.handled.has(steer)).toBe(true);
    sendIntent(bench, executor, { type: "undo", runId });
    await until(() => executor.refusals().archived === 2);
  });

  test("after a restart nothing archived is shown again, and search still finds it", async () => {
    const { executor, taskIds } = await archiveFour();
    await executor.close();
    const again = await open();
    await isLive(again, relay.url);
    await until(() => again.archive.status().lookedAt);
    expect(liveTasks(again)).toEqual(taskIds.slice(4).toSorted());
    expect(readRuns(again.doc).entries).toHaveLength(2);
    expect(readMessages(again.doc, again.workspace.threadId).entries).toHaveLength(2);
    expect(again.search("brulees").found).toHaveLength(6);
    expect(readArchive(again.doc).entries).toHaveLength(1);
  });

  test("[AR1] the power fails between the removal and its note: the next start notes it and shows nothing twice", async () => {
    let isOff = false;
    const disk: Disk = {
      ...nodeDisk,
      write: (file, bytes) => {
        isOff ||= Buffer.from(bytes).includes('"tasks-archived"');
        if (isOff) throw new Error("the power is off");
        nodeDisk.write(file, bytes);
      },
    };
    const executor = await open({ disk });
    await doTasks(executor, 6);
    executor.relays.add({ url: relay.url, publicUrl: relay.url });
    await until(() => executor.status().failure);
    expect(executor.ledger.segments.size).toBe(0);
    await executor.close();
    const again = await open();
    expect(again.ledger.segments.size).toBe(1);
    expect(readRuns(again.doc).entries).toHaveLength(2);
    expect(again.ledger.runs.size).toBe(2);
    expect(readArchive(again.doc).entries).toHaveLength(1);
  });

  test("a new epoch: the segment is sent into the new room, under a new reference", async () => {
    const { executor, taskIds } = await archiveFour();
    const before = onlyReference(executor);
    await executor.renew("asked");
    await until(() => onlyReference(executor).blob.id !== before.blob.id);
    expect(executor.workspace.epoch).toBe(2);
    expect(tasksOf(await fetchSegment(executor, onlyReference(executor)))).toEqual(
      taskIds.slice(0, 4).toSorted(),
    );
    expect(liveTasks(executor)).toEqual(taskIds.slice(4).toSorted());
  });

  test("a segment that this disk has lost is taken back from the room of the ended epoch", async () => {
    const { executor, taskIds } = await archiveFour();
    const before = onlyReference(executor);
    await executor.close();
    const folder = path.join(bench.root, "data", "archive");
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
    const again = await open();
    expect(again.search("brulees").found).toHaveLength(2);
    await again.renew("asked");
    await until(() => onlyReference(again).blob.id !== before.blob.id);
    expect(again.search("brulees").found).toHaveLength(6);
    expect(tasksOf(await fetchSegment(again, onlyReference(again)))).toEqual(taskIds.slice(0, 4).toSorted());
  });

  test("a relay that lost its blobs gets them again", async () => {
    const { executor, taskIds } = await archiveFour();
    await executor.close();
    await relay.stop();
    const blobs = readdirSync(relay.dataDir).filter((name) => name.includes("blob"));
    expect(blobs).toHaveLength(1);
    for (const name of blobs) rmSync(path.join(relay.dataDir, name), { recursive: true });
    await relay.start();
    const again = await open();
    const lost = onlyReference(again);
    await until(() => onlyReference(again).blob.id !== lost.blob.id);
    expect(tasksOf(await fetchSegment(again, onlyReference(again)))).toEqual(taskIds.slice(0, 4).toSorted());
  });

  test("a relay that comes later gets its copy, under the same reference", async () => {
    const { executor, taskIds } = await archiveFour();
    const reference = onlyReference(executor);
    const second = await createTestRelay();
    cleanups.push(second.remove);
    executor.relays.add({ url: second.url, publicUrl: second.url });
    let copy: Segment | string = "";
    for (let tries = 0; tries < 200 && typeof copy === "string"; tries++)
      copy = await fetchSegment(executor, reference, second.url);
    expect(tasksOf(copy)).toEqual(taskIds.slice(0, 4).toSorted());
    expect(onlyReference(executor)).toEqual(reference);
  });
});
