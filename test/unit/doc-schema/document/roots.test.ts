/** Every kind of row and record: written by its mutator, read back, read by an app that is older. */
import {
  addIntent,
  addMessage,
  addThread,
  isSettled,
  NARROWING_INTENTS,
  putArchiveReference,
  putArtifact,
  putConnector,
  putMark,
  putMeta,
  putQuestion,
  putRun,
  putSchedule,
  readApprovals,
  readArchive,
  readArtifacts,
  readConnectors,
  readGrants,
  readIntents,
  readMark,
  readMarks,
  readMessages,
  readMeta,
  readQuestions,
  readRuns,
  readSchedules,
  readThreads,
  removeConnector,
  removeSchedule,
  rootNameOf,
  rootsOf,
  taskKind,
  writeSigned,
  readTasks,
  type IntentRecord,
} from "@deskhand/doc-schema/document";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createWorkspaceDoc, NOW } from "../../../fixtures/workspace-doc.ts";

const BYTES32 = "A".repeat(43);
const DIGEST = "0".repeat(64);
const BLOB = { id: BYTES32, key: BYTES32, byteLength: 3, sha256: BYTES32 };
const ATTACHMENT = { name: "photo.jpg", mediaType: "image/jpeg", byteLength: 3, sha256: DIGEST, blob: BLOB };

const world = () => {
  const w = createWorkspaceDoc();
  const taskId = w.sendTask("x");
  const runId = w.ids.create("run");
  putRun(w.doc, {
    id: runId,
    taskId,
    threadId: w.threadId,
    attempt: 1,
    state: "waiting",
    stateSince: NOW,
    plan: [
      { text: "Look", state: "done" },
      { text: "Write", state: "active" },
    ],
  });
  const question = {
    id: w.ids.create("question"),
    runId,
    taskId,
    text: "Which quarter?",
    choices: ["Q1", "Q2"],
    askedAt: NOW,
    state: "pending" as const,
  };
  const schedule = {
    id: w.ids.create("schedule"),
    title: "Weekly report",
    rule: "0 8 * * 1-5",
    timeZone: "Asia/Taipei",
    prompt: "What changed?",
    ifMissed: "run" as const,
    enabled: true,
    createdAt: NOW,
  };
  const connector = {
    id: w.ids.create("connector"),
    kind: "mcp" as const,
    name: "Tickets",
    target: "tickets-server",
    mode: "read" as const,
    state: "ready" as const,
    createdAt: NOW,
  };
  const artifact = {
    id: w.ids.create("artifact"),
    runId,
    createdAt: NOW,
    name: "report.md",
    mediaType: "text/markdown",
    byteLength: 10,
    sha256: DIGEST,
    grantId: w.ids.create("grant"),
    path: "report.md",
    where: "blob" as const,
    blob: BLOB,
  };
  const reference = {
    id: w.ids.create("segment"),
    threadId: w.threadId,
    fromId: taskId,
    toId: taskId,
    count: 4,
    blob: BLOB,
  };
  return { ...w, taskId, runId, question, schedule, connector, artifact, reference };
};

