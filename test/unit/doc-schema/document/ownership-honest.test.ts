/**
 * What honest devices do is always allowed; what is allowed never changes what others wrote. Both with random histories:
 * phones and the executor act and meet through a log of updates, in which each reads and writes in its own time.
 */
import {
  addDecision,
  addIntent,
  addMessage,
  addTask,
  addThread,
  createIdFactory,
  nextDecisionId,
  ownershipGuard,
  putApproval,
  putMark,
  putReply,
  putRun,
  putSteps,
  readTasks,
  rootNameOf,
  rootsOf,
  OWNERSHIP,
  type IdFactory,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { guardUpdate } from "@deskhand/doc-schema/sync";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createFullWorkspace, DIGEST } from "../../../fixtures/docs/full-workspace.ts";
import { readingOf } from "../../../fixtures/docs/reading.ts";
import { createWorkspaceDoc, keysOf, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

interface Peer {
  readonly doc: Y.Doc;
  readonly keys: DeviceKeys;
  readonly ids: IdFactory;
  readonly unsent: Uint8Array[];
  read: number;
}

const createPeer = (seed: number, state: Uint8Array): Peer => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  const unsent: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
    if (local) unsent.push(update);
  });
  const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(seed) });
  return { doc, keys: keysOf(seed), ids, unsent, read: 0 };
};

const createLog = () => {
  const updates: { readonly update: Uint8Array; readonly author: Peer }[] = [];
  return {
    updates,
    /** Reads what is new, then sends what was made: like a device that comes online. */
    meet: (peer: Peer, accept: (update: Uint8Array, author: Peer) => void, isMerged: boolean): void => {
      for (; peer.read < updates.length; peer.read++) {
        const entry = updates[peer.read];
        if (entry !== undefined && entry.author !== peer) accept(entry.update, entry.author);
      }
      const sent = isMerged && peer.unsent.length > 0 ? [Y.mergeUpdates(peer.unsent)] : peer.unsent;
      for (const update of sent) updates.push({ update, author: peer });
      peer.unsent.length = 0;
    },
  };
};

const actAsPhone = ({ doc, keys, ids }: Peer, kind: number, pick: number): void => {
  const threads = [...rootsOf(doc).threads.keys()];
  const threadId = (threads[pick % Math.max(1, threads.length)] ?? ids.create("thread")) as ReturnType<
    typeof ids.create<"thread">
  >; // keys of this root are thread ids
  const tasks = readTasks(doc).entries;
  const taskId: TaskId = tasks[pick % Math.max(1, tasks.length)]?.value.id ?? ids.create("task");
  const message = { id: ids.create("message"), createdAt: NOW, threadId, text: `m${pick}` };
  switch (kind) {
    case 0:
      addThread(doc, { id: ids.create("thread"), createdAt: NOW, title: "t" }, keys);
      return;
    case 1:
      return addMessage(doc, message, keys);
    case 2:
      addTask(doc, { id: ids.create("task"), createdAt: NOW, threadId, prompt: "do" }, message, keys);
      return;
    case 3:
      addIntent(doc, { id: ids.create("intent"), createdAt: NOW, type: "cancel", taskId }, keys);
      return;
    case 4: {
      const approvals = [...rootsOf(doc).approvals.keys()];
      const approvalId = (approvals[pick % Math.max(1, approvals.length)] ??
        ids.create("approval")) as ReturnType<typeof ids.create<"approval">>; // as above
      const id = nextDecisionId(doc, approvalId, keys.deviceId, NOW);
      const digests = { requestDigest: DIGEST, shownDigest: DIGEST };
      const verdict = pick % 2 === 0 ? "allow" : "deny";
      addDecision(
        doc,
        { id, createdAt: NOW, approvalId, verdict, scope: "once", locale: "en", ...digests },
        keys,
      );
      return;
    }
    case 5:
      return putMark(doc, taskId, "title", `title ${pick}`);
    default:
      return putMark(doc, taskId, "title");
  }
};

