/** Pairing by camera: Chromium films the code that the desktop shows (a fake camera plays it), and the phone is paired. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { create } from "qrcode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, openPhone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop, type DesktopProcess } from "./support/desktop.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/files.ts";
import { pairFromHere } from "./support/phone-app.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

const WIDTH = 640;
const HEIGHT = 480;
const MODULE = 6;
const WHITE = 235;
const BLACK = 16;

/** One frame of YUV4MPEG2 with the code in its middle; Chromium plays a file over and over. */
const filmOf = (text: string): Buffer => {
  const { size, data } = create(text, { errorCorrectionLevel: "L" }).modules;
  const left = Math.floor((WIDTH - size * MODULE) / 2);
  const top = Math.floor((HEIGHT - size * MODULE) / 2);
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE);
  for (let y = 0; y < size * MODULE; y++)
    for (let x = 0; x < size * MODULE; x++)
      if (data[Math.floor(y / MODULE) * size + Math.floor(x / MODULE)] === 1)
        luma[(top + y) * WIDTH + left + x] = BLACK;
  const colourless = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n`),
    luma,
    colourless,
  ]);
};

let relay: RelayProcess;
let desktop: DesktopProcess;
let film: string;

beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await startDesktop({
    home: temporaryFolder("home"),
    relayUrl: relay.url,
    folder: temporaryFolder("granted"),
  });
  film = path.join(temporaryFolder("film"), "code.y4m");
});
afterAll(async () => {
  await endAllChildren();
  removeTemporaryFolders();
});

const openCamera = async (text: string) => {
  writeFileSync(film, filmOf(text));
  const browser = await launchBrowser([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-video-capture=${film}`,
  ]);
  const { page } = await openPhone(browser);
  await page.goto(relay.url);
  await page.getByRole("button", { name: "Scan the code" }).click();
  return { browser, page };
};

test("a filmed code and the typed number pair the phone", async () => {
  const { browser, page } = await openCamera(await desktop.pairingLink());
  await pairFromHere(page, desktop);
  expect(page.url()).toMatch(/\/thread$/);
  await browser.close();
});

test("a filmed code of somebody else's is said to be no Deskhand code", async () => {
  const { browser, page } = await openCamera("https://example.org/menu");
  await page.getByText("That is not a Deskhand code.").waitFor();
  expect(await page.getByRole("button", { name: "Pair", exact: true }).count()).toBe(0);
  await browser.close();
});

test("without a camera the link still pairs", async () => {
  const browser = await launchBrowser();
  const { page } = await openPhone(browser);
  await page.goto(relay.url);
  await page.getByRole("button", { name: "Scan the code" }).click();
  await page.getByText(/^No camera/).waitFor();
  await page.getByPlaceholder("Paste the link").fill(await desktop.pairingLink());
  await page.getByRole("button", { name: "Continue" }).click();
  await pairFromHere(page, desktop);
  expect(page.url()).toMatch(/\/thread$/);
  await browser.close();
});