describe("rows of the desktop", () => {
  test("each kind is read as it was put, and putting it again makes no update", () => {
    const w = world();
    const put = () => {
      putQuestion(w.doc, w.question);
      putSchedule(w.doc, w.schedule);
      putConnector(w.doc, w.connector);
      putArtifact(w.doc, w.artifact);
      putArchiveReference(w.doc, w.reference);
      putMeta(w.doc, { relays: ["wss://relay.example.org"], epoch: 2 });
    };
    put();
    let updates = 0;
    w.doc.on("update", () => updates++);
    put();
    expect(updates).toBe(0);
    expect(readQuestions(w.doc)).toEqual({ entries: [w.question], unreadable: [] });
    expect(readSchedules(w.doc)).toEqual({ entries: [w.schedule], unreadable: [] });
    expect(readConnectors(w.doc)).toEqual({ entries: [w.connector], unreadable: [] });
    expect(readArtifacts(w.doc)).toEqual({ entries: [w.artifact], unreadable: [] });
    expect(readArchive(w.doc)).toEqual({ entries: [w.reference], unreadable: [] });
    expect(readMeta(w.doc)).toMatchObject({ relays: ["wss://relay.example.org"], epoch: 2 });
    expect(readRuns(w.doc).entries[0]?.plan?.map(({ state }) => state)).toEqual(["done", "active"]);
  });

  test("a schedule and a connector can be taken away", () => {
    const w = world();
    putSchedule(w.doc, w.schedule);
    putConnector(w.doc, w.connector);
    removeSchedule(w.doc, w.schedule.id);
    removeConnector(w.doc, w.connector.id);
    expect([readSchedules(w.doc), readConnectors(w.doc)]).toEqual(
      Array.from({ length: 2 }, () => ({ entries: [], unreadable: [] })),
    );
  });

  test.each([
    ["runs", readRuns],
    ["approvals", readApprovals],
    ["questions", readQuestions],
    ["schedules", readSchedules],
    ["connectors", readConnectors],
    ["artifacts", readArtifacts],
    ["grants", readGrants],
  ] as const)("[RE1] a damaged row in %s is named, never thrown", (root, read) => {
    const w = world();
    rootsOf(w.doc)[root].set("nonsense", new Y.Map([["id", 7]]));
    expect(read(w.doc).unreadable).toEqual(["nonsense"]);
  });

  test("[RE1] a damaged archive reference is named by its place", () => {
    const w = world();
    rootsOf(w.doc).archive.push([{ id: "seg_x" }, w.reference]);
    expect(readArchive(w.doc)).toEqual({ entries: [w.reference], unreadable: ["archive/0"] });
  });
});

describe("what an older app makes of a newer document", () => {
  test("an unknown word that is only shown is read as unknown; the row stays", () => {
    const w = world();
    putConnector(w.doc, w.connector);
    putArtifact(w.doc, w.artifact);
    putSchedule(w.doc, w.schedule);
    rootsOf(w.doc)
      .artifacts.get(w.artifact.id)
      ?.set("preview", { jpeg: "A".repeat(9_000), width: 8, height: 8 });
    expect(readArtifacts(w.doc).entries[0]?.preview).toBeUndefined();
    rootsOf(w.doc).connectors.get(w.connector.id)?.set("state", "quarantined");
    rootsOf(w.doc).artifacts.get(w.artifact.id)?.set("where", "tape");
    rootsOf(w.doc).schedules.get(w.schedule.id)?.set("ifMissed", "twice");
    rootsOf(w.doc)
      .runs.get(w.runId)
      ?.set("plan", [{ text: "Look", state: "postponed" }]);
    expect(readConnectors(w.doc).entries[0]?.state).toBe("unknown");
    expect(readArtifacts(w.doc).entries[0]?.where).toBe("unknown");
    expect(readSchedules(w.doc).entries[0]?.ifMissed).toBe("unknown");
    expect(readRuns(w.doc).entries[0]?.plan?.[0]?.state).toBe("unknown");
    const row = rootsOf(w.doc).runs.get(w.runId);
    const taken = { at: NOW, back: 1, left: 1, files: [0], leftAlone: [{ path: "b", why: "on-tape" }] };
    row?.set("takenBack", { s: taken });
    expect(readRuns(w.doc).entries[0]?.takenBack?.["s"]?.leftAlone).toEqual([{ path: "b", why: "unknown" }]);
    row?.set("takenBack", { s: { ...taken, files: "all" } });
    const step = { id: w.ids.create("step"), at: NOW, kind: "move", outcome: "done", files: ["a", "b"] };
    row?.set("steps", Y.Array.from([step]));
    const [run] = readRuns(w.doc).entries;
    expect([run?.takenBack, run?.steps[0]?.files, run?.unreadableSteps]).toEqual([undefined, undefined, 0]);
  });

  test("[RE1] an unknown word that decides something makes the row unreadable, and no other", () => {
    const w = world();
    putQuestion(w.doc, w.question);
    rootsOf(w.doc).questions.get(w.question.id)?.set("state", "escalated");
    rootsOf(w.doc).runs.get(w.runId)?.set("state", "dreaming");
    const intent = { id: w.ids.create("intent"), createdAt: NOW, type: "teleport" };
    addIntent(w.doc, intent as unknown as IntentRecord, w.phone);
    expect(readQuestions(w.doc)).toEqual({ entries: [], unreadable: [w.question.id] });
    expect(readRuns(w.doc)).toEqual({ entries: [], unreadable: [w.runId] });
    expect(readIntents(w.doc)).toEqual({ entries: [], unreadable: [intent.id] });
  });

  test("unknown fields are kept, in rows and in records", () => {
    const w = world();
    putQuestion(w.doc, w.question);
    rootsOf(w.doc).questions.get(w.question.id)?.set("colour", "green");
    rootsOf(w.doc).runs.get(w.runId)?.set("colour", "green");
    putQuestion(w.doc, { ...w.question, state: "answered" });
    putRun(w.doc, { id: w.runId, state: "done" });
    expect(readQuestions(w.doc).entries).toMatchObject([{ state: "answered", colour: "green" }]);
    expect(readRuns(w.doc).entries).toMatchObject([{ state: "done", colour: "green" }]);
  });
});

