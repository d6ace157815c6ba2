/** A step of several files, undone from the phone: what is told of each, one file alone, and orders given while it sleeps. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as Y from "yjs";
import type { Run, RunId, StepId, TaskId } from "@deskhand/doc-schema/document";
import { afterEach, expect, test } from "vitest";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import { createBench, runIn, runOf, sendIntent, sendTask, until, type Bench } from "./bench.ts";

const NAMES = ["a.txt", "b.txt", "c.txt"];
let bench: Bench;
afterEach(() => bench.remove());

const open = (): Promise<Executor> => bench.open({ tools: createTools });
const inWork = (name: string): string => path.join(bench.root, "Work", name);

/** Three files that one step moved. */
const setUp = async () => {
  const moves = NAMES.map((name) => ({ from: name, to: `sorted/${name}` }));
  bench = await createBench((_request, turn) =>
    turn === 0
      ? { content: [{ type: "tool_use", id: "c1", name: "move_files", input: { folder: "Work", moves } }] }
      : { content: [{ type: "text", text: "Sorted." }] },
  );
  const executor = await open();
  for (const name of NAMES) writeFileSync(inWork(name), name);
  const taskId = sendTask(bench, executor, "Sort");
  const run = await runIn(executor, taskId, "done");
  const step = run.steps.find(({ undoable }) => undoable === true);
  if (step === undefined) throw new Error("no step can be undone");
  return { executor, taskId, runId: run.id, stepId: step.id, step };
};
/** Gives the order and waits for the row to name it. */
const ordered = async (
  executor: Executor,
  taskId: TaskId,
  body: Parameters<typeof sendIntent>[2],
): Promise<Run> => {
  const id = sendIntent(bench, executor, body);
  return until(() => {
    const run = runOf(executor, taskId);
    return run?.intents?.some((one) => one === id) === true ? run : undefined;
  });
};
const fileOrder = (runId: RunId, stepId: StepId, file: number) =>
  ({ type: "undo-file", runId, stepId, file, path: NAMES[file] ?? "" }) as const;

test("one conflict among several: the step says what is back and what is not, and can be tried again", async () => {
  const { executor, taskId, runId, stepId, step } = await setUp();
  expect(step.files).toEqual({ count: 3, first: NAMES });
  expect(runOf(executor, taskId)?.takenBack).toBeUndefined();
  writeFileSync(inWork("sorted/b.txt"), "changed by a person");
  const run = await ordered(executor, taskId, { type: "undo", runId, stepId });
  expect(run.takenBack?.[stepId]).toMatchObject({
    back: 2,
    left: 1,
    files: [0, 2],
    leftAlone: [{ path: "b.txt", why: "changed", file: 1 }],
  });
  expect(run.undone?.[stepId]?.outcome).toBe("conflict");
  expect(readFileSync(inWork("sorted/b.txt"), "utf8")).toBe("changed by a person");
  rmSync(inWork("sorted/b.txt"));
  const again = await ordered(executor, taskId, { type: "undo", runId, stepId });
  expect(again.takenBack?.[stepId]).toMatchObject({ back: 2, left: 1, leftAlone: [{ why: "gone" }] });
});

test("one file, the same after a restart, another while the desktop sleeps, then the step does the rest", async () => {
  const { executor, taskId, runId, stepId } = await setUp();
  const one = await ordered(executor, taskId, fileOrder(runId, stepId, 1));
  expect(one.takenBack?.[stepId]).toMatchObject({ back: 1, left: 2, files: [1] });
  expect(one.undone).toEqual({});
  expect([existsSync(inWork("b.txt")), existsSync(inWork("a.txt"))]).toEqual([true, false]);

  const phone = new Y.Doc();
  Y.applyUpdate(phone, Y.encodeStateAsUpdate(executor.doc));
  await executor.close();
  const order = sendIntent(bench, { ...executor, doc: phone }, fileOrder(runId, stepId, 2));
  const later = await open();
  expect(runOf(later, taskId)?.takenBack?.[stepId]).toMatchObject({ back: 1, left: 2, files: [1] });
  Y.applyUpdate(later.doc, Y.encodeStateAsUpdate(phone));
  await until(() => later.ledger.handled.has(order));
  expect(runOf(later, taskId)?.takenBack?.[stepId]).toMatchObject({ back: 2, left: 1, files: [1, 2] });

  const rest = await ordered(later, taskId, { type: "undo", runId, stepId });
  expect(rest.takenBack?.[stepId]).toEqual({ at: expect.any(Number), back: 3, left: 0, files: [0, 1, 2] });
  expect(rest.changes).toBe(0);
  expect(rest.undone?.[stepId]?.outcome).toBe("undone");
  expect(NAMES.map((name) => readFileSync(inWork(name), "utf8"))).toEqual(NAMES);
  expect(existsSync(inWork("sorted"))).toBe(false);
});

test("an order that names no file of the step comes to nothing, and is settled", async () => {
  const { executor, taskId, runId, stepId } = await setUp();
  const run = await ordered(executor, taskId, { ...fileOrder(runId, stepId, 0), path: "b.txt" });
  expect(run.takenBack?.[stepId]).toMatchObject({ back: 0, left: 3, files: [] });
  expect(NAMES.map((name) => existsSync(inWork(`sorted/${name}`)))).toEqual([true, true, true]);
});
