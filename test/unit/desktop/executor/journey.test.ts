import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import { readArtifacts, readDeviceRegistry, readReplies } from "@deskhand/doc-schema/document";
import { connectRoom } from "@deskhand/doc-schema/sync";
import { startRelay } from "@deskhand/sync-server";
import { verifyAuditLog } from "../../../../desktop/src/executor/audit/audit-log.ts";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import {
  createBench,
  decide,
  pendingApproval,
  runIn,
  runOf,
  sendIntent,
  sendTask,
  until,
  type Bench,
} from "./bench.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const call = (id: string, name: string, input: Readonly<Record<string, unknown>>) => ({
  type: "tool_use" as const,
  id,
  name,
  input,
});

/** The phone's end: its own document, in the same room by the relay; `executor` only lends the bench's helpers its doc. */
const joinAsPhone = (bench: Bench, executor: Executor, relayUrl: string): Executor => {
  const doc = new Y.Doc();
  const link = connectRoom({
    doc,
    keys: createEpochKeys(executor.rootKey, executor.workspace.epoch),
    deviceId: bench.phone.deviceId,
    relayUrl,
    randomBytes,
    now: Date.now,
    timers: systemClock,
    WebSocket,
  });
  cleanups.push(() => link.destroy());
  return { ...executor, doc };
};

test("a phone on the relay: a task with real tools, an approval, the result, and undo", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "deskhand-journey-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const relay = await startRelay({ dataDir: folder });
  cleanups.push(() => relay.close());
  const bench = await createBench((_request, turn) =>
    turn === 0
      ? {
          content: [
            call("c1", "write_file", { folder: "Work", path: "report.txt", text: "new\n" }),
            call("c2", "trash_files", { folder: "Work", paths: ["old.txt"] }),
          ],
        }
      : { content: [{ type: "text", text: "The report is written and the old one is gone." }] },
  );
  cleanups.push(bench.remove);
  const inWork = (name: string): string => path.join(bench.root, "Work", name);
  writeFileSync(inWork("old.txt"), "old\n");
  writeFileSync(inWork("report.txt"), "before\n");

  const relayUrl = relay.url.replace("http", "ws");
  const executor = await bench.open({ clock: systemClock, tools: createTools, relayUrls: [relayUrl] });
  const phone = joinAsPhone(bench, executor, relayUrl);
  bench.clock.advance(Date.now() - bench.clock.now());
  await until(() => readDeviceRegistry(phone.doc, executor.device.signKey).get(bench.phone.deviceId));

  const taskId = sendTask(bench, phone, "Write the report");
  const approval = await pendingApproval(phone);
  expect(existsSync(inWork("old.txt"))).toBe(true);
  decide(bench, phone, approval, "allow");
  const run = await runIn(phone, taskId, "done");
  expect([readFileSync(inWork("report.txt"), "utf8"), existsSync(inWork("old.txt"))]).toEqual([
    "new\n",
    false,
  ]);
  expect([run.changes, run.error]).toEqual([2, undefined]);
  expect(readArtifacts(phone.doc).entries).toMatchObject([
    { runId: run.id, name: "report.txt", path: "report.txt" },
  ]);
  await until(() => readReplies(phone.doc, executor.workspace.threadId).entries.some(({ done }) => done));

  sendIntent(bench, phone, { type: "undo", runId: run.id });
  const undone = await until(() => {
    const found = runOf(phone, taskId);
    return Object.keys(found?.undone ?? {}).length === 2 ? found : undefined;
  });
  expect(undone.changes).toBe(0);
  expect(Object.values(undone.undone ?? {}).map(({ outcome }) => outcome)).toEqual(["undone", "undone"]);
  expect([readFileSync(inWork("report.txt"), "utf8"), readFileSync(inWork("old.txt"), "utf8")]).toEqual([
    "before\n",
    "old\n",
  ]);
  expect(verifyAuditLog(path.join(bench.root, "data", "audit.jsonl")).ok).toBe(true);
});
