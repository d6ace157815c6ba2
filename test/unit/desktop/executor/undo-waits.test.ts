/** Undoing what another run is about to change: it waits for that run's call, over a kill too, and then looks again. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RunId } from "@deskhand/doc-schema/document";
import { afterEach, expect, test } from "vitest";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import type { Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import { createBench, runIn, runOf, sendIntent, sendTask, tallyTool, until, type Bench } from "./bench.ts";

const SCRIPT: Script = ({ messages }, turn) => {
  if (turn > 0) return { content: [{ type: "text", text: "Done." }] };
  const [said] = messages[0]?.content ?? [];
  const isHolding = said?.type === "text" && said.text.includes("hold");
  return {
    content: [
      isHolding
        ? { type: "tool_use", id: "c-hold", name: "hold", input: { line: "a.txt" } }
        : {
            type: "tool_use",
            id: "c-make",
            name: "write_file",
            input: { folder: "Work", path: "a.txt", text: "first" },
          },
    ],
  };
};

let bench: Bench;
let finish: () => void = () => undefined;
afterEach(() => bench.remove());

const file = (): string => path.join(bench.root, "Work", "a.txt");
/** Its call is about a.txt and lasts until `finish`; then it does `effect`. */
const holdTool = (effect: () => void): Tool =>
  tallyTool("hold", "create", path.join(bench.root, "tally"), {
    check: async () => "not-done",
    run: async ({ step }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      effect();
      return { ok: true, value: { content: "held", step } };
    },
  });
const open = (effect: () => void = () => undefined): Promise<Executor> =>
  bench.open({ tools: (ports) => [...createTools(ports), holdTool(effect)] });

/** A file that one run made, a call of another that holds it, and the order to undo the first. */
const setUp = async (effect?: () => void) => {
  bench = await createBench(SCRIPT);
  const executor = await open(effect);
  const made = await runIn(executor, sendTask(bench, executor, "make"), "done");
  expect(readFileSync(file(), "utf8")).toBe("first");
  const holder = sendTask(bench, executor, "hold");
  await until(() => executor.status().live?.step.kind === "hold");
  const undo = sendIntent(bench, executor, { type: "undo", runId: made.id });
  // A later order of another kind is carried out: the undo was reached before it, and waits.
  const later = sendIntent(bench, executor, { type: "pause" });
  await until(() => executor.ledger.handled.has(later));
  expect(executor.ledger.handled.has(undo)).toBe(false);
  expect(readFileSync(file(), "utf8")).toBe("first");
  return { executor, made: made.id, holder, undo };
};
const outcomes = (executor: Executor, id: RunId) =>
  Object.values(runOfId(executor, id)?.undone ?? {}).map(({ outcome, detail }) => ({ outcome, detail }));
const runOfId = (executor: Executor, id: RunId) => {
  const run = executor.ledger.runs.get(id);
  return run === undefined ? undefined : runOf(executor, run.task.id);
};

test("an undo waits for the call that holds its file, and is then done", async () => {
  const { executor, made, undo } = await setUp();
  finish();
  await until(() => executor.ledger.handled.has(undo));
  expect(existsSync(file())).toBe(false);
  await until(() => outcomes(executor, made).length === 1);
  expect(outcomes(executor, made)).toEqual([{ outcome: "undone", detail: undefined }]);
});

test("what that call changed stays, and the undo says why it was not done", async () => {
  const { executor, made, undo } = await setUp(() => writeFileSync(file(), "second"));
  finish();
  await until(() => executor.ledger.handled.has(undo));
  expect(readFileSync(file(), "utf8")).toBe("second");
  await until(() => outcomes(executor, made).length === 1);
  expect(outcomes(executor, made)).toEqual([
    { outcome: "conflict", detail: expect.stringContaining("a.txt") },
  ]);
});

test("[IN1] killed while it waits, it waits again after the start for the call that goes on, and is done once", async () => {
  const { executor, made, holder, undo } = await setUp();
  const [data, asKilled] = [path.join(bench.root, "data"), path.join(bench.root, "as-killed")];
  // A lock of a process that is dead is no lock; this one is alive.
  cpSync(data, asKilled, { recursive: true, filter: (from) => !path.basename(from).startsWith("lock") });
  const call = finish;
  const closing = executor.close();
  call();
  await closing;
  // The disk as the kill left it: what the closing wrote is gone.
  rmSync(data, { recursive: true });
  cpSync(asKilled, data, { recursive: true });
  expect(readFileSync(file(), "utf8")).toBe("first");

  finish = () => undefined;
  const again = await open();
  await until(() => again.status().live?.step.kind === "hold");
  sendIntent(bench, again, { type: "unpause" });
  expect(again.ledger.handled.has(undo)).toBe(false);
  expect(existsSync(file())).toBe(true);
  finish();
  await until(() => again.ledger.handled.has(undo));
  expect(existsSync(file())).toBe(false);
  await until(() => outcomes(again, made).length === 1);
  expect(outcomes(again, made)).toEqual([{ outcome: "undone", detail: undefined }]);
  await runIn(again, holder, "done");
  expect(again.refusals()).toEqual({});
});