const actAsExecutor = ({ doc, ids }: Peer, kind: number, pick: number): void => {
  const { runs, messages, tasks, threads } = rootsOf(doc);
  const [task] = readTasks(doc).entries.slice(pick % 5);
  const [runKey] = [...runs.keys()].slice(pick % 3);
  const [threadKey] = threads.keys();
  const threadId = threadKey as ReturnType<typeof ids.create<"thread">>; // keys of this root are thread ids
  switch (kind) {
    case 0:
    case 1: {
      if (task === undefined) return;
      const run = { id: ids.create("run"), taskId: task.value.id, threadId, attempt: 1, stateSince: NOW };
      return putRun(doc, { ...run, state: "running" });
    }
    case 2: {
      const run = runs.get(runKey ?? "");
      if (run !== undefined) run.set("state", "done");
      return;
    }
    case 3:
      if (runKey !== undefined)
        putSteps(doc, runKey, [{ id: ids.create("step"), at: pick, kind: "read", outcome: "done" }]);
      return;
    case 4: {
      const reply = { id: ids.create("reply"), runId: ids.create("run"), createdAt: NOW, done: false };
      putReply(doc, threadId, { ...reply, text: "He" });
      return putReply(doc, threadId, { ...reply, text: "Hello" });
    }
    case 5:
      return putApproval(doc, { id: ids.create("approval"), state: "pending" });
    default: {
      // what archiving does
      if (messages(threadId).length > 0) messages(threadId).delete(0, 1);
      if (task !== undefined) tasks.delete(task.value.id);
      if (runKey !== undefined) runs.delete(runKey);
    }
  }
};

const OWN = { ok: true, value: { unknownRoots: 0 } };

test("[OW1] [OW2] [OW3] whatever honest phones do, in whatever order it arrives, is allowed", () => {
  const act = fc.record({
    who: fc.nat({ max: 2 }),
    kind: fc.nat({ max: 6 }),
    pick: fc.nat({ max: 9 }),
    meets: fc.boolean(),
    isMerged: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const w = createWorkspaceDoc();
      addThread(w.doc, { id: w.threadId, createdAt: NOW, title: "t" }, w.executor);
      w.sendTask("first");
      const state = Y.encodeStateAsUpdate(w.doc);
      const [executor, ...phones] = [1, 2, 5].map((seed) => createPeer(seed, state));
      if (executor === undefined) throw new Error("three were made");
      const log = createLog();
      const acceptAs = (peer: Peer) => (update: Uint8Array, author: Peer) => {
        expect(guardUpdate(peer.doc, update).ok).toBe(true);
        const isForeign = peer === executor && author !== executor;
        expect(isForeign ? ownershipGuard(executor.doc, update) : OWN).toEqual(OWN);
        Y.applyUpdate(peer.doc, update);
      };
      for (const { who, kind, pick, meets, isMerged } of acts) {
        const peer: Peer = [executor, ...phones][who] ?? executor;
        if (peer === executor) actAsExecutor(peer, kind, pick);
        else actAsPhone(peer, kind, pick);
        if (meets) log.meet(peer, acceptAs(peer), isMerged);
      }
      for (const peer of [...phones, executor, ...phones]) log.meet(peer, acceptAs(peer), true);
      for (const phone of phones) {
        // A phone's whole document, as after the relay lost its disk.
        expect(ownershipGuard(executor.doc, Y.encodeStateAsUpdate(phone.doc)).ok).toBe(true);
        expect(readingOf(phone.doc)).toEqual(readingOf(executor.doc));
      }
    }),
    { numRuns: 60 },
  );
});

/** Everything that outsiders must not change: the desktop's roots, and each record by its key. */
const protectedState = (doc: Y.Doc) => {
  const desktop: Record<string, unknown> = {};
  const records: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(doc.toJSON())) {
    const name = rootNameOf(key);
    const writer = name === undefined ? "anyone" : OWNERSHIP[name].writer;
    if (writer === "desktop") desktop[key] = value;
    else if (writer === "creating-device")
      for (const [at, text] of Array.isArray(value) ? value.map((v) => [v, v]) : Object.entries(value))
        records[`${key} ${at}`] = text;
  }
  return { desktop, records };
};

