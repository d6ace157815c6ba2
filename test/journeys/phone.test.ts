/**
 * The journey of one task, as a person with a phone has it: pair, send, see the plan, allow, find the files in their
 * folders, undo. Real Chromium at 390×844, real relay, real executor; no key and no network.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { launchBrowser, openPhone, type Phone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop, type DesktopProcess } from "./support/desktop.ts";
import { contentsOf, removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { allow, leaveSheet, openTab, openTask, openWaiting, pairByLink, send } from "./support/phone-app.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
let desktop: DesktopProcess;
let phone: Phone;
let page: Page;
let folder: string;
const TASK = "Organize the screenshots in Downloads by date";
const inDatedFolders = (): number =>
  Object.keys(contentsOf(folder)).filter((name) => /^Downloads\/2026-11-\d\d\/Screenshot/.test(name)).length;

beforeAll(async () => {
  ({ path: folder } = await createDemoFolder(temporaryFolder("granted")));
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await startDesktop({ home: temporaryFolder("home"), relayUrl: relay.url, folder });
  browser = await launchBrowser();
  phone = await openPhone(browser);
  ({ page } = phone);
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("a phone pairs by link and number; the code leaves the address bar", async () => {
  await pairByLink(page, desktop);
  expect(page.url()).not.toContain("#");
  await page.getByText("What should Test desk do?").waitFor();
});

test("a task is planned, allowed and done; the files are in dated folders; undo puts every one back", async () => {
  const before = contentsOf(folder);
  await send(page, TASK);
  await openWaiting(page);
  await page.getByRole("heading", { name: "Move 24 items in Deskhand demo?" }).waitFor();
  expect(contentsOf(folder)).toEqual(before);
  await allow(page);
  await until("the files are in dated folders", () => inDatedFolders() === 24);
  await leaveSheet(page);
  await page
    .getByText(/24 screenshots in .* are now in 6 folders/)
    .first()
    .waitFor();

  await openTask(page, TASK);
  await page.getByText("24 files one by one").click();
  await page
    .getByRole("button", { name: /^Undo Downloads\/Screenshot/ })
    .first()
    .click();
  await page.getByText("1 of 24 files taken back.").waitFor();
  expect(inDatedFolders()).toBe(23);
  await page.getByRole("button", { name: "Undo all" }).click();
  await until("everything is back", () => JSON.stringify(contentsOf(folder)) === JSON.stringify(before));
});

test("deny leaves every file where it was", async () => {
  const before = contentsOf(folder);
  await openTab(page, "thread");
  await send(page, "Delete *.tmp in Downloads");
  await openWaiting(page);
  await page.getByRole("button", { name: "Deny", exact: true }).click();
  await page.getByText(/^Denied on this phone/).waitFor();
  await leaveSheet(page);
  await page
    .getByText(/nothing was changed/i)
    .first()
    .waitFor();
  expect(contentsOf(folder)).toEqual(before);
});

test("offline the app opens, shows the thread and takes a task, which is done once when the relay is back", async () => {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.waitForTimeout(1_500); // the worker's precache has no event of its own that a page can await
  await relay.stop("SIGKILL");
  await phone.context.setOffline(true);
  await page.reload();
  await page
    .getByText(/24 screenshots in .* are now in 6 folders/)
    .first()
    .waitFor();
  await page.getByText("You’re offline. What you do here is saved and sent later.").first().waitFor();
  await send(page, "What is in Reports?");
  await page.getByText("Saved. It is sent when you’re online.").waitFor();
  await page.reload();
  await page.getByText("Not sent yet").waitFor();

  const seen = desktop.child().lines().length;
  await relay.start();
  await phone.context.setOffline(false);
  await desktop.runState("done", { after: seen });
  await page
    .getByText(/3 .*(csv|files)/i)
    .first()
    .waitFor();
  const taken = desktop
    .child()
    .lines()
    .slice(seen)
    .filter((line) => line.includes('"state":"running"'));
  expect(taken).toHaveLength(1);
});

test("after a cold start what waits opens by itself, and Escape decides nothing", async () => {
  await send(page, "Delete *.tmp in Downloads");
  await page.getByRole("button", { name: /needs you ·/ }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Deny", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  expect(await page.getByText(/^(Allowed|Denied) /).count()).toBe(0);
  await page.reload();
  await page.getByRole("button", { name: "Deny", exact: true }).click();
  await page.getByText(/^Denied on this phone/).waitFor();
  await leaveSheet(page);
});

test("the browser's Back closes the approval, decides nothing and leaves the page", async () => {
  await send(page, "Delete *.tmp in Downloads");
  await page.getByRole("button", { name: /needs you ·/ }).waitFor();
  await openTab(page, "tasks");
  await page.locator(".dh-needs:visible").click();
  const deny = page.getByRole("button", { name: "Deny", exact: true });
  await deny.waitFor();
  await page.goBack();
  await deny.waitFor({ state: "detached" });
  expect(page.url()).toMatch(/\/tasks$/);
  await page.locator(".dh-needs:visible").click();
  await deny.click();
  await page.getByText(/^Denied on this phone/).waitFor();
  await leaveSheet(page);
  await deny.waitFor({ state: "detached" });
  expect(page.url()).toMatch(/\/tasks$/);
  await openTab(page, "thread");
});

test("[T23] a pairing link on a phone that is paired is answered, leaves the address bar and changes nothing", async () => {
  const link = await desktop.pairingLink();
  await page.evaluate((hash) => (location.hash = hash), new URL(link).hash);
  await page.getByText(/^This phone is already paired with Test desk\./).waitFor();
  expect(page.url()).not.toContain("#");
  await page.getByRole("button", { name: "OK", exact: true }).click();
  await page.goto(link);
  await page.getByText(/^This phone is already paired with Test desk\./).waitFor();
  expect(page.url()).not.toContain("#");
  await page.getByRole("button", { name: "OK", exact: true }).click();
  await page
    .getByText(/24 screenshots in .* are now in 6 folders/)
    .first()
    .waitFor();
});

test("two tabs of one phone keep what each wrote, also offline, and erasing in one ends the other", async () => {
  const phone2 = await openPhone(browser);
  const [one, two] = [phone2.page, await phone2.context.newPage()];
  await pairByLink(one, desktop);
  await two.goto(relay.url);
  await send(one, "What is in Downloads?");
  await two.getByRole("article", { name: "What is in Downloads?" }).waitFor();
  await phone2.context.setOffline(true);
  await relay.stop("SIGKILL");
  await send(one, "Show Reports, says the first tab");
  await send(two, "Show Reports, says the second tab");
  for (const tab of [one, two]) await tab.getByText("Not sent yet").first().waitFor();
  await relay.start();
  await phone2.context.setOffline(false);
  for (const tab of [one, two])
    for (const which of ["first", "second"])
      await tab.getByRole("article", { name: `Show Reports, says the ${which} tab` }).waitFor();
  await one.reload();
  const written = one.getByRole("article", { name: /^Show Reports, says the (first|second) tab$/ });
  await written.first().waitFor();
  expect(await written.count()).toBe(2);
  await openTab(one, "settings");
  await one.getByRole("button", { name: "Erase this phone" }).click();
  await one.getByRole("button", { name: "Erase", exact: true }).click();
  for (const tab of [one, two]) await tab.getByRole("button", { name: "Scan the code" }).waitFor();
  await phone2.context.close();
});

test("an answer on one phone is on the other, which can answer no more", async () => {
  const other = await openPhone(browser);
  await pairByLink(other.page, desktop);
  await send(page, "Delete *.tmp in Downloads");
  await openWaiting(page);
  const elsewhere = other.page.getByRole("button", { name: "Allow once" });
  await elsewhere.waitFor();
  await page.getByRole("button", { name: "Deny", exact: true }).click();
  await other.page.getByText(/^Denied on /).waitFor();
  expect(await elsewhere.count()).toBe(0);
  await other.context.close();
});

test("[C11] a desktop that was closed is said to be closed; of a killed one nothing is claimed", async () => {
  await desktop.kill("SIGTERM");
  await page
    .getByText(/^Deskhand was closed on Test desk at /)
    .first()
    .waitFor();
  await desktop.start();
  await page
    .getByText(/^Deskhand was closed/)
    .first()
    .waitFor({ state: "detached" });
  await desktop.kill("SIGKILL");
  await page
    .getByText(/^Test desk hasn’t answered since .*may be asleep, offline or closed\.$/)
    .first()
    .waitFor();
  expect(await page.getByText(/asleep since|was closed/).count()).toBe(0);
  await desktop.start();
});

test("the page complained about nothing", () => {
  // With the relay killed and the network off, the browser itself reports what could not be fetched.
  const expected =
    /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|WebSocket connection|Failed to load resource/;
  expect(phone.complaints.filter((line) => !expected.test(line))).toEqual([]);
});
