import { afterEach, describe, expect, test } from "vitest";
import { readApprovals, readQuestions } from "@deskhand/doc-schema/document";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createBench, runIn, sendIntent, sendTask, tallyTool, until, type Bench } from "./bench.ts";

const ASKS: Script = () => ({
  content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }],
});
const QUESTION: Script = () => ({
  content: [
    { type: "tool_use", id: "c1", name: "ask_person", input: { question: "Which?", choices: ["A"] } },
  ],
});

let bench: Bench;
afterEach(() => bench.remove());

const afterTurns = (turns: number, act: () => void): void =>
  turns === 0 ? act() : queueMicrotask(() => afterTurns(turns - 1, act));

/** Turns of the microtask queue: between a question and the wait for its answer there are seven. */
const MOMENTS = Array.from({ length: 10 }, (_, turns) => turns);

describe("a stop that comes while the run begins to wait", () => {
  test.each(MOMENTS)("for a decision, %i turns after it asked: nothing is lost", async (turns) => {
    bench = await createBench(ASKS);
    const executor = await bench.open();
    let isSent = false;
    executor.doc.on("update", () => {
      if (isSent || readApprovals(executor.doc).entries.length === 0) return;
      isSent = true;
      afterTurns(turns, () => sendIntent(bench, executor, { type: "cancel", taskId }));
    });
    const taskId = sendTask(bench, executor, "Drop it");
    const run = await runIn(executor, taskId, "cancelled");
    expect(run.steps).toMatchObject([{ kind: "drop", outcome: "skipped" }]);
    expect(readApprovals(executor.doc).entries).toMatchObject([{ state: "withdrawn" }]);
  });

  test.each(MOMENTS)(
    "for an answer, %i turns after it asked, as stop-all: nothing is lost",
    async (turns) => {
      bench = await createBench(QUESTION);
      const executor = await bench.open();
      let isSent = false;
      executor.doc.on("update", () => {
        if (isSent || readQuestions(executor.doc).entries.length === 0) return;
        isSent = true;
        afterTurns(turns, () => executor.stopAll());
      });
      const taskId = sendTask(bench, executor, "Sum it up");
      await runIn(executor, taskId, "cancelled");
      expect(readQuestions(executor.doc).entries).toMatchObject([{ state: "withdrawn" }]);
    },
  );
});

test("a stop that comes while a call is prepared leaves no question behind", async () => {
  let goOn = (): void => undefined;
  bench = await createBench(ASKS, (tally) => {
    const drop = tallyTool("drop", "trash", tally);
    const ready = new Promise<void>((resolve) => (goOn = resolve));
    return [{ ...drop, prepare: (...seen) => ready.then(() => drop.prepare(...seen)) }];
  });
  const executor = await bench.open();
  const taskId = sendTask(bench, executor, "Drop it");
  await runIn(executor, taskId, "running");
  const cancel = sendIntent(bench, executor, { type: "cancel", taskId });
  await until(() => executor.ledger.handled.has(cancel));
  goOn();
  await runIn(executor, taskId, "cancelled");
  expect(readApprovals(executor.doc).entries.filter(({ state }) => state === "pending")).toEqual([]);
});
