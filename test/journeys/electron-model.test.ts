/**
 * A key and a server, as a person sets them in the window, and a task that such a model does: through the broker, which in
 * Electron is a plain process of its own. A real Electron window; the model is a local server that speaks the Messages API.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFakeMessagesApi, type FakeMessagesApi } from "../fixtures/fake-messages-api.ts";
import { processesBelow } from "../fixtures/processes.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";
import { handsOn } from "./support/window-hands.ts";

const KEY = "sk-canary-3456";

let api: FakeMessagesApi;
let relay: RelayProcess;
let desktop: DesktopWindow;
let home: string;
let folder: string;
const { goTo, seen } = handsOn(() => desktop);
const open = (): Promise<DesktopWindow> => openDesktopWindow({ home, relayUrl: relay.url, folder });

beforeAll(async () => {
  api = await startFakeMessagesApi(({ messages }) => ({
    content: [{ type: "text", text: messages.length > 2 ? "Again." : "I am another model." }],
  }));
  [home, folder] = [temporaryFolder("home"), temporaryFolder("granted")];
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await open();
});
afterAll(async () => {
  await desktop.close();
  await api.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("a server that is not there is said so, and what was typed stays", async () => {
  await goTo("Settings");
  const { page } = desktop;
  await page.getByRole("button", { name: "Use Claude or another model …" }).click();
  await page.getByLabel("Key of the model’s service").fill(KEY);
  await page.getByLabel("Server (empty: Anthropic)").fill("http://127.0.0.1:9");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByRole("alert").getByText("The model service cannot be reached.", { exact: false }).waitFor();
  expect(await page.getByLabel("Server (empty: Anthropic)").inputValue()).toBe("http://127.0.0.1:9");
});

test("a key that works is kept, and after a restart that model answers through the broker", async () => {
  const { page } = desktop;
  await page.getByLabel("Server (empty: Anthropic)").fill(api.url);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByLabel("Model", { exact: true }).fill("some-model");
  await page.getByLabel("Tokens that it reads at once (empty: 200,000)").fill("32000");
  await page.getByLabel("Model", { exact: true }).press("Enter");
  await page.getByText("Restart", { exact: false }).first().waitFor();
  await desktop.close();
  desktop = await open();
  await goTo("Thread");
  await desktop.page.getByPlaceholder("Message or task").fill("Who are you?");
  await desktop.page.keyboard.press("Enter");
  await desktop.page.getByText("I am another model.").first().waitFor();
  const { headers, body } = api.requests.at(-1) ?? {};
  expect(body?.model).toBe("some-model");
  expect(headers?.["x-api-key"]).toBe(KEY);
  const commands = processesBelow(desktop.app.process().pid ?? 0).map(({ command }) => command);
  expect(commands.filter((command) => command.includes("broker-process.js"))).toHaveLength(1);
  expect(commands.join("\n")).not.toContain(KEY);
});

test("what was said of its window is shown, in both languages, and counts", async () => {
  expect(api.requests.at(-1)?.body.max_tokens).toBe(8_000);
  await goTo("Settings");
  await seen(/reads? 32,000 tokens at once/);
  await desktop.page.getByText("繁體中文", { exact: true }).click();
  await seen(/一次讀取 32,000 個 token/);
});
