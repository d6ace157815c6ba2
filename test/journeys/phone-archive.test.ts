/**
 * Scrolling up in real Chromium: older messages come from the archive at the relay, nothing under the finger moves,
 * offline it says so and goes on later, and what was fetched once is there without a connection.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, openPhone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { openDamageWorkspace } from "./support/damage-workspace.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { recordFrames } from "./support/frame-recorder.ts";
import { becomeMember, leaveApp } from "./support/phone-storage.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("[AR1] older messages come while one scrolls, stay for offline, and nothing jumps", async () => {
  const workspace = await openDamageWorkspace(relay.url);
  for (let n = 1; n <= 60; n++) workspace.grow(`Work ${n}.`, { isDone: true });
  await workspace.archive(40);
  await workspace.archive(20);
  const { context, page, complaints } = await openPhone(browser);
  const line = await recordFrames(context, workspace.keys());
  await leaveApp(page, relay.url);
  await becomeMember(page, workspace);
  await page.goto(relay.url);
  const card = (n: number) => page.getByRole("article", { name: `Work ${n}.`, exact: true });
  const scrollUp = () =>
    page
      .locator(".dh-thread-scroll")
      .evaluate((element) => element.scrollTo({ top: 40, behavior: "instant" }));
  await card(60).waitFor();
  expect(await card(40).count()).toBe(0);

  await line.cut();
  await page.waitForTimeout(300);
  await scrollUp();
  await page.getByText("Older messages need a connection.").waitFor({ timeout: 20_000 });
  expect(await card(41).count()).toBe(1);

  line.join();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.locator(".dh-connection").first().waitFor({ state: "detached" });
  const before = await card(41).boundingBox();
  await page.getByRole("button", { name: "Try again" }).click();
  await card(40).waitFor({ state: "attached" });
  await expect
    .poll(async () => Math.abs(((await card(41).boundingBox())?.y ?? 0) - (before?.y ?? 0)))
    .toBeLessThan(4);

  for (let scrolls = 1; (await card(1).count()) === 0 && scrolls <= 20; scrolls++) {
    await scrollUp();
    await page.waitForTimeout(150);
  }
  expect(await page.getByRole("article").count()).toBe(60);
  expect(await page.getByRole("button", { name: "Show older" }).count()).toBe(0);
  await card(1).getByRole("button").first().click();
  await page.getByText("About Work 1.").last().waitFor(); // the old task with its result

  await line.cut();
  await page.goto(relay.url);
  await card(60).waitFor();
  for (let scrolls = 1; (await card(1).count()) === 0 && scrolls <= 20; scrolls++) {
    await scrollUp();
    await page.waitForTimeout(150);
  }
  expect(await page.getByRole("article").count()).toBe(60);
  expect(complaints.filter((text) => !/WebSocket|404/.test(text))).toEqual([]);
  await context.close();
  workspace.close();
});
