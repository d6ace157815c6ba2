/** A renewed epoch: the fresh document reads like the old one, and a device that returns loses nothing. */
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  addMessage,
  addTask,
  appendRecords,
  carryOver,
  lackingRecords,
  pendingRecords,
  putMark,
  putReply,
  putRun,
  readIntents,
  readMark,
  readMessages,
  readReplies,
  readTasks,
  recordsInUpdate,
  removeArchived,
  rootsOf,
  selectForArchive,
  unsentRecords,
} from "@deskhand/doc-schema/document";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { BLOB, createFullWorkspace, DAY_MS } from "../../../fixtures/docs/full-workspace.ts";
import { readingOf } from "../../../fixtures/docs/reading.ts";
import { keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

const loaded = (update: Uint8Array): Y.Doc => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  return doc;
};
const copyOf = (doc: Y.Doc): Y.Doc => loaded(Y.encodeStateAsUpdate(doc));

const renewed = (oldDoc: Y.Doc, clientId?: number): Y.Doc => {
  const fresh = new Y.Doc();
  if (clientId !== undefined) fresh.clientID = clientId;
  carryOver(oldDoc, fresh, { epoch: 2 });
  return fresh;
};

const withoutEpoch = (doc: Y.Doc) => {
  const { meta, ...rest } = readingOf(doc) as { meta: Record<string, unknown> };
  return { ...rest, meta: { ...meta, epoch: 0 } };
};

