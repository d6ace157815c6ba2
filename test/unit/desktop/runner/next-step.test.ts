import { describe, expect, test } from "vitest";
import { createIdFactory } from "@deskhand/doc-schema/document";
import type { AssistantBlock, StopReason } from "../../../../desktop/src/executor/models/model.ts";
import type { RunEvent } from "../../../../desktop/src/executor/runner/events.ts";
import {
  MAX_TURNS,
  nextStep,
  type NextStep,
  type Standing,
} from "../../../../desktop/src/executor/runner/next-step.ts";
import type { Effect } from "../../../../desktop/src/executor/tools/tool.ts";
import { NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(3) });
const approvalId = ids.create("approval");
const stepId = ids.create("step");
const at = NOW;

const tools = new Map<string, { effect: Effect }>([
  ["read", { effect: "read" }],
  ["write", { effect: "create" }],
]);
const next = (events: readonly RunEvent[], standing: Standing = "pending"): NextStep =>
  nextStep(events, { tools, standing: () => standing, answerOf: () => undefined });

const began: RunEvent = {
  type: "began",
  at,
  runId: ids.create("run"),
  taskId: ids.create("task"),
  replyId: ids.create("reply"),
  prompt: "Do it",
  locale: "en",
  model: "Script",
};
const call = (id: string, name = "write"): AssistantBlock => ({ type: "tool_use", id, name, input: {} });
const turn = (
  content: readonly AssistantBlock[],
  seen: number,
  stopReason: StopReason = "tool_use",
): RunEvent => ({
  type: "turn",
  at,
  seen,
  content: [...content],
  stopReason,
  usage: { inputTokens: 1, outputTokens: 1 },
});
const result = (callId: string): RunEvent => ({
  type: "result",
  at,
  callId,
  stepId,
  content: `did ${callId}`,
  isError: false,
  outcome: "done",
  step: { kind: "write" },
});
const start = (callId: string, asked = false): RunEvent => ({
  type: "start",
  at,
  callId,
  stepId,
  prepared: { plan: {}, step: { kind: "write" } },
  ...(asked ? { approvalId } : {}),
});
const asked: RunEvent = { type: "asked", at, callId: "c1", approvalId };
const cancel: RunEvent = { type: "cancel", at };
const done: AssistantBlock = { type: "text", text: "Done." };

