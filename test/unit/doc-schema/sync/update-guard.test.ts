/** Attacks on Yjs by authenticated nonsense (T35–T37), and a fuzz of the guard in front of it. */
import { guardUpdate, SNAPSHOT_LIMITS, UPDATE_LIMITS, type UpdateRefusal } from "@deskhand/doc-schema/sync";
import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";

const known = (): Y.Doc => {
  const doc = new Y.Doc();
  doc.clientID = 1;
  doc.getMap("m").set("k", { a: 1 });
  doc.getArray("a").push([1, 2, 3]);
  return doc;
};

/** What client 2, who has seen the known document, would send after `edit`. */
const editedBy2 = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(known()));
  doc.clientID = 2;
  const before = Y.encodeStateVector(doc);
  edit(doc);
  return Y.encodeStateAsUpdate(doc, before);
};

/** Numbers as varuints, text with its length, bytes as they are. */
const written = (...values: readonly (number | string | Uint8Array)[]): Uint8Array =>
  encoding.encode((encoder) => {
    for (const value of values)
      if (typeof value === "string") encoding.writeVarString(encoder, value);
      else if (typeof value !== "number") encoding.writeUint8Array(encoder, value);
      else encoding.writeVarUint(encoder, value);
  });
const ANY = 8;
const NULL = 126;
const ARRAY = 117;
const OBJECT = 118;
const ANY_WITH_ORIGIN = Uint8Array.of(0x80 | ANY);
/** One client with structs from a clock on; the numbers are Yjs's update format version 1. */
const section = (client: number, clock: number, count = 1): readonly number[] => [count, client, clock];
const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const ATTACKS: Readonly<Record<string, readonly [UpdateRefusal["type"], Uint8Array]>> = {
  "no update at all": ["malformed", Uint8Array.of(9, 9, 9)],
  "an empty message": ["malformed", new Uint8Array(0)],
  "an unknown content type": ["malformed", written(1, ...section(2, 0), 31, 1, "m", 0)],
  "a garbage-collected range of 2^50": ["huge-gc", written(1, ...section(2, 0), 0, 2 ** 50, 0)],
  "a range that ends beyond 2^53": [
    "bad-struct-length",
    written(1, ...section(2, 2 ** 53 - 2), 0, 2 ** 50, 0),
  ],
  "a deleted range of 2^40": ["bad-struct-length", written(1, ...section(2, 0), 1, 1, "m", 2 ** 40, 0)],
  "a struct of no length": ["bad-struct-length", written(1, ...section(2, 0), ANY, 1, "m", 0, 0)],
  "a far clock": ["gap", joined(written(1, ...section(2, 2 ** 40), ANY, 1, "m", 1), Uint8Array.of(NULL, 0))],
  "a known struct that needs an unknown one": ["gap", Uint8Array.of(1, 1, 1, 0, 33, 0, 34, 0, 1, 97, 1, 0)],
  "a skip": ["skip", written(1, ...section(2, 0), 10, 2 ** 40, 0)],
  "a second section of one client": [
    "malformed",
    written(2, ...section(2, 0), 0, 1, ...section(2, 1), 0, 1, 0),
  ],
  "an origin in its own future": [
    "gap",
    joined(written(1, ...section(2, 0), ANY_WITH_ORIGIN, 2, 5, 1), Uint8Array.of(NULL, 0)),
  ],
  "two clients that wait for each other": [
    "gap",
    joined(
      written(2, ...section(3, 0), ANY_WITH_ORIGIN, 2, 0, 1),
      Uint8Array.of(NULL),
      written(...section(2, 0), ANY_WITH_ORIGIN, 3, 0, 1),
      Uint8Array.of(NULL, 0),
    ),
  ],
  "a deletion of 2^50 of another's": ["delete-beyond-known", written(0, 1, 1, 1, 0, 2 ** 50)],
  "a deletion of nothing": ["bad-struct-length", written(0, 1, 1, 1, 0, 0)],
  "a __proto__ key in a value": [
    "prototype-key",
    joined(
      written(1, ...section(2, 0), ANY, 1, "m", 1),
      Uint8Array.of(OBJECT, 1),
      written("__proto__"),
      Uint8Array.of(OBJECT, 0, 0),
    ),
  ],
  "a __proto__ key in JSON content": [
    "prototype-key",
    written(1, ...section(2, 0), 2, 1, "m", 1, '{"__proto__":{"isAdmin":true}}', 0),
  ],
  "a __proto__ key of a map": ["prototype-key", editedBy2((doc) => doc.getMap("m").set("__proto__", 1))],
  "a root named __proto__": ["prototype-key", editedBy2((doc) => doc.getMap("__proto__").set("k", 1))],
  "1,000 nested arrays": [
    "too-deep",
    joined(
      written(1, ...section(2, 0), ANY, 1, "a", 1),
      Uint8Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? ARRAY : 1)),
      Uint8Array.of(NULL, 0),
    ),
  ],
  "a stack overflow of nested arrays": [
    "malformed",
    joined(
      written(1, ...section(2, 0), ANY, 1, "a", 1),
      Uint8Array.from({ length: 400_000 }, (_, i) => (i % 2 === 0 ? ARRAY : 1)),
      Uint8Array.of(NULL, 0),
    ),
  ],
  "a subdocument": ["subdocument", editedBy2((doc) => doc.getMap("m").set("s", new Y.Doc()))],
  "a megabyte": ["too-large", editedBy2((doc) => doc.getMap("m").set("s", "x".repeat(2 ** 20)))],
  "100,001 structs": [
    "too-many-structs",
    joined(
      written(1, ...section(2, 0, 100_001)),
      Uint8Array.from({ length: 200_002 }, (_, i) => i % 2),
      Uint8Array.of(0),
    ),
  ],
};