/** The same roots as types in both documents, so that their JSON can be compared. */
const copyOf = (
  state: Uint8Array,
  threadId: Parameters<ReturnType<typeof rootsOf>["messages"]>[0],
): Y.Doc => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  rootsOf(doc).messages(threadId);
  rootsOf(doc).replies(threadId);
  return doc;
};

test("[OW1] [OW2] whatever random writers do: what is allowed leaves the desktop's rows and all records as they were", () => {
  const world = createFullWorkspace();
  const state = Y.encodeStateAsUpdate(world.doc);
  const executor = copyOf(state, world.threadId);
  const before = protectedState(executor);
  const maps = ["tasks", "decisions", "intents", "threads", "runs", "meta", "marks", "wishes"];
  const arrays = [`messages/${world.threadId}`, `replies/${world.threadId}`, "archive", "wishes/2"];
  const texts = [...rootsOf(world.doc).tasks.values()];
  const write = fc.record({
    isMap: fc.boolean(),
    root: fc.nat({ max: 7 }),
    at: fc.nat({ max: 30 }),
    what: fc.nat({ max: 4 }),
  });
  const verdicts = { ok: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(write, { minLength: 1, maxLength: 4 }), fc.nat(), (writes, client) => {
      const copy = copyOf(state, world.threadId);
      copy.clientID = client;
      const vector = Y.encodeStateVector(copy);
      for (const { isMap, root, at, what } of writes) {
        const value = [texts[at % texts.length], "x", new Y.Map([["a", 1]]), 7][what % 4];
        if (isMap) {
          const map = copy.getMap(maps[root]);
          const keys = [...map.keys(), "new"];
          const key = keys[at % keys.length] ?? "new";
          if (what === 4) map.delete(key);
          else map.set(key, what === 0 ? (map.get(key) instanceof Y.Map ? "x" : map.get(key)) : value);
        } else {
          const array = copy.getArray(arrays[root % arrays.length]);
          if (what === 4 && array.length > 0) array.delete(at % array.length, 1);
          else array.insert(at % (array.length + 1), [value]);
        }
      }
      const update = Y.encodeStateAsUpdate(copy, vector);
      const verdict = ownershipGuard(executor, update);
      verdicts[verdict.ok ? "ok" : "refused"]++;
      if (!verdict.ok) return;
      const after = copyOf(state, world.threadId);
      Y.applyUpdate(after, update);
      const { desktop, records } = protectedState(after);
      expect(desktop).toEqual(before.desktop);
      expect(records).toMatchObject(before.records);
    }),
    { numRuns: 400 },
  );
  expect(Math.min(verdicts.ok, verdicts.refused)).toBeGreaterThan(10);
});

test("[OW1] [OW2] a mutated update never makes it throw, and what passes both guards changes nothing of others", () => {
  const world = createFullWorkspace();
  const state = Y.encodeStateAsUpdate(world.doc);
  const executor = copyOf(state, world.threadId);
  const before = protectedState(executor);
  const phone = copyOf(state, world.threadId);
  const vector = Y.encodeStateVector(phone);
  const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(77) });
  const message = { id: ids.create("message"), createdAt: NOW, threadId: world.threadId, text: "m" };
  addTask(
    phone,
    { id: ids.create("task"), createdAt: NOW, threadId: world.threadId, prompt: "p" },
    message,
    keysOf(2),
  );
  putMark(phone, world.threadId, "title", "Other");
  const honest = Y.encodeStateAsUpdate(phone, vector);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.nat({ max: 255 })), {
        minLength: 1,
        maxLength: 3,
      }),
      (flips) => {
        const mutant = Uint8Array.from(honest);
        for (const [at, byte] of flips) mutant[at] = byte;
        const isOwn = ownershipGuard(executor, mutant).ok;
        if (!isOwn || !guardUpdate(executor, mutant).ok) return;
        const after = copyOf(state, world.threadId);
        Y.applyUpdate(after, mutant);
        const { desktop, records } = protectedState(after);
        expect(desktop).toEqual(before.desktop);
        expect(records).toMatchObject(before.records);
      },
    ),
    { numRuns: 1500 },
  );
});
