import { afterEach, describe, expect, test } from "vitest";
import { addIntent, addTask, readMeta, readRuns, type Run, type TaskId } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import type { Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import {
  createBench,
  decide,
  deviceKeys,
  pendingApproval,
  runIn,
  runOf,
  sendIntent,
  sendTask,
  tallyTool,
  until,
  type Bench,
} from "./bench.ts";

/** "slow a" writes "a", once it is let go. */
const SCRIPT: Script = ({ messages }, turn) => {
  const [said] = messages[0]?.content ?? [];
  const [word = "", line = ""] = (said?.type === "text" ? said.text : "").split(" ");
  return turn === 0
    ? { content: [{ type: "tool_use", id: `c-${line}`, name: word, input: { line } }] }
    : { content: [{ type: "text", text: "Done." }] };
};

let bench: Bench;
let letGo = new Map<string, () => void>();
afterEach(async () => {
  for (const go of letGo.values()) go();
  await bench.remove();
});

const openQueue = async (): Promise<Executor> => {
  letGo = new Map();
  bench = await createBench(SCRIPT, (tally) => {
    const slow = tallyTool("slow", "create", tally);
    const waiting: Tool["run"] = async (prepared, context) => {
      await new Promise<void>((resolve) => {
        letGo.set(String(prepared.plan["line"]), resolve);
        context.signal.addEventListener("abort", () => resolve());
      });
      return context.signal.aborted
        ? { ok: false, error: { type: "stopped", text: "Stopped." } }
        : slow.run(prepared, context);
    };
    return [
      { ...slow, run: waiting },
      tallyTool("write", "create", tally),
      tallyTool("drop", "trash", tally),
      tallyTool("fail", "create", tally, { run: async () => ok({ content: "", step: { kind: "fail" } }) }),
    ];
  });
  return bench.open();
};
const go = async (line: string): Promise<void> => (await until(() => letGo.get(line)))();
const placeOf = (executor: Executor, taskId: TaskId): number | null | undefined =>
  runOf(executor, taskId)?.place;
const taken = (executor: Executor, intentId: string): Promise<true> =>
  until(() => executor.ledger.handled.has(intentId));
const refused = (executor: Executor): Promise<string> =>
  new Promise((resolve) => {
    const stop = executor.on((event) => {
      if (event.type !== "refused") return;
      stop();
      resolve(event.word);
    });
  });

describe("several runs at once", () => {
  test("two work side by side, the third waits for a place; the limit is a setting that survives", async () => {
    const executor = await openQueue();
    const [a, b, c] = ["a", "b", "c"].map((line) => sendTask(bench, executor, `slow ${line}`));
    if (a === undefined || b === undefined || c === undefined) throw new Error("no tasks");
    await until(() => letGo.has("a") && letGo.has("b"));
    expect(executor.status().lives.map(({ step }) => step.object)).toEqual(["b", "a"]);
    expect(runOf(executor, c)).toMatchObject({ state: "queued", place: 1 });
    expect(executor.limits.set({ runsAtOnce: 3 }).ok).toBe(true);
    await until(() => letGo.has("c"));
    expect(readMeta(executor.doc)?.limits?.runsAtOnce).toBe(3);
    for (const line of ["c", "a", "b"]) await go(line);
    for (const id of [a, b, c]) await runIn(executor, id, "done");
    expect([...bench.tally()].sort()).toEqual(["a", "b", "c"]);
    await executor.close();
    expect((await bench.open()).limits.get().runsAtOnce).toBe(3);
    expect(executor.limits.set({ runsAtOnce: 0 }).ok).toBe(false);
  });

  test("two that change the same path: the second says what it waits for, looks anew, and then works", async () => {
    const executor = await openQueue();
    const first = sendTask(bench, executor, "slow same");
    await until(() => letGo.has("same"));
    const second = sendTask(bench, executor, "write same");
    await until(() => executor.status().live?.step.kind === "wait");
    expect(executor.status().live?.step.object).toBe("Work/same");
    expect(bench.tally()).toEqual([]);
    await go("same");
    await runIn(executor, first, "done");
    await runIn(executor, second, "done");
    expect(bench.tally()).toEqual(["same", "same"]);
  });

  test("who waits for a lock is stopped at once", async () => {
    const executor = await openQueue();
    sendTask(bench, executor, "slow same");
    await until(() => letGo.has("same"));
    const second = sendTask(bench, executor, "write same");
    await until(() => executor.status().live?.step.kind === "wait");
    sendIntent(bench, executor, { type: "cancel", taskId: second });
    expect((await runIn(executor, second, "cancelled")).steps).toMatchObject([{ outcome: "skipped" }]);
    expect(bench.tally()).toEqual([]);
  });
});

describe("orders of the queue", () => {
  /** Nothing starts, and three tasks stand in the queue. */
  const withThree = async (): Promise<{
    readonly executor: Executor;
    readonly ids: readonly [TaskId, TaskId, TaskId];
  }> => {
    const executor = await openQueue();
    await taken(executor, sendIntent(bench, executor, { type: "pause" }));
    const ids = [
      sendTask(bench, executor, "write a"),
      sendTask(bench, executor, "write b"),
      sendTask(bench, executor, "write c"),
    ] as const;
    await until(() => placeOf(executor, ids[2]) === 3);
    return { executor, ids };
  };
  const unpause = (executor: Executor): string => sendIntent(bench, executor, { type: "unpause" });

  test("pause: what works is finished, nothing new starts, also after a restart, until unpause", async () => {
    const executor = await openQueue();
    const working = sendTask(bench, executor, "slow a");
    await until(() => letGo.has("a"));
    const stale = bench.ids.create("intent");
    await taken(executor, sendIntent(bench, executor, { type: "pause" }));
    const next = sendTask(bench, executor, "write b");
    await until(() => placeOf(executor, next) === 1);
    expect(readMeta(executor.doc)?.pausedAt).toBe(bench.clock.now());
    await go("a");
    await runIn(executor, working, "done");
    await executor.close();
    const again = await bench.open();
    expect(runOf(again, next)?.state).toBe("queued");
    expect(stale < unpause(again)).toBe(true);
    await runIn(again, next, "done");
    expect(readMeta(again.doc)?.pausedAt ?? undefined).toBeUndefined();
  });

  test("reorder: before another one or to the end; the order survives a restart and is what starts", async () => {
    const { executor, ids } = await withThree();
    const [a, b, c] = ids;
    await taken(executor, sendIntent(bench, executor, { type: "reorder", taskId: c, before: a }));
    const last = sendIntent(bench, executor, { type: "reorder", taskId: a });
    await taken(executor, last);
    await until(() => placeOf(executor, c) === 1);
    expect([c, b, a].map((id) => placeOf(executor, id))).toEqual([1, 2, 3]);
    expect(runOf(executor, a)?.intents).toEqual([last]);
    await executor.close();
    const again = await bench.open();
    expect([c, b, a].map((id) => placeOf(again, id))).toEqual([1, 2, 3]);
    again.limits.set({ runsAtOnce: 1 });
    unpause(again);
    await runIn(again, a, "done");
    expect(bench.tally()).toEqual(["c", "b", "a"]);
  });

  test("edit before pick-up: the later text counts whatever comes first, the row says it, and it is what is done", async () => {
    const { executor, ids } = await withThree();
    const [a] = ids;
    const older = bench.ids.create("intent");
    sendIntent(bench, executor, { type: "steer", taskId: a, text: "Be careful" }); // it opens the journal
    const newer = sendIntent(bench, executor, { type: "edit", taskId: a, prompt: "write new" });
    await taken(executor, newer);
    const late = {
      id: older,
      createdAt: bench.clock.now(),
      type: "edit" as const,
      taskId: a,
      prompt: "write old",
    };
    addIntent(executor.doc, late, bench.phone);
    await taken(executor, older);
    expect(runOf(executor, a)?.prompt).toBe("write new");
    unpause(executor);
    await runIn(executor, a, "done");
    expect(bench.tally()).toContain("new");
    expect(bench.tally()).not.toContain("a");
    expect(bench.tally()).not.toContain("old");
  });

  test("what has been picked up is not edited and not moved", async () => {
    const executor = await openQueue();
    const working = sendTask(bench, executor, "slow a");
    await until(() => letGo.has("a"));
    for (const order of [
      { type: "edit", taskId: working, prompt: "write x" },
      { type: "reorder", taskId: working },
    ] as const) {
      const word = refused(executor);
      sendIntent(bench, executor, order);
      expect(await word).toBe("already-started");
    }
    await go("a");
    await runIn(executor, working, "done");
    const word = refused(executor);
    sendIntent(bench, executor, { type: "hold", taskId: working });
    expect(await word).toBe("already-ended");
  });

  test("an order that comes before its task is carried out when the task has come", async () => {
    const executor = await openQueue();
    const word = refused(executor);
    const id = bench.ids.create("task");
    const hold = sendIntent(bench, executor, { type: "hold", taskId: id });
    expect(await word).toBe("unknown-target");
    const { threadId } = executor.workspace;
    const createdAt = bench.clock.now();
    const message = { id: bench.ids.create("message"), createdAt, threadId, text: "write a", taskId: id };
    addTask(executor.doc, { id, createdAt, threadId, prompt: "write a" }, message, bench.phone);
    await taken(executor, hold);
    expect(bench.tally()).toEqual([]);
  });

  test("not before a time, said anew by an edit; null means now", async () => {
    const { executor, ids } = await withThree();
    const [a] = ids;
    const notBefore = bench.clock.now() + 3_600_000;
    await taken(executor, sendIntent(bench, executor, { type: "edit", taskId: a, notBefore }));
    await until(() => runOf(executor, a)?.notBefore === notBefore);
    unpause(executor);
    await runIn(executor, ids[2], "done");
    expect(runOf(executor, a)?.state).toBe("queued");
    bench.clock.advance(3_600_000);
    await runIn(executor, a, "done");
  });

  test("hold: a queued task waits until it is released, also after a restart", async () => {
    const { executor, ids } = await withThree();
    const [a, b] = ids;
    await taken(executor, sendIntent(bench, executor, { type: "hold", taskId: a }));
    unpause(executor);
    await runIn(executor, b, "done");
    await executor.close();
    const again = await bench.open();
    expect(runOf(again, a)).toMatchObject({ state: "queued", heldAt: bench.clock.now() });
    sendIntent(bench, again, { type: "release", taskId: a });
    expect((await runIn(again, a, "done")).heldAt ?? undefined).toBeUndefined();
  });

  test("hold of a run that works: it stops after its step, and goes on where it was when it is released", async () => {
    const executor = await openQueue();
    const working = sendTask(bench, executor, "slow a");
    await until(() => letGo.has("a"));
    await taken(executor, sendIntent(bench, executor, { type: "hold", taskId: working }));
    await go("a");
    expect((await runIn(executor, working, "waiting")).steps).toHaveLength(1);
    await executor.close();
    const again = await bench.open();
    expect(runOf(again, working)?.state).toBe("waiting");
    sendIntent(bench, again, { type: "release", taskId: working });
    await runIn(again, working, "done");
    expect(bench.tally()).toEqual(["a"]);
  });

  test("a held run can be stopped", async () => {
    const { executor, ids } = await withThree();
    await taken(executor, sendIntent(bench, executor, { type: "hold", taskId: ids[0] }));
    sendIntent(bench, executor, { type: "cancel", taskId: ids[0] });
    expect((await runIn(executor, ids[0], "cancelled")).place ?? undefined).toBeUndefined();
  });

  test("after another one: it starts when that is done; when that was stopped it is held, with a sentence", async () => {
    const { executor, ids } = await withThree();
    const [a, b, c] = ids;
    await taken(executor, sendIntent(bench, executor, { type: "edit", taskId: a, after: c }));
    await taken(executor, sendIntent(bench, executor, { type: "edit", taskId: c, after: b }));
    const word = refused(executor);
    sendIntent(bench, executor, { type: "edit", taskId: b, after: a });
    expect(await word).toBe("in-a-circle");
    expect(runOf(executor, a)?.after).toBe(c);
    sendIntent(bench, executor, { type: "cancel", taskId: b });
    unpause(executor);
    const held = await until(() => (runOf(executor, c)?.heldWhy ? runOf(executor, c) : undefined));
    expect(held).toMatchObject({ state: "queued", heldWhy: { type: "after-failed" } });
    expect(runOf(executor, a)?.state).toBe("queued");
    sendIntent(bench, executor, { type: "release", taskId: c });
    await runIn(executor, a, "done");
    expect(bench.tally()).toEqual(["c", "a"]);
  });
});

describe("a new attempt", () => {
  const runsOf = (executor: Executor, taskId: TaskId): readonly Run[] =>
    readRuns(executor.doc).entries.filter((run) => run.taskId === taskId);

  test("[RU1] run again: another run of the same task, also after a cancel; not while one has not ended", async () => {
    const executor = await openQueue();
    const taskId = sendTask(bench, executor, "slow a");
    await until(() => letGo.has("a"));
    const word = refused(executor);
    sendIntent(bench, executor, { type: "run-again", taskId });
    expect(await word).toBe("not-ended");
    sendIntent(bench, executor, { type: "cancel", taskId });
    await runIn(executor, taskId, "cancelled");
    letGo.clear();
    const order = sendIntent(bench, executor, { type: "run-again", taskId });
    await go("a");
    await until(() => runsOf(executor, taskId).some(({ state }) => state === "done"));
    expect(runsOf(executor, taskId).map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, "cancelled"],
      [2, "done"],
    ]);
    await executor.close();
    const again = await bench.open();
    expect(again.ledger.handled.has(order)).toBe(true);
    expect(runsOf(again, taskId)).toHaveLength(2);
  });

  test("continue: what was stopped goes on with what it had done and heard", async () => {
    const executor = await openQueue();
    const taskId = sendTask(bench, executor, "drop a");
    await pendingApproval(executor);
    sendIntent(bench, executor, { type: "cancel", taskId });
    const { id: runId } = await runIn(executor, taskId, "cancelled");
    sendIntent(bench, executor, { type: "continue", runId });
    const next = await until(() => runsOf(executor, taskId).find(({ attempt }) => attempt === 2));
    expect(next).toMatchObject({ continues: runId });
    // The script's second turn follows at once: the first, with its refused call, is remembered.
    await until(() =>
      runsOf(executor, taskId).some(({ attempt, state }) => attempt === 2 && state === "done"),
    );
    expect(bench.tally()).toEqual([]);
    const word = refused(executor);
    sendIntent(bench, executor, { type: "continue", runId });
    expect(await word).toBe("already-started");
  });

  test("run again does nothing with a task that no certified device has signed", async () => {
    const executor = await openQueue();
    const { threadId } = executor.workspace;
    const createdAt = bench.clock.now();
    const foreign = { id: bench.ids.create("task"), createdAt, threadId, prompt: "write b" };
    const message = {
      id: bench.ids.create("message"),
      createdAt,
      threadId,
      text: "write b",
      taskId: foreign.id,
    };
    const unknown = refused(executor);
    addTask(executor.doc, foreign, message, deviceKeys(9));
    expect(await unknown).toBe("unknown-device");
    const word = refused(executor);
    sendIntent(bench, executor, { type: "run-again", taskId: foreign.id });
    expect(await word).toBe("unknown-target");
    expect(bench.tally()).toEqual([]);
  });

  test("an approval that nobody has answered is open in the new attempt anew", async () => {
    const executor = await openQueue();
    const taskId = sendTask(bench, executor, "drop a");
    const first = await pendingApproval(executor);
    sendIntent(bench, executor, { type: "cancel", taskId });
    await runIn(executor, taskId, "cancelled");
    sendIntent(bench, executor, { type: "run-again", taskId });
    const second = await pendingApproval(executor);
    expect(second.id).not.toBe(first.id);
    decide(bench, executor, second, "allow");
    await until(() => runsOf(executor, taskId).some(({ state }) => state === "done"));
    expect(bench.tally()).toEqual(["a"]);
  });
});
