/** Each way to write what is not one's own, and the rule by which it is refused. */
import { ownershipGuard, rootsOf, taskKind, threadKind, writeSigned } from "@deskhand/doc-schema/document";
import { signValue } from "@deskhand/doc-schema/crypto";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createFullWorkspace } from "../../../fixtures/docs/full-workspace.ts";
import { keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

type World = ReturnType<typeof createFullWorkspace>;
type Attack = (copy: Y.Doc, world: World) => void;

const world = createFullWorkspace();
const stateBefore = Y.encodeStateAsUpdate(world.doc);

/** What somebody who has the whole document sends after `attack`. */
const updateOf = (attack: Attack): Uint8Array => {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, stateBefore);
  const before = Y.encodeStateVector(copy);
  copy.transact(() => attack(copy, world));
  return Y.encodeStateAsUpdate(copy, before);
};
/** What somebody sends who makes the struct in an empty document, where roots have other types. */
const bareUpdateOf = (write: (empty: Y.Doc) => void): Uint8Array => {
  const empty = new Y.Doc();
  write(empty);
  return Y.encodeStateAsUpdate(empty);
};

const newTask = (id = world.ids.create("task"), keys = world.phone): string =>
  writeSigned(taskKind, { id, createdAt: NOW, threadId: world.threadId, prompt: "x" }, keys);
const messagesKey = `messages/${world.threadId}`;
const repliesKey = `replies/${world.threadId}`;
const firstKey = (map: Y.Map<unknown>): string => [...map.keys()][0] ?? "";
const firstReply = (copy: Y.Doc): Y.Map<unknown> => rootsOf(copy).replies(world.threadId).get(0);
const textOf = (reply: Y.Map<unknown>): Y.Text => reply.get("text") as Y.Text;
const doneRun = (copy: Y.Doc) => rootsOf(copy).runs.get(world.runs.done.runId);

const stepsOf = (copy: Y.Doc) => doneRun(copy)?.get("steps") as Y.Array<unknown> | undefined;

const DESKTOP_ATTACKS: Readonly<Record<string, readonly [root: string, Attack]>> = {
  "the state of a run": ["runs", (copy) => doneRun(copy)?.set("state", "queued")],
  "a field that a run does not have": ["runs", (copy) => doneRun(copy)?.set("colour", "green")],
  "a field taken from a run": ["runs", (copy) => doneRun(copy)?.delete("changes")],
  "a step more": ["runs", (copy) => stepsOf(copy)?.push([{ id: "x" }])],
  "a step less": ["runs", (copy) => stepsOf(copy)?.delete(0)],
  "a run more": ["runs", (copy) => rootsOf(copy).runs.set("run_x", new Y.Map([["state", "done"]]))],
  "a run less": ["runs", (copy) => rootsOf(copy).runs.delete(world.runs.done.runId)],
  "a run put anew": [
    "runs",
    (copy) => rootsOf(copy).runs.set(world.runs.done.runId, new Y.Map([["state", "done"]])),
  ],
  "text at the end of a reply": [repliesKey, (copy) => textOf(firstReply(copy)).insert(4, "x")],
  "text in front of a reply": [repliesKey, (copy) => textOf(firstReply(copy)).insert(0, "x")],
  "a letter taken from a reply": [repliesKey, (copy) => textOf(firstReply(copy)).delete(2, 1)],
  "a bold word in a reply": [repliesKey, (copy) => textOf(firstReply(copy)).format(0, 2, { bold: true })],
  "a reply more": [repliesKey, (copy) => rootsOf(copy).replies(world.threadId).push([new Y.Map()])],
  "a reply less": [repliesKey, (copy) => rootsOf(copy).replies(world.threadId).delete(0)],
  "the state of an approval": [
    "approvals",
    (copy) => rootsOf(copy).approvals.get(world.pending.id)?.set("state", "allowed"),
  ],
  "the answer to a question": [
    "questions",
    (copy) => rootsOf(copy).questions.get(world.questionId)?.set("answer", "Q1"),
  ],
  "a grant": ["grants", (copy) => rootsOf(copy).grants.get(world.grantId)?.set("target", "/")],
  "a schedule": ["schedules", (copy) => rootsOf(copy).schedules.get(world.scheduleId)?.set("prompt", "x")],
  "a connector": ["connectors", (copy) => rootsOf(copy).connectors.set("con_x", new Y.Map())],
  "an artifact": ["artifacts", (copy) => rootsOf(copy).artifacts.set("art_x", new Y.Map())],
  "the least reader": ["meta", (copy) => rootsOf(copy).meta.set("minReader", 99)],
  "a device": ["devices", (copy) => rootsOf(copy).devices.set(keysOf(9).deviceId, "x")],
  "a revocation taken back": ["revocations", (copy) => rootsOf(copy).revocations.delete(keysOf(3).deviceId)],
  "an archive reference": ["archive", (copy) => rootsOf(copy).archive.push([{ id: "seg_x" }])],
  "an archive reference less": ["archive", (copy) => rootsOf(copy).archive.delete(0)],
};

