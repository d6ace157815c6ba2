import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { redact, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { readReplies, type Run } from "@deskhand/doc-schema/document";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor, ModelCapabilities } from "../../../../desktop/src/executor/index.ts";
import { createAnthropicModel } from "../../../../desktop/src/executor/models/anthropic.ts";
import {
  startFakeMessagesApi,
  type ApiRequest,
  type ApiScript,
  type FakeMessagesApi,
} from "../../../fixtures/fake-messages-api.ts";
import { createBench, decide, pendingApproval, runIn, runOf, sendTask, until, type Bench } from "./bench.ts";

const KEY = "sk-canary-5678";
/** Longer than the broker takes to start. */
const IDLE_MS = 3_000;

let bench: Bench;
let api: FakeMessagesApi;
beforeEach(async () => {
  bench = await createBench(() => ({ content: [] }));
});
afterEach(async () => {
  await bench.remove();
  await api.close();
});

const open = async (script: ApiScript, capabilities?: ModelCapabilities): Promise<Executor> => {
  api = await startFakeMessagesApi(script);
  const key = redact("model-key", utf8ToBytes(KEY));
  return bench.open({
    model: createAnthropicModel({
      key,
      baseUrl: api.url,
      capabilities,
      clock: systemClock,
      idleMs: IDLE_MS,
    }),
  });
};
/** Waits between tries pass as fast as the test can turn its clock. */
const ended = (executor: Executor, taskId: ReturnType<typeof sendTask>): Promise<Run> =>
  until(
    () => {
      const run = runOf(executor, taskId);
      return run?.state === "done" || run?.state === "failed" ? run : undefined;
    },
    () => bench.clock.advance(500),
  );
const text = (said: string) => ({ type: "text", text: said });
const call = (id: string, name: string, line: string) => ({ type: "tool_use", id, name, input: { line } });

test("several turns with an approval in the middle, over the Messages API", async () => {
  const script: ApiScript = (_request, at) =>
    [
      { content: [text("I look first."), call("t1", "look", "a"), call("t2", "write", "b")] },
      { content: [text("This I want to delete."), call("t3", "drop", "c")] },
    ][at] ?? { content: [text("It is done, all of it.")] };
  const executor = await open(script);
  const taskId = sendTask(bench, executor, "Tidy up");
  decide(bench, executor, await pendingApproval(executor), "allow");
  const run = await runIn(executor, taskId, "done");
  expect(run.usage).toEqual({ inputTokens: 30, outputTokens: 15, turns: 3 });
  expect(bench.tally()).toEqual(["b", "c"]);
  expect(api.requests[0]?.body.system).toContain('"Work" (read and write)');
  expect(api.requests[2]?.body.messages.map(({ role }) => role)).toEqual([
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  expect(api.requests[2]?.body.messages[4]?.content).toEqual([
    { type: "tool_result", tool_use_id: "t3", content: "did c" },
  ]);
  const files = ["ledger.jsonl", "audit.jsonl", `runs/${run.id}.jsonl`];
  for (const file of files)
    expect(readFileSync(path.join(bench.root, "data", file), "utf8")).not.toContain(KEY);
});

test("a small window that a flag told: the conversation is made short before the server refuses it", async () => {
  const isSummary = ({ messages }: ApiRequest): boolean =>
    JSON.stringify(messages.at(-1)).includes("summary");
  const sizes: number[] = [];
  const executor = await open(
    (request, at) => {
      sizes.push(request.messages.length);
      if (isSummary(request)) return { content: [text("Looked at it twice.")] };
      return at < 2
        ? { content: [call(`t${at}`, "look", "a")], inputTokens: 6_000 }
        : { content: [text("Done.")] };
    },
    { contextTokens: 8_000 },
  );
  await runIn(executor, sendTask(bench, executor, "Look around"), "done");
  expect(sizes).toEqual([1, 3, 5, 1]);
  expect(JSON.stringify(api.requests.at(-1)?.body.messages)).toContain("Looked at it twice.");
});

describe("what the service does wrong", () => {
  const OK = { content: [text("Here it is.")] };

  test("401 ends the run with a sentence, after one request", async () => {
    const executor = await open(() => ({ status: 401, errorType: "authentication_error" }));
    const run = await ended(executor, sendTask(bench, executor, "Hello"));
    expect(run).toMatchObject({
      state: "failed",
      error: { type: "key-refused", text: "The model key is refused (401). Check it in settings." },
    });
    expect(api.requests).toHaveLength(1);
  });

  test.each([
    ["429", { status: 429, errorType: "rate_limit_error", headers: { "retry-after": "2" } }],
    ["529", { status: 529, errorType: "overloaded_error" }],
    ["a cut stream", { ...OK, fault: { type: "cut", afterEvents: 4 } }],
    ["a stalled stream", { ...OK, fault: { type: "stall", afterEvents: 4 } }],
    ["an error event", { ...OK, fault: { type: "error-event", afterEvents: 4 } }],
  ] as const)("%s is asked again, and the reply stands there once", async (_name, wrong) => {
    const executor = await open((_request, at) => (at === 0 ? wrong : OK));
    const run = await ended(executor, sendTask(bench, executor, "Hello"));
    expect(run.state).toBe("done");
    expect(run.steps).toMatchObject([{ kind: "retry", outcome: "failed" }]);
    expect(api.requests).toHaveLength(2);
    expect(readReplies(executor.doc, executor.workspace.threadId).entries).toMatchObject([
      { text: "Here it is.", done: true },
    ]);
  });

  test("529 for ever ends after six tries with a sentence", async () => {
    const executor = await open(() => ({ status: 529, errorType: "overloaded_error" }));
    const run = await ended(executor, sendTask(bench, executor, "Hello"));
    expect(run).toMatchObject({ state: "failed", error: { type: "overloaded" } });
    expect(api.requests).toHaveLength(6);
  });

  test.each([
    ["refusal", "model-refused"],
    ["max_tokens", "answer-cut"],
    ["model_context_window_exceeded", "context-full"],
  ])("stop reason %s ends with a sentence", async (stopReason, type) => {
    const executor = await open(() => ({ ...OK, stopReason }));
    const run = await ended(executor, sendTask(bench, executor, "Hello"));
    expect(run).toMatchObject({ state: "failed", error: { type } });
    expect(run.error?.text.length).toBeGreaterThan(20);
  });

  test("stop reason pause_turn is asked again", async () => {
    const executor = await open((_request, at) => (at === 0 ? { ...OK, stopReason: "pause_turn" } : OK));
    const run = await ended(executor, sendTask(bench, executor, "Hello"));
    expect(run.state).toBe("done");
    expect(api.requests[1]?.body.messages.at(-1)?.role).toBe("assistant");
  });
});
