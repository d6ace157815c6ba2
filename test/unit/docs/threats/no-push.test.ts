/** T19 holds as long as nothing speaks to a push service; who changes that finds the row that must change with it. */
import { expect, test } from "vitest";
import { readRoot, sourceFiles } from "../source-files.ts";

const PUSH = /PushManager|PushSubscription|web-?push|VAPID|addEventListener\("push"|firebase|\bapns?2?\b/i;

test("[T19] nothing subscribes to, receives from or posts to a push service", () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter(({ text }) => PUSH.test(text)).map(({ file }) => file)).toEqual([]);
});

test("[T19] no dependency does", () => {
  const manifests = ["doc-schema", "sync-server", "desktop", "mobile"].map((folder) =>
    readRoot(`${folder}/package.json`),
  );
  expect(manifests.filter((manifest) => PUSH.test(manifest))).toEqual([]);
});

test.each([
  "registration.pushManager.subscribe({ userVisibleOnly: true })",
  'self.addEventListener("push", show)',
  'import webpush from "web-push";',
  '"https://api.push.apple.com"; // APNs',
])("would be found: %s", (source) => {
  expect(source).toMatch(PUSH);
});
