/** Frames without holes, what waited for what came over another relay, and who waited for each other: found by the simulator. */
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createFrameIntake, type OwnershipGuard } from "../../../../doc-schema/src/sync/frame-intake.ts";
import { createHeldUpdates } from "../../../../doc-schema/src/sync/held-updates.ts";
import { createLogHistory } from "../../../../doc-schema/src/sync/log-history.ts";
import { createOutgoingUpdates } from "../../../../doc-schema/src/sync/outgoing-updates.ts";
import { createRelayKnowledge } from "../../../../doc-schema/src/sync/relay-knowledge.ts";
import { createSealedRoom } from "../../../../doc-schema/src/sync/sealed-room.ts";
import { hasSkip, withoutSkips } from "../../../../doc-schema/src/sync/update-batches.ts";
import { createAuthor } from "./frame-author.ts";
import { bytes, freshKeys, realPorts } from "./room-harness.ts";

const keys = freshKeys();
const { deviceId } = createDeviceKeys(bytes(32), bytes(32));

/** The updates of one client that appends a word each time. */
const updatesOf = (...words: readonly string[]): readonly Uint8Array[] => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(new Uint8Array(update)));
  for (const word of words) doc.getText("t").insert(doc.getText("t").length, word);
  return updates;
};

describe("a frame has no hole", () => {
  test("[SY2] what the relay has already between two updates does not become a Skip", () => {
    const [one, two, three] = updatesOf("one", "two", "three");
    if (one === undefined || two === undefined || three === undefined) throw new Error("three updates");
    const doc = new Y.Doc();
    const room = createSealedRoom({ ...realPorts, url: "ws://relay.example/sync", doc, keys, deviceId });
    room.known.learn(one, 1);
    room.known.learn(two, 2);
    const sent: Uint8Array[] = [];
    const outgoing = createOutgoingUpdates(room, {
      seal: (update) => {
        sent.push(update);
        return update;
      },
      append: () => sent.length,
      after: () => {},
    });
    room.known.forgetContent();
    room.known.learn(two, 2); // the relay lost the first, and has the second
    outgoing.push(one, true);
    outgoing.push(three, true);
    while (outgoing.areWaiting()) outgoing.sendNext();
    expect(sent.some(hasSkip)).toBe(false);
    const reader = new Y.Doc();
    for (const update of [two, ...sent]) Y.applyUpdate(reader, update);
    expect(reader.getText("t").toJSON()).toBe("onetwothree");
  });

  test("what stands behind a hole is left out of it, of that client only", () => {
    const [one, , three] = updatesOf("one", "two", "three");
    const [other] = updatesOf("other");
    const merged = Y.mergeUpdates([one, three, other].filter((update) => update !== undefined));
    expect(hasSkip(merged)).toBe(true);
    const whole = withoutSkips(merged);
    expect(hasSkip(whole)).toBe(false);
    const reader = new Y.Doc();
    Y.applyUpdate(reader, whole);
    expect(reader.store.pendingStructs).toBeNull();
    expect(reader.getText("t").length).toBe("oneother".length);
  });

  test("an update without a hole stays as it is", () => {
    const [one] = updatesOf("one");
    expect(one && withoutSkips(one)).toBe(one);
  });
});

describe("what is known of the relay", () => {
  test("what stands behind a hole is known once the hole is filled, each by its own number", () => {
    const [one, two, three, four] = updatesOf("1", "2", "3", "4");
    if (one === undefined || two === undefined || three === undefined || four === undefined)
      throw new Error("four updates");
    const client = Y.decodeUpdate(one).structs[0]?.id.client ?? 0;
    const known = createRelayKnowledge();
    const numbers = (): readonly (number | undefined)[] =>
      [0, 1, 2, 3].map((clock) => known.ackedAt(client, clock));
    known.learn(one, 1);
    known.learn(four, 2);
    expect(numbers()).toEqual([1, undefined, undefined, undefined]);
    known.learn(three, 3);
    expect(numbers()).toEqual([1, undefined, undefined, undefined]);
    expect(known.has(four)).toBe(false);
    known.learn(two, 4);
    expect(numbers()).toEqual([1, 4, 3, 3]);
    expect(known.has(four)).toBe(true);
    expect(known.store().content.sv.get(client)).toBe(4);
  });

  test("a new snapshot, and a log read from its start, leave nothing behind a hole", () => {
    const [one, two] = updatesOf("1", "2");
    if (one === undefined || two === undefined) throw new Error("two updates");
    for (const forget of ["forgetContent", "startOver"] as const) {
      const known = createRelayKnowledge();
      known.learn(two, 1);
      known[forget]();
      known.learn(one, 2);
      expect(known.has(one)).toBe(true);
      expect(known.has(two)).toBe(false);
    }
  });
});

