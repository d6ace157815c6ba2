/** From a stored frame to the document, without a socket. */
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { renewClientId } from "../../../../doc-schema/src/sync/client-id.ts";
import {
  createFrameIntake,
  type FrameIntakeDeps,
  type StoredFrame,
} from "../../../../doc-schema/src/sync/frame-intake.ts";
import { createHeldUpdates, MAX_HELD_UPDATES } from "../../../../doc-schema/src/sync/held-updates.ts";
import { createLogHistory } from "../../../../doc-schema/src/sync/log-history.ts";
import { createRelayKnowledge } from "../../../../doc-schema/src/sync/relay-knowledge.ts";
import { createRoomPresence } from "../../../../doc-schema/src/sync/room-presence.ts";
import { createSealedRoom } from "../../../../doc-schema/src/sync/sealed-room.ts";
import { groupForMerging, PIECE_BYTES, splitUpdate } from "../../../../doc-schema/src/sync/update-batches.ts";
import { createAuthor } from "./frame-author.ts";
import { bytes, freshKeys, realPorts } from "./room-harness.ts";

const keys = freshKeys();
const { deviceId } = createDeviceKeys(bytes(32), bytes(32));
const logId = bytes(16);
const { seal: sealKind, update: seal } = createAuthor(keys, logId, deviceId);

/** One update for each word that a client inserts at the start. */
const updatesOf = (words: readonly string[]): readonly Uint8Array[] => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (const word of words) doc.getText("t").insert(0, word);
  return updates;
};
const storedFrames = (updates: readonly Uint8Array[], first = 1): readonly StoredFrame[] =>
  updates.map((update, i) => ({ seq: first + i, frame: seal(update), isSnapshot: false }));

const setUp = (options: Partial<FrameIntakeDeps> = {}) => {
  const doc = new Y.Doc();
  const known = createRelayKnowledge();
  const held = createHeldUpdates();
  const ignored: string[] = [];
  const ignore = (word: string): number => ignored.push(word);
  const handed: Uint8Array[] = [];
  const handOver = (update: Uint8Array): boolean => {
    handed.push(update);
    Y.applyUpdate(doc, update);
    return true;
  };
  const history = createLogHistory(keys.roomId);
  history.meet(logId, 0);
  const controls: Uint8Array[] = [];
  /** Under which client id this document wrote when each was told. */
  const contradictions: number[] = [];
  const intake = createFrameIntake({
    doc,
    keys,
    history,
    known,
    held,
    ignore,
    onContradiction: () => contradictions.push(doc.clientID),
    renewClient: () => renewClientId(doc, bytes),
    noteCursor: () => {},
    onControl: (body) => controls.push(body),
    isOnTrial: () => false,
    ...options,
  });
  return { doc, history, controls, contradictions, known, held, ignored, handed, handOver, intake };
};

