/** T34: two contents under one name are found, and honest histories never have any, however Yjs cut and joined them. */
import fc from "fast-check";
import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { firstContradiction } from "../../../../doc-schema/src/sync/known-structs.ts";

const contradictionIn = (doc: Y.Doc, update: Uint8Array) =>
  firstContradiction(
    doc,
    Map.groupBy(Y.decodeUpdate(update).structs, ({ id }) => id.client),
  );

const docOf = (clientId: number): Y.Doc => {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  return doc;
};

/** A state that the document has passed, in the midst of what are single structs by now. */
const partOf = (doc: Y.Doc, by: number): Uint8Array => {
  const state = [...Y.decodeStateVector(Y.encodeStateVector(doc))];
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, state.length);
    for (const [client, clock] of state) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, Math.floor((clock * by) / 50));
    }
  });
};

const EMOJI = "a😀b🎈";
/** What our apps do, and what Yjs joins and cuts: `a` and `b` are numbers to choose by. */
const EDITS: readonly ((doc: Y.Doc, a: number, b: number) => void)[] = [
  (doc, a, b) => doc.getMap("m").set(`k${a % 3}`, `text ${b}`),
  (doc, a) => doc.getMap("m").delete(`k${a % 3}`),
  (doc, a, b) =>
    doc.getArray("a").insert(a % (doc.getArray("a").length + 1), [`x${b}`, b, { b, no: undefined }]),
  (doc, a, b) => {
    const array = doc.getArray("a");
    if (array.length > 0)
      array.delete(a % array.length, Math.min(1 + (b % 2), array.length - (a % array.length)));
  },
  (doc, a) => doc.getText("t").insert(a % (doc.getText("t").length + 1), EMOJI), // also between two surrogates
  (doc, a) => {
    const text = doc.getText("t");
    if (text.length > 0) text.delete(a % text.length, 1); // also half a pair
  },
  (doc, a) => {
    const text = doc.getText("t");
    if (text.length > 1) text.format(a % (text.length - 1), 1, { bold: a % 2 === 0 });
  },
  (doc, a, b) =>
    doc.getMap("rows").set(
      `r${a % 2}`,
      new Y.Map<unknown>([
        ["state", b],
        ["steps", new Y.Array()],
      ]),
    ),
  (doc, a, b) => {
    const row = doc.getMap("rows").get(`r${a % 2}`);
    if (row instanceof Y.Map) row.set("state", b);
    const steps: unknown = row instanceof Y.Map ? row.get("steps") : undefined;
    if (steps instanceof Y.Array) steps.push([new Uint8Array([b % 256]), b / 3, -0, null]);
  },
];

const act = fc.record({ who: fc.nat(2), what: fc.nat(EDITS.length + 2), a: fc.nat(50), b: fc.nat(50) });

describe("[T34] honest histories", () => {
  test("never contradict: cut, joined, deleted, collected, sent twice and by way of another copy", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const docs = [1, 2, 3].map(docOf);
        const sent: Uint8Array[] = [];
        for (const doc of docs) doc.on("update", (update: Uint8Array) => sent.push(update));
        const give = (to: Y.Doc, update: Uint8Array): void => {
          expect(contradictionIn(to, update)).toBeUndefined();
          Y.applyUpdate(to, update);
        };
        for (const { who, what, a, b } of acts) {
          const doc = docs[who] ?? docOf(9);
          const edit = EDITS[what];
          const from = docs[a % docs.length] ?? docOf(9);
          if (edit !== undefined) doc.transact(() => edit(doc, a, b));
          else if (what === EDITS.length) give(doc, Y.encodeStateAsUpdate(from, partOf(doc, b)));
          else if (what === EDITS.length + 1)
            give(doc, Y.encodeStateAsUpdate(from, Y.encodeStateVector(doc)));
          else if (sent.length > 0) give(doc, Y.mergeUpdates(sent.filter((_, at) => at % 3 >= a % 3)));
        }
        const all = docs.map((doc) => Y.encodeStateAsUpdate(doc));
        for (const doc of docs) for (const update of [...all, ...sent]) give(doc, update);
      }),
      { numRuns: 300 },
    );
  });
});

const LIES: readonly ((doc: Y.Doc, lie: string) => void)[] = [
  (doc, lie) => doc.getMap("m").set("k", lie),
  (doc, lie) => doc.getMap("m").set(lie, "x"),
  (doc, lie) => doc.getArray(lie).push(["x"]),
  (doc, lie) => doc.getArray("a").push([{ lie }]),
  (doc, lie) => doc.getText("t").insert(0, lie),
  (doc, lie) => doc.getText("t").insertEmbed(0, { lie }),
  (doc, lie) => doc.getMap("m").set("k", new TextEncoder().encode(lie)),
  (doc, lie) => doc.getMap("m").set("k", lie.length > 4 ? new Y.Map() : new Y.Array()),
];

describe("[T34] two contents under one name", () => {
  test("are found wherever both still stand", () => {
    const at = fc.nat(LIES.length - 1);
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 12 }),
        at,
        at,
        fc.array(act, { maxLength: 12 }),
        (before, truth, lie, after) => {
          const victim = docOf(1);
          for (const { what, a, b } of before) victim.transact(() => EDITS[what]?.(victim, a, b));
          const liar = docOf(2);
          Y.applyUpdate(liar, Y.encodeStateAsUpdate(victim));
          liar.clientID = 1;
          const state = Y.encodeStateVector(victim);
          const clock = Y.getState(victim.store, 1);
          LIES[truth]?.(victim, "true");
          LIES[lie]?.(liar, "a lie");
          const said = Y.encodeStateAsUpdate(liar, state);
          for (const { what, a, b } of after) victim.transact(() => EDITS[what]?.(victim, a, b));
          const stands = Y.getItem(victim.store, Y.createID(1, clock));
          const isGone = !(stands instanceof Y.Item) || stands.content instanceof Y.ContentDeleted;
          fc.pre(!isGone);
          expect(contradictionIn(victim, said)).toEqual({ client: 1, clock });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a neighbour, a mark of a text and a parent are compared too", () => {
    const known = docOf(1);
    known.getText("t").insert(0, "abc");
    known.getText("t").format(0, 3, { bold: true });
    known.getMap("rows").set("r", new Y.Map([["state", 1]]));
    const liedBy = (edit: (doc: Y.Doc) => void): Uint8Array => {
      const liar = docOf(1);
      liar.getText("t").insert(0, "abc");
      edit(liar);
      return Y.encodeStateAsUpdate(liar);
    };
    const honest = (bold: boolean, row: string) => (doc: Y.Doc) => {
      doc.getText("t").format(0, 3, { bold });
      doc.getMap("rows").set(row, new Y.Map([["state", 1]]));
    };
    expect(contradictionIn(known, liedBy(honest(true, "r")))).toBeUndefined();
    expect(contradictionIn(known, liedBy(honest(false, "r")))).toEqual({ client: 1, clock: 3 });
    expect(contradictionIn(known, liedBy(honest(true, "other")))).toEqual({ client: 1, clock: 5 });
    expect(
      contradictionIn(
        known,
        liedBy((doc) => doc.getText("t").insert(1, "x")),
      ),
    ).toEqual({ client: 1, clock: 3 });
  });
});