const RECORD_ATTACKS: Readonly<Record<string, readonly [root: string, rule: string, Attack]>> = {
  "a task said anew": [
    "tasks",
    "OW2",
    (copy) => rootsOf(copy).tasks.set(world.runs.done.taskId, newTask(world.runs.done.taskId)),
  ],
  "a task taken away": ["tasks", "OW2", (copy) => rootsOf(copy).tasks.delete(world.runs.done.taskId)],
  "an intent taken away": [
    "intents",
    "OW2",
    (copy) => rootsOf(copy).intents.delete(firstKey(rootsOf(copy).intents as Y.Map<unknown>)),
  ],
  "a decision taken away": [
    "decisions",
    "OW2",
    (copy) => rootsOf(copy).decisions.delete(firstKey(rootsOf(copy).decisions as Y.Map<unknown>)),
  ],
  "a thread renamed": [
    "threads",
    "OW2",
    (copy) =>
      rootsOf(copy).threads.set(
        world.threadId,
        writeSigned(threadKind, { id: world.threadId, createdAt: NOW, title: "Mine" }, world.phone),
      ),
  ],
  "a message taken away": [messagesKey, "OW2", (copy) => rootsOf(copy).messages(world.threadId).delete(1)],
  "all messages taken away": [
    messagesKey,
    "OW2",
    (copy) => rootsOf(copy).messages(world.threadId).delete(0, rootsOf(copy).messages(world.threadId).length),
  ],
  "a message that is no record": [
    messagesKey,
    "OW2",
    (copy) => rootsOf(copy).messages(world.threadId).push(["hello"]),
  ],
  "a message that is no text": [
    messagesKey,
    "OW2",
    (copy) => (rootsOf(copy).messages(world.threadId) as Y.Array<unknown>).push([new Y.Map()]),
  ],
  "a task that is no record": ["tasks", "OW2", (copy) => rootsOf(copy).tasks.set("tsk_x", "{}")],
  "a task that is a nested map": [
    "tasks",
    "OW2",
    (copy) => (rootsOf(copy).tasks as Y.Map<unknown>).set("tsk_x", new Y.Map([["prompt", "x"]])),
  ],
  "a task under another id": ["tasks", "OW2", (copy) => rootsOf(copy).tasks.set("tsk_x", newTask())],
  "a record that names no device": [
    "tasks",
    "OW2",
    (copy) => rootsOf(copy).tasks.set("tsk_x", newTask().replace(world.phone.deviceId, "dev_nobody")),
  ],
  "a decision in another device's name": [
    "decisions",
    "OW3",
    (copy) => {
      const id = `${world.pending.id}/${keysOf(5).deviceId}/1`;
      const value = { id, createdAt: NOW };
      rootsOf(copy).decisions.set(
        id,
        JSON.stringify({ value, device: world.phone.deviceId, signature: "AA" }),
      );
    },
  ],
};