describe("frame intake", () => {
  test("200 replayed frames are handed over in groups of 64, and the cursor is behind the last", () => {
    const { doc, known, handed, handOver, intake } = setUp();
    intake.take(storedFrames(updatesOf(Array.from({ length: 200 }, () => "x"))), handOver);
    expect(handed.length).toBe(4);
    expect(known.cursor).toBe(200);
    expect(doc.getText("t").length).toBe(200);
    expect(known.has(Y.encodeStateAsUpdate(doc))).toBe(true);
  });

  test("[SY2] one bad frame in a group is left out alone", () => {
    const { doc, known, ignored, handOver, intake } = setUp();
    const [one = bytes(1), two = bytes(1), three = bytes(1)] = updatesOf(["a", "b", "c"]);
    intake.take(storedFrames([one, two, Uint8Array.of(7, 7), three]), handOver);
    expect(doc.getText("t").toJSON()).toBe("cba");
    expect(ignored).toEqual(["malformed"]);
    expect(known.cursor).toBe(4);
  });

  test("after a break in the history nothing is handed over; on trial not even what is before it", () => {
    for (const isOnTrial of [false, true]) {
      const { doc, known, handOver, intake } = setUp({ isOnTrial: () => isOnTrial });
      const frames = storedFrames(updatesOf(["a", "b", "c", "d"]));
      const [one, two, , four] = frames;
      if (one === undefined || two === undefined || four === undefined) throw new Error("four");
      expect(intake.take([one, two, four], handOver)).toMatchObject({ type: "missing", seq: 4 });
      expect(doc.getText("t").toJSON()).toBe(isOnTrial ? "" : "ba");
      expect(known.cursor).toBe(isOnTrial ? 0 : 2);
    }
  });

  test("what came early changes the document only; what is committed then counts, and changes nothing more", () => {
    const { doc, history, known, handOver, intake } = setUp();
    const frames = storedFrames(updatesOf(["a", "b"]));
    const [one, two] = frames;
    if (one === undefined || two === undefined) throw new Error("two");
    intake.showEarly(one, handOver);
    expect(doc.getText("t").toJSON()).toBe("a");
    expect([known.cursor, history.position]).toEqual([0, 0]);
    expect(known.has(Y.encodeStateAsUpdate(doc))).toBe(false);
    intake.showEarly(two, handOver); // not the next one
    expect(doc.getText("t").toJSON()).toBe("a");
    let changes = 0;
    doc.on("update", () => changes++);
    expect(intake.take([one], handOver)).toBe(undefined);
    expect([known.cursor, history.position, changes]).toEqual([1, 1, 0]);
    expect(known.has(Y.encodeStateAsUpdate(doc))).toBe(true);
  });

  test("the number of a frame that came early and was never committed may come with another", () => {
    const { doc, known, ignored, handOver, intake } = setUp();
    const author = createAuthor(keys, logId);
    const [a = bytes(1)] = updatesOf(["a"]);
    const [b = bytes(1)] = updatesOf(["b"]);
    intake.showEarly({ seq: 1, frame: seal(a) }, handOver);
    expect(intake.take([{ seq: 1, frame: author.update(b), isSnapshot: false }], handOver)).toBe(undefined);
    expect(doc.getText("t").length).toBe(2);
    expect([known.has(a), known.has(b), known.cursor]).toEqual([false, true, 1]);
    expect(ignored).toEqual([]);
  });

  test("early, nothing is taken that would have to wait, is refused, or is judged while an alarm stands", () => {
    const [a = bytes(1), b = bytes(1)] = updatesOf(["a", "b"]);
    const cases: readonly [Uint8Array, Partial<FrameIntakeDeps>][] = [
      [seal(b), {}],
      [seal(Uint8Array.of(7, 7)), {}],
      [bytes(400), {}],
      [sealKind("snapshot", a), {}],
      [seal(a), { guard: () => false }],
      [seal(a), { isOnTrial: () => true }],
    ];
    for (const [frame, options] of cases) {
      const { handed, held, ignored, handOver, intake } = setUp(options);
      intake.showEarly({ seq: 1, frame }, handOver);
      expect([handed.length, held.size, ignored.length]).toEqual([0, 0, 0]);
    }
  });

  test("what must hold at the end is asked before anything is handed over", () => {
    const { doc, handOver, intake } = setUp({ isOnTrial: () => true });
    const fault = { type: "missing", seq: 3 } as const;
    expect(intake.take(storedFrames(updatesOf(["a", "b"])), handOver, () => fault)).toBe(fault);
    expect(doc.getText("t").length).toBe(0);
  });

  test("a control frame is told and never passed: whoever connects again sees it again", () => {
    const { controls, known, handOver, intake } = setUp();
    const control = sealKind("control", Uint8Array.of(1, 2, 3));
    for (let times = 1; times <= 2; times++) {
      expect(intake.take([{ seq: 0, frame: control, isSnapshot: true }], handOver)).toBe(undefined);
      expect(controls).toEqual(Array.from({ length: times }, () => Uint8Array.of(1, 2, 3)));
      expect(known.cursor).toBe(0);
    }
  });

  test("an update is no snapshot, and a snapshot no update, whatever the relay calls it", () => {
    const { history, ignored, handOver, intake } = setUp();
    const [update = bytes(1)] = updatesOf(["a"]);
    const snapshot = sealKind("snapshot", update);
    expect(intake.take([{ seq: 1, frame: snapshot, isSnapshot: false }], handOver)).toBe(undefined);
    expect(ignored).toEqual(["bad-inner"]);
    expect(intake.take([{ seq: 2, frame: seal(update), isSnapshot: true }], handOver)?.type).toBe("missing");
    expect(history.position).toBe(1);
  });

  test("a provider that lets go in the middle leaves the cursor where it was", () => {
    const { known, handOver, intake } = setUp();
    const frames = storedFrames(updatesOf(Array.from({ length: 130 }, () => "x")));
    let taken = 0;
    intake.take(frames, (update) => ++taken === 1 && handOver(update));
    expect(known.cursor).toBe(64);
    intake.take(frames, handOver);
    expect(known.cursor).toBe(130);
  });

  test("what the document did not take is not known, and is counted", () => {
    const { known, ignored, intake } = setUp();
    const [update = bytes(1)] = updatesOf(["lost"]);
    intake.take(storedFrames([update]), () => true);
    expect(ignored).toEqual(["not-taken"]);
    expect(known.has(update)).toBe(false);
  });

  test("[T37] beyond 2,000 held updates the rest is asked for again, and the gap heals", () => {
    const { doc, known, held, ignored, handOver, intake } = setUp();
    const [first = bytes(1), ...rest] = updatesOf(Array.from({ length: MAX_HELD_UPDATES + 11 }, () => "x"));
    intake.take(storedFrames([Uint8Array.of(7, 7), ...rest]), handOver);
    expect(held.size).toBe(MAX_HELD_UPDATES);
    expect(ignored).toEqual(["malformed", ...Array.from({ length: 10 }, () => "held-overflow")]);
    expect(known.cursor).toBe(MAX_HELD_UPDATES + 1);
    intake.take(storedFrames([first], MAX_HELD_UPDATES + 12), handOver);
    expect(held.size).toBe(0);
    expect(doc.getText("t").length).toBe(MAX_HELD_UPDATES + 1);
    expect(known.cursor).toBe(MAX_HELD_UPDATES + 1); // the next connection asks from there
  });
});