describe("records of people", () => {
  test("tasks and messages carry attachments", () => {
    const w = world();
    const id = w.ids.create("message");
    const message = { id, createdAt: NOW, threadId: w.threadId, text: "see", attachments: [ATTACHMENT] };
    addMessage(w.doc, message, w.phone);
    const taskId = w.ids.create("task");
    const task = {
      id: taskId,
      createdAt: NOW,
      threadId: w.threadId,
      prompt: "sum up",
      attachments: [ATTACHMENT],
    };
    rootsOf(w.doc).tasks.set(taskId, writeSigned(taskKind, task, w.phone));
    expect(readMessages(w.doc, w.threadId).entries.at(-1)?.value).toEqual(message);
    expect(readTasks(w.doc).entries.at(-1)?.value).toEqual(task);
  });

  test("every order of document.md can be written and read", () => {
    const w = world();
    const { title, rule, timeZone, prompt, ifMissed, enabled, id: scheduleId } = w.schedule;
    const { taskId, runId } = w;
    const bodies = [
      { type: "cancel", taskId },
      { type: "steer", taskId, text: "faster" },
      { type: "undo", runId },
      { type: "undo", runId, stepId: w.ids.create("step") },
      { type: "undo-file", runId, stepId: w.ids.create("step"), file: 3, path: "2026/a.pdf" },
      { type: "stop-all" },
      { type: "resume" },
      { type: "pause" },
      { type: "unpause" },
      { type: "hold", taskId },
      { type: "release", taskId },
      { type: "reorder", taskId, before: w.sendTask("y") },
      { type: "edit", taskId, prompt: "z", notBefore: null },
      { type: "run-again", taskId },
      { type: "continue", runId },
      { type: "answer", questionId: w.question.id, choice: 1 },
      { type: "schedule-create", scheduleId, title, rule, timeZone, prompt, ifMissed, enabled },
      { type: "schedule-change", scheduleId, enabled: false },
      { type: "schedule-delete", scheduleId },
      { type: "schedule-run", scheduleId },
      { type: "send-file", artifactId: w.ids.create("artifact") },
      { type: "revoke-device", deviceId: w.phone.deviceId },
    ] as const;
    const intents = bodies.map((body): IntentRecord => ({
      id: w.ids.create("intent"),
      createdAt: NOW,
      ...body,
    }));
    for (const intent of intents) addIntent(w.doc, intent, w.phone);
    const read = readIntents(w.doc);
    expect(read.unreadable).toEqual([]);
    expect(read.entries.map(({ value }) => value)).toEqual(intents);
  });

  test("[OW2] a message that two windows of a device added is one, and its id cannot be said again", () => {
    const w = world();
    const { messages } = rootsOf(w.doc);
    const [text = ""] = messages(w.threadId).toArray();
    const [first] = readMessages(w.doc, w.threadId).entries;
    messages(w.threadId).push([text]);
    if (first !== undefined) addMessage(w.doc, { ...first.value, text: "other" }, w.phone);
    expect(readMessages(w.doc, w.threadId)).toEqual({
      entries: [first],
      unreadable: [`${w.threadId}/2`],
    });
  });

  test("threads are read with their author", () => {
    const w = world();
    const thread = { id: w.threadId, createdAt: NOW, title: "Deskhand" };
    addThread(w.doc, thread, w.executor);
    expect(readThreads(w.doc).entries).toMatchObject([{ value: thread, device: w.executor.deviceId }]);
  });

  test("[AP4] every order that only narrows may come from any device; none that widens", () => {
    expect([...NARROWING_INTENTS].toSorted()).toEqual([
      "cancel",
      "hold",
      "pause",
      "revoke-device",
      "stop-all",
    ]);
  });

  test("an order is settled when its run says that it took it in, or has gone past it", () => {
    const w = world();
    const [run] = readRuns(w.doc).entries;
    const { taskId, runId } = w;
    const common = { id: w.ids.create("intent"), createdAt: NOW };
    const at = (intent: IntentRecord, state: "queued" | "running" | "waiting" | "interrupted" | "done") =>
      run !== undefined && isSettled(intent, { ...run, state });
    expect(at({ ...common, type: "edit", taskId }, "queued")).toBe(false);
    expect(at({ ...common, type: "edit", taskId }, "running")).toBe(true);
    expect(at({ ...common, type: "steer", taskId, text: "x" }, "running")).toBe(false);
    expect(at({ ...common, type: "steer", taskId, text: "x" }, "done")).toBe(true);
    expect(at({ ...common, type: "continue", runId }, "interrupted")).toBe(false);
    expect(at({ ...common, type: "continue", runId }, "running")).toBe(true);
    expect(at({ ...common, type: "answer", questionId: w.question.id }, "waiting")).toBe(false);
    expect(at({ ...common, type: "run-again", taskId }, "done")).toBe(false);
    const taken = run && { ...run, intents: [common.id] };
    expect(isSettled({ ...common, type: "steer", taskId, text: "x" }, taken)).toBe(true);
    const later = run && { ...run, id: w.ids.create("run") };
    expect(isSettled({ ...common, type: "run-again", taskId }, later)).toBe(true);
  });
});

