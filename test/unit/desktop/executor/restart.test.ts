import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  addIntent,
  readApprovals,
  readGrants,
  readMeta,
  readRuns,
  rootsOf,
} from "@deskhand/doc-schema/document";
import { nodeDisk } from "../../../../desktop/src/executor/journal-file.ts";
import { openExecutor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createScriptedModel } from "../../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";
import { seededBytes } from "../../../fixtures/workspace-doc.ts";
import {
  createBench,
  decide,
  pendingApproval,
  runIn,
  runOf,
  sendIntent,
  sendTask,
  tallyTool,
  until,
  type Bench,
} from "./bench.ts";

const SCRIPT: Script = (_request, turn) =>
  turn === 0
    ? { content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }] }
    : { content: [{ type: "text", text: "Done." }] };

let bench: Bench;
afterEach(() => bench.remove());

describe("stop", () => {
  test("cancels one run: its tool is told to stop, the run ends as cancelled", async () => {
    let sawAbort = false;
    bench = await createBench(
      () => ({ content: [{ type: "tool_use", id: "c1", name: "slow", input: { line: "x" } }] }),
      (tally) => [
        tallyTool("slow", "create", tally, {
          run: (_prepared, { signal }) =>
            new Promise((resolve) =>
              signal.addEventListener("abort", () => {
                sawAbort = true;
                resolve({ ok: false, error: { type: "stopped", text: "Stopped." } });
              }),
            ),
        }),
      ],
    );
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Slow work");
    await until(() => executor.status().live);
    sendIntent(bench, executor, { type: "cancel", taskId });
    const run = await runIn(executor, taskId, "cancelled");
    expect(sawAbort).toBe(true);
    expect(run.steps.at(-1)).toMatchObject({ kind: "slow", outcome: "failed" });
  });

  test("a tool that does not listen is left behind after the grace, and the run says that nobody knows", async () => {
    bench = await createBench(
      () => ({ content: [{ type: "tool_use", id: "c1", name: "deaf", input: { line: "x" } }] }),
      (tally) => [tallyTool("deaf", "create", tally, { run: () => new Promise(() => undefined) })],
    );
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Deaf work");
    await until(() => executor.status().live);
    executor.stopAll();
    const run = await until(
      () => {
        const found = runOf(executor, taskId);
        return found?.state === "cancelled" ? found : undefined;
      },
      () => bench.clock.advance(100),
    );
    expect(run.steps.at(-1)).toMatchObject({ kind: "deaf", outcome: "unknown" });
    let isClosed = false;
    void executor.close().then(() => (isClosed = true));
    await until(
      () => isClosed,
      () => bench.clock.advance(2_000),
    );
  });

  test("until a late tool has really ended it keeps its locks: nothing of it is undone, and who needs them waits", async () => {
    let finish = (): void => undefined;
    bench = await createBench(
      (_request, turn) =>
        turn === 0
          ? { content: [{ type: "tool_use", id: "c1", name: "late", input: { line: "x" } }] }
          : { content: [{ type: "text", text: "Done." }] },
      (tally) => [
        tallyTool("late", "create", tally, {
          run: () =>
            new Promise((resolve) => {
              finish = () => resolve({ ok: false, error: { type: "stopped", text: "Stopped." } });
            }),
        }),
      ],
    );
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Late work");
    await until(() => executor.status().live);
    sendIntent(bench, executor, { type: "cancel", taskId });
    const run = await until(
      () => (runOf(executor, taskId)?.state === "cancelled" ? runOf(executor, taskId) : undefined),
      () => bench.clock.advance(100),
    );
    const undo = sendIntent(bench, executor, { type: "undo", runId: run.id });
    const next = sendTask(bench, executor, "Next");
    await runIn(executor, next, "running");
    await until(() => executor.status().live?.step.kind === "wait");
    expect(executor.status().live?.step.object).toBe("Work/x");
    expect(executor.ledger.handled.has(undo)).toBe(false);
    finish();
    await until(() => executor.ledger.handled.has(undo));
    await until(() => executor.status().live?.step.kind === "late");
    finish();
    await runIn(executor, next, "done");
  });

  test("a resume that was made before a stop at this computer does not lift it", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const old = bench.ids.create("intent");
    bench.clock.advance(3_600_000);
    executor.stopAll();
    addIntent(executor.doc, { id: old, createdAt: bench.clock.now(), type: "resume" }, bench.phone);
    await until(() => executor.ledger.handled.has(old));
    expect(executor.status().state).toBe("stopped");
  });

  test("an older stop that arrives late does not weaken a newer one", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const [stop, resume] = [bench.ids.create("intent"), bench.ids.create("intent")];
    bench.clock.advance(1_000);
    sendIntent(bench, executor, { type: "stop-all" });
    await until(() => executor.ledger.stopped);
    const at = { createdAt: bench.clock.now() };
    addIntent(executor.doc, { id: stop, ...at, type: "stop-all" }, bench.phone);
    addIntent(executor.doc, { id: resume, ...at, type: "resume" }, bench.phone);
    await until(() => executor.ledger.handled.has(resume));
    expect(executor.status().state).toBe("stopped");
  });

  test("a waiting run whose journal is damaged is ended by a cancel, and the others go on", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    await executor.close();
    const file = path.join(bench.root, "data", "runs", `${runOf(executor, taskId)?.id}.jsonl`);
    writeFileSync(file, readFileSync(file, "utf8").replace("{", "#"));
    const again = await bench.open();
    sendIntent(bench, again, { type: "cancel", taskId });
    await runIn(again, taskId, "failed");
    const next = sendTask(bench, again, "Two");
    decide(bench, again, await pendingApproval(again), "allow");
    expect((await runIn(again, next, "done")).error).toBeUndefined();
  });

  test("stop-all ends what was begun, holds the queue also after a restart, until resume", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const first = sendTask(bench, executor, "One");
    await pendingApproval(executor);
    await runIn(executor, first, "waiting");
    sendIntent(bench, executor, { type: "stop-all" });
    await runIn(executor, first, "cancelled");
    expect(readApprovals(executor.doc).entries).toMatchObject([{ state: "withdrawn" }]);
    const second = sendTask(bench, executor, "Two");
    await runIn(executor, second, "queued");
    await executor.close();

    const again = await bench.open();
    expect(again.status().state).toBe("stopped");
    expect(readMeta(again.doc)).toMatchObject({ stoppedBy: bench.phone.deviceId });
    bench.clock.advance(60_000);
    expect(runOf(again, second)?.state).toBe("queued");
    sendIntent(bench, again, { type: "resume" });
    decide(bench, again, await pendingApproval(again), "allow");
    await runIn(again, second, "done");
    expect(readMeta(again.doc)?.stoppedAt).toBeNull();
    expect(bench.tally()).toEqual(["x"]);
  });

  test("an old resume that arrives late does not lift a newer stop", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const old = bench.ids.create("intent");
    sendIntent(bench, executor, { type: "stop-all" });
    await until(() => executor.ledger.stopped);
    addIntent(executor.doc, { id: old, createdAt: bench.clock.now(), type: "resume" }, bench.phone);
    await until(() => executor.ledger.handled.has(old));
    expect(executor.status().state).toBe("stopped");
  });
});

