/** What survives: the desktop killed, the relay gone, a phone that was away. Real processes, a phone without a screen. */
import { cpSync, existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop, type DesktopProcess } from "./support/desktop.ts";
import { contentsOf, removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { pairNodePhone, type NodePhone } from "./support/node-phone.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

const TASK = "Organize the screenshots in Downloads by date";
let relay: RelayProcess;
let desktop: DesktopProcess;
let phone: NodePhone;
let folder: string;
let original: string;

const restore = (): void => cpSync(original, folder, { recursive: true, preserveTimestamps: true });
const screenshots = (): string[] =>
  Object.keys(contentsOf(folder)).filter((name) => name.includes("Screenshot"));

beforeAll(async () => {
  original = (await createDemoFolder(temporaryFolder("original"))).path;
  folder = path.join(temporaryFolder("granted"), "Deskhand demo");
  restore();
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await startDesktop({ home: temporaryFolder("home"), relayUrl: relay.url, folder });
  phone = await pairNodePhone(desktop);
});
afterAll(async () => {
  phone.close();
  await endAllChildren();
  removeTemporaryFolders();
});

test("deny leaves every file where it was", async () => {
  const before = contentsOf(folder);
  const taskId = phone.send(TASK);
  const { id } = await phone.approval(taskId);
  phone.orders.decide(id, { verdict: "deny", locale: "en" });
  await phone.reaches(taskId, "done");
  expect(contentsOf(folder)).toEqual(before);
});

test("[IN1] the desktop is killed between approval and effect: after the restart it is done exactly once, and undone", async () => {
  const before = contentsOf(folder);
  const taskId = phone.send(TASK);
  const { id } = await phone.approval(taskId);
  await desktop.kill("SIGKILL");
  phone.orders.decide(id, { verdict: "allow", locale: "en" });
  await until("the relay has the answer", () => phone.room.status().pending === 0);
  await desktop.start();
  const run = await phone.reaches(taskId, "done");
  const moved = screenshots();
  expect(moved).toHaveLength(24);
  expect(moved.filter((name) => !/2026-11-\d\d\//.test(name))).toEqual([]);
  expect(Object.values(contentsOf(folder)).toSorted()).toEqual(Object.values(before).toSorted());
  phone.orders.undo(run.id);
  await until("everything is back", () => JSON.stringify(contentsOf(folder)) === JSON.stringify(before));
  expect(phone.runOf(taskId)?.attempt).toBe(1);
});

test("[IN1] killed again and again while it works, a task has one run and each file is moved once", async () => {
  const before = contentsOf(folder);
  const taskId = phone.send(TASK);
  const { id } = await phone.approval(taskId);
  phone.orders.decide(id, { verdict: "allow", locale: "en" });
  for (let kills = 0; kills < 4 && phone.runOf(taskId)?.state !== "done"; kills++) {
    await new Promise((resolve) => setTimeout(resolve, 15 * (kills + 1)));
    await desktop.kill("SIGKILL");
    await desktop.start();
  }
  const run = await phone.reaches(taskId, "done");
  expect(screenshots().filter((name) => /2026-11-\d\d\//.test(name))).toHaveLength(24);
  expect(Object.values(contentsOf(folder)).toSorted()).toEqual(Object.values(before).toSorted());
  phone.orders.undo(run.id);
  await until("everything is back", () => JSON.stringify(contentsOf(folder)) === JSON.stringify(before));
});

test("a task given while the relay is away is done once when it is back", async () => {
  await relay.stop("SIGKILL");
  const taskId = phone.send("What is in Downloads?");
  expect(phone.room.status().phase).not.toBe("live");
  await relay.start();
  await phone.reaches(taskId, "done");
  const runs = phone.doc.getMap("runs");
  const ofTask = [...runs.values()].filter((run) => JSON.stringify(run).includes(taskId));
  expect(ofTask).toHaveLength(1);
});

test("[AP2] of two phones the first answer is on the other in under a second", async () => {
  const other = await pairNodePhone(desktop, "Second phone");
  const taskId = phone.send("Delete *.tmp in Downloads");
  const { id } = await phone.approval(taskId);
  await other.approval(taskId);
  const started = performance.now();
  phone.orders.decide(id, { verdict: "deny", locale: "en" });
  await until(
    "the other phone shows it",
    () => other.doc.getMap("approvals").toJSON()[id]?.state === "denied",
    5_000,
  );
  const milliseconds = performance.now() - started;
  expect(milliseconds).toBeLessThan(1_000);
  expect(existsSync(path.join(folder, "Downloads"))).toBe(true);
  other.close();
});

test("stop everything holds the queue, also over a restart, until resume", async () => {
  const asking = phone.send(TASK);
  await phone.approval(asking);
  phone.orders.stopAll();
  await phone.reaches(asking, "cancelled");
  const held = phone.send("What is in Downloads?");
  await until("the held task is queued", () => phone.runOf(held)?.state === "queued");
  await desktop.kill("SIGTERM");
  await desktop.start();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(phone.runOf(held)?.state).toBe("queued");
  phone.orders.resume();
  await phone.reaches(held, "done");
});
