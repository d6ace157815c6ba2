/** Files that runs make, on their way to a phone: real relays, real disks, the executor's own tools. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor, ExecutorOptions } from "../../../../desktop/src/executor/index.ts";
import type { Artifact } from "@deskhand/doc-schema/document";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import { createTestRelay, isLive, type TestRelay } from "../epoch/relay-bench.ts";
import { createBench, runIn, sendIntent, sendTask, until, type Bench } from "../executor/bench.ts";
import { artifacts, fetchResult } from "./file-bench.ts";

/** Not the same in any two chunks. */
const TEXT = Array.from({ length: 250_000 }, (_, line) => `line ${line}\n`).join("");
const CHUNKS = Math.ceil(Buffer.byteLength(TEXT) / (512 * 1024));

const cleanups: (() => unknown)[] = [];
let relay: TestRelay;
let bench: Bench;
beforeEach(async () => {
  relay = await createTestRelay();
  cleanups.push(relay.remove);
  bench = await createBench((_request, turn) =>
    turn === 0
      ? {
          content: [
            {
              type: "tool_use",
              id: "c1",
              name: "write_file",
              input: { folder: "Work", path: "sub/report.md", text: TEXT },
            },
          ],
        }
      : { content: [{ type: "text", text: "Written." }] },
  );
  cleanups.push(bench.remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const open = (options: Partial<ExecutorOptions> = {}): Promise<Executor> =>
  bench.open({ clock: systemClock, tools: createTools, ...options });
const connect = async (executor: Executor): Promise<void> => {
  executor.relays.add({ url: relay.url, publicUrl: relay.url });
  await isLive(executor, relay.url);
};
const makeReport = async (executor: Executor): Promise<void> => {
  await runIn(executor, sendTask(bench, executor, "Write the report"), "done");
};
const report = (executor: Executor): Artifact => {
  const [artifact] = artifacts(executor);
  if (artifact === undefined) throw new Error("no file was made");
  return artifact;
};
const file = (): string => path.join(bench.root, "Work", "sub", "report.md");
const sent = (executor: Executor): Promise<Artifact> =>
  until(() => (report(executor).blob === undefined ? undefined : report(executor)));
const notSent = (executor: Executor): Promise<Artifact> =>
  until(() => (report(executor).notSent === undefined ? undefined : report(executor)));
const fetchText = async (executor: Executor): Promise<string> => {
  const bytes = await fetchResult(executor, relay.url, report(executor));
  return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString();
};
const chunksAtRelay = (): number =>
  readdirSync(path.join(relay.dataDir, "blobs"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;
/** Calls `then` when an upload is under way. */
const onSending = (executor: Executor, then: () => void): void => {
  let isDone = false;
  executor.on((event) => {
    if (isDone || event.type !== "status" || event.status.live?.step.kind !== "send") return;
    isDone = true;
    then();
  });
};

describe("files that runs made", () => {
  test("a small one goes to the relay by itself when its run has ended, and a phone gets the same bytes", async () => {
    const executor = await open();
    await connect(executor);
    await makeReport(executor);
    expect((await sent(executor)).where).toBe("blob");
    expect(await fetchText(executor)).toBe(TEXT);
    expect(executor.auditRows().some(({ kind }) => kind === "sent")).toBe(true);
  });

  test("while no relay is there its row says that it is here alone; it goes when one comes", async () => {
    const executor = await open();
    await makeReport(executor);
    expect(report(executor)).toMatchObject({ where: "desktop" });
    await connect(executor);
    await sent(executor);
  });

  test("a large one waits until a person asks for it", async () => {
    const executor = await open({ smallBytes: 1000 });
    await connect(executor);
    await makeReport(executor);
    const order = sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id });
    await sent(executor);
    expect(executor.ledger.handled.has(order)).toBe(true);
    expect(await fetchText(executor)).toBe(TEXT);
  });

  test("one that was asked for before a restart goes after it", async () => {
    const executor = await open({ smallBytes: 1000 });
    await makeReport(executor);
    sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id });
    await until(() => executor.ledger.handled.size >= 2);
    await executor.close();
    const again = await open({ smallBytes: 1000 });
    await connect(again);
    await sent(again);
  });

  test("[IN1] an unknown file is refused", async () => {
    const executor = await open();
    sendIntent(bench, executor, { type: "send-file", artifactId: bench.ids.create("artifact") });
    await until(() => executor.refusals()["unknown-target"] === 1);
  });

  test("one that has changed since is not sent, says so, and goes as it is now when that is asked for", async () => {
    const executor = await open();
    await makeReport(executor);
    writeFileSync(file(), "changed");
    await connect(executor);
    expect(await notSent(executor)).toMatchObject({ where: "desktop", notSent: "changed" });
    expect(report(executor).blob).toBeUndefined();
    sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id });
    sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id, newer: true });
    await sent(executor);
    expect(report(executor).notSent).toBeUndefined();
    expect(await fetchText(executor)).toBe("changed");
  });

  test("one that was deleted is gone", async () => {
    // it does not go by itself: an upload that waits for a relay holds the file open, and what is held is not gone
    const executor = await open({ smallBytes: 0 });
    await makeReport(executor);
    rmSync(file());
    await connect(executor);
    sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id });
    await until(() => report(executor).where === "gone");
  });

  test("one in a folder that is not granted any more stays here", async () => {
    const executor = await open({ smallBytes: 1000 });
    await makeReport(executor);
    for (const { id } of executor.grants.list()) executor.grants.remove(id);
    await connect(executor);
    sendIntent(bench, executor, { type: "send-file", artifactId: report(executor).id });
    expect((await notSent(executor)).notSent).toBe("not-granted");
  });

  test("a stop ends the transfer; after a resume it goes on", async () => {
    const executor = await open();
    await makeReport(executor);
    onSending(executor, executor.stopAll);
    await connect(executor);
    await until(() => executor.ledger.stopped);
    await until(() => executor.status().live === undefined);
    expect(report(executor)).toMatchObject({ where: "desktop" });
    executor.resume();
    await sent(executor);
    expect(chunksAtRelay()).toBe(CHUNKS + 1);
  });

  test("cut by a restart it goes on under the same key; what is kept of it on this disk is sealed", async () => {
    const executor = await open();
    await makeReport(executor);
    let closing: Promise<void> | undefined;
    onSending(executor, () => {
      closing = executor.close();
    });
    await connect(executor).catch(() => undefined); // it may be closed before it is seen live
    await until(() => closing !== undefined);
    await closing;
    const folder = path.join(bench.root, "data", "sent");
    const [kept = ""] = readdirSync(folder);
    expect(readFileSync(path.join(folder, kept)).includes("resume")).toBe(false);
    const again = await open();
    await isLive(again, relay.url);
    await sent(again);
    expect(await fetchText(again)).toBe(TEXT);
    expect(chunksAtRelay()).toBe(CHUNKS + 1); // with another key there would be twice as many
  });

  test("in a new epoch its row has no reference until it lies in the new room", async () => {
    const executor = await open();
    await connect(executor);
    await makeReport(executor);
    const { blob: before } = await sent(executor);
    let inBetween: Artifact | undefined;
    executor.on((event) => {
      if (event.type === "epoch") inBetween = report(executor);
    });
    await executor.renew("asked");
    expect(inBetween).toMatchObject({ where: "desktop" });
    expect(inBetween?.blob).toBeUndefined();
    expect((await sent(executor)).blob?.id).not.toBe(before?.id);
    expect(await fetchText(executor)).toBe(TEXT);
  });

  test("a relay that lost its blobs gets the file again", async () => {
    const executor = await open();
    await connect(executor);
    await makeReport(executor);
    const { blob: before } = await sent(executor);
    await executor.close();
    await relay.stop();
    rmSync(path.join(relay.dataDir, "blobs"), { recursive: true });
    await relay.start();
    const again = await open();
    await until(() => {
      const { blob } = report(again);
      return blob !== undefined && blob.id !== before?.id;
    });
    expect(await fetchText(again)).toBe(TEXT);
  });
});
