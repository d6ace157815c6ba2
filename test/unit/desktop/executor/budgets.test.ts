import { afterEach, describe, expect, test } from "vitest";
import { readApprovals, readMeta, type Approval, type Run } from "@deskhand/doc-schema/document";
import { renderApproval } from "@deskhand/doc-schema/views";
import { LIMITS, type LimitChanges } from "../../../../desktop/src/executor/limits.ts";
import { createScriptedModel, type Script } from "../../../../desktop/src/executor/models/scripted.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import {
  actionOf,
  createBench,
  decide,
  pendingApproval,
  runIn,
  runOf,
  sendTask,
  until,
  type Bench,
} from "./bench.ts";

const ROUNDS = 4;
const write = (id: string, line: string) => ({
  type: "tool_use" as const,
  id,
  name: "write",
  input: { line },
});
/** Each turn takes 100 tokens and writes one file. */
const SCRIPT: Script = ({ messages }, turn) => {
  const [said] = messages[0]?.content ?? [];
  const prompt = said?.type === "text" ? said.text : "";
  const usage = { inputTokens: 80, outputTokens: 20 };
  return turn < ROUNDS
    ? { content: [write(`${prompt}-${turn}`, `${prompt}-${turn}`)], usage }
    : { content: [{ type: "text", text: "Done." }], usage };
};
/** A token costs a cent, a turn a dollar. */
const model = {
  ...createScriptedModel(SCRIPT),
  priceOf: ({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }) =>
    (inputTokens + outputTokens) * 10_000,
};

let bench: Bench;
afterEach(() => bench.remove());
const opened = async (changes: LimitChanges): Promise<Executor> => {
  bench = await createBench(SCRIPT);
  const executor = await bench.open({ model });
  expect(executor.limits.set(changes).ok).toBe(true);
  return executor;
};
const nextApproval = (executor: Executor, before: Approval): Promise<Approval> =>
  until(() =>
    readApprovals(executor.doc).entries.find(({ id, state }) => state === "pending" && id !== before.id),
  );
const FREE = { microDollars: null, tokens: null, steps: null, minutes: null, files: null };

describe("budgets", () => {
  test("tokens and money are counted in the run's row and for the day", async () => {
    const executor = await opened({ perRun: FREE, perDay: FREE });
    const run = await runIn(executor, sendTask(bench, executor, "One"), "done");
    expect(run.usage).toEqual({ inputTokens: 400, outputTokens: 100, turns: 5, microDollars: 5_000_000 });
    await runIn(executor, sendTask(bench, executor, "Two"), "done");
    expect(readMeta(executor.doc)?.today?.used).toMatchObject({
      tokens: 1000,
      microDollars: 10_000_000,
      steps: 8,
      files: 8,
    });
  });

  test.each([
    ["microDollars", 2_000_000, "$2.00", 1],
    ["tokens", 200, "200 tokens", 1],
    ["steps", 2, "2 steps", 2],
    ["files", 2, "2 files", 2],
  ] as const)(
    "%s: at the limit the person is asked for as much again, and the run goes on",
    async (kind, limit, shown, done) => {
      const executor = await opened({ perRun: { ...FREE, [kind]: limit }, perDay: FREE });
      const taskId = sendTask(bench, executor, "One");
      const first = await pendingApproval(executor);
      await runIn(executor, taskId, "waiting");
      expect(bench.tally()).toHaveLength(done);
      const card = renderApproval(actionOf(first), first, "en");
      expect(card.heading).toBe(`Use up to ${shown} more?`);
      expect(renderApproval(actionOf(first), first, "zh-Hant").heading).toMatch(/^要再用最多/);
      decide(bench, executor, first, "allow");
      const second = await nextApproval(executor, first);
      expect(actionOf(second)).toMatchObject({
        kind: "budget",
        limit: kind,
        per: "run",
        used: limit * 2,
        more: limit,
      });
      await executor.close();
      const again = await bench.open({ model });
      decide(bench, again, second, "allow");
      await runIn(again, taskId, "done");
      expect(bench.tally()).toEqual(Array.from({ length: ROUNDS }, (_, turn) => `One-${turn}`));
    },
  );

  test("[T56] a no ends the run with a plain sentence, and nothing more was done", async () => {
    const executor = await opened({ perRun: { ...FREE, steps: 2 } });
    const taskId = sendTask(bench, executor, "One");
    decide(bench, executor, await pendingApproval(executor), "deny");
    const run: Run = await runIn(executor, taskId, "failed");
    expect(run.error).toMatchObject({ type: "over-budget" });
    expect(run.error?.text).toMatch(/What is done stays done/);
    expect(bench.tally()).toHaveLength(2);
  });

  test("working time counts, waiting for a person does not", async () => {
    const executor = await opened({ perRun: { ...FREE, steps: 2, minutes: 30 }, perDay: FREE });
    const taskId = sendTask(bench, executor, "One");
    const approval = await pendingApproval(executor);
    await runIn(executor, taskId, "waiting");
    bench.clock.advance(10 * 3_600_000);
    decide(bench, executor, approval, "allow");
    const next = await nextApproval(executor, approval);
    expect(actionOf(next)).toMatchObject({ limit: "steps" });
  });

  test("[T56] the day's budget is that of all runs together, survives a restart, and is new the next day", async () => {
    const executor = await opened({ perRun: FREE, perDay: { ...FREE, tokens: 600 } });
    await runIn(executor, sendTask(bench, executor, "One"), "done");
    await executor.close();
    const again = await bench.open({ model });
    const second = sendTask(bench, again, "Two");
    const approval = await pendingApproval(again);
    expect(actionOf(approval)).toMatchObject({ per: "day", limit: "tokens", used: 600, more: 600 });
    decide(bench, again, approval, "deny");
    await runIn(again, second, "failed");
    bench.clock.advance(24 * 3_600_000);
    await runIn(again, sendTask(bench, again, "Three"), "done");
    expect(runOf(again, second)?.state).toBe("failed");
  });

  test("limits that make no sense are refused", () => {
    for (const changes of [
      { runsAtOnce: 9 },
      { runsAtOnce: 1.5 },
      { perRun: { tokens: -1 } },
      { perDay: { steps: "x" } },
    ])
      expect(LIMITS.safeParse(changes).success).toBe(false);
  });
});