describe("the fresh document", () => {
  test("[OW2] [RE1] reads like the old one, unreadable entries and unknown fields included, but for the epoch", () => {
    const act = fc.record({
      kind: fc.nat({ max: 7 }),
      text: fc.string({ maxLength: 20 }),
      pick: fc.nat({ max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const world = createFullWorkspace();
        const { doc, ids, threadId, runs, phone } = world;
        const roots = rootsOf(doc);
        const reply = { id: ids.create("reply"), runId: runs.running.runId, createdAt: NOW, done: false };
        let streamed = "";
        for (const { kind, text, pick } of acts) {
          if (kind === 0)
            addMessage(doc, { id: ids.create("message"), createdAt: NOW, threadId, text }, phone);
          else if (kind === 1) putReply(doc, threadId, { ...reply, text: (streamed += text) });
          else if (kind === 2) roots.messages(threadId).push([text]);
          else if (kind === 3) roots.tasks.set(`tsk_${text}`, text);
          else if (kind === 4) putMark(doc, runs.done.taskId, "title", text);
          else if (kind === 5) putRun(doc, { id: runs.running.runId, summary: text });
          else if (kind === 6) roots.runs.set(`run_${text}`, new Y.Map([["colour", text]]));
          else roots.messages(threadId).delete(pick % roots.messages(threadId).length, 1);
        }
        const fresh = renewed(doc);
        expect(withoutEpoch(fresh)).toEqual(withoutEpoch(doc));
        expect(withoutEpoch(copyOf(fresh))).toEqual(withoutEpoch(doc));
        expect(rootsOf(fresh).meta.get("epoch")).toBe(2);
      }),
      { numRuns: 40 },
    );
  });

  test("the same document gives the same bytes, whoever loaded it", () => {
    const { doc } = createFullWorkspace();
    expect(Y.encodeStateAsUpdate(renewed(copyOf(doc), 7))).toEqual(Y.encodeStateAsUpdate(renewed(doc, 7)));
  });

  test("carrying over again, or after half of it was lost, adds nothing twice", () => {
    const { doc, threadId } = createFullWorkspace();
    const half = new Y.Doc();
    rootsOf(half).messages(threadId).push(rootsOf(doc).messages(threadId).toArray().slice(0, 3));
    carryOver(doc, half, { epoch: 2 });
    expect(withoutEpoch(half)).toEqual(withoutEpoch(doc));
    let updates = 0;
    half.on("update", () => updates++);
    carryOver(doc, half, { epoch: 2 });
    expect(updates).toBe(0);
  });

  test("a reply goes on growing where it was", () => {
    const { doc, ids, threadId, runs } = createFullWorkspace();
    const reply = { id: ids.create("reply"), runId: runs.running.runId, createdAt: NOW, done: false };
    for (let length = 1; length < 200; length++)
      putReply(doc, threadId, { ...reply, text: "x".repeat(length) });
    const fresh = renewed(doc);
    const before = Y.encodeStateVector(fresh);
    putReply(fresh, threadId, { ...reply, text: `${"x".repeat(199)}!` });
    expect(Y.encodeStateAsUpdate(fresh, before).length).toBeLessThan(40);
    expect(readReplies(fresh, threadId).entries.at(-1)?.text).toHaveLength(200);
  });

  test("what Yjs remembers of the past stays behind", () => {
    const { doc, runs } = createFullWorkspace();
    for (let n = 0; n < 200; n++) {
      const { tasks } = rootsOf(doc);
      tasks.set(`tsk_${n}`, "x".repeat(100));
      tasks.delete(`tsk_${n}`);
      putRun(doc, { id: runs.running.runId, stateSince: n });
    }
    const fresh = Y.encodeStateAsUpdate(renewed(doc));
    expect(fresh.length).toBeLessThan(Y.encodeStateAsUpdate(doc).length - 3000);
    expect(Y.decodeStateVector(Y.encodeStateVector(loaded(fresh))).size).toBe(1);
  });

  test("a newer app's roots come along, whatever their type", () => {
    const { doc } = createFullWorkspace();
    doc.getMap("wishes").set("a", new Y.Map([["b", new Y.Array()]]));
    doc.getArray("wishes/list").push([1, { two: 2 }]);
    doc.getText("wishes/text").insert(0, "three");
    const fresh = copyOf(renewed(copyOf(doc)));
    expect(fresh.getMap("wishes").toJSON()).toEqual({ a: { b: [] } });
    expect(fresh.getArray("wishes/list").toJSON()).toEqual([1, { two: 2 }]);
    expect(fresh.getText("wishes/text").toJSON()).toBe("three");
  });

  test("other fields of meta can change with the epoch", () => {
    const { doc } = createFullWorkspace();
    const fresh = new Y.Doc();
    carryOver(doc, fresh, { epoch: 3, meta: { relays: ["wss://other.example.org"] } });
    expect(rootsOf(fresh).meta.toJSON()).toMatchObject({ epoch: 3, relays: ["wss://other.example.org"] });
  });
});

describe("a device that returns", () => {
  const own = ({ deviceId }: DeviceKeys) => ({ device: deviceId, now: NOW + 100 * DAY_MS });
  const offline = () => {
    const world = createFullWorkspace();
    const phoneDoc = copyOf(world.doc);
    const sent = Y.decodeStateVector(Y.encodeStateVector(phoneDoc));
    const isAcked = ({ client, clock }: { client: number; clock: number }) => clock < (sent.get(client) ?? 0);
    const { ids, threadId, phone } = world;
    const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "offline" };
    const task = { id: ids.create("task"), createdAt: NOW, threadId, prompt: "offline" };
    addTask(phoneDoc, task, message, phone);
    addMessage(phoneDoc, { ...message, id: ids.create("message"), text: "more" }, phone);
    putMark(phoneDoc, threadId, "title", "Offline");
    return { ...world, phoneDoc, isAcked, task };
  };

  test("[OW2] says again what the old relay had not acknowledged, each once", () => {
    const { doc, phoneDoc, isAcked, task, threadId } = offline();
    const unsent = unsentRecords(phoneDoc, isAcked);
    expect(unsent.map(({ root }) => root)).toEqual(["messages", "messages", "tasks", "marks"]);
    const fresh = renewed(doc);
    expect(appendRecords(fresh, unsent)).toEqual({ added: 4, taken: [] });
    expect(appendRecords(fresh, unsent)).toEqual({ added: 1, taken: [] });
    expect(readTasks(fresh).entries.at(-1)?.value).toEqual(task);
    expect(
      readMessages(fresh, threadId)
        .entries.slice(-2)
        .map(({ value }) => value.text),
    ).toEqual(["offline", "more"]);
    expect(readMark(fresh, threadId, "title")).toBe("Offline");
  });

  test("what reached the desktop by another way is there once", () => {
    const { doc, phoneDoc, isAcked, threadId } = offline();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(phoneDoc));
    const fresh = renewed(doc);
    const before = readMessages(fresh, threadId).entries.length;
    expect(appendRecords(fresh, unsentRecords(phoneDoc, isAcked)).taken).toEqual([]);
    expect(readMessages(fresh, threadId).entries).toHaveLength(before);
  });

  test("a key at which another text stands is named and left alone", () => {
    const { doc, intentIds, phone } = createFullWorkspace();
    const key = intentIds[0] ?? "";
    const other = { root: "intents" as const, key, value: JSON.stringify({ device: phone.deviceId }) };
    const before = readIntents(doc);
    expect(appendRecords(doc, [other, { ...other, value: 7 }])).toEqual({ added: 0, taken: [key, key] });
    expect(readIntents(doc)).toEqual(before);
  });

  test("[T34] says again what it had said and the fresh document does not know, acknowledged or not", () => {
    const { doc, phoneDoc, phone, task } = offline(); // the desktop's document has none of it
    const fresh = renewed(doc);
    const lacking = lackingRecords(phoneDoc, fresh, own(phone));
    expect(lacking.map(({ root }) => root)).toEqual(["messages", "messages", "tasks"]);
    appendRecords(fresh, lacking);
    expect(readTasks(fresh).entries.at(-1)?.value).toEqual(task);
    expect(lackingRecords(phoneDoc, fresh, own(phone))).toEqual([]);
    expect(lackingRecords(phoneDoc, renewed(doc), own(keysOf(9)))).toEqual([]); // each says its own only
  });

  test("[AR1] what went into the archive meanwhile does not come back", () => {
    const { doc, ids, phone } = createFullWorkspace();
    const phoneDoc = copyOf(doc);
    const segment = selectForArchive(doc, { keepNewest: 0, olderThan: 0, now: NOW + 100 * DAY_MS });
    if (segment === undefined) throw new Error("nothing may go");
    const { threadId, fromId, toId, lines } = segment;
    const reference = { id: ids.create("segment"), threadId, fromId, toId, count: lines.length, blob: BLOB };
    expect(removeArchived(doc, segment, reference).ok).toBe(true);
    const fresh = renewed(doc);
    expect(readTasks(fresh).entries.length).toBeLessThan(readTasks(phoneDoc).entries.length);
    expect(lackingRecords(phoneDoc, fresh, own(phone))).toEqual([]);
  });

  test("[OW2] what was archived in the new epoch already is not said again under its key", () => {
    const { doc, phoneDoc, isAcked, task } = offline();
    const unsent = unsentRecords(phoneDoc, isAcked).filter(({ root }) => root === "tasks");
    const fresh = renewed(doc);
    expect(appendRecords(fresh, unsent).added).toBe(1);
    rootsOf(fresh).tasks.delete(task.id);
    expect(appendRecords(copyOf(fresh), unsent)).toEqual({ added: 0, taken: [] });
  });

  test("says again what it cannot place itself, because what it builds on is lost", () => {
    const { doc, phoneDoc, phone, threadId, ids } = offline();
    const lost = new Y.Doc();
    Y.applyUpdate(lost, Y.encodeStateAsUpdate(phoneDoc));
    const message = { id: ids.create("message"), createdAt: NOW, threadId };
    addMessage(lost, { ...message, text: "lost with its device" }, phone);
    const after = Y.encodeStateVector(lost);
    addMessage(lost, { ...message, id: ids.create("message"), text: "kept" }, phone);
    addTask(
      lost,
      { id: ids.create("task"), createdAt: NOW, threadId, prompt: "kept too" },
      { ...message, id: ids.create("message"), text: "kept too" },
      phone,
    );
    const crashed = copyOf(doc);
    Y.applyUpdate(crashed, Y.encodeStateAsUpdate(lost, after));
    expect(crashed.store.pendingStructs).not.toBe(null);
    const fresh = renewed(doc);
    const lacking = lackingRecords(crashed, fresh, own(phone));
    expect(lacking.map(({ root }) => root).toSorted()).toEqual(["messages", "messages", "tasks"]);
    appendRecords(fresh, lacking);
    expect(readTasks(fresh).entries.at(-1)?.value.prompt).toBe("kept too");
    expect(
      readMessages(fresh, threadId)
        .entries.slice(-2)
        .map(({ value }) => value.text),
    ).toEqual(["kept", "kept too"]);
    expect(recordsInUpdate(Y.encodeStateAsUpdate(lost, after))).toEqual(pendingRecords(crashed));
    expect(lackingRecords(crashed, fresh, own(phone))).toEqual([]);
  });

  test("when everything was acknowledged there is nothing to say", () => {
    const { doc } = createFullWorkspace();
    expect(unsentRecords(doc, () => true)).toEqual([]);
  });
});
