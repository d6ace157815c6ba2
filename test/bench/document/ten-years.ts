/**
 * Ten years of a heavy user (3,000 tasks a year) in one document: archived as the desktop does it, rewritten into a
 * new epoch when it is heavy, each device started once a day. What is left to open must stay small.
 */
import {
  actionToText,
  addDecision,
  addTask,
  addThread,
  carryOver,
  putApproval,
  putReply,
  putRun,
  putSteps,
  readDeviceRegistry,
  readMeta,
  readTasks,
  removeArchived,
  segmentToBytes,
  selectForArchive,
  type RunId,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { taskViews, timeline } from "@deskhand/doc-schema/views";
import * as Y from "yjs";
import { archivePolicy } from "../../../desktop/src/executor/archive/archivist.ts";
import { isHeavy } from "../../../desktop/src/executor/epoch/weight.ts";
import { createWorkspaceDoc, NOW } from "../../fixtures/workspace-doc.ts";
import { medianTime } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";
import { textOf } from "./documents.ts";

const YEARS = 10;
const TASKS_PER_YEAR = 3_000;
const DAY_MS = 24 * 3600 * 1000;
/** As many names as a step of many files gives: 384 bytes. */
const MOVED = {
  count: 24,
  first: Array.from({ length: 14 }, (_, n) => `Invoices/2026/Scan ${n + 10}.pdf`),
};
const STEPS = ["list", "read", "search", "write", "move", "note"] as const;

export const measureTenYears = (report: Report): void => {
  report.say(`${YEARS} years of ${TASKS_PER_YEAR} tasks`);
  const { doc, executorKey, archived, largest, epochs } = live();
  const bytes = Y.encodeStateAsUpdate(doc);
  report.add("archived after ten years: segments", archived.segments, "");
  report.add("archived after ten years: bytes", archived.bytes, "B");
  report.add("epochs in ten years", epochs, "");
  report.add("tasks at hand after ten years", readTasks(doc).entries.length, "");
  report.atMost("document after ten years", bytes.length / 1024, 1024, "KiB");
  report.atMost("largest document in ten years", largest / 1024, 1024, "KiB");
  const open = (): void => {
    const opened = new Y.Doc();
    Y.applyUpdate(opened, bytes);
    const meta = readMeta(opened);
    if (meta === undefined) throw new Error("no meta");
    const views = taskViews({
      doc: opened,
      registry: readDeviceRegistry(opened, executorKey),
      isAtRelay: () => true,
    });
    if (timeline(opened, meta.threadId, views).length === 0) throw new Error("the thread is empty");
  };
  report.atMost("open the live part of a ten-year thread", medianTime(7, open), 100, "ms");
};

interface Lived {
  readonly doc: Y.Doc;
  readonly executorKey: Uint8Array;
  readonly archived: { segments: number; bytes: number };
  readonly largest: number;
  readonly epochs: number;
}

const live = (): Lived => {
  let workspace = createWorkspaceDoc();
  addThread(workspace.doc, { id: workspace.threadId, createdAt: NOW, title: "Deskhand" }, workspace.executor);
  const archived = { segments: 0, bytes: 0 };
  let largest = 0;
  let epoch = 1;
  for (let day = 0; day < YEARS * 365; day++) {
    const now = NOW + day * DAY_MS;
    workspace.doc.clientID = day * 2 + 1_000_000; // both devices are started every day
    const tasks = Math.floor(((day + 1) * TASKS_PER_YEAR) / 365) - Math.floor((day * TASKS_PER_YEAR) / 365);
    for (let index = 0; index < tasks; index++) addFinishedTask(workspace, now, day * 10 + index);
    if (day % 7 !== 0) continue;
    archive(workspace.doc, now, archived);
    const size = Y.encodeStateAsUpdate(workspace.doc).length;
    largest = Math.max(largest, size);
    if (!isHeavy(workspace.doc)) continue;
    const fresh = new Y.Doc();
    carryOver(workspace.doc, fresh, { epoch: ++epoch });
    workspace = { ...workspace, doc: fresh };
  }
  return { doc: workspace.doc, executorKey: workspace.executor.signKey, archived, largest, epochs: epoch };
};

type Workspace = Pick<ReturnType<typeof createWorkspaceDoc>, "doc" | "ids" | "phone" | "threadId">;

const archive = (doc: Y.Doc, now: number, archived: { segments: number; bytes: number }): void => {
  for (;;) {
    const policy = archivePolicy(Y.encodeStateAsUpdate(doc).length);
    const segment = selectForArchive(doc, { ...policy, now });
    if (segment === undefined) return;
    const bytes = segmentToBytes(segment);
    archived.segments += 1;
    archived.bytes += bytes.length;
    const { threadId, fromId, toId, lines } = segment;
    const word = "x".repeat(43);
    const removed = removeArchived(doc, segment, {
      id: workspaceIds.create("segment"),
      threadId,
      fromId,
      toId,
      count: lines.length,
      blob: { id: word, key: word, byteLength: bytes.length, sha256: word },
    });
    if (!removed.ok) throw new Error(removed.error.type);
  }
};

const workspaceIds = createWorkspaceDoc().ids;

/** A task as it looks when it is over: six steps, a reply of a paragraph; every fifth was asked about. */
const addFinishedTask = (workspace: Workspace, now: number, index: number): void => {
  const { doc, ids, phone, threadId } = workspace;
  const prompt = textOf(index);
  const taskId = ids.create("task");
  const message = { id: ids.create("message"), createdAt: now, threadId, text: prompt, taskId };
  addTask(doc, { id: taskId, createdAt: now, threadId, prompt }, message, phone);
  const runId = ids.create("run");
  const run = { id: runId, taskId, threadId, attempt: 1, startedAt: now };
  putRun(doc, { ...run, state: "queued", stateSince: now });
  putRun(doc, { ...run, state: "running", stateSince: now });
  putSteps(
    doc,
    runId,
    STEPS.map((kind) => ({
      id: ids.create("step"),
      at: now,
      kind,
      outcome: "done",
      object: "Invoices/2026",
      ...(kind === "move" && index % 2 === 1 ? { undoable: true, files: MOVED } : {}),
    })),
  );
  if (index % 5 === 0) addAnsweredApproval(workspace, { runId, taskId, now });
  const reply = { id: ids.create("reply"), runId, createdAt: now };
  for (const text of [textOf(index).repeat(2), textOf(index).repeat(5)])
    putReply(doc, threadId, { ...reply, text, done: false });
  putReply(doc, threadId, { ...reply, text: textOf(index).repeat(5), done: true });
  putRun(doc, {
    ...run,
    state: "done",
    stateSince: now,
    endedAt: now,
    summary: textOf(index),
    changes: index % 2,
  });
};

const addAnsweredApproval = (
  { doc, ids, phone }: Workspace,
  { runId, taskId, now }: { readonly runId: RunId; readonly taskId: TaskId; readonly now: number },
): void => {
  const id = ids.create("approval");
  const items = Array.from({ length: 3 }, (_, item) => ({
    path: `Invoices/2026/${item}.pdf`,
    byteLength: 1000,
    preimage: "d".repeat(64),
  }));
  const action = actionToText({
    v: 1,
    kind: "trash",
    tool: "trash_files",
    grantId: ids.create("grant"),
    folder: "Invoices",
    items,
  });
  const digest = "d".repeat(64);
  putApproval(doc, {
    id,
    runId,
    taskId,
    callId: "call-1",
    action,
    actionDigest: digest,
    requestDigest: digest,
    risk: "medium",
    reversible: "undo",
    requestedAt: now,
    expiresAt: now + DAY_MS,
    state: "allowed",
    resolvedAt: now,
    resolvedBy: phone.deviceId,
  });
  addDecision(
    doc,
    {
      id: `${id}/${phone.deviceId}/1`,
      createdAt: now,
      approvalId: id,
      requestDigest: digest,
      verdict: "allow",
      scope: "once",
      shownDigest: digest,
      locale: "en",
    },
    phone,
  );
};
