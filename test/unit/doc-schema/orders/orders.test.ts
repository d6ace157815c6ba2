import {
  MAX_ATTACHMENTS,
  MAX_TEXT_LENGTH,
  putMeta,
  readIntents,
  readTasks,
  SCHEMA_VERSION,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createFullWorkspace } from "../../../fixtures/docs/full-workspace.ts";
import { createWorkspaceDoc, NOW } from "../../../fixtures/workspace-doc.ts";

const world = createWorkspaceDoc();
const orders = createDeviceOrders({ doc: world.doc, keys: world.phone, ids: world.ids, now: () => NOW });

test("a text that readers would drop is not written, and the longest one is read", () => {
  expect(orders.sendTask("x".repeat(MAX_TEXT_LENGTH + 1), "en")).toEqual({
    ok: false,
    error: { type: "too-long" },
  });
  expect(readTasks(world.doc).entries).toHaveLength(0);
  expect(orders.sendTask("x".repeat(MAX_TEXT_LENGTH), "en").ok).toBe(true);
  expect(readTasks(world.doc)).toMatchObject({ entries: [{}], unreadable: [] });
});

test("before the workspace has arrived nothing can be sent, and it says so", () => {
  const early = createDeviceOrders({ doc: new Y.Doc(), keys: world.phone, ids: world.ids, now: () => NOW });
  expect(early.sendTask("x", "en")).toEqual({ ok: false, error: { type: "no-thread" } });
});

test("an approval that is not there cannot be answered", () => {
  const answer = orders.decide(world.ids.create("approval"), { verdict: "allow", locale: "en" });
  expect(answer).toEqual({ ok: false, error: { type: "not-pending" } });
});

const full = () => {
  const w = createFullWorkspace();
  const give = createDeviceOrders({ doc: w.doc, keys: w.phone, ids: w.ids, now: () => NOW });
  /** The order that was given last, without what all have. */
  const last = () => {
    const { id: _id, createdAt: _createdAt, ...body } = readIntents(w.doc).entries.at(-1)?.value ?? {};
    return body;
  };
  return { ...w, give, last };
};

const SCHEDULE = {
  title: "Weekly report",
  rule: "0 8 * * 1",
  timeZone: "Asia/Taipei",
  prompt: "What changed?",
  ifMissed: "run",
  enabled: true,
} as const;

test("each order is one signed record that readers take", () => {
  const { give, last, runs, questionId, scheduleId, phone, doc, ids } = full();
  const { taskId } = runs.queued;
  const { runId } = runs.interrupted;
  const before = readIntents(doc);
  expect(before.unreadable).toEqual([]);
  const expectOrder = (ordered: { readonly ok: boolean }, body: object) => {
    expect(ordered.ok).toBe(true);
    expect(last()).toEqual(body);
  };
  expectOrder(give.cancel(taskId), { type: "cancel", taskId });
  expectOrder(give.steer(taskId, "faster"), { type: "steer", taskId, text: "faster" });
  expectOrder(give.undo(runId), { type: "undo", runId });
  const step = { runId, stepId: ids.create("step") };
  expectOrder(give.undo(runId, step.stepId), { type: "undo", ...step });
  expectOrder(give.undoFile(step, 2, "a.txt"), { type: "undo-file", ...step, file: 2, path: "a.txt" });
  expectOrder(give.stopAll(), { type: "stop-all" });
  expectOrder(give.resume(), { type: "resume" });
  expectOrder(give.pause(), { type: "pause" });
  expectOrder(give.unpause(), { type: "unpause" });
  expectOrder(give.hold(taskId), { type: "hold", taskId });
  expectOrder(give.release(taskId), { type: "release", taskId });
  expectOrder(give.reorder(taskId, runs.running.taskId), {
    type: "reorder",
    taskId,
    before: runs.running.taskId,
  });
  expectOrder(give.edit(taskId, { prompt: "else", notBefore: null }), {
    type: "edit",
    taskId,
    prompt: "else",
    notBefore: null,
  });
  expectOrder(give.runAgain(runs.failed.taskId), { type: "run-again", taskId: runs.failed.taskId });
  expectOrder(give.continueRun(runId), { type: "continue", runId });
  expectOrder(give.answer(questionId, { choice: 1 }), { type: "answer", questionId, choice: 1 });
  expectOrder(give.changeSchedule(scheduleId, { enabled: false }), {
    type: "schedule-change",
    scheduleId,
    enabled: false,
  });
  expectOrder(give.deleteSchedule(scheduleId), { type: "schedule-delete", scheduleId });
  expectOrder(give.runSchedule(scheduleId), { type: "schedule-run", scheduleId });
  expectOrder(give.setNote("Style", "Short."), { type: "note-set", name: "Style", text: "Short." });
  expectOrder(give.revokeDevice(phone.deviceId), { type: "revoke-device", deviceId: phone.deviceId });
  const artifactId = ids.create("artifact");
  expectOrder(give.sendFile(artifactId), { type: "send-file", artifactId });
  expectOrder(give.sendFile(artifactId, { newer: true }), { type: "send-file", artifactId, newer: true });
  const created = give.createSchedule(SCHEDULE);
  expect(last()).toEqual({ type: "schedule-create", scheduleId: created.ok && created.value, ...SCHEDULE });
  expect(readIntents(doc).unreadable).toEqual([]);
});

