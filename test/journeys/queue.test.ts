/**
 * The queue from the phone, in real Chromium with the real desktop: paused, changed, let go; and a schedule that is
 * made on the phone and run by hand. What the rows say is what the desktop then does.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { launchBrowser, openPhone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop, type DesktopProcess } from "./support/desktop.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { openTab, pairByLink, send } from "./support/phone-app.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
let desktop: DesktopProcess;
let page: Page;

beforeAll(async () => {
  const { path: folder } = await createDemoFolder(temporaryFolder("granted"));
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await startDesktop({ home: temporaryFolder("home"), relayUrl: relay.url, folder });
  browser = await launchBrowser();
  ({ page } = await openPhone(browser));
  await pairByLink(page, desktop);
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});

const next = () => page.getByRole("region", { name: "Next" });
const queued = (): Promise<readonly (string | null)[]> =>
  next()
    .getByRole("article")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));
const change = async (task: string, action: string): Promise<void> => {
  await next()
    .getByRole("button", { name: `Change “${task}”` })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: action, exact: true }).click();
};

test("a paused queue takes changes, and then does what its rows say, in their order", async () => {
  await desktop.kill("SIGTERM");
  for (const prompt of ["What is in Downloads?", "What is in Reports?", "What is in Projects?"])
    await send(page, prompt);
  await openTab(page, "tasks");
  await page.getByRole("button", { name: "Pause" }).click();
  const seen = desktop.child().lines().length;
  await desktop.start();
  await page.getByText(/^Paused\./).waitFor();
  await next().getByText("No. 3").waitFor();

  await change("What is in Projects?", "Do next");
  await expect.poll(queued).toEqual(["What is in Projects?", "What is in Downloads?", "What is in Reports?"]);
  await change("What is in Downloads?", "Change the words");
  await page.getByRole("dialog").getByRole("textbox").fill("Show Downloads");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await change("What is in Reports?", "Remove");
  await expect.poll(queued).toEqual(["What is in Projects?", "Show Downloads"]);
  await next().getByText("No. 2").waitFor();
  expect(desktop.child().lines().slice(seen).join("\n")).not.toContain('"state":"running"');

  await page.getByRole("button", { name: "Go on" }).click();
  const finished = page.getByRole("region", { name: "Finished" });
  for (const task of ["What is in Projects?", "Show Downloads"])
    await finished.getByRole("article", { name: task }).getByText("Done").waitFor();
  await finished.getByRole("article", { name: "What is in Reports?" }).getByText("Stopped").waitFor();
});

test("a schedule made on the phone reaches the desktop, says its next times, and runs by hand", async () => {
  await page.getByRole("button", { name: "Schedules" }).click();
  await page.getByRole("button", { name: "New schedule" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("What is to be done").fill("What is in Downloads?");
  await sheet.getByLabel("Name").fill("Morning look");
  await sheet.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("article", { name: "Morning look" });
  await row.getByText(/^Next: /).waitFor();
  await row.getByRole("button").first().click();
  await page
    .getByRole("dialog")
    .getByText(/^Next: /)
    .waitFor();
  const seen = desktop.child().lines().length;
  await page.getByRole("dialog").getByRole("button", { name: "Run now" }).click();
  await desktop.runState("done", { after: seen });
  await row.getByRole("switch").click();
  await row.getByText("Off", { exact: true }).waitFor();
  await row.getByRole("button").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  expect(await page.getByText(/^Let something happen by itself/).isVisible()).toBe(true);
});
