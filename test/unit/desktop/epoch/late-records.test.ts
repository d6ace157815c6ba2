/** What people wrote into an ended room: what the live document lost comes back, what was archived does not. */
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  addIntent,
  addMessage,
  addTask,
  putArchiveReference,
  readIntents,
  readMessages,
  readTasks,
  unsentRecords,
  type IntentRecord,
  type UnsentRecord,
} from "@deskhand/doc-schema/document";
import { createLateRecords } from "../../../../desktop/src/executor/epoch/late-records.ts";
import type { OldRoom } from "../../../../desktop/src/executor/epoch/workspace-fold.ts";
import { createLedger, type Ledger } from "../../../../desktop/src/executor/ledger.ts";
import { BLOB, DAY_MS } from "../../../fixtures/docs/full-workspace.ts";
import { createWorkspaceDoc, deviceRecordText, NOW } from "../../../fixtures/workspace-doc.ts";

const ROOM: OldRoom = { url: "wss://relay.example", epoch: 1, reason: "device-removed" };

const createStage = () => {
  const { doc: old, ids, executor, phone, threadId } = createWorkspaceDoc();
  const live = new Y.Doc();
  const ledger: Ledger = createLedger(
    { entries: [], append: () => {}, close: () => {} },
    {
      executor: (id) =>
        id === executor.deviceId ? { signKey: executor.signKey, roles: ["execute"] } : undefined,
    },
  );
  ledger.append({
    type: "device-certified",
    at: NOW,
    deviceId: phone.deviceId,
    text: deviceRecordText(phone, executor, ["send", "approve"]),
  });
  const late = createLateRecords({
    ledger,
    audit: { write: () => {}, rows: () => [], head: () => "", close: () => {} },
    now: () => NOW,
    ids,
    doc: () => live,
  });
  const task = { id: ids.create("task"), createdAt: NOW, threadId, prompt: "Sort the letters" };
  const message = { id: ids.create("message"), createdAt: NOW, threadId, text: task.prompt, taskId: task.id };
  addTask(old, task, message, phone);
  const takeTask = (): void =>
    ledger.append({ type: "task-taken", at: NOW, runId: ids.create("run"), deviceId: phone.deviceId, task });
  const order = (
    body: { readonly type: "stop-all" } | { readonly type: "cancel" },
    createdAt = NOW,
  ): IntentRecord => {
    const common = { id: ids.create("intent"), createdAt };
    const intent: IntentRecord =
      body.type === "cancel"
        ? { ...common, type: "cancel", taskId: task.id }
        : { ...common, type: "stop-all" };
    addIntent(old, intent, phone);
    ledger.append({ type: "intent-handled", at: NOW, deviceId: phone.deviceId, intent });
    return intent;
  };
  const archive = (): void =>
    ledger.append({
      type: "tasks-archived",
      at: NOW,
      segmentId: ids.create("segment"),
      taskIds: [task.id],
      runIds: [],
      approvalIds: [],
    });
  return {
    ledger,
    ids,
    phone,
    threadId,
    old,
    live,
    task,
    message,
    takeTask,
    order,
    archive,
    adopt: (room = ROOM, unplaced: readonly UnsentRecord[] = []) => late.adopt(old, room, unplaced),
    tasks: () => readTasks(live).entries.map(({ value }) => value.id),
    messages: () => readMessages(live, threadId).entries.map(({ value }) => value.id),
    intents: () => readIntents(live).entries.map(({ value }) => value.id),
  };
};

let stage: ReturnType<typeof createStage>;
beforeEach(() => {
  stage = createStage();
});

describe("a power cut between the ledger and the document's file, and a new epoch after it", () => {
  test("[IN1] a task that was taken is in the live document again, with its message, and is not taken again", () => {
    stage.takeTask();
    stage.adopt();
    expect(stage.tasks()).toEqual([stage.task.id]);
    expect(stage.messages()).toEqual([stage.message.id]);
    expect(stage.ledger.state.runs.size).toBe(1);
  });

  test("so are orders that were handled", () => {
    stage.takeTask();
    const orders = [stage.order({ type: "cancel" }), stage.order({ type: "stop-all" })];
    stage.adopt();
    expect(stage.intents()).toEqual(orders.map(({ id }) => id));
  });
});

describe("[AR1] what was archived since does not come back", () => {
  test("a task, its message and the orders that name it", () => {
    stage.takeTask();
    stage.order({ type: "cancel" });
    stage.archive();
    stage.adopt();
    expect([stage.tasks(), stage.messages(), stage.intents()]).toEqual([[], [], []]);
  });

  test("a task that waits for an archived one is not archived", () => {
    const { ids, threadId, phone, old, live, task } = stage;
    const next = { ...task, id: ids.create("task"), after: task.id, prompt: "Then post them" };
    const message = {
      id: ids.create("message"),
      createdAt: NOW,
      threadId,
      text: next.prompt,
      taskId: next.id,
    };
    addTask(old, next, message, phone);
    stage.takeTask();
    stage.archive();
    stage.adopt();
    expect(readTasks(live).entries.map(({ value }) => value.id)).toEqual([next.id]);
    expect(stage.messages()).toEqual([message.id]);
  });

  test("an order that names nothing, by its age; a message that stands alone, by a segment", () => {
    const { ids, threadId, phone, old, live } = stage;
    stage.takeTask();
    stage.archive();
    stage.order({ type: "stop-all" }, NOW - 31 * DAY_MS);
    const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "Thank you" };
    addMessage(old, message, phone);
    const reference = {
      id: ids.create("segment"),
      threadId,
      fromId: message.id,
      toId: message.id,
      count: 1,
      blob: BLOB,
    };
    putArchiveReference(live, reference);
    stage.adopt();
    expect([stage.messages(), stage.intents()]).toEqual([[], []]);
  });
});

describe("a record that builds on what nobody has any more", () => {
  const unplacedTask = (): readonly UnsentRecord[] => {
    const { ids, threadId, phone, task } = stage;
    const elsewhere = new Y.Doc();
    const lost = { ...task, id: ids.create("task"), prompt: "Said before the crash" };
    const message = {
      id: ids.create("message"),
      createdAt: NOW,
      threadId,
      text: lost.prompt,
      taskId: lost.id,
    };
    addTask(elsewhere, lost, message, phone);
    return unsentRecords(elsewhere, () => false);
  };

  test("is taken over like any other", () => {
    const unplaced = unplacedTask();
    stage.adopt(ROOM, unplaced);
    expect(readTasks(stage.live).entries.map(({ value }) => value.prompt)).toEqual([
      stage.task.prompt,
      "Said before the crash",
    ]);
    expect(stage.messages()).toHaveLength(2);
    stage.adopt(ROOM, unplaced);
    expect(stage.messages()).toHaveLength(2);
  });

  test("[IN1] after a restore a task without a place may have been carried out: it is not run", () => {
    const restored: OldRoom = { ...ROOM, reason: "restored" };
    stage.ledger.append({ type: "workspace-restored", at: NOW, epoch: 2, handled: [], reached: [ROOM.url] });
    const unplaced = unplacedTask();
    stage.adopt(restored, unplaced);
    const lost = unplaced.find(({ root }) => root === "tasks")?.key ?? "";
    expect(stage.ledger.state.handled.has(lost)).toBe(true);
    expect(stage.ledger.state.handled.has(stage.task.id)).toBe(false);
    expect(stage.tasks()).toHaveLength(2);
  });
});
