/**
 * What keeps a workspace safe, as a person has it in the window: phones that are removed or shut out, relays, the
 * recovery kit, new keys. A real Electron window, real relays, a phone without a screen.
 */
import { cpSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { rootsOf } from "@deskhand/doc-schema/document";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { namesIn, removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { pairNodePhone, type NodePhone } from "./support/node-phone.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";
import { handsOn } from "./support/window-hands.ts";

let relay: RelayProcess;
let other: RelayProcess;
let desktop: DesktopWindow;
let home: string;
let relayFolder: string;
let folder: string;
const { goTo, press, seen, ...pairing } = handsOn(() => desktop);
const open = (): Promise<DesktopWindow> => openDesktopWindow({ home, relayUrl: relay.url, folder });
const epoch = (): unknown =>
  readFileSync(path.join(home, "ledger.jsonl"), "utf8")
    .split("\n")
    .findLast((line) => line.includes('"epoch-renewed"'));
const row = (text: string) => desktop.page.getByRole("listitem").filter({ hasText: text });

beforeAll(async () => {
  ({ path: folder } = await createDemoFolder(temporaryFolder("granted")));
  home = temporaryFolder("home");
  relayFolder = temporaryFolder("relay");
  [relay, other] = await Promise.all([
    startRelayProcess(relayFolder, { hasOwnLog: true }),
    startRelayProcess(temporaryFolder("other")),
  ]);
  desktop = await open();
});
afterAll(async () => {
  await desktop.close();
  await endAllChildren();
  removeTemporaryFolders();
});

describe("a device that writes what is not its own", () => {
  let tablet: NodePhone;
  beforeAll(async () => {
    tablet = await pairNodePhone(pairing, "Tablet");
  });
  afterAll(() => tablet.close());

  test("raises the alarm on every pane: what happened, what is safe, what one can do", async () => {
    rootsOf(tablet.doc).meta.set("desktopName", "Mine");
    const alarm = desktop.page.getByRole("alert", { name: "Alarm" });
    await alarm
      .getByText("A frame that names Tablet writes what only this computer may write.", { exact: false })
      .waitFor();
    await alarm.getByText("Nothing of it was taken.").waitFor();
    await goTo("Settings");
    await alarm.getByRole("button", { name: "Phone" }).click();
    await row("Tablet").getByText("Shut out", { exact: true }).waitFor();
    expect(await alarm.count()).toBe(1);
  });

  test("going on lifts the stop, and leaves the device shut out", async () => {
    await press("Go on");
    await desktop.page.getByRole("alert", { name: "Alarm" }).waitFor({ state: "detached" });
    expect(await row("Tablet").getByText("Shut out", { exact: true }).count()).toBe(1);
  });

  test("trusted again, it is a device as before, with a new key", async () => {
    const before = epoch();
    await press("Trust again");
    await row("Tablet").getByText("Shut out", { exact: true }).waitFor({ state: "detached" });
    expect(epoch()).not.toEqual(before);
    await row("Tablet").getByText("May give tasks and decide").waitFor();
  });
});

describe("a removed phone", () => {
  test("is told about before: what it protects, and what not", async () => {
    await goTo("Phone");
    await row("Tablet").getByRole("button", { name: "Remove" }).click();
    const dialog = desktop.page.getByRole("dialog", { name: "Remove Tablet?" });
    for (const said of ["Nothing that it asks for", "a new key", "stays readable to it"])
      expect(await dialog.innerText()).toContain(said);
    await dialog.getByRole("button", { name: "Keep" }).click();
    await row("Tablet").getByRole("button", { name: "Remove" }).waitFor();
  });

  test("what it writes where nobody knows of it yet is shown, and never carried out", async () => {
    const phone = await pairNodePhone(pairing, "Old phone");
    await relay.stop();
    await row("Old phone").getByRole("button", { name: "Remove" }).click();
    await desktop.page
      .getByRole("dialog", { name: "Remove Old phone?" })
      .getByRole("button", { name: "Remove" })
      .click();
    await row("Old phone").getByText("Removed", { exact: true }).waitFor();
    await desktop.close();
    await relay.start();
    await until("the phone is back", () => phone.room.status().phase === "live", 40_000);
    phone.send("Delete all of Downloads");
    await until("the relay has it", () => phone.room.status().pending === 0);
    desktop = await open();
    await goTo("Phone");
    const late = row("Delete all of Downloads");
    await late.getByText("Not carried out").waitFor();
    expect(await late.innerText()).toContain("Old phone");
    await goTo("Thread");
    expect(await desktop.page.getByText("Delete all of Downloads").count()).toBe(0);
    phone.close();
  });
});

describe("relays", () => {
  const add = async (address: string): Promise<void> => {
    await desktop.page.getByLabel("Add a relay").fill(address);
    await desktop.page.getByRole("button", { name: "Add", exact: true }).click();
  };

  test("an address that is none is named as such, and one that is there is not added twice", async () => {
    await goTo("Relays");
    for (const bad of [
      "relay",
      "ftp://relay.example",
      "https://relay.example/app",
      "https://a:b@relay.example",
    ]) {
      await add(bad);
      await seen("That is not a relay’s address.");
    }
    await add(relay.url);
    await seen("This relay is in the list already.");
    expect(await desktop.page.getByRole("main").getByRole("listitem").count()).toBe(1);
  });

  test("another one is added, connected, and removed again; the one of the settings stays", async () => {
    await add(other.url);
    const added = row(other.url.replace("http", "ws"));
    await added.getByText("connected", { exact: true }).waitFor();
    expect(await row(relay.url.replace("http", "ws")).getByRole("button", { name: "Remove" }).count()).toBe(
      0,
    );
    await other.stop();
    await added.getByText("Had everything").waitFor();
    await added.getByRole("button", { name: /^Try .* now$/ }).click();
    await press("Remove");
    await added.waitFor({ state: "detached" });
  });
});

describe("a relay that went back to an older state", () => {
  test("raises the alarm; going on takes its history as it is, and sends it what it lacks", async () => {
    const own = row(relay.url.replace("http", "ws"));
    const copy = temporaryFolder("copy");
    await relay.stop();
    cpSync(relayFolder, copy, { recursive: true });
    await relay.start();
    await goTo("Thread");
    await desktop.page.getByPlaceholder("Message or task").fill("What is in Reports?");
    await desktop.page.keyboard.press("Enter");
    await seen(/sales-2026-08\.csv/);
    await goTo("Relays");
    await own.getByText("connected", { exact: true }).waitFor();
    await desktop.page.waitForTimeout(1_000); // what it has is at the relay by now
    await relay.stop();
    rmSync(relayFolder, { recursive: true });
    cpSync(copy, relayFolder, { recursive: true });
    await relay.start();
    await own.getByText("not followed", { exact: true }).waitFor();
    const alarm = desktop.page.getByRole("alert", { name: "Alarm" });
    await alarm.getByText("holds less than it did: it went back to an older state.").waitFor();
    await press("Go on");
    await alarm.waitFor({ state: "detached" });
    await own.getByText("connected", { exact: true }).waitFor();
    expect(await own.getByText("not followed", { exact: true }).count()).toBe(0);
  });
});

describe("the recovery kit", () => {
  test("its 24 words are shown once, two are asked back, and no disk and no page has them afterwards", async () => {
    const { page } = desktop;
    await goTo("Recovery");
    await seen("You have no kit.");
    await page.getByRole("button", { name: "Make a kit" }).click();
    const items = await page
      .getByRole("region", { name: "Write these 24 words down" })
      .getByRole("listitem")
      .allInnerTexts();
    const words = items.map((item) => item.replace(/^\d+\s*/, ""));
    expect(words).toHaveLength(24);
    await page.getByRole("button", { name: "I wrote them down" }).click();
    const fields = page.getByLabel(/^Word \d+$/);
    const places = (await page.getByText(/^Word \d+$/).allInnerTexts()).map((label) =>
      Number(label.slice(5)),
    );
    expect(places).toHaveLength(2);
    for (const at of [0, 1]) await fields.nth(at).fill("zebra");
    await page.getByRole("button", { name: "Check" }).click();
    await seen(/^Word \d+ is another one/);
    for (const [at, place] of places.entries()) await fields.nth(at).fill(words[place - 1] ?? "");
    await page.getByRole("button", { name: "Check" }).click();
    await seen("Both words are right.");
    await seen(/^You have a kit since /);
    const told = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify(localStorage));
    const said = words.slice(0, 4).join(" ");
    expect(told.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ")).not.toContain(said);
    for (const name of namesIn(home)) {
      const text = readFileSync(path.join(home, name), "latin1");
      expect([
        name,
        text.includes(words.slice(0, 3).join(" ")),
        text.includes(JSON.stringify(words.slice(0, 3)).slice(1, -1)),
      ]).toEqual([name, false, false]);
    }
  });

  test("words that were left unproved are said to be so", async () => {
    await press("Make a new kit");
    await desktop.page.getByRole("button", { name: "Leave without" }).click();
    await seen("you have not confirmed that you wrote its words down");
    await goTo("Settings");
    await goTo("Recovery");
    expect(await desktop.page.getByRole("button", { name: "I wrote them down" }).count()).toBe(0);
  });

  test("its file is saved where the person says", async () => {
    const file = path.join(temporaryFolder("stick"), "my.kit");
    await desktop.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, file);
    await desktop.page.getByRole("button", { name: "Save its file …" }).click();
    await seen("With this file the words work without any relay.");
    expect(readFileSync(file).subarray(0, 4).toString()).toBe("DHRK");
  });

  test("keys are renewed when asked", async () => {
    const before = epoch();
    await press("Renew keys");
    expect(epoch()).not.toEqual(before);
  });
});

test("the page said no error in all this", () => {
  expect(desktop.problems).toEqual([]);
});