const squat = (keys: ReturnType<typeof keysOf>, signature: string): Uint8Array =>
  updateOf((copy) => {
    const id = `${world.pending.id}/${keys.deviceId}/7`;
    rootsOf(copy).decisions.set(id, JSON.stringify({ value: { id }, device: keys.deviceId, signature }));
  });

const refused = (update: Uint8Array) => {
  const result = ownershipGuard(world.doc, update);
  expect(Y.encodeStateAsUpdate(world.doc)).toEqual(stateBefore);
  return result;
};

describe("the ownership guard refuses", () => {
  test.each(Object.entries(DESKTOP_ATTACKS))("[T34] [OW1] %s", (_name, [root, attack]) => {
    const error = { type: "foreign-write", root, rule: "OW1" };
    expect(refused(updateOf(attack))).toEqual({ ok: false, error });
  });

  test.each(Object.entries(RECORD_ATTACKS))("[T34] [OW2] [OW3] %s", (_name, [root, rule, attack]) => {
    expect(refused(updateOf(attack))).toEqual({ ok: false, error: { type: "foreign-write", root, rule } });
  });

  test("[OW2] what is hidden among the entries of a root of another type", () => {
    const asList = bareUpdateOf((empty) => empty.getArray("tasks").push([newTask()]));
    expect(refused(asList)).toMatchObject({ error: { root: "tasks", rule: "OW2" } });
    const asKey = bareUpdateOf((empty) => empty.getMap(messagesKey).set("k", newTask()));
    expect(refused(asKey)).toMatchObject({ error: { root: messagesKey, rule: "OW2" } });
  });

  test("[OW2] a tombstone over a record, made without having seen it", () => {
    const over = bareUpdateOf((empty) => {
      empty.clientID = 2 ** 32 - 1; // the higher client wins
      empty.getMap("tasks").set(world.runs.done.taskId, "x");
      empty.getMap("tasks").delete(world.runs.done.taskId);
    });
    expect(refused(over)).toMatchObject({ error: { root: "tasks", rule: "OW2" } });
  });

  test("[OW2] a tombstone at a key that somebody will need", () => {
    const key = `${world.pending.id}/${keysOf(5).deviceId}/1`;
    const burnt = bareUpdateOf((empty) => {
      empty.getMap("decisions").set(key, "x");
      empty.getMap("decisions").delete(key);
    });
    expect(refused(burnt)).toMatchObject({ error: { root: "decisions", rule: "OW2" } });
  });

  test("[OW3] a known device's name under an answer that it did not sign", () => {
    const error = { type: "foreign-write", root: "decisions", rule: "OW3" };
    expect(refused(squat(world.phone, "AA"))).toEqual({ ok: false, error });
    const id = `${world.pending.id}/${world.phone.deviceId}/7`;
    const signature = signValue("decision", { id }, world.phone.signingSecret);
    expect(refused(squat(world.phone, signature)).ok).toBe(true);
    const isUnknown = keysOf(77); // for intake to refuse: its place is nobody's
    expect(refused(squat(isUnknown, "AA")).ok).toBe(true);
  });

  test("[OW2] two texts for one new key in one update", () => {
    const id = world.ids.create("task");
    const update = updateOf((copy) => {
      rootsOf(copy).tasks.set(id, newTask(id));
      rootsOf(copy).tasks.set(id, newTask(id, keysOf(5)));
    });
    // Yjs sends the first as deleted, without its text: the second stands alone.
    expect(refused(update)).toEqual({ ok: true, value: { unknownRoots: 0 } });
    const merged = Y.mergeUpdates([
      bareUpdateOf((empty) => empty.getMap("tasks").set(id, newTask(id))),
      bareUpdateOf((empty) => empty.getMap("tasks").set(id, newTask(id, keysOf(5)))),
    ]);
    expect(refused(merged)).toMatchObject({ error: { root: "tasks", rule: "OW2" } });
  });

  test("[OW1] a foreign write among honest ones: the update is refused whole", () => {
    const update = updateOf((copy) => {
      const id = world.ids.create("task");
      rootsOf(copy).tasks.set(id, newTask(id));
      doneRun(copy)?.set("state", "queued");
    });
    expect(refused(update)).toMatchObject({ error: { root: "runs", rule: "OW1" } });
  });

  test("[OW1] a nested row whose parents come in the same update", () => {
    const update = updateOf((copy) => {
      const row = new Y.Map<unknown>();
      rootsOf(copy).runs.set("run_x", row);
      const steps = new Y.Array<unknown>();
      row.set("steps", steps);
      steps.push([1, 2]);
      steps.insert(1, [3]);
    });
    expect(refused(update)).toMatchObject({ error: { root: "runs", rule: "OW1" } });
  });

  test("[OW2] a record that was archived cannot be put back", () => {
    const { doc, runs, phone, threadId } = createFullWorkspace();
    const id = runs.failed.taskId;
    rootsOf(doc).tasks.delete(id);
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    const text = writeSigned(taskKind, { id, createdAt: NOW, threadId, prompt: "x" }, phone);
    const before = Y.encodeStateVector(copy);
    rootsOf(copy).tasks.set(id, text);
    expect(ownershipGuard(doc, Y.encodeStateAsUpdate(copy, before))).toMatchObject({
      error: { root: "tasks", rule: "OW2" },
    });
  });

  test.each([
    ["no update", Uint8Array.of(9, 9, 9)],
    ["nothing", new Uint8Array()],
    ["a struct beside an unknown one", Uint8Array.of(1, 1, 2, 0, 0x88, 99, 0, 1, 126, 0)],
    // 2:0 stands right of 3:0, and 3:0 right of 2:0
    [
      "two structs that stand beside each other",
      Uint8Array.of(2, 1, 3, 0, 0x88, 2, 0, 1, 126, 1, 2, 0, 0x88, 3, 0, 1, 126, 0),
    ],
    ["a deletion of what nobody has", Uint8Array.of(0, 1, 99, 1, 0, 5)],
  ])("%s, without throwing", (_name, update) => {
    expect(refused(update)).toEqual({ ok: false, error: { type: "foreign-write", root: "", rule: "OW1" } });
  });
});

