/**
 * Honest documents and honest updates to them, made with Yjs itself: what the mutations start from.
 * Three devices edit maps, lists, texts and rows, delete, and see each other only now and then, so that the updates
 * hold origins, parents, collected ranges and deletions of several clients.
 */
import * as Y from "yjs";
import { pick, type Random } from "../sim/random.ts";

export interface UpdateSeed {
  /** State of the document that the update is for. */
  readonly base: Uint8Array;
  readonly update: Uint8Array;
}

const CLIENTS = [1, 2, 3_000_000_000] as const;
/** What a mutation may name in them. */
export const SEED_CONTEXT = {
  roots: ["map", "list", "text", "rows"],
  clients: CLIENTS,
  keys: ["k1", "k2", "bold", "text", "state"],
} as const;

export const rootsOf = (doc: Y.Doc) => ({
  map: doc.getMap("map"),
  list: doc.getArray("list"),
  text: doc.getText("text"),
  rows: doc.getArray("rows"),
});

type Edit = (doc: Y.Doc, random: Random) => void;
const somewhere = (random: Random, length: number): number => random.below(length + 1);

const EDITS: readonly Edit[] = [
  (doc, random) =>
    doc.getMap("map").set(`k${random.below(4)}`, { n: random.below(9), list: [1, "two", null] }),
  (doc, random) => doc.getMap("map").delete(`k${random.below(4)}`),
  (doc, random) => {
    const list = doc.getArray("list");
    list.insert(somewhere(random, list.length), [random.below(9), "s", new Uint8Array(3), true]);
  },
  (doc, random) => {
    const list = doc.getArray("list");
    if (list.length > 1) list.delete(random.below(list.length - 1), 2);
  },
  (doc, random) => {
    const text = doc.getText("text");
    text.insert(somewhere(random, text.length), pick(random, ["some text", "😀 more", "x"]));
  },
  (doc, random) => {
    const text = doc.getText("text");
    const from = random.below(text.length + 1);
    if (random.chance(0.5)) text.delete(from, Math.min(4, text.length - from));
    else text.format(from, Math.min(4, text.length - from), { bold: random.chance(0.5) });
  },
  (doc, random) => doc.getText("text").insertEmbed(0, { image: random.below(9) }),
  (doc, random) => {
    const rows = doc.getArray<Y.Map<unknown>>("rows");
    rows.insert(somewhere(random, rows.length), [new Y.Map<unknown>([["text", new Y.Text("reply")]])]);
  },
  (doc, random) => {
    const rows = doc.getArray<Y.Map<unknown>>("rows");
    if (rows.length === 0) return;
    const row = rows.get(random.below(rows.length));
    row.set("state", pick(random, ["queued", "running", "done"]));
    const text = row.get("text");
    if (text instanceof Y.Text) text.insert(0, "more of the ");
  },
  (doc, random) => {
    const rows = doc.getArray("rows");
    if (rows.length > 2) rows.delete(random.below(rows.length));
  },
];

const edit = (doc: Y.Doc, random: Random, times: number): void => {
  for (let i = 0; i < times; i++) pick(random, EDITS)(doc, random);
};

const pass = (from: Y.Doc, to: Y.Doc): void =>
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));

/** @param count how many histories; each gives three updates */
export const makeUpdateSeeds = (random: Random, count: number): readonly UpdateSeed[] =>
  Array.from({ length: count }, () => {
    const devices = CLIENTS.map((clientId) => {
      const doc = new Y.Doc();
      doc.clientID = clientId;
      return doc;
    });
    for (let round = 0; round < 3; round++) {
      for (const device of devices) edit(device, random, 1 + random.below(4));
      if (random.chance(0.7)) pass(pick(random, devices), pick(random, devices));
    }
    const shared = new Y.Doc();
    for (const device of devices) if (random.chance(0.8)) pass(device, shared);
    const base = Y.encodeStateAsUpdate(shared);
    const known = Y.encodeStateVector(shared);
    return devices.map((device) => {
      pass(shared, device);
      edit(device, random, 1 + random.below(6));
      return { base, update: Y.encodeStateAsUpdate(device, known) };
    });
  }).flat();