describe("restart", () => {
  test("a waiting run waits on, and goes on with the answer", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    await executor.close();
    const again = await bench.open();
    expect(runOf(again, taskId)?.state).toBe("waiting");
    decide(bench, again, await pendingApproval(again), "allow");
    await runIn(again, taskId, "done");
    expect(bench.tally()).toEqual(["x"]);
  });

  test("rows that are no rows do not keep it from starting; they are written anew", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    const { id, threadId } = await runIn(executor, taskId, "done");
    // What a hostile device with the room's key could write: not even a map.
    executor.doc.getMap("runs").set(id, "x");
    executor.doc.getArray(`replies/${threadId}`).push(["x"]);
    await executor.close();
    const again = await bench.open();
    expect(runOf(again, taskId)).toMatchObject({ id, state: "done" });
  });

  test("a wiped document is projected anew from the ledger", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    const before = await runIn(executor, taskId, "done");
    await executor.close();
    rmSync(path.join(bench.root, "data", "document"));
    const again = await bench.open();
    const { approvalId: _, ...shown } = before; // nothing is waited for any more, and a fresh row does not say so
    expect(runOf(again, taskId)).toEqual(shown);
    expect(readApprovals(again.doc).entries).toMatchObject([{ state: "allowed" }]);
    expect(readGrants(again.doc).entries).toMatchObject([{ name: "Work", state: "available" }]);
    expect([...rootsOf(again.doc).devices.keys()]).toEqual([bench.phone.deviceId]);
    expect(readMeta(again.doc)?.workspaceId).toBe(executor.workspace.workspaceId);
  });

  test("the document is there again, and projecting it a second time writes nothing", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    await runIn(executor, taskId, "done");
    await executor.close();
    const again = await bench.open();
    const state = Y.encodeStateVector(again.doc);
    await again.close();
    const third = await bench.open();
    expect(Y.encodeStateVector(third.doc)).toEqual(state);
    expect(readRuns(third.doc).entries).toHaveLength(1);
  });

  test("a damaged document is no reason not to start", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    sendTask(bench, executor, "One");
    await pendingApproval(executor);
    await executor.close();
    const file = path.join(bench.root, "data", "document");
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const again = await bench.open();
    expect(readRuns(again.doc).entries).toMatchObject([{ state: "waiting" }]);
  });

  test("a damaged ledger stops the start with its line", async () => {
    bench = await createBench(SCRIPT);
    await (await bench.open()).close();
    const file = path.join(bench.root, "data", "ledger.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace("workspace-created", "workspace-created!"));
    await expect(bench.open()).rejects.toThrow("damaged-journal");
  });

  test("keys that are not this workspace's stop the start", async () => {
    bench = await createBench(SCRIPT);
    await (await bench.open()).close();
    rmSync(path.join(bench.root, "keys"), { recursive: true });
    await expect(bench.open()).rejects.toThrow("keys-lost");
  });
});