test("what has started can no longer be edited or moved, and says so; what has ended cannot be held either", () => {
  const { give, runs, doc } = full();
  const before = readIntents(doc);
  const { taskId } = runs.running;
  const refused = [
    give.edit(taskId, { prompt: "x" }),
    give.reorder(taskId),
    give.hold(runs.failed.taskId),
    give.release(runs.failed.taskId),
  ];
  expect(refused).toEqual(refused.map(() => ({ ok: false, error: { type: "already-started" } })));
  expect(readIntents(doc)).toEqual(before);
});

test("a running task can be held and released", () => {
  const { give, runs, last } = full();
  const { taskId } = runs.running;
  expect(give.hold(taskId).ok).toBe(true);
  expect(give.release(taskId).ok).toBe(true);
  expect(last()).toEqual({ type: "release", taskId });
});

test("a task may come at a time and after another one", () => {
  const { give, runs, doc } = full();
  const when = { notBefore: 1_900_000_000_000, after: runs.running.taskId };
  const sent = give.sendTask("Later", "en", undefined, when);
  const task = readTasks(doc).entries.find(({ value }) => sent.ok && value.id === sent.value);
  expect(task?.value).toMatchObject({ prompt: "Later", ...when });
});

test("an answered question and too long a text are refused by their words", () => {
  const { give, ids, questionId, runs } = full();
  const long = "x".repeat(MAX_TEXT_LENGTH + 1);
  const tooLong = { ok: false, error: { type: "too-long" } };
  expect(give.answer(ids.create("question"), {})).toEqual({ ok: false, error: { type: "not-pending" } });
  expect(give.answer(questionId, { text: long })).toEqual(tooLong);
  expect(give.steer(runs.running.taskId, long)).toEqual(tooLong);
  expect(give.edit(runs.queued.taskId, { prompt: long })).toEqual(tooLong);
  expect(give.createSchedule({ ...SCHEDULE, prompt: long })).toEqual(tooLong);
});

test("a task carries its attachments, up to as many as fit", () => {
  const { give, doc } = full();
  const file = { name: "a.jpg", mediaType: "image/jpeg", byteLength: 3, sha256: "0".repeat(64) };
  expect(give.sendTask("see", "en", [file]).ok).toBe(true);
  expect(readTasks(doc).entries.at(-1)?.value.attachments).toEqual([file]);
  const many = Array.from({ length: MAX_ATTACHMENTS + 1 }, () => file);
  expect(give.sendTask("see", "en", many)).toEqual({ ok: false, error: { type: "too-long" } });
});

test("a document that asks for a newer app takes no order of this one, and stays as it is", () => {
  const { give, doc, runs, pending, questionId, scheduleId, phone } = full();
  putMeta(doc, { minReader: SCHEMA_VERSION + 1 });
  const before = Y.encodeStateAsUpdate(doc);
  const { taskId, runId } = runs.queued;
  const refused = [
    give.sendTask("x", "en"),
    give.decide(pending.id, { verdict: "deny", locale: "en" }),
    give.answer(questionId, {}),
    give.cancel(taskId),
    give.steer(taskId, "x"),
    give.undo(runId),
    give.stopAll(),
    give.resume(),
    give.edit(taskId, {}),
    give.createSchedule(SCHEDULE),
    give.deleteSchedule(scheduleId),
    give.revokeDevice(phone.deviceId),
  ];
  expect(refused).toEqual(refused.map(() => ({ ok: false, error: { type: "needs-newer-app" } })));
  expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
});
