/**
 * [C44] [C45] Files both ways in real Chromium: what the phone attaches arrives with its hash, also over a line that was
 * cut; a result is fetched, kept for offline, saved as it was, and removed; a picture is seen before.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readTasks, type Attachment } from "@deskhand/doc-schema/document";
import { downloadBlob } from "@deskhand/doc-schema/sync";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawPreview } from "../../desktop/src/executor/tools/previews/draw-preview.ts";
import { nodeSyncPorts } from "../../desktop/src/host/sync-ports.ts";
import { jpegOf, quarters, withExif } from "../fixtures/pictures.ts";
import { launchBrowser, openPhone, type PhoneOptions } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { openDamageWorkspace, type DamageWorkspace } from "./support/damage-workspace.ts";
import { removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { recordFrames } from "./support/frame-recorder.ts";
import { openTask, send } from "./support/phone-app.ts";
import { becomeMember, leaveApp } from "./support/phone-storage.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

let browser: Browser;
let relay: RelayProcess;
let workspace: DamageWorkspace;
beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  browser = await launchBrowser();
  workspace = await openDamageWorkspace(relay.url);
});
afterAll(async () => {
  await browser.close();
  workspace.close();
  await endAllChildren();
  removeTemporaryFolders();
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const open = async (options?: PhoneOptions) => {
  const phone = await openPhone(browser, options);
  const line = await recordFrames(phone.context, workspace.keys());
  await leaveApp(phone.page, relay.url);
  await becomeMember(phone.page, workspace);
  await phone.page.goto(relay.url);
  return { ...phone, line };
};
const attachmentOf = (prompt: string): Attachment | undefined =>
  readTasks(workspace.doc()).entries.find(({ value }) => value.prompt === prompt)?.value.attachments?.[0];

const fetchBlob = async (attachment: Attachment | undefined): Promise<Uint8Array> => {
  const { blob, byteLength = 0 } = attachment ?? {};
  if (blob === undefined) throw new Error("it has not left the phone");
  const bytes = new Uint8Array(byteLength);
  const got = await downloadBlob({
    ...nodeSyncPorts,
    relayUrl: relay.url.replace(/^http/, "ws"),
    keys: workspace.keys(),
    ref: blob,
    sink: { write: async (offset, chunk) => bytes.set(chunk, offset) },
  });
  if (!got.ok) throw new Error(got.error.type);
  return bytes;
};

test("a file goes along with a task, over a line that is cut half-way, and arrives as it was", async () => {
  const { page, context, line, complaints } = await open();
  const bytes = randomBytes(6_000_000);
  const file = path.join(temporaryFolder("upload"), "holiday.bin");
  writeFileSync(file, bytes);
  await page.getByRole("textbox").waitFor();
  await page.getByRole("textbox").fill("Keep this file");
  await page.locator('input[type="file"]').setInputFiles(file);
  const chip = page.getByRole("listitem").filter({ hasText: "holiday.bin" });
  await chip.getByText(/^([1-9]|\d\d)%$/).waitFor();
  await line.cut();
  await chip.getByText("It didn’t arrive: no connection.").waitFor({ timeout: 40_000 });
  expect(await page.getByRole("button", { name: "Files are on their way" }).isDisabled()).toBe(true);
  line.join();
  await chip.getByRole("button", { name: "Send holiday.bin again" }).click();
  await chip.getByText("Ready").waitFor();
  await send(page, "Keep this file");
  await until("the task names the file", () => attachmentOf("Keep this file") !== undefined);
  const attachment = attachmentOf("Keep this file");
  expect(attachment).toMatchObject({ name: "holiday.bin", byteLength: bytes.length, sha256: sha256(bytes) });
  expect(sha256(await fetchBlob(attachment))).toBe(sha256(bytes));
  await page.locator(".dh-message").getByText("holiday.bin").waitFor();
  expect(complaints.filter((text) => !/WebSocket|404/.test(text))).toEqual([]);
  await context.close();
});

test("a file that was picked by mistake is taken away and does not go along", async () => {
  const { page, context } = await open();
  await page.getByRole("textbox").fill("Without a file");
  await page.locator('input[type="file"]').setInputFiles({
    name: "secret.txt",
    mimeType: "text/plain",
    buffer: Buffer.alloc(3_000_000),
  });
  await page.getByRole("button", { name: "Remove secret.txt" }).click();
  await send(page, "Without a file");
  await until("the task is there", () => workspace.prompts().has("Without a file"));
  expect(attachmentOf("Without a file")).toBeUndefined();
  await context.close();
});

test("a result is fetched, is here offline, is saved as it was, and can be removed", async () => {
  const bytes = randomBytes(5_000_000);
  await workspace.growResult("Make a report", { name: "report.csv", mediaType: "text/csv", bytes });
  const { page, context, line, complaints } = await open();
  await openTask(page, "Make a report");
  await page.getByRole("button", { name: "Get", exact: true }).click();
  await page.getByText("On this phone").waitFor();
  await line.cut();
  await page.reload();
  await page.getByText("On this phone").waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("report.csv");
  expect(sha256(readFileSync(await download.path()))).toBe(sha256(bytes));
  await page.getByRole("button", { name: "Remove from phone" }).click();
  await page.getByRole("button", { name: "Get", exact: true }).click();
  await page.getByText("It didn’t arrive: no connection.").waitFor({ timeout: 40_000 });
  line.join();
  await page.getByRole("button", { name: "Get again" }).click();
  await page.getByText("On this phone").waitFor();
  expect(complaints.filter((text) => !/WebSocket|404/.test(text))).toEqual([]);
  await context.close();
});

test.each([
  { locale: "en-GB", colorScheme: "light", alt: "Small picture of beach.jpg" },
  { locale: "zh-TW", colorScheme: "dark", alt: "beach.jpg 的縮圖" },
] as const)("a picture is seen before it is fetched ($locale)", async ({ alt, locale, colorScheme }) => {
  const bytes = withExif(await jpegOf(quarters(1_200, 900)), 6, "taken at home");
  const drawn = await drawPreview(bytes);
  if (!drawn.ok) throw new Error(drawn.error.type);
  const file = { name: "beach.jpg", mediaType: "image/jpeg", bytes, preview: drawn.value };
  await workspace.growResult(`Show beach ${locale}`, file);
  const { page, context, complaints } = await open({ locale, colorScheme });
  await openTask(page, `Show beach ${locale}`);
  const preview = page.getByRole("img", { name: alt });
  await preview.waitFor();
  const size = await preview.evaluate((image) =>
    image instanceof HTMLImageElement
      ? image.decode().then(() => [image.naturalWidth, image.naturalHeight])
      : undefined,
  );
  expect(size).toEqual([240, 320]);
  expect(complaints.filter((text) => !/WebSocket|404/.test(text))).toEqual([]);
  await context.close();
});
