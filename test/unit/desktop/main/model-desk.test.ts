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

beforeEach(async () => {
  server = createServer((request, response) => {
    const isKnown = request.headers["x-api-key"] === KEY;
    const error = { type: "error", error: { type: "authentication_error", message: "no" } };
    const list = {
      data: [{ id: "m1", display_name: "Model One" }],
      has_more: false,
      first_id: "m1",
      last_id: "m1",
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
    model: { name },
  } = model.value;
  return { hasModelKey, isFixed, name };
};

describe("the model's key", () => {
  test("one that is refused is not kept, and the sentence says why", async () => {
    const refused = await desk.save({ key: "wrong", baseUrl, model: "m1" });
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
      models: [{ id: "m1", name: "Model One" }],
    });
    expect(await desk.save({ key: ` ${KEY} `, baseUrl, model: "m1" })).toEqual({ type: "done" });
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

  test("the environment's key goes before it, with the environment's model", async () => {
    await desk.save({ key: KEY, baseUrl, model: "m1" });
    const fixed = await chosen({ ANTHROPIC_API_KEY: "sk-other" });
    expect(fixed).toMatchObject({ isFixed: true, hasModelKey: true });
    expect(fixed.name).not.toContain("m1");
  });

  test("a file that is no choice says nothing", async () => {
    await desk.save({ key: KEY, baseUrl, model: "m1" });
    writeFileSync(path.join(dataFolder, "model.json"), "{");
    expect(loadModelChoice(dataFolder)).toEqual({});
  });
});
