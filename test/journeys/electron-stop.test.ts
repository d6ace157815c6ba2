/**
 * [T57] The key for any program and the tray's menu stop everything: a real Electron window, a real key press, and two
 * Deskhands that want the same key.
 */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pressKeys } from "../fixtures/press-keys.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";
import { handsOn } from "./support/window-hands.ts";

const KEY = "CommandOrControl+Alt+Shift+.";
const STOPPED = "Nothing starts until you resume.";
const TAKEN = /another program has it\. Close that one and restart Deskhand\./;

let relay: RelayProcess;
let desktop: DesktopWindow;
const { goTo } = handsOn(() => desktop);
const open = (): Promise<DesktopWindow> =>
  openDesktopWindow({
    home: temporaryFolder("home"),
    relayUrl: relay.url,
    folder: temporaryFolder("granted"),
  });
const isKeyOurs = ({ app }: DesktopWindow): Promise<boolean> =>
  app.evaluate(({ globalShortcut }, key) => globalShortcut.isRegistered(key), KEY);
const stopThenResume = async (stop: () => Promise<void>): Promise<void> => {
  const { page } = desktop;
  expect(await page.getByText(STOPPED).count()).toBe(0);
  await stop();
  await page.getByText(STOPPED).first().waitFor();
  await page.getByRole("button", { name: "Resume" }).first().click();
  await page.getByText(STOPPED).first().waitFor({ state: "detached" });
};

beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await open();
});
afterAll(async () => {
  await desktop.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("[T57] the key stops everything, whichever program is in front", async () => {
  expect(await isKeyOurs(desktop)).toBe(true);
  await stopThenResume(async () => {
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
    await pressKeys(["Control", "Alt", "Shift", "."]);
  });
  await goTo("Settings");
  await desktop.page.getByText("Stop everything, from any program").waitFor();
  expect(await desktop.page.getByText(TAKEN).count()).toBe(0);
});

test("[T57] the tray's menu stops everything; it is made on Linux, too, and speaks the window's language", async () => {
  const { app, page } = desktop;
  // Electron gives out no tray: the menu is caught where the next one is set
  await app.evaluate(({ Tray }) => {
    Tray.prototype.setContextMenu = (menu) => void Object.assign(globalThis, { trayMenu: menu });
  });
  const labels = (): Promise<readonly string[]> =>
    app.evaluate(() => {
      const { trayMenu } = globalThis as unknown as { trayMenu?: Electron.Menu };
      return (trayMenu?.items ?? []).map(({ label }) => label);
    });
  await goTo("Settings");
  for (const [language, label] of [
    ["繁體中文", "全部停止"],
    ["English", "Stop everything"],
  ] as const) {
    await page.locator(".segment").filter({ hasText: language }).click();
    await expect.poll(labels, { timeout: 20_000 }).toContain(label);
  }
  await stopThenResume(() =>
    app.evaluate(() => {
      const { trayMenu } = globalThis as unknown as { trayMenu?: Electron.Menu };
      trayMenu?.items.find(({ label }) => label === "Stop everything")?.click();
    }),
  );
});

test("a second Deskhand, which the key is not given to, says so in both languages; closed, it ends", async () => {
  const second = await open();
  expect(await isKeyOurs(second)).toBe(false);
  await second.page.getByRole("navigation").getByRole("button", { name: "Settings" }).click();
  await second.page.getByText(TAKEN).waitFor();
  await second.page.locator(".segment").filter({ hasText: "繁體中文" }).click();
  await second.page.getByText("的按鍵目前無效").waitFor();
  // a tray that nobody may see is no way back to a window that hides
  const ended = once(second.app.process(), "exit");
  await second.app.evaluate(({ BrowserWindow }) => {
    setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 0);
  });
  expect(await ended).toEqual([0, null]);
  expect(await isKeyOurs(desktop)).toBe(true);
});