describe("what comes next", () => {
  test("at first the model, with the prompt", () => {
    expect(next([began])).toEqual({
      type: "model",
      seen: 1,
      messages: [{ role: "user", content: [{ type: "text", text: "Do it" }] }],
    });
  });

  test("calls that read go together, a call that changes goes alone", () => {
    const calls = [call("c1", "read"), call("c2", "read"), call("c3"), call("c4")];
    const events = [began, turn(calls, 1)];
    expect(next(events)).toMatchObject({
      type: "tools",
      calls: [{ call: { id: "c1" } }, { call: { id: "c2" } }],
    });
    expect(next([...events, result("c1"), result("c2")])).toMatchObject({
      type: "tools",
      calls: [{ call: { id: "c3" } }],
    });
  });

  test("results in the order of the calls, then what the person said meanwhile", () => {
    const steer: RunEvent = { type: "steer", at, intentId: "i1", text: "Faster" };
    const events = [began, turn([call("c1"), call("c2")], 1), result("c2"), steer, steer, result("c1")];
    const step = next(events);
    expect(step.type === "model" && step.messages.at(-1)?.content).toEqual([
      { type: "tool_result", tool_use_id: "c1", content: "did c1" },
      { type: "tool_result", tool_use_id: "c2", content: "did c2" },
      { type: "text", text: "Faster" },
    ]);
  });

  test("what was said while a request was in flight goes into the next message", () => {
    const steer: RunEvent = { type: "steer", at, intentId: "i1", text: "And this" };
    const step = next([began, steer, turn([done], 1, "end_turn")]);
    expect(step.type === "model" && step.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "user",
    ]);
    expect(step.type === "model" && step.messages.at(-1)?.content).toEqual([
      { type: "text", text: "And this" },
    ]);
  });

  test("a pending approval parks, an allow goes on, a no is a result", () => {
    const events = [began, turn([call("c1")], 1), asked];
    expect(next(events, "pending")).toEqual({ type: "park", for: { approvalId } });
    expect(next(events, "allowed")).toMatchObject({ type: "tools", calls: [{ approvalId }] });
    expect(next(events, "denied")).toMatchObject({ type: "refuse", word: "denied" });
    expect(next(events, "expired")).toMatchObject({ type: "refuse", word: "expired" });
    expect(next(events, "withdrawn")).toMatchObject({ type: "tools", calls: [{ call: { id: "c1" } }] });
  });

  test("a start without a result is recovered; one whose approval was not spent had not begun", () => {
    expect(next([began, turn([call("c1")], 1), start("c1")])).toMatchObject({
      type: "recover",
      mayRun: true,
    });
    const events = [began, turn([call("c1")], 1), asked, start("c1", true)];
    expect(next(events, "spent")).toMatchObject({ type: "recover" });
    expect(next(events, "allowed")).toMatchObject({ type: "tools", calls: [{ approvalId }] });
    expect(next(events, "denied")).toMatchObject({ type: "refuse", word: "denied" });
  });

  test("after a cancel open calls get their result, nothing runs, and the run ends as cancelled", () => {
    const events = [began, turn([call("c1"), call("c2")], 1), cancel];
    expect(next(events)).toMatchObject({ type: "refuse", word: "cancelled", call: { id: "c1" } });
    expect(next([...events, start("c1")])).toMatchObject({ type: "recover", mayRun: false });
    expect(next([...events, result("c1"), result("c2")])).toEqual({ type: "done", state: "cancelled" });
  });

  test("a tool that does not exist is a result, not a crash", () => {
    expect(next([began, turn([call("c1", "fly")], 1)])).toMatchObject({
      type: "refuse",
      word: "unknown-tool",
    });
  });

  test.each([
    ["end_turn", { type: "done", state: "done" }],
    ["stop_sequence", { type: "done", state: "done" }],
    ["max_tokens", { type: "done", state: "failed", word: "answer-cut" }],
    ["refusal", { type: "done", state: "failed", word: "model-refused" }],
    ["model_context_window_exceeded", { type: "done", state: "failed", word: "context-full" }],
  ] as const)("stop reason %s", (stopReason, expected) => {
    expect(next([began, turn([done], 1, stopReason)])).toEqual(expected);
  });

  test("stop reason pause_turn asks again, with the assistant's own blocks last", () => {
    const step = next([began, turn([done], 1, "pause_turn")]);
    expect(step.type === "model" && step.messages.at(-1)).toEqual({ role: "assistant", content: [done] });
  });

  test("a call that was cut off by max_tokens is not made", () => {
    expect(next([began, turn([call("c1")], 1, "max_tokens")])).toMatchObject({
      type: "done",
      word: "answer-cut",
    });
  });

  test("fifty turns are enough", () => {
    const events: RunEvent[] = [began];
    for (let n = 0; n < MAX_TURNS; n++) events.push(turn([call(`c${n}`)], events.length), result(`c${n}`));
    expect(next(events)).toEqual({ type: "done", state: "failed", word: "too-many-turns" });
    expect(next(events.slice(0, -2)).type).toBe("model");
  });

  test("what the model port gave up on ends the run with its sentence", () => {
    const failure = { type: "key-refused", text: "Check the key." };
    expect(next([began, { type: "gave-up", at, failure }])).toEqual({
      type: "done",
      state: "failed",
      failure,
    });
  });

  test("an ended run stays ended", () => {
    expect(next([began, turn([done], 1, "end_turn"), { type: "end", at, state: "done" }])).toEqual({
      type: "done",
      state: "done",
    });
  });
});
