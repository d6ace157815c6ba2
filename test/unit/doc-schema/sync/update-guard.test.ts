/** What the guard lets through; what it refuses is in test/fuzz/attacks.ts, and mutants are in test/unit/fuzz. */
import { guardUpdate, SNAPSHOT_LIMITS, UPDATE_LIMITS } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createKnownDoc, editedBy2, section, written } from "../../../fuzz/attacks.ts";

const refusalOf = (doc: Y.Doc, update: Uint8Array): string => {
  const guarded = guardUpdate(doc, update);
  return guarded.ok ? "none" : guarded.error.type;
};

describe("update guard", () => {
  test("what an honest device sends passes, and is taken whole", () => {
    const doc = createKnownDoc();
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
      error: { type: "delete-beyond-known", missing: { client: 5, clock: 1 }, fits: new Map() },
    });
    Y.applyUpdate(doc, insertion);
    expect(guardUpdate(doc, deletion).ok).toBe(true);
  });

  test("a snapshot may be larger than an update", () => {
    const doc = new Y.Doc();
    const author = new Y.Doc();
    author.getText("t").insert(0, "x".repeat(UPDATE_LIMITS.bytes));
    const update = Y.encodeStateAsUpdate(author);
    expect(refusalOf(doc, update)).toBe("too-large");
    expect(guardUpdate(doc, update, SNAPSHOT_LIMITS).ok).toBe(true);
  });

  test("a year of deleted replies is one collected range, and passes also in the pieces of a document", () => {
    const doc = new Y.Doc();
    expect(guardUpdate(doc, written(1, ...section(2, 0), 0, 2 ** 30, 0)).ok).toBe(true);
    expect(guardUpdate(doc, written(1, ...section(2, 0), 1, 1, "t", 2 ** 30, 0)).ok).toBe(true);
  });

  test("the state of a document passes that what passed has led to, also where Yjs has joined structs since", () => {
    const doc = new Y.Doc();
    doc.clientID = 1;
    doc.getArray("a").push([1]);
    doc.getArray("a").push([new Uint8Array(1)]); // a struct of its own
    // Behind what it says to be in front of: clocks 0 and 1 are two structs now, and one once they are deleted.
    const backwards = written(1, ...section(2, 0), Uint8Array.of(0xc0 | 4), 1, 1, 1, 0, "x", 0);
    expect(guardUpdate(doc, backwards).ok).toBe(true);
    Y.applyUpdate(doc, backwards);
    doc.getArray("a").delete(0, 3);
    expect(guardUpdate(new Y.Doc(), Y.encodeStateAsUpdate(doc)).ok).toBe(true);
  });
});