describe("batches", () => {
  test("large updates are left alone", () => {
    const sizes = [10, 10, 70_000, 10, 70_000, 70_000];
    const groups = groupForMerging(sizes.map((size) => ({ body: new Uint8Array(size) })));
    expect(groups.map((group) => group.length)).toEqual([2, 1, 1, 1, 1]);
  });

  test("the pieces of a large update make the same document, in any order, surrogate pairs whole", () => {
    const doc = new Y.Doc();
    doc.getText("t").insert(0, `a${"🙂".repeat(200_000)}`);
    doc.getArray("a").push(Array.from({ length: 30_000 }, (_, i) => `row ${i}`));
    doc.getArray("a").delete(100, 50);
    const pieces = splitUpdate(Y.encodeStateAsUpdate(doc));
    expect(pieces.length).toBeGreaterThan(4);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(PIECE_BYTES);
    for (const order of [pieces, pieces.toReversed()]) {
      const copy = new Y.Doc();
      for (const piece of order) Y.applyUpdate(copy, piece);
      expect(copy.getText("t").toJSON() === doc.getText("t").toJSON()).toBe(true);
      expect(copy.getArray("a").toJSON()).toEqual(doc.getArray("a").toJSON());
    }
  });
});

describe("what the relay lacks", () => {
  test("a change goes up without the deletions that the relay has, and makes the same document", () => {
    const doc = new Y.Doc();
    const rows = doc.getArray<string>("a");
    rows.push(Array.from({ length: 4_000 }, (_, i) => `row ${i}`));
    for (let i = 0; i < 1_000; i++) rows.delete(i * 2, 1);
    const known = createRelayKnowledge();
    const base = Y.encodeStateAsUpdate(doc);
    known.learn(base, 1);
    expect(known.lacking(base)).toBe(undefined);
    rows.insert(500, ["new 🙂"]);
    rows.delete(700, 3);
    const answer = Y.encodeStateAsUpdate(doc, known.stateVector());
    const lacking = known.lacking(answer) ?? bytes(1);
    expect(answer.length).toBeGreaterThan(2_000);
    expect(lacking.length).toBeLessThan(100);
    const copy = new Y.Doc();
    Y.applyUpdate(copy, base);
    Y.applyUpdate(copy, lacking);
    expect(copy.getArray("a").toJSON()).toEqual(rows.toJSON());
    known.learn(lacking, 2);
    expect(known.lacking(answer)).toBe(undefined);
  });

  test("deletions alone, and ranges that are known in part, go up", () => {
    const doc = new Y.Doc();
    doc.getText("t").insert(0, "0123456789");
    const known = createRelayKnowledge();
    known.learn(Y.encodeStateAsUpdate(doc), 1);
    doc.getText("t").delete(2, 2);
    known.learn(Y.encodeStateAsUpdate(doc), 2);
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    doc.getText("t").delete(2, 2); // now one range of four
    const lacking = known.lacking(Y.encodeStateAsUpdate(doc, known.stateVector()));
    expect(lacking).toBeDefined();
    if (lacking !== undefined) Y.applyUpdate(copy, lacking);
    expect(copy.getText("t").toJSON()).toBe("016789");
  });
});