describe("the data folder", () => {
  test("a second executor on it is refused, and one after it is not", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const second = await openExecutor({
      dataDir: path.join(bench.root, "data"),
      model: createScriptedModel(SCRIPT),
      secretStore: createClearSecretStore(path.join(bench.root, "keys")),
      deviceName: "Studio",
      randomBytes: seededBytes(9),
      tools: () => [],
    });
    expect(second).toEqual({ ok: false, error: { type: "in-use", processId: process.pid } });
    await executor.close();
    await bench.open();
  });

  test("the lock of a process that is gone is taken over", async () => {
    bench = await createBench(SCRIPT);
    await (await bench.open()).close();
    writeFileSync(path.join(bench.root, "data", "lock"), `${process.pid} 1`);
    expect((await bench.open()).status().state).toBe("idle");
  });

  test("is readable by this user only", async () => {
    bench = await createBench(SCRIPT);
    await bench.open();
    const modeOf = (name: string): number => statSync(path.join(bench.root, name)).mode & 0o777;
    expect(["data", "data/runs", "data/undo", "keys"].map(modeOf)).toEqual([0o700, 0o700, 0o700, 0o700]);
    const files = ["data/ledger.jsonl", "data/audit.jsonl", "data/document", "keys/root-key.secret"];
    expect(files.map(modeOf)).toEqual([0o600, 0o600, 0o600, 0o600]);
  });

  test("a disk that fails halts everything and says so", async () => {
    bench = await createBench(SCRIPT);
    let isFull = false;
    const disk = {
      ...nodeDisk,
      write: (file: number, bytes: Uint8Array) => {
        if (isFull) throw new Error("ENOSPC");
        nodeDisk.write(file, bytes);
      },
    };
    const executor = await bench.open({ disk });
    sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "allow");
    isFull = true;
    await until(() => executor.status().failure);
    expect(executor.status()).toMatchObject({ state: "stopped", failure: "ENOSPC" });
    expect(bench.tally()).toEqual([]);
  });
});
