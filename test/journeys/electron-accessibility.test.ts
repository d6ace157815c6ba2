/** [C36] axe finds nothing serious on any pane of the window, in light and dark, in both languages. */
import { rootsOf } from "@deskhand/doc-schema/document";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { seriousOn } from "./support/axe.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { pairNodePhone, type NodePhone } from "./support/node-phone.ts";
import { startRelayProcess } from "./support/relay.ts";
import { handsOn } from "./support/window-hands.ts";

let desktop: DesktopWindow;
let tablet: NodePhone | undefined;
const found: Record<string, readonly string[]> = {};

const look = async (screen: string): Promise<void> => {
  const { page } = desktop;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.mouse.move(1, 1);
    const serious = await seriousOn(page);
    if (serious.length > 0) found[`${screen}, ${colorScheme}`] = serious;
  }
};
/** The rail's places by their number: their words change with the language. */
const goTo = (place: number): Promise<void> => desktop.page.locator(".rail-item").nth(place).click();

beforeAll(async () => {
  const { path: folder } = await createDemoFolder(temporaryFolder("granted"));
  const relay = await startRelayProcess(temporaryFolder("relay"));
  const home = temporaryFolder("home");
  desktop = await openDesktopWindow({ home, relayUrl: relay.url, folder, isLeftAtFirstStart: true });
});
afterAll(async () => {
  tablet?.close();
  await desktop.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("the first start", async () => {
  const { page } = desktop;
  await look("first start");
  await page.getByRole("button", { name: "Restore with 24 words" }).click();
  await page.getByRole("textbox").first().fill("abandon");
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByText("the kit has 24").waitFor();
  await look("restore");
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("button", { name: "Start new" }).click();
  await page.getByRole("navigation").waitFor();
  expect(found).toEqual({});
});

test.each(["English", "繁體中文"])("every pane, in %s", async (language) => {
  const { page } = desktop;
  await goTo(7);
  await page.locator(".segment").filter({ hasText: "English" }).click();
  tablet ??= await pairNodePhone(
    handsOn(() => desktop),
    "Tablet",
  );
  rootsOf(tablet.doc).meta.set("desktopName", "Mine");
  await page.locator(".strip.alarm").waitFor();
  await goTo(7);
  await page.locator(".segment").filter({ hasText: language }).click();
  for (const place of [0, 1, 2, 3, 4, 5, 6, 7]) {
    await goTo(place);
    await look(`${language} ${place}`);
  }
  await goTo(3);
  await page.locator(".entry .button").first().click();
  await look(`${language} question`);
  await page.locator("dialog[open] .quiet").click();
  expect(found).toEqual({});
});
