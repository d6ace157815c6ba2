/**
 * Two runs that want the same path and one that asks a question, on a disk that fails at any of its operations: what is
 * written by then is all that the next start knows.
 */
import { afterEach, expect, test } from "vitest";
import {
  addTask,
  parseAction,
  readQuestions,
  rootsOf,
  type TaskId,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import { nodeDisk, type Disk } from "../../../../desktop/src/executor/journal-file.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import type { Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import { createBench, runOf, sendIntent, tallyTool, until, type Bench } from "./bench.ts";

const SCRIPT: Script = ({ messages }, turn) => {
  const [said] = messages[0]?.content ?? [];
  const prompt = said?.type === "text" ? said.text : "";
  if (turn > 0) return { content: [{ type: "text", text: "Done." }] };
  return prompt === "ask"
    ? { content: [{ type: "tool_use", id: "c-ask", name: "ask_person", input: { question: "Which?" } }] }
    : { content: [{ type: "tool_use", id: `c-${prompt}`, name: "write", input: { line: prompt } }] };
};

/** Every call changes one and the same path. */
const writeSame = (tally: string): Tool => {
  const plain = tallyTool("write", "create", tally);
  return {
    ...plain,
    prepare: async (input, context) => {
      const prepared = await plain.prepare(input, context);
      if (!prepared.ok) return prepared;
      const action = parseAction({ ...prepared.value.action, items: [{ path: "same", preimage: null }] });
      return { ok: true, value: { ...prepared.value, ...(action === undefined ? {} : { action }) } };
    },
  };
};

/** Works until its n-th operation, and never again. */
const failingDisk = (failsAt: number): { readonly disk: Disk; readonly hasFailed: () => boolean } => {
  let count = 0;
  const point = (): void => {
    if (count++ >= failsAt) throw new Error("the power is gone");
  };
  return {
    hasFailed: () => count > failsAt,
    disk: {
      write: (file, bytes) => {
        point();
        nodeDisk.write(file, bytes);
      },
      sync: (file) => {
        point();
        nodeDisk.sync(file);
      },
    },
  };
};

let bench: Bench;
afterEach(() => bench.remove());

const isDone = (executor: Executor, id: TaskId): boolean => runOf(executor, id)?.state === "done";
const goOn = (executor: Executor, ids: readonly TaskId[]): boolean => {
  const question = readQuestions(executor.doc).entries.find(({ state }) => state === "pending");
  const isTold = [...executor.ledger.questions.values()].some(({ state }) => state === "answered");
  if (question !== undefined && !isTold && !answered.has(question.id)) {
    answered.add(question.id);
    sendIntent(bench, executor, { type: "answer", questionId: question.id, text: "This one" });
  }
  return ids.every((id) => isDone(executor, id));
};
let answered = new Set<string>();

const newTask = ({ workspace }: Executor, prompt: string): TaskRecord => ({
  id: bench.ids.create("task"),
  createdAt: bench.clock.now(),
  threadId: workspace.threadId,
  prompt,
});
const deliver = ({ doc }: Executor, tasks: readonly TaskRecord[]): void => {
  for (const task of tasks) {
    const { id: taskId, createdAt, threadId, prompt: text } = task;
    const message = { id: bench.ids.create("message"), createdAt, threadId, text, taskId };
    if (!rootsOf(doc).tasks.has(taskId)) addTask(doc, task, message, bench.phone);
  }
};

/** What is on the tally when all is over; undefined: the disk was never asked so often. */
const endOf = async (failsAt: number): Promise<readonly string[] | undefined> => {
  answered = new Set();
  bench = await createBench(SCRIPT, (tally) => [writeSame(tally)]);
  await (await bench.open()).close(); // the workspace is there
  const { disk, hasFailed } = failingDisk(failsAt);
  const first = await bench.open({ disk });
  const tasks = ["a", "ask", "b"].map((prompt) => newTask(first, prompt));
  const ids = tasks.map(({ id }) => id);
  deliver(first, tasks);
  await until(() => first.status().failure !== undefined || goOn(first, ids));
  const failed = hasFailed();
  await first.close();
  const again = await bench.open();
  answered = new Set();
  deliver(again, tasks); // the phone still has what this disk has lost
  await until(() => goOn(again, ids));
  const tally = [...bench.tally()].sort();
  expect([...again.ledger.questions.values()].map(({ state }) => state)).toEqual(["answered"]);
  await bench.remove();
  return failed ? tally : undefined;
};

test("whatever was written last, each effect is there exactly once, and the question is asked and answered once", async () => {
  let points = 0;
  for (let at = 0; at < 400; at += 11) {
    const tally = await endOf(at);
    if (tally === undefined) break;
    points++;
    expect(tally, `failed at operation ${at}`).toEqual(["a", "b"]);
  }
  expect(points).toBeGreaterThan(6);
}, 120_000);
