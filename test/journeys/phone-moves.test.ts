/**
 * The desktop renews the key: the phone goes along, says so once, and nothing that it wrote is lost or said twice; a
 * phone that was left out says that it was removed, sends nothing more and still shows what it has.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, openPhone, type Phone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { openDamageWorkspace, type DamageWorkspace } from "./support/damage-workspace.ts";
import { removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { recordFrames, type FrameRecorder } from "./support/frame-recorder.ts";
import { send } from "./support/phone-app.ts";
import { becomeMember, leaveApp } from "./support/phone-storage.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
let workspace: DamageWorkspace;
let phone: Phone;
let page: Page;
let line: FrameRecorder;

beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});
beforeEach(async () => {
  workspace = await openDamageWorkspace(relay.url);
  workspace.grow("Old work");
  phone = await openPhone(browser);
  ({ page } = phone);
  line = await recordFrames(phone.context, workspace.keys());
  await leaveApp(page, relay.url);
  await becomeMember(page, workspace);
  await page.goto(relay.url);
  await page.getByText("About Old work").first().waitFor();
});
afterEach(async () => {
  const complaints = phone.complaints.filter((text) => !/WebSocket|404/.test(text));
  await phone.context.close();
  workspace.close();
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
});

const RENEWED = "Keys were renewed. This phone has the new one.";
const card = (prompt: string, on = page) => on.getByRole("article", { name: prompt });
const arrives = (prompt: string): Promise<void> =>
  until(`the desktop has "${prompt}" once`, () => workspace.prompts().get(prompt) === 1);

describe("a phone that goes along", () => {
  test("is told once, and goes on in the new document", async () => {
    await workspace.renew();
    await page.getByText(RENEWED).first().waitFor();
    await send(page, "After the renewal");
    await arrives("After the renewal");
    workspace.grow("New work");
    await page.getByText("About New work").first().waitFor();
    expect(await page.getByText("About Old work").count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: "OK" }).first().click();
    await page.reload();
    await page.getByText("About New work").first().waitFor();
    expect(await page.getByText(RENEWED).count()).toBe(0);
    expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(2); // values, one document
  });

  test("says again, each once, what the old relay never had; through two renewals", async () => {
    await line.cut();
    await send(page, "Written offline");
    await card("Written offline").waitFor();
    await workspace.renew();
    await workspace.renew();
    line.join();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await arrives("Written offline");
    await page.getByText(RENEWED).first().waitFor();
    await card("Written offline").waitFor();
    await send(page, "And after");
    await arrives("And after");
    expect([...workspace.prompts().values()].filter((count) => count !== 1)).toEqual([]);
  });

  test("that is closed on the way goes on at the next start", async () => {
    await line.cut();
    await send(page, "Written before");
    await card("Written before").waitFor();
    await leaveApp(page, relay.url);
    await workspace.renew();
    line.join();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await page.goto(relay.url);
      await page.waitForTimeout(60 * attempt); // somewhere on its way
      await leaveApp(page, relay.url);
    }
    await page.goto(relay.url);
    await arrives("Written before");
    await card("Written before").waitFor();
    expect([...workspace.prompts().values()].filter((count) => count !== 1)).toEqual([]);
  });

  test("that ended just after it had stored the new key says again what came last", async () => {
    await line.cut();
    await send(page, "Said last");
    await card("Said last").waitFor();
    await leaveApp(page, relay.url);
    const { membership } = workspace;
    const { epoch, rootKey } = membership;
    const renewed = await workspace.renew();
    await becomeMember(page, { membership: { ...membership, ...renewed, previous: { epoch, rootKey } } });
    line.join();
    for (let start = 1; start <= 2; start++) {
      await page.goto(relay.url);
      await arrives("Said last");
      await card("Said last").waitFor();
    }
    const databases = () => page.evaluate(async () => (await indexedDB.databases()).length);
    await until("the old document is gone", async () => (await databases()) === 2);
  });

  test("in two tabs loses nothing of either", async () => {
    const other = await phone.context.newPage();
    await other.goto(relay.url);
    await other.getByText("About Old work").first().waitFor();
    await line.cut();
    await send(page, "Of the first tab");
    await send(other, "Of the second tab");
    await card("Of the first tab").waitFor();
    await card("Of the second tab", other).waitFor();
    await workspace.renew();
    line.join();
    for (const tab of [page, other]) await tab.evaluate(() => dispatchEvent(new Event("online")));
    await arrives("Of the first tab");
    await arrives("Of the second tab");
    for (const tab of [page, other])
      for (const which of ["first", "second"]) await card(`Of the ${which} tab`, tab).waitFor();
    expect([...workspace.prompts().values()].filter((count) => count !== 1)).toEqual([]);
  });
});

describe("a phone that was removed", () => {
  test("says so, sends nothing, shows what it has and what was not sent, and can be erased", async () => {
    await line.cut();
    await send(page, "Never sent");
    await card("Never sent").waitFor();
    await workspace.renew({ keepPhone: false });
    const sent = line.frames.length;
    line.join();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    for (let start = 1; start <= 2; start++) {
      await page
        .getByText(/^This phone was removed on Test desk at .*You can read what is saved here\.$/)
        .first()
        .waitFor();
      await page.getByText("About Old work").first().waitFor();
      await card("Never sent").getByText("Not sent", { exact: true }).waitFor();
      expect(await page.getByText("Not sent", { exact: true }).count()).toBe(1);
      expect(await page.getByRole("textbox").count()).toBe(0);
      expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
      await page.reload();
    }
    await page.getByRole("button", { name: "Pair again or erase" }).click();
    await page.getByRole("button", { name: "Erase", exact: true }).click();
    await page.getByRole("button", { name: "Scan the code" }).waitFor();
    expect(line.frames.length).toBe(sent);
    expect(workspace.prompts().has("Never sent")).toBe(false);
  });
});
