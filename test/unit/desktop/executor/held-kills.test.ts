/** A held run that is stopped or released, killed after each record of the ledger from the order on. */
import { cpSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { RunState, TaskId } from "@deskhand/doc-schema/document";
import { afterEach, expect, test } from "vitest";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createBench, runIn, sendIntent, sendTask, tallyTool, until, type Bench } from "./bench.ts";

const SCRIPT: Script = (_request, turn) =>
  turn < 2
    ? { content: [{ type: "tool_use", id: `c${turn}`, name: "slow", input: { line: `${turn}` } }] }
    : { content: [{ type: "text", text: "Done." }] };

let bench: Bench;
let finish: () => void = () => undefined;
let isSlow = true;
afterEach(async () => {
  finish();
  await bench.remove();
});

const open = (): Promise<Executor> => bench.open();
/** A run whose first call works until `finish`. */
const setUp = async (): Promise<{ readonly executor: Executor; readonly taskId: TaskId }> => {
  isSlow = true;
  bench = await createBench(SCRIPT, (tally) => {
    const slow = tallyTool("slow", "create", tally);
    const run: typeof slow.run = async (prepared, context) => {
      if (isSlow) await new Promise<void>((resolve) => (finish = resolve));
      return slow.run(prepared, context);
    };
    return [{ ...slow, run }];
  });
  const executor = await open();
  const taskId = sendTask(bench, executor, "Work");
  await until(() => executor.status().live?.step.kind === "slow");
  const hold = sendIntent(bench, executor, { type: "hold", taskId });
  await until(() => executor.ledger.handled.has(hold));
  return { executor, taskId };
};

/** What the executor knows, and what its calls did. */
const PARTS = ["data", "tally"];

/** The disk after each record from now on, as a kill would leave it. */
const takeDisks = (executor: Executor): readonly string[] => {
  const disks: string[] = [];
  executor.on((event) => {
    if (event.type !== "record") return;
    const disk = path.join(bench.root, `killed-${disks.length}`);
    // A lock of a process that is dead is no lock; this one is alive.
    const filter = (from: string): boolean => !path.basename(from).startsWith("lock");
    for (const part of PARTS.filter((each) => existsSync(path.join(bench.root, each))))
      cpSync(path.join(bench.root, part), path.join(disk, part), { recursive: true, filter });
    disks.push(disk);
  });
  return disks;
};

/** What becomes of the task on each of the disks, and which of its calls took effect, once each. */
const expectEnds = async (
  disks: readonly string[],
  taskId: TaskId,
  state: RunState,
  effects: readonly string[],
): Promise<void> => {
  isSlow = false;
  expect(disks.length).toBeGreaterThan(1);
  for (const disk of disks) {
    for (const part of PARTS) rmSync(path.join(bench.root, part), { recursive: true, force: true });
    cpSync(disk, bench.root, { recursive: true });
    const executor = await open();
    await runIn(executor, taskId, state);
    expect(effects, `killed after record ${disks.indexOf(disk)}`).toContain(bench.tally().join());
    await executor.close();
  }
};

test("stopped while it waits", async () => {
  const { executor, taskId } = await setUp();
  finish();
  await runIn(executor, taskId, "waiting");
  const disks = takeDisks(executor);
  sendIntent(bench, executor, { type: "cancel", taskId });
  await runIn(executor, taskId, "cancelled");
  await executor.close();
  await expectEnds(disks, taskId, "cancelled", ["0"]);
});

test("stopped while its last step still works", async () => {
  const { executor, taskId } = await setUp();
  const disks = takeDisks(executor);
  sendIntent(bench, executor, { type: "cancel", taskId });
  await until(() => disks.length > 0);
  finish();
  await runIn(executor, taskId, "cancelled");
  await executor.close();
  await expectEnds(disks, taskId, "cancelled", ["", "0"]);
});

test("stopped by a stop of everything that was lifted again", async () => {
  const { executor, taskId } = await setUp();
  const disks = takeDisks(executor);
  executor.stopAll();
  executor.resume();
  finish();
  await runIn(executor, taskId, "cancelled");
  await executor.close();
  await expectEnds(disks, taskId, "cancelled", ["", "0"]);
});

test("released while it waits", async () => {
  const { executor, taskId } = await setUp();
  finish();
  await runIn(executor, taskId, "waiting");
  isSlow = false;
  const disks = takeDisks(executor);
  sendIntent(bench, executor, { type: "release", taskId });
  await runIn(executor, taskId, "done");
  await executor.close();
  await expectEnds(disks, taskId, "done", ["0,1"]);
});

test("released in the moment in which it begins to wait", async () => {
  const { executor, taskId } = await setUp();
  isSlow = false;
  let isSent = false;
  executor.on((event) => {
    if (isSent || event.type !== "record" || event.record.type !== "run-moved") return;
    isSent = true;
    queueMicrotask(() => sendIntent(bench, executor, { type: "release", taskId }));
  });
  const disks = takeDisks(executor);
  finish();
  await runIn(executor, taskId, "done");
  await executor.close();
  // Before the order is in the ledger it is held, as it was.
  const [, ...released] = disks;
  await expectEnds(released, taskId, "done", ["0,1"]);
});