describe("marks", () => {
  test("anyone sets them, the last writer wins, nothing else is touched", () => {
    const w = world();
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(w.doc));
    putMark(w.doc, w.taskId, "title", "Mine");
    Y.applyUpdate(other, Y.encodeStateAsUpdate(w.doc));
    putMark(other, w.taskId, "title", "Yours");
    putMark(other, w.threadId, "pinned", true);
    Y.applyUpdate(w.doc, Y.encodeStateAsUpdate(other));
    expect(readMark(w.doc, w.taskId, "title")).toBe("Yours");
    expect(readMark(w.doc, w.taskId, "pinned")).toBeUndefined();
    putMark(w.doc, w.threadId, "pinned");
    expect(readMarks(w.doc)).toEqual({
      entries: [{ id: w.taskId, field: "title", value: "Yours" }],
      unreadable: [],
    });
  });

  test("[RE1] an unknown field, a wrong value and a strange id are named", () => {
    const w = world();
    const { marks } = rootsOf(w.doc);
    marks.set(`${w.taskId}/colour`, "green");
    marks.set(`${w.taskId}/pinned`, "yes");
    marks.set("nobody/title", "x");
    marks.set(`${w.phone.deviceId}/title`, "My phone");
    expect(readMarks(w.doc).unreadable).toEqual([`${w.taskId}/colour`, `${w.taskId}/pinned`, "nobody/title"]);
    expect(readMarks(w.doc).entries).toHaveLength(1);
  });
});

test("only messages and replies have a root for each thread", () => {
  expect(rootNameOf("messages/thr_1")).toBe("messages");
  expect(rootNameOf("messages")).toBeUndefined();
  expect(rootNameOf("tasks/x")).toBeUndefined();
  expect(rootNameOf("marks")).toBe("marks");
});
