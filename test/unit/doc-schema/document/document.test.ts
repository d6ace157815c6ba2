import {
  addDecision,
  addTask,
  assertTransition,
  isFinal,
  nextDecisionId,
  OWNERSHIP,
  putReply,
  putRun,
  putSteps,
  readDecisions,
  readDeviceRegistry,
  readMessages,
  readReplies,
  readRuns,
  readTasks,
  rootNameOf,
  rootsOf,
  RUN_STATES,
  taskPlace,
} from "@deskhand/doc-schema/document";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createWorkspaceDoc, deviceRecordText, keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

test("[OW1] every root of the document has an owner", () => {
  const { doc, threadId } = createWorkspaceDoc();
  rootsOf(doc).messages(threadId);
  expect([...doc.share.keys()].filter((key) => rootNameOf(key) === undefined)).toEqual([]);
  expect(rootNameOf("toString")).toBeUndefined();
  expect(Object.keys(rootsOf(doc)).toSorted()).toEqual(Object.keys(OWNERSHIP).toSorted());
});

test("[OW2] a record is added once; a second one under its key changes nothing", () => {
  const { doc, sendTask, phone, threadId, ids } = createWorkspaceDoc();
  const taskId = sendTask("first");
  const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "second" };
  expect(addTask(doc, { id: taskId, createdAt: NOW, threadId, prompt: "second" }, message, phone)).toBe(
    false,
  );
  expect(readTasks(doc).entries.map((signed) => signed.value.prompt)).toEqual(["first"]);
});

test("[OW3] a decision under another device's name is unreadable", () => {
  const { doc, ids, phone } = createWorkspaceDoc();
  const approvalId = ids.create("approval");
  const other = keysOf(5);
  const decision = {
    id: nextDecisionId(doc, approvalId, other.deviceId, NOW),
    createdAt: NOW,
    approvalId,
    requestDigest: "0".repeat(64),
    shownDigest: "0".repeat(64),
    verdict: "allow" as const,
    scope: "once" as const,
    locale: "en",
  };
  addDecision(doc, decision, phone);
  expect(readDecisions(doc)).toEqual({ entries: [], unreadable: [decision.id] });
});

test("a device's later answers have rising numbers, also when its clock goes back", () => {
  const { doc, ids, phone } = createWorkspaceDoc();
  const approvalId = ids.create("approval");
  const answer = (verdict: "allow" | "none", now: number) =>
    addDecision(
      doc,
      {
        id: nextDecisionId(doc, approvalId, phone.deviceId, now),
        createdAt: NOW,
        approvalId,
        requestDigest: "0".repeat(64),
        shownDigest: "0".repeat(64),
        verdict,
        scope: "once",
        locale: "en",
      },
      phone,
    );
  answer("allow", NOW);
  answer("none", NOW);
  answer("allow", NOW - 5_000);
  expect(readDecisions(doc).entries.map(({ value }) => Number(value.id.split("/")[2]))).toEqual([
    NOW,
    NOW + 1,
    NOW + 2,
  ]);
});

test("[OW2] a device that lost its last answer, which others have, takes another key for the next", () => {
  const { doc, ids, phone } = createWorkspaceDoc();
  const approvalId = ids.create("approval");
  const before = nextDecisionId(doc, approvalId, phone.deviceId, NOW); // signed and sent, and never on its disk
  expect(nextDecisionId(doc, approvalId, phone.deviceId, NOW + 1)).not.toBe(before);
});

test("[RE1] unreadable rows are named and the readable ones are there", () => {
  const { doc, sendTask, threadId } = createWorkspaceDoc();
  sendTask("ok");
  rootsOf(doc).tasks.set("tsk_bad", "{");
  rootsOf(doc).messages(threadId).push(["nonsense"]);
  expect(readTasks(doc)).toMatchObject({ entries: [{ value: { prompt: "ok" } }], unreadable: ["tsk_bad"] });
  expect(readMessages(doc, threadId)).toMatchObject({ entries: [{}], unreadable: [`${threadId}/1`] });
});

test("[RE1] a record filed under another id than its own is unreadable", () => {
  const { doc, sendTask, ids } = createWorkspaceDoc();
  const { tasks } = rootsOf(doc);
  const text = tasks.get(sendTask("x")) ?? "";
  const foreign = ids.create("task");
  tasks.set(foreign, text);
  expect(readTasks(doc).unreadable).toEqual([foreign]);
});

test("projecting the same rows again makes no update", () => {
  const { doc, ids, sendTask, threadId } = createWorkspaceDoc();
  const run = {
    id: ids.create("run"),
    taskId: sendTask("x"),
    threadId,
    attempt: 1,
    state: "running" as const,
    stateSince: NOW,
  };
  const steps = [{ id: ids.create("step"), at: NOW, kind: "read", outcome: "done" as const }];
  const reply = { id: ids.create("reply"), runId: run.id, createdAt: NOW, text: "Hel", done: false };
  const project = () => {
    putRun(doc, run);
    putSteps(doc, run.id, steps);
    putReply(doc, threadId, reply);
  };
  project();
  let updates = 0;
  doc.on("update", () => updates++);
  project();
  expect(updates).toBe(0);
  expect(readRuns(doc).entries).toMatchObject([{ steps: [{ kind: "read" }], unreadableSteps: 0 }]);
});

test("a streamed reply is appended; one that was asked again is replaced once", () => {
  const { doc, ids, threadId } = createWorkspaceDoc();
  const reply = { id: ids.create("reply"), runId: ids.create("run"), createdAt: NOW, done: false };
  putReply(doc, threadId, { ...reply, text: "Hello" });
  const before = Y.encodeStateVector(doc);
  putReply(doc, threadId, { ...reply, text: "Hello there" });
  expect(Y.encodeStateAsUpdate(doc, before).length).toBeLessThan(40);
  putReply(doc, threadId, { ...reply, text: "Other", done: true });
  expect(readReplies(doc, threadId).entries).toEqual([{ ...reply, text: "Other", done: true }]);
});

test("[RU1] final states lead nowhere, and a forbidden change throws", () => {
  expect(RUN_STATES.filter(isFinal)).toEqual(["done", "failed", "cancelled"]);
  expect(() => assertTransition("queued", "running")).not.toThrow();
  expect(() => assertTransition("done", "running")).toThrow("[RU1]");
  expect(() => assertTransition("queued", "done")).toThrow("[RU1]");
});

test("[T24] the registry believes the pinned executor and whom it certified, nobody else", () => {
  const { doc, executor, phone } = createWorkspaceDoc();
  const stranger = keysOf(9);
  rootsOf(doc).devices.set(stranger.deviceId, deviceRecordText(stranger, stranger, ["send", "approve"]));
  rootsOf(doc).devices.set(keysOf(8).deviceId, deviceRecordText(phone, executor, ["send"]));
  const known = readDeviceRegistry(doc, executor.signKey)
    .all()
    .map((device) => device.record.id);
  expect(known.toSorted()).toEqual([executor.deviceId, phone.deviceId].toSorted());
});

test("a record's place tells when a relay has it", () => {
  const { doc, sendTask } = createWorkspaceDoc();
  const place = taskPlace(doc, sendTask("x"));
  expect(place?.client).toBe(doc.clientID);
  expect(taskPlace(doc, "tsk_none")).toBeUndefined();
});
