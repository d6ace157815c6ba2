/** [C36] axe finds nothing serious on any screen of the phone, in light and dark, in both languages. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { seriousOn } from "./support/axe.ts";
import { launchBrowser, openPhone, type PhoneOptions } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop, type DesktopProcess } from "./support/desktop.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { openTab } from "./support/phone-app.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
let desktop: DesktopProcess;

beforeAll(async () => {
  const { path: folder } = await createDemoFolder(temporaryFolder("granted"));
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await startDesktop({ home: temporaryFolder("home"), relayUrl: relay.url, folder });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});

/** Ionic's transitions: axe would measure half-shown colours. */
const SETTLING_MS = 700;

test.each<Required<PhoneOptions>>([
  { locale: "en-GB", colorScheme: "light" },
  { locale: "zh-TW", colorScheme: "dark" },
])("$locale, $colorScheme", async (options) => {
  const { page, context } = await openPhone(browser, options);
  const found: Record<string, readonly string[]> = {};
  const look = async (screen: string): Promise<void> => {
    await page.waitForTimeout(SETTLING_MS);
    found[screen] = await seriousOn(page);
  };
  await page.goto(relay.url);
  await page.getByRole("heading").first().waitFor();
  await look("welcome");
  await page.goto(await desktop.pairingLink());
  await page.getByRole("textbox").waitFor();
  await look("check");
  await page.locator("form button[type=submit]").click();
  const digits = page.getByText(/^\d{3}\s?\d{3}$/);
  await digits.waitFor();
  await look("number");
  await desktop.typeDigits(((await digits.textContent()) ?? "").replace(/\s/g, ""));
  await page.waitForURL(/\/thread$/);
  await page.locator(".dh-try, .dh-message").first().waitFor();
  await look("thread");
  await page.getByRole("textbox").fill("Delete *.tmp in Downloads");
  await page.locator(".dh-send").click();
  await page.locator(".dh-needs").click();
  await page.locator(".dh-answers").waitFor();
  await look("approval");
  await page.locator(".dh-answers button").first().click();
  await page.locator(".dh-outcome").waitFor();
  await look("approval, answered");
  await page.locator("ion-modal ion-button").click();
  await page.locator(".dh-tick").last().click();
  await page.locator(".dh-stages").waitFor();
  await look("delivery");
  await page.keyboard.press("Escape");
  await page.locator(".dh-stages").waitFor({ state: "detached" });
  await page.locator(".dh-task-open").last().click();
  await page.locator(".dh-step").first().waitFor();
  await look("task");
  await openTab(page, "tasks");
  await look("tasks");
  await openTab(page, "settings");
  await look("settings");
  await context.setOffline(true);
  await page.locator(".dh-connection-words:visible").click();
  await page.locator("dialog .dh-relays").waitFor();
  await look("connection");
  expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({});
  await context.close();
});
