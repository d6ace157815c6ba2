import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { redact, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { checkModelKey, type KeyCheck } from "../../../../desktop/src/executor/models/model-list.ts";
import type { ModelError } from "../../../../desktop/src/executor/models/model.ts";
import type { Result } from "@deskhand/doc-schema/wire";

const KEY = "sk-canary-5678";
type Answer = { readonly status: number; readonly body: object };
const seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  seen.length = 0;
});

const check = async (answer: (url: string) => Answer): Promise<Result<KeyCheck, ModelError>> => {
  server = createServer((request, response) => {
    seen.push({ url: request.url ?? "", headers: request.headers });
    const { status, body } = answer(request.url ?? "");
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return checkModelKey(
    { key: redact("model-key", utf8ToBytes(KEY)), baseUrl: `http://127.0.0.1:${port}` },
    "some-model",
  );
};
const failed = (status: number, type: string): Answer => ({
  status,
  body: { type: "error", error: { type, message: type } },
});
const listed = (data: readonly object[], has_more = false): Answer => ({
  status: 200,
  body: { data, has_more, first_id: null, last_id: "m1" },
});

describe("the check of a key", () => {
  test("a list that never ends is cut", async () => {
    let pages = 0;
    const checked = await check(() =>
      listed(
        Array.from({ length: 100 }, (_, at) => ({ id: `m${pages++ * 100 + at}` })),
        true,
      ),
    );
    expect(checked.ok && checked.value.models?.length).toBe(1_000);
  });

  test("a list: names and sizes as far as the server says them, without what is going away", async () => {
    const checked = await check(() =>
      listed([
        { id: "m1", display_name: "Model One", lifecycle: "active", max_input_tokens: 1000, max_tokens: 100 },
        { id: "old", display_name: "Old", lifecycle: "deprecated" },
        { id: "plain" },
        { id: "vague", max_input_tokens: 0, max_tokens: null },
        { id: "odd", max_input_tokens: -5, max_tokens: 1.5 },
      ]),
    );
    expect(checked).toEqual({
      ok: true,
      value: {
        models: [
          { id: "m1", name: "Model One", contextTokens: 1000, outputTokens: 100 },
          { id: "plain", name: "plain" },
          { id: "vague", name: "vague" },
          { id: "odd", name: "odd" },
        ],
      },
    });
    expect(seen[0]?.headers["x-api-key"]).toBe(KEY);
    expect(seen.every(({ url }) => !url.includes(KEY))).toBe(true);
  });

  test("a list of several pages is read to its end", async () => {
    const checked = await check((url) =>
      url.includes("after_id") ? listed([{ id: "m2" }]) : listed([{ id: "m1" }], true),
    );
    expect(checked.ok && checked.value.models?.map(({ id }) => id)).toEqual(["m1", "m2"]);
  });

  test("a server without a list is asked for one token; then the models are not known", async () => {
    const message = {
      id: "x",
      type: "message",
      role: "assistant",
      content: [],
      model: "some-model",
      stop_reason: "max_tokens",
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    const checked = await check((url) =>
      url.startsWith("/v1/messages") ? { status: 200, body: message } : failed(404, "not_found_error"),
    );
    expect(checked).toEqual({ ok: true, value: {} });
  });

  test.each([
    [401, "authentication_error", "key-refused"],
    [403, "permission_error", "not-allowed"],
    [500, "api_error", "overloaded"],
  ])("%i is told as such", async (status, type, word) => {
    const checked = await check(() => failed(status, type));
    expect(checked).toMatchObject({ ok: false, error: { type: word } });
  });

  test("a key that a server without a list refuses is refused", async () => {
    const checked = await check((url) =>
      url.startsWith("/v1/messages") ? failed(401, "authentication_error") : failed(404, "not_found_error"),
    );
    expect(checked).toMatchObject({ ok: false, error: { type: "key-refused" } });
  });

  test("nobody answers: the network, not the key", async () => {
    const checked = await checkModelKey(
      { key: redact("model-key", utf8ToBytes(KEY)), baseUrl: "http://127.0.0.1:1" },
      "some-model",
    );
    expect(checked).toMatchObject({ ok: false, error: { type: "connection" } });
  });
});
