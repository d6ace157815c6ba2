import { afterEach, describe, expect, test } from "vitest";
import { redact, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import type { Result } from "@deskhand/doc-schema/wire";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import {
  createAnthropicModel,
  DEFAULT_MODEL,
  type AnthropicOptions,
} from "../../../../desktop/src/executor/models/anthropic.ts";
import { loadModelKey } from "../../../../desktop/src/executor/models/model-key.ts";
import type { Model, ModelError, Turn, TurnRequest } from "../../../../desktop/src/executor/models/model.ts";
import {
  startFakeMessagesApi,
  type ApiAnswer,
  type FakeMessagesApi,
} from "../../../fixtures/fake-messages-api.ts";

const REQUEST: TurnRequest = {
  system: "Be brief.",
  tools: [{ name: "look", description: "Looks.", inputSchema: { type: "object", properties: {} } }],
  messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
  locale: "en",
};
const CANARY = "sk-canary-1234";

let api: FakeMessagesApi | undefined;
const models: Model[] = [];
const createModel = (options: Omit<AnthropicOptions, "key" | "clock">): Model => {
  const key = redact("model-key", utf8ToBytes(CANARY));
  const model = createAnthropicModel({ ...options, key, clock: systemClock });
  models.push(model);
  return model;
};
afterEach(async () => {
  for (const model of models.splice(0)) model.close?.();
  await api?.close();
  api = undefined;
});

const ask = async (
  said: ApiAnswer,
  options: {
    readonly request?: TurnRequest;
    readonly idleMs?: number;
    readonly signal?: AbortSignal;
    readonly onText?: () => void;
  } = {},
): Promise<{ readonly turn: Result<Turn, ModelError>; readonly streamed: string }> => {
  api = await startFakeMessagesApi(() => said);
  const model = createModel({ baseUrl: api.url, idleMs: options.idleMs });
  let streamed = "";
  const turn = await model.turn(options.request ?? REQUEST, {
    signal: options.signal ?? new AbortController().signal,
    onText: (delta) => {
      streamed += delta;
      options.onText?.();
    },
  });
  return { turn, streamed };
};
const errorOf = async (said: ApiAnswer, idleMs?: number): Promise<Partial<ModelError>> => {
  const { turn } = await ask(said, idleMs === undefined ? {} : { idleMs });
  if (turn.ok) throw new Error("a turn came");
  return turn.error;
};

describe("a turn", () => {
  test("comes whole: text, tool calls, and other blocks byte for byte", async () => {
    const thinking = { type: "thinking", thinking: "Hm, let me think about it.", signature: "c2lnbmF0dXJl" };
    const content = [
      thinking,
      { type: "text", text: "I will look at it now." },
      { type: "tool_use", id: "toolu_1", name: "look", input: { path: "a/b", depth: 2 } },
    ];
    const { turn, streamed } = await ask({ content });
    expect(turn).toEqual({
      ok: true,
      value: {
        content: [
          { type: "opaque", block: thinking },
          { type: "text", text: "I will look at it now." },
          { type: "tool_use", id: "toolu_1", name: "look", input: { path: "a/b", depth: 2 } },
        ],
        stopReason: "tool_use",
        usage: { inputTokens: 10, outputTokens: 5 },
      },
    });
    expect(streamed).toBe("I will look at it now.");
  });

  test("goes out as the API takes it, opaque blocks as they came", async () => {
    const block = { type: "thinking", thinking: "Hm.", signature: "c2ln" };
    const messages: TurnRequest["messages"] = [
      ...REQUEST.messages,
      {
        role: "assistant",
        content: [
          { type: "opaque", block },
          { type: "tool_use", id: "t1", name: "look", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "No.", is_error: true }] },
    ];
    await ask({ content: [{ type: "text", text: "Ok." }] }, { request: { ...REQUEST, messages } });
    const sent = api?.requests[0];
    expect(sent?.body).toMatchObject({
      model: DEFAULT_MODEL,
      system: "Be brief.",
      tools: [{ name: "look", input_schema: { type: "object", properties: {} } }],
      messages: [
        messages[0],
        { role: "assistant", content: [block, { type: "tool_use", id: "t1", name: "look", input: {} }] },
        messages[2],
      ],
    });
    expect(Object.keys(sent?.body ?? {})).not.toEqual(expect.arrayContaining(["temperature"]));
    expect(sent?.headers["x-api-key"]).toBe(CANARY);
    expect(sent?.headers["authorization"]).toBe(`Bearer ${CANARY}`);
  });

  test.each([
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
  ])("keeps the stop reason %s", async (stopReason) => {
    const { turn } = await ask({ content: [{ type: "text", text: "Hm." }], stopReason });
    expect(turn).toMatchObject({ ok: true, value: { stopReason } });
  });

  test("with a stop reason that nobody knows is an error with a sentence", async () => {
    expect(await errorOf({ content: [], stopReason: "boredom" })).toMatchObject({
      type: "bad-request",
      retry: false,
      text: expect.stringContaining("boredom"),
    });
  });
});

describe("an error", () => {
  test.each([
    [400, "invalid_request_error", "bad-request", false],
    [401, "authentication_error", "key-refused", false],
    [403, "permission_error", "not-allowed", false],
    [404, "not_found_error", "not-allowed", false],
    [413, "request_too_large", "too-large", false],
    [429, "rate_limit_error", "rate-limited", true],
    [500, "api_error", "overloaded", true],
    [529, "overloaded_error", "overloaded", true],
  ] as const)("%d is %s", async (status, errorType, type, retry) => {
    expect(await errorOf({ status, errorType })).toMatchObject({ type, retry });
    expect(api?.requests).toHaveLength(1); // the SDK does not ask again
  });

  test("401 says where to look", async () => {
    expect((await errorOf({ status: 401, errorType: "authentication_error" })).text).toBe(
      "The model key is refused (401). Check it in settings.",
    );
  });

  test("429 carries the server's wait", async () => {
    const said = { status: 429, errorType: "rate_limit_error", headers: { "retry-after": "7" } };
    expect(await errorOf(said)).toMatchObject({ retryAfter: 7 });
  });

  test("a prompt that is too long is too large", async () => {
    const said = {
      status: 400,
      errorType: "invalid_request_error",
      message: "prompt is too long: 300000 tokens",
    };
    expect(await errorOf(said)).toMatchObject({ type: "too-large" });
  });

  const content = [{ type: "text", text: "A long answer that does not come to its end." }];
  test("a stream that is cut gives no turn", async () => {
    expect(await errorOf({ content, fault: { type: "cut", afterEvents: 4 } })).toMatchObject({
      type: "connection",
      retry: true,
    });
  });
  test("an error event in mid-stream counts by its type", async () => {
    expect(await errorOf({ content, fault: { type: "error-event", afterEvents: 4 } })).toMatchObject({
      type: "overloaded",
      retry: true,
    });
  });
  test("a stream that stalls is given up", async () => {
    expect(await errorOf({ content, fault: { type: "stall", afterEvents: 4 } }, 2_000)).toMatchObject({
      type: "stalled",
      retry: true,
    });
  });
  test("a server that is not there", async () => {
    const model = createModel({ baseUrl: "http://127.0.0.1:9" });
    const turn = await model.turn(REQUEST, { signal: new AbortController().signal, onText: () => undefined });
    expect(turn).toMatchObject({ ok: false, error: { type: "connection", retry: true } });
  });
  test("what was stopped by us is no failure of the service", async () => {
    const controller = new AbortController();
    const said = { content, fault: { type: "stall" as const, afterEvents: 4 } };
    const { turn } = await ask(said, { signal: controller.signal, onText: () => controller.abort() });
    expect(turn).toMatchObject({
      error: { type: "aborted", retry: false },
    });
  });
});

describe("the key", () => {
  const store = (stored?: string) => ({
    load: async () => ({ ok: true as const, value: stored === undefined ? undefined : utf8ToBytes(stored) }),
    save: async () => ({ ok: true as const, value: undefined }),
  });
  test("comes from the environment, else from the secret store, and does not print", async () => {
    const fromEnv = await loadModelKey({ ANTHROPIC_API_KEY: CANARY }, store("other"));
    const fromStore = await loadModelKey({}, store(CANARY));
    expect(`${JSON.stringify(fromEnv)} ${JSON.stringify(fromStore)}`).not.toContain(CANARY);
    expect([
      fromEnv.ok && fromEnv.value !== undefined,
      fromStore.ok && fromStore.value !== undefined,
    ]).toEqual([true, true]);
    expect(await loadModelKey({}, store())).toEqual({ ok: true, value: undefined });
  });
});

describe("what a server can do", () => {
  test("flags decide: cache, tokens of a turn, window; another server gets neither cache nor prices by itself", async () => {
    api = await startFakeMessagesApi(() => ({ content: [{ type: "text", text: "Yes." }] }));
    const server = { baseUrl: api.url };
    const plain = createModel(server);
    expect([plain.contextTokens, plain.priceOf]).toEqual([200_000, undefined]);
    const told = createModel({
      ...server,
      capabilities: { caches: true, contextTokens: 32_000, outputTokens: 4_000, previews: false },
    });
    expect([told.contextTokens, told.hasPreviews]).toEqual([32_000, false]);
    const small = createModel({ ...server, capabilities: { contextTokens: 8_000 } });
    for (const model of [plain, told, small])
      await model.turn(REQUEST, { signal: new AbortController().signal, onText: () => undefined });
    expect(api.requests.map(({ body }) => body)).toMatchObject([
      { max_tokens: 16_000 },
      { max_tokens: 4_000 },
      { max_tokens: 2_000 }, // the rest of a small window is for what it reads
    ]);
    expect(api.requests.map(({ body }) => "cache_control" in body)).toEqual([false, true, false]);
    const own = createModel({});
    expect(own.contextTokens).toBe(200_000);
    expect(own.priceOf?.({ inputTokens: 1_000_000, outputTokens: 0 }, Date.parse("2026-11-21"))).toBe(
      2_000_000,
    );
  });

  test("stop reasons of features that were not asked for end with a plain sentence", async () => {
    const { turn } = await ask({ content: [], stopReason: "compaction" });
    expect(turn).toMatchObject({ ok: false, error: { type: "bad-request", retry: false } });
  });
});
