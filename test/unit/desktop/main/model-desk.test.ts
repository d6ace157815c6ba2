/** What the window does with a model's key: kept only when its server took it, and in no file but the secret's. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClearSecretStore, type SecretStore } from "../../../../desktop/src/executor/index.ts";
import { chooseModel, loadModelChoice } from "../../../../desktop/src/host/model-choice.ts";
import { parseSettings } from "../../../../desktop/src/host/settings.ts";
import { createModelDesk, type ModelDesk } from "../../../../desktop/src/main/model-desk.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../journeys/support/files.ts";

const KEY = "sk-canary-0815";
let server: Server;
let baseUrl: string;
let dataFolder: string;
let store: SecretStore;
let desk: ModelDesk;
/** Beside id and name, as the server's list says them. */
let sizes: object;

beforeEach(async () => {
  sizes = {};
  server = createServer((request, response) => {
    const isKnown = request.headers["x-api-key"] === KEY;
    const error = { type: "error", error: { type: "authentication_error", message: "no" } };
    const list = {
      data: [
        { id: "m1", display_name: "Model One", ...sizes },
        { id: "m2", max_input_tokens: 8_000 },
      ],
      has_more: false,
      first_id: "m1",
      last_id: "m2",
    };
    response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(isKnown ? list : error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  dataFolder = temporaryFolder("model");
  store = createClearSecretStore(path.join(dataFolder, "keys"));
  desk = createModelDesk({ dataFolder, store });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
afterAll(removeTemporaryFolders);

const chosen = async (env: Readonly<Record<string, string>> = {}) => {
  const settings = parseSettings({ data: dataFolder }, env);
  if (!settings.ok) throw new Error(settings.error.join());
  const model = await chooseModel(settings.value, { store, keeping: "clear", announcement: "" });
  if (!model.ok) throw new Error(model.error.sentence);
  const {
    hasModelKey,
    isFixed,
    model: { name, contextTokens, hasPreviews },
  } = model.value;
  return { hasModelKey, isFixed, name, contextTokens, hasPreviews };
};

describe("the model's key", () => {
  test("one that is refused is not kept, and the sentence says why", async () => {
    const refused = await desk.save({ key: "wrong", baseUrl, model: "m1", contextTokens: null });
    expect(refused).toEqual({
      type: "refused",
      reason: "The model key is refused (401). Check it in settings.",
    });
    expect(await store.load("model-key")).toEqual({ ok: true, value: undefined });
    expect((await chosen()).name).toMatch(/^Built-in planner/);
  });

  test("one that works is kept with model and server, counts from the next start, and can be removed", async () => {
    expect(await desk.check({ key: KEY, baseUrl })).toEqual({
      type: "works",
      models: [
        { id: "m1", name: "Model One" },
        { id: "m2", name: "m2", contextTokens: 8_000 },
      ],
    });
    expect(await desk.save({ key: ` ${KEY} `, baseUrl, model: "m1", contextTokens: null })).toEqual({
      type: "done",
    });
    expect(loadModelChoice(dataFolder)).toEqual({ model: "m1", baseUrl });
    expect(readFileSync(path.join(dataFolder, "model.json"), "utf8")).not.toContain(KEY);
    expect(await chosen()).toMatchObject({
      hasModelKey: true,
      isFixed: false,
      name: expect.stringContaining("m1"),
    });
    expect(await desk.check({ key: null, baseUrl })).toMatchObject({ type: "works" });
    await desk.forget();
    expect(await chosen()).toMatchObject({ hasModelKey: false });
    expect(await desk.check({ key: null, baseUrl })).toEqual({
      type: "refused",
      reason: "There is no key to check.",
    });
  });

  test("[T54] a kept key goes to no other server than the one that took it", async () => {
    await desk.save({ key: KEY, baseUrl, model: "m1", contextTokens: null });
    const elsewhere = createServer(() => expect.unreachable("the key was sent"));
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`; // it listens on TCP
    for (const address of [other, null])
      expect(await desk.check({ key: null, baseUrl: address })).toEqual({
        type: "refused",
        reason: "The key that is kept belongs to another server. Type the key of this one.",
      });
    elsewhere.close();
  });

  test("the environment's key goes before it, with the environment's model", async () => {
    await desk.save({ key: KEY, baseUrl, model: "m1", contextTokens: null });
    const fixed = await chosen({ ANTHROPIC_API_KEY: "sk-other" });
    expect(fixed).toMatchObject({ isFixed: true, hasModelKey: true });
    expect(fixed.name).not.toContain("m1");
  });

  test("a file that is no choice says nothing", async () => {
    await desk.save({ key: KEY, baseUrl, model: "m1", contextTokens: null });
    writeFileSync(path.join(dataFolder, "model.json"), "{");
    expect(loadModelChoice(dataFolder)).toEqual({});
  });
});

describe("what the chosen model reads at once", () => {
  const save = (contextTokens: number | null = null) =>
    desk.save({ key: KEY, baseUrl, model: "m1", contextTokens });

  test("what its server says is kept with the choice, and used", async () => {
    sizes = { max_input_tokens: 32_000, max_tokens: 4_000 };
    await save();
    expect(loadModelChoice(dataFolder)).toEqual({
      model: "m1",
      baseUrl,
      listed: { contextTokens: 32_000, outputTokens: 4_000 },
    });
    expect(await chosen()).toMatchObject({ contextTokens: 32_000 });
  });

  test("more than the usual is only used when a person says it: it is paid for at each turn", async () => {
    sizes = { max_input_tokens: 1_000_000 };
    await save();
    expect(await chosen()).toMatchObject({ contextTokens: 200_000 });
    await save(1_000_000);
    expect(await chosen()).toMatchObject({ contextTokens: 1_000_000 });
  });

  test("a server that says nothing, or nonsense: what the person typed, else the usual", async () => {
    sizes = { max_input_tokens: 0, max_tokens: null };
    await save();
    expect(loadModelChoice(dataFolder)).toEqual({ model: "m1", baseUrl });
    expect(await chosen()).toMatchObject({ contextTokens: 200_000 });
    await save(16_000);
    expect(await chosen()).toMatchObject({ contextTokens: 16_000 });
  });

  test("the environment goes before both, capability by capability", async () => {
    await save(16_000);
    expect(await chosen({ DESKHAND_MODEL_PREVIEWS: "off" })).toMatchObject({
      contextTokens: 16_000,
      hasPreviews: false,
    });
    expect(await chosen({ DESKHAND_MODEL_CONTEXT: "64000" })).toMatchObject({
      contextTokens: 64_000,
      hasPreviews: true,
    });
  });

  test("it is said of no other model, and of none with this name on another server", async () => {
    await save(16_000);
    for (const env of [{ DESKHAND_MODEL: "m2" }, { ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }])
      expect(await chosen(env)).toMatchObject({ contextTokens: 200_000 });
  });

  test("a size that is none in the file loses neither model nor server", async () => {
    await save();
    for (const wrong of [{ contextTokens: "many" }, { listed: { contextTokens: -1 } }, { listed: 5 }]) {
      writeFileSync(path.join(dataFolder, "model.json"), JSON.stringify({ model: "m1", baseUrl, ...wrong }));
      expect(loadModelChoice(dataFolder)).toMatchObject({ model: "m1", baseUrl });
      expect(await chosen()).toMatchObject({ contextTokens: 200_000 });
    }
  });
});
