/** A computer's first start: new, or from the 24 words of another one. Two real windows and a real relay. */
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";
import { handsOn } from "./support/window-hands.ts";

let relay: RelayProcess;
let folder: string;
let old: DesktopWindow;
let words: readonly string[];
const onOld = handsOn(() => old);
const openFirst = (home: string, relayUrl = relay.url): Promise<DesktopWindow> =>
  openDesktopWindow({ home, relayUrl, folder, isLeftAtFirstStart: true });

beforeAll(async () => {
  ({ path: folder } = await createDemoFolder(temporaryFolder("granted")));
  relay = await startRelayProcess(temporaryFolder("relay"));
  old = await openDesktopWindow({ home: temporaryFolder("old"), relayUrl: relay.url, folder });
  await old.page.getByPlaceholder("Message or task").fill("What is in Reports?");
  await old.page.keyboard.press("Enter");
  await onOld.seen(/sales-2026-08\.csv/);
  await onOld.goTo("Recovery");
  await old.page.getByRole("button", { name: "Make a kit" }).click();
  const grid = old.page.getByRole("region", { name: "Write these 24 words down" });
  words = (await grid.getByRole("listitem").allInnerTexts()).map((item) => item.replace(/^\d+\s*/, ""));
});
afterAll(async () => {
  await old.close();
  await endAllChildren();
  removeTemporaryFolders();
});

describe("before the choice", () => {
  test("nothing is opened or written, and closing the window ends it", async () => {
    const home = temporaryFolder("undecided");
    const { app, page, problems } = await openFirst(home);
    await page.getByRole("heading", { name: "Welcome to Deskhand" }).waitFor();
    for (const name of ["ledger.jsonl", "lock", "keys"])
      expect(existsSync(path.join(home, name))).toBe(false);
    expect(problems).toEqual([]);
    const ended = once(app.process(), "exit");
    await page.close();
    expect((await ended)[0]).toBe(0);
  });
});

describe("restoring", () => {
  let home: string;
  let fresh: DesktopWindow;
  const type = async (typed: readonly string[]): Promise<void> => {
    await fresh.page.getByLabel("The 24 words of your recovery kit").fill(typed.join(" "));
    await fresh.page.getByRole("button", { name: "Restore", exact: true }).click();
  };
  const isSaid = (text: string | RegExp): Promise<void> =>
    fresh.page.getByRole("alert").getByText(text).waitFor();
  const replaced = (at: number, word: string): readonly string[] => words.with(at, word);

  beforeAll(async () => {
    home = temporaryFolder("fresh");
    fresh = await openFirst(home);
    await fresh.page.getByRole("button", { name: "Restore with 24 words" }).click();
  });
  afterAll(() => fresh.close());

  test("words that are wrong are named by their place", async () => {
    await type(words.slice(1));
    await isSaid("These are 23 words; the kit has 24.");
    await type(replaced(2, "qqqq"));
    await isSaid("Word 3 is not one that a kit can have. Look at your paper again.");
    await type(replaced(6, "abandn"));
    await isSaid("Did you mean “abandon”?");
    await type(replaced(9, words[9] === "zoo" ? "zone" : "zoo"));
    await isSaid(/The words do not fit together|The relay has nothing for these words/);
    expect(existsSync(path.join(home, "ledger.jsonl"))).toBe(false);
  });

  test("a relay that is none, or has nothing, is said to be so", async () => {
    const address = fresh.page.getByLabel("Address of the relay that the old computer used");
    await address.fill("relay");
    await type(words);
    await isSaid("That is not a relay’s address.");
    const other = await startRelayProcess(temporaryFolder("other"), { hasOwnLog: true });
    await address.fill(other.url);
    await type(words);
    await isSaid("The relay has nothing for these words. Nothing was changed");
    expect(existsSync(path.join(home, "ledger.jsonl"))).toBe(false);
    await address.fill(relay.url);
  });

  test("a file that is no kit's is said to be so", async () => {
    const file = path.join(temporaryFolder("stick"), "letter.txt");
    writeFileSync(file, "Dear reader");
    await fresh.app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
    }, file);
    await fresh.page.getByText("In the kit’s file").click();
    await fresh.page.getByRole("button", { name: "Choose file …" }).click();
    await fresh.page.getByText("letter.txt").waitFor();
    await type(words);
    await isSaid("This is not the file of a recovery kit.");
    await fresh.page.getByText("At a relay").click();
    expect(existsSync(path.join(home, "ledger.jsonl"))).toBe(false);
  });

  test("the right ones bring the thread here, and stop the old computer", async () => {
    await type(words);
    await fresh.page.getByRole("heading", { name: "Restored" }).waitFor();
    await fresh.page.getByText("The thread is here").waitFor();
    const markup = await fresh.page.evaluate(() => document.documentElement.outerHTML);
    expect(markup).not.toContain(words.slice(0, 3).join(" "));
    await fresh.page.getByRole("button", { name: "Open Deskhand" }).click();
    await fresh.page
      .getByText(/sales-2026-08\.csv/)
      .first()
      .waitFor();
    await handsOn(() => fresh).goTo("Recovery");
    await fresh.page.getByText("You have a kit: this computer was restored from it.").waitFor();
    await onOld.seen(/^Another computer goes on with this workspace since/);
  });

  test("the page said no error in all this", () => {
    expect(fresh.problems).toEqual([]);
  });
});