describe("a deletion that follows from two values of one key", () => {
  const setUp = (learnAll: boolean) => {
    const [anna, ben] = [new Y.Doc(), new Y.Doc()];
    [anna.clientID, ben.clientID] = [1, 2];
    anna.getMap("marks").set("said", "again");
    ben.getMap("marks").set("said", "again");
    const updates = [anna, ben].map((doc) => Y.encodeStateAsUpdate(doc));
    const doc = new Y.Doc();
    for (const update of updates) Y.applyUpdate(doc, update);
    doc.getMap("marks").set("other", "1");
    doc.getMap("marks").set("other", "2");
    const room = createSealedRoom({ ...realPorts, url: "ws://relay.example/sync", doc, keys, deviceId });
    for (const update of learnAll ? updates : updates.slice(0, 1)) room.known.learn(update, 1);
    const sent: Uint8Array[] = [];
    const outgoing = createOutgoingUpdates(room, {
      seal: (update) => update,
      append: (update) => sent.push(update),
      after: () => {},
    });
    const answer = (): number => {
      outgoing.push(Y.encodeStateAsUpdate(doc, room.known.stateVector()), true);
      while (outgoing.areWaiting()) outgoing.sendNext();
      for (const update of sent.splice(0)) room.known.learn(update, 2);
      return [...room.known.store().content.ds.clients.values()]
        .flat()
        .reduce((sum, { len }) => sum + len, 0);
    };
    return { room, outgoing, answer };
  };

  test("is at a relay that has both: nothing goes out for it, and what was deleted otherwise does", () => {
    const { answer, outgoing, room } = setUp(true);
    expect(answer()).toBe(1); // of "other" only
    outgoing.push(Y.encodeStateAsUpdate(room.doc, room.known.stateVector()), true);
    expect(outgoing.areWaiting()).toBe(false);
  });

  test("goes along where one of both has yet to come", () => {
    expect(setUp(false).answer()).toBe(2);
  });
});

const createReader = (guard?: OwnershipGuard) => {
  const logId = bytes(16);
  const author = createAuthor(keys, logId, deviceId);
  const doc = new Y.Doc();
  const held = createHeldUpdates();
  const history = createLogHistory(keys.roomId);
  history.meet(logId, 0);
  const known = createRelayKnowledge();
  const intake = createFrameIntake({
    doc,
    keys,
    history,
    known,
    held,
    guard,
    ignore: () => {},
    renewClient: () => {},
    noteCursor: () => {},
    onControl: () => {},
    isOnTrial: () => false,
  });
  const handOver = (update: Uint8Array): boolean => {
    Y.applyUpdate(doc, update);
    return true;
  };
  let seq = 0;
  const read = (update: Uint8Array): void => {
    intake.take([{ seq: ++seq, frame: author.update(update), isSnapshot: false }], handOver);
  };
  return { doc, held, known, read, takeHeld: () => intake.takeHeld(handOver) };
};

test("[SY2] a held update comes out when what it waited for came over another relay", () => {
  const [one, two] = updatesOf("one", "two");
  if (one === undefined || two === undefined) throw new Error("two updates");
  const { doc, held, read, takeHeld } = createReader();
  read(two);
  expect(held.size).toBe(1);
  Y.applyUpdate(doc, one);
  takeHeld();
  expect(held.size).toBe(0);
  expect(doc.getText("t").toJSON()).toBe("onetwo");
});

describe("[SY2] two updates, each of which needs a part of the other, do not wait for each other", () => {
  /** Anna writes, Ben goes on, Anna goes on after him; the relay has lost what she wrote first. */
  const write = (last: (text: Y.Text) => void) => {
    const [anna, ben] = [new Y.Doc(), new Y.Doc()];
    anna.getText("t").insert(0, "one ");
    Y.applyUpdate(ben, Y.encodeStateAsUpdate(anna));
    const before = Y.encodeStateVector(ben);
    ben.getText("t").insert(4, "two ");
    const bens = Y.encodeStateAsUpdate(ben, before);
    Y.applyUpdate(anna, bens);
    last(anna.getText("t"));
    // All of hers, as one frame; the relay has Ben's.
    const annas = Y.encodeStateAsUpdate(anna, Y.encodeStateVector(new Map([[ben.clientID, 4]])));
    return { anna, annas, bens };
  };
  test.each([undefined, () => true])("where the later one goes on after it", (guard) => {
    const { anna, annas, bens } = write((text) => text.insert(8, "three"));
    const { doc, held, known, read } = createReader(guard);
    read(bens);
    expect(held.size).toBe(1);
    read(annas);
    expect(held.size).toBe(0);
    expect(doc.getText("t").toJSON()).toBe("one two three");
    expect(known.has(Y.encodeStateAsUpdate(anna))).toBe(true);
  });

  test("where the later one deletes it", () => {
    const { anna, annas, bens } = write((text) => text.delete(4, 4));
    const { doc, held, known, read } = createReader();
    read(bens);
    read(annas);
    expect(held.size).toBe(0);
    expect(doc.getText("t").toJSON()).toBe("one ");
    expect(known.has(Y.encodeStateAsUpdate(anna))).toBe(true);
  });

  test("what a guard refuses of it does not come in by its first part", () => {
    const { annas, bens } = write((text) => text.insert(8, "three"));
    const { doc, held, read } = createReader(() => false);
    read(bens);
    read(annas);
    expect(doc.getText("t").toJSON()).toBe("");
    expect(held.size).toBe(1);
  });
});