const refusalOf = (doc: Y.Doc, update: Uint8Array): string => {
  const guarded = guardUpdate(doc, update);
  return guarded.ok ? "none" : guarded.error.type;
};

describe("update guard", () => {
  test.each(Object.entries(ATTACKS))("%s is refused", (_name, [word, update]) => {
    const doc = known();
    const before = Y.encodeStateAsUpdate(doc);
    expect(refusalOf(doc, update)).toBe(word);
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
  });

  test("what an honest device sends passes, and is taken whole", () => {
    const doc = known();
    const update = editedBy2((edited) => {
      edited.getMap("m").set("x", { y: [1, { z: 2 }] });
      edited.getArray("a").delete(0, 2);
      edited.getText("t").insert(0, "hello");
      edited.getText("t").format(0, 2, { bold: true });
      edited.getArray("rows").push([new Y.Map([["a", 1]])]);
    });
    const guarded = guardUpdate(doc, update);
    if (!guarded.ok) throw new Error(guarded.error.type);
    Y.applyUpdate(doc, update);
    for (const [client, state] of guarded.value) expect(Y.getState(doc.store, client)).toBe(state);
    expect(doc.store.pendingStructs).toBe(null);
    expect(guardUpdate(doc, update).ok).toBe(true); // and again: a duplicate harms nothing
  });

  test("a gap says what is missing, and the update passes when that is there", () => {
    const author = new Y.Doc();
    author.clientID = 5;
    const updates: Uint8Array[] = [];
    author.on("update", (update: Uint8Array) => updates.push(update));
    author.getText("t").insert(0, "one");
    author.getText("t").delete(0, 2);
    const [insertion = new Uint8Array(0), deletion = new Uint8Array(0)] = updates;
    const doc = new Y.Doc();
    expect(guardUpdate(doc, deletion)).toEqual({
      ok: false,
      error: { type: "delete-beyond-known", missing: { client: 5, clock: 1 } },
    });
    Y.applyUpdate(doc, insertion);
    expect(guardUpdate(doc, deletion).ok).toBe(true);
  });

  test("a snapshot may be larger than an update", () => {
    const doc = new Y.Doc();
    const update = Uint8Array.from(written(1, ...section(2, 0), 0, UPDATE_LIMITS.collected + 1, 0));
    expect(refusalOf(doc, update)).toBe("huge-gc");
    expect(guardUpdate(doc, update, SNAPSHOT_LIMITS).ok).toBe(true);
  });

  test("20,000 mutants: nothing thrown by what passed, nothing half applied", () => {
    const seed = 35_036_037;
    console.log(`seed ${seed}`);
    let state = seed;
    const random = (below: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    const originals = [
      editedBy2((doc) => {
        doc.getMap("m").set("x", { y: [1, { z: 2 }] });
        doc.getArray("a").delete(0, 1);
      }),
      editedBy2((doc) => {
        doc.getText("t").insert(0, "some text");
        doc.getText("t").delete(2, 3);
        doc.getText("t").insert(1, "more");
        doc.getArray("a").insert(1, [new Y.Map([["k", 1]]), "s"]);
      }),
      editedBy2((doc) => {
        doc.getArray<Y.Map<number>>("rows").push([new Y.Map([["a", 1]])]);
        doc.getArray<Y.Map<number>>("rows").get(0).set("a", 2);
        doc.getMap("m").delete("k");
      }),
    ];
    const base = Y.encodeStateAsUpdate(known());
    const outcomes = { refused: 0, taken: 0, threw: 0, half: 0 };
    for (let i = 0; i < 20_000; i++) {
      const mutant = Uint8Array.from(originals[i % originals.length] ?? []);
      for (let k = 0; k <= random(3); k++) {
        const at = random(mutant.length);
        mutant[at] = random(2) === 0 ? random(256) : (mutant[at] ?? 0) ^ (1 << random(8));
      }
      const doc = new Y.Doc();
      Y.applyUpdate(doc, base);
      const guarded = guardUpdate(doc, mutant);
      if (!guarded.ok) {
        outcomes.refused++;
        continue;
      }
      try {
        Y.applyUpdate(doc, mutant);
      } catch {
        outcomes.threw++;
      }
      const isWhole = [...guarded.value].every(([client, clock]) => Y.getState(doc.store, client) >= clock);
      const isWaiting = doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
      if (isWhole && !isWaiting) outcomes.taken++;
      else outcomes.half++;
    }
    console.log(outcomes);
    expect(outcomes).toMatchObject({ threw: 0, half: 0 });
    expect(outcomes.refused).toBeGreaterThan(5_000);
    expect(outcomes.taken).toBeGreaterThan(1_000);
  });
});