describe("[T34] two contents under one name", () => {
  /** What client 7 says at its first clock, in two versions. */
  const saidBy7 = (text: string): Uint8Array => {
    const doc = new Y.Doc();
    doc.clientID = 7;
    doc.getText("t").insert(0, text);
    return Y.encodeStateAsUpdate(doc);
  };

  test("with a guard the second is refused whole, told and counted; others go on", () => {
    const { doc, contradictions, ignored, known, handOver, intake } = setUp({ guard: () => true });
    const own = doc.clientID;
    const [other = bytes(1)] = updatesOf(["!"]);
    intake.take(storedFrames([saidBy7("one"), saidBy7("two and more"), other, saidBy7("one")]), handOver);
    expect(doc.getText("t").toJSON().replace("!", "")).toBe("one");
    expect(doc.getText("t").length).toBe(4);
    expect(ignored).toEqual(["contradiction"]);
    expect(contradictions).toEqual([own]);
    expect(doc.clientID).toBe(own);
    expect(known.cursor).toBe(4);
  });

  test("without one it is told too, and the relay is not believed to hold what we hold", () => {
    const { doc, contradictions, ignored, known, handOver, intake } = setUp();
    Y.applyUpdate(doc, saidBy7("mine"));
    const [other = bytes(1)] = updatesOf(["!"]);
    intake.take(storedFrames([saidBy7("stolen"), other]), handOver);
    expect(doc.getText("t").toJSON().replace("!", "")).toBe("mineen"); // what is behind ours is taken, as Yjs does
    expect([contradictions.length, ignored]).toEqual([1, ["contradiction"]]);
    expect(known.covers(7, 0)).toBe(false);
    expect(known.cursor).toBe(2);
  });

  test("nothing that the guard would refuse comes in by a contradiction", () => {
    const { doc, ignored, handed, handOver, intake } = setUp();
    Y.applyUpdate(doc, saidBy7("mine"));
    const far = new Y.Doc();
    far.clientID = 8;
    far.getText("t").insert(0, "far");
    const later = Y.diffUpdate(Y.encodeStateAsUpdate(far), Uint8Array.of(1, 8, 2)); // what is before it is missing
    intake.take(storedFrames([Y.mergeUpdates([saidBy7("stolen"), later])]), handOver);
    expect(ignored).toEqual(["contradiction"]);
    expect(handed).toEqual([]);
  });

  test.each([undefined, () => true])(
    "under our own client id: told, counted, and in nobody's way",
    (guard) => {
      const { doc, contradictions, ignored, handOver, intake } = setUp({ guard });
      doc.clientID = 7;
      intake.take(storedFrames([saidBy7("stranger")]), handOver);
      expect(ignored).toEqual(["own-client"]);
      expect(contradictions).toEqual([7]);
      expect(doc.clientID).not.toBe(7);
      const before = Y.encodeStateVector(doc);
      doc.getText("t").insert(0, "mine, ");
      const structs = Y.decodeUpdate(Y.encodeStateAsUpdate(doc, before)).structs;
      expect(structs.map(({ id }) => id.client)).toEqual([doc.clientID]);
      expect(doc.getText("t").toJSON()).toBe("mine, stranger"); // as on every other device
    },
  );

  test("said otherwise than we said it: refused, and what we say next is in nobody's way", () => {
    const { doc, contradictions, ignored, handOver, intake } = setUp({ guard: () => true });
    doc.clientID = 7;
    doc.getText("t").insert(0, "mine");
    const longer = saidBy7("otherwise"); // it would also go on as ours
    intake.take(storedFrames([longer, saidBy7("otto"), longer]), handOver);
    expect(ignored).toEqual(["own-client", "contradiction", "contradiction", "contradiction"]);
    expect(contradictions.length).toBe(4);
    expect(doc.clientID).not.toBe(7);
    expect(doc.getText("t").toJSON()).toBe("mine");
  });
});

test("presence frames that do not hold presence are counted and left out", () => {
  const room = createSealedRoom({
    ...realPorts,
    url: "ws://127.0.0.1/sync",
    doc: new Y.Doc(),
    keys,
    deviceId,
  });
  const presence = createRoomPresence(room, {
    seal: (body) => sealKind("presence", body),
    onFault: () => {},
    onAhead: () => {},
  });
  expect(presence.receive(1, seal(Uint8Array.of(0, 0)))).toBe(undefined);
  expect(presence.receive(1, sealKind("presence", Uint8Array.of(9)))).toBe(undefined);
  expect(presence.receive(1, bytes(600))).toBe(undefined);
  expect(room.status().ignored).toEqual({ "bad-inner": 1, "bad-awareness": 1, "bad-header": 1 });
  expect(room.status().peers).toBe(0);
});
