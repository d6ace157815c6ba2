import { afterEach, describe, expect, test } from "vitest";
import { readApprovals, readArtifacts, readReplies } from "@deskhand/doc-schema/document";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
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

const call = (id: string, name: string, line: string) => ({
  type: "tool_use" as const,
  id,
  name,
  input: { line },
});
const text = (said: string) => ({ type: "text" as const, text: said });

/** look + write, then drop (which asks), then a sentence. */
const SCRIPT: Script = (_request, turn) =>
  [
    { content: [text("First I look."), call("c1", "look", "a"), call("c2", "write", "b")] },
    { content: [text("Now I delete c."), call("c3", "drop", "c")] },
  ][turn] ?? { content: [text("All is done.")] };

let bench: Bench;
afterEach(() => bench.remove());

describe("a run", () => {
  test("goes through its turns, waits for the person, and ends with reply, steps and usage", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    const approval = await pendingApproval(executor);
    expect(approval).toMatchObject({ risk: "medium", reversible: "undo", reason: "Now I delete c." });
    expect((await runIn(executor, taskId, "waiting")).approvalId).toBe(approval.id);
    expect(bench.tally()).toEqual(["b"]);
    decide(bench, executor, approval, "allow");
    const run = await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["b", "c"]);
    expect(run.steps.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "look done",
      "write done",
      "drop done",
    ]);
    expect(run.steps[2]).toMatchObject({ approvalId: approval.id, undoable: true });
    expect(run.usage).toEqual({ inputTokens: 30, outputTokens: 15, turns: 3 });
    expect(run.summary).toBe("All is done.");
    expect(readReplies(executor.doc, executor.workspace.threadId).entries).toMatchObject([
      { runId: run.id, text: "First I look.\n\nNow I delete c.\n\nAll is done.", done: true },
    ]);
    expect(readApprovals(executor.doc).entries).toMatchObject([
      { state: "allowed", resolvedBy: bench.phone.deviceId },
    ]);
    expect(readArtifacts(executor.doc).entries).toEqual([]);
  });

  test("a denied call is not done and the model is told so", async () => {
    const heard: string[] = [];
    bench = await createBench((request, turn) => {
      const last = request.messages.at(-1)?.content[0];
      if (last?.type === "tool_result") heard.push(last.content);
      return SCRIPT(request, turn);
    });
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    decide(bench, executor, await pendingApproval(executor), "deny");
    const run = await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["b"]);
    expect(run.steps[2]).toMatchObject({ kind: "drop", outcome: "denied" });
    expect(heard.at(-1)).toMatch(/said no/);
  });

  test("an approval that nobody answers expires after a day, and nothing was done", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    const approval = await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    bench.clock.advance(24 * 3600 * 1000);
    await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["b"]);
    expect(readApprovals(executor.doc).entries).toMatchObject([{ id: approval.id, state: "expired" }]);
  });

  test("[AP2] when the action changed meanwhile, the old question is withdrawn and a new one asked", async () => {
    let preimage = "1:1:1";
    bench = await createBench(SCRIPT, (tally) => {
      const drop = tallyTool("drop", "trash", tally);
      const changing = tallyTool("drop", "trash", tally, {
        prepare: async (input, context) => {
          const prepared = await drop.prepare(input, context);
          if (!prepared.ok || prepared.value.action === undefined) return prepared;
          const [item] = prepared.value.action.items;
          const action = { ...prepared.value.action, items: [{ path: item?.path ?? "", preimage }] };
          return { ok: true, value: { ...prepared.value, action } };
        },
      });
      return [tallyTool("look", "read", tally), tallyTool("write", "create", tally), changing];
    });
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    const first = await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    preimage = "1:2:2";
    decide(bench, executor, first, "allow");
    const second = await until(() =>
      readApprovals(executor.doc).entries.find(({ id, state }) => state === "pending" && id !== first.id),
    );
    expect(bench.tally()).toEqual(["b"]);
    expect(readApprovals(executor.doc).entries.find(({ id }) => id === first.id)?.state).toBe("withdrawn");
    decide(bench, executor, second, "allow");
    await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual(["b", "c"]);
  });

  test("steering comes after the tool results, in the next message", async () => {
    const seen: string[][] = [];
    bench = await createBench((request, turn) => {
      seen.push((request.messages.at(-1)?.content ?? []).map((block) => block.type));
      return SCRIPT(request, turn);
    });
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    const approval = await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    sendIntent(bench, executor, { type: "steer", taskId, text: "Be quick" });
    decide(bench, executor, approval, "allow");
    await runIn(executor, taskId, "done");
    expect(seen).toEqual([["text"], ["tool_result", "tool_result"], ["tool_result", "text"]]);
  });

  test("[T52] the eleventh question ends the run with a sentence", async () => {
    bench = await createBench((_request, turn) => ({ content: [call(`c${turn}`, "drop", `f${turn}`)] }));
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Delete and delete");
    const answered = new Set<string>();
    const run = await until(() => {
      for (const approval of readApprovals(executor.doc).entries)
        if (!answered.has(approval.id)) {
          answered.add(approval.id);
          decide(bench, executor, approval, "allow");
        }
      const found = runOf(executor, taskId);
      return found?.state === "failed" ? found : undefined;
    });
    expect(run.error?.type).toBe("too-many-approvals");
    expect(answered.size).toBe(10);
    expect(bench.tally()).toHaveLength(10);
  });

  test("a model in circles is ended after 50 rounds", async () => {
    bench = await createBench((_request, turn) => ({ content: [call(`c${turn}`, "look", "x")] }));
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Look around");
    expect((await runIn(executor, taskId, "failed")).error?.type).toBe("too-many-turns");
  });

  test("a tool that throws fails its step, not the executor", async () => {
    bench = await createBench(SCRIPT, (tally) => [
      tallyTool("look", "read", tally, { run: () => Promise.reject(new Error("a bug")) }),
      tallyTool("write", "create", tally),
      tallyTool("drop", "trash", tally),
    ]);
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Tidy up");
    decide(bench, executor, await pendingApproval(executor), "allow");
    const run = await runIn(executor, taskId, "done");
    expect(run.steps[0]).toMatchObject({ kind: "look", outcome: "failed" });
    expect(run.steps[0]?.detail).toContain("a bug");
  });

  test("while stopped, tasks stand in the queue with their places", async () => {
    bench = await createBench(SCRIPT);
    const executor = await bench.open();
    executor.stopAll();
    const first = sendTask(bench, executor, "One");
    const second = sendTask(bench, executor, "Two");
    const run = await until(() => {
      const found = runOf(executor, second);
      return found?.place === 2 ? found : undefined;
    });
    expect(run.state).toBe("queued");
    expect(runOf(executor, first)?.place).toBe(1);
  });
});