describe("the ownership guard allows", () => {
  test("what the document has already, and what is deleted already", () => {
    expect(refused(stateBefore)).toEqual({ ok: true, value: { unknownRoots: 0 } });
  });

  test("the same record again, from a second window of a returning phone", () => {
    const { doc, runs } = world;
    const text = rootsOf(doc).tasks.get(runs.done.taskId) ?? "";
    for (const client of [1, 2 ** 31]) {
      const again = bareUpdateOf((empty) => {
        empty.clientID = client;
        empty.getMap("tasks").set(runs.done.taskId, text);
      });
      expect(refused(again)).toEqual({ ok: true, value: { unknownRoots: 0 } });
    }
  });

  test("both windows' copies merged, the loser deleted", () => {
    const id = world.ids.create("task");
    const text = newTask(id);
    const merged = new Y.Doc();
    for (const client of [5, 6]) {
      const update = bareUpdateOf((empty) => {
        empty.clientID = client;
        empty.getMap("tasks").set(id, text);
      });
      Y.applyUpdate(merged, update);
    }
    expect(refused(Y.encodeStateAsUpdate(merged))).toEqual({ ok: true, value: { unknownRoots: 0 } });
  });

  test("anything in marks, and a newer app's root, which is counted", () => {
    const update = updateOf((copy) => {
      rootsOf(copy).marks.set("x/colour", new Y.Map([["a", 1]]));
      copy.getMap("wishes").set("a", 1);
      copy.getArray("wishes/2").push([1]);
    });
    expect(refused(update)).toEqual({ ok: true, value: { unknownRoots: 2 } });
  });
});
