/**
 * Updates by which an authenticated device could crash, wipe, block or deceive others if Yjs took them (R9, T34–T36).
 * Each is refused by the guard named with it, by its word, and leaves the document as it was.
 */
import { ownershipGuard, rootsOf } from "@deskhand/doc-schema/document";
import { guardUpdate, type UpdateRefusal } from "@deskhand/doc-schema/sync";
import { concatBytes } from "@deskhand/doc-schema/wire";
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { createFullWorkspace } from "../fixtures/docs/full-workspace.ts";

export interface Attack {
  readonly name: string;
  /** What the guard has to say. */
  readonly word: UpdateRefusal["type"] | "OW1" | "OW2" | "OW3";
  /** Made anew at each call. */
  readonly doc: () => Y.Doc;
  readonly update: Uint8Array;
}

/** The client id under which the known document would be written on. */
const READER = 9;

/** What client 1 has written before each attack. */
export const createKnownDoc = (): Y.Doc => {
  const doc = new Y.Doc();
  doc.clientID = 1;
  doc.getMap("m").set("k", { a: 1 });
  doc.getArray("a").push([1, 2, 3]);
  doc.getText("t").insert(0, "text");
  doc.clientID = READER;
  return doc;
};

/** What client 2, who has seen the known document, would send after `edit`. */
export const editedBy2 = (edit: (doc: Y.Doc) => void): Uint8Array => editedBy(2, edit);

const editedBy = (client: number, edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(createKnownDoc()));
  doc.clientID = client;
  const before = Y.encodeStateVector(doc);
  edit(doc);
  return Y.encodeStateAsUpdate(doc, before);
};

/** Numbers as varuints, text with its length, bytes as they are: Yjs's update format version 1, by hand. */
export const written = (...values: readonly (number | string | Uint8Array)[]): Uint8Array =>
  encoding.encode((encoder) => {
    for (const value of values)
      if (typeof value === "string") encoding.writeVarString(encoder, value);
      else if (typeof value !== "number") encoding.writeUint8Array(encoder, value);
      else encoding.writeVarUint(encoder, value);
  });

/** One client with structs from a clock on. */
export const section = (client: number, clock: number, count = 1): readonly number[] => [
  count,
  client,
  clock,
];
const byte = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const repeated = (times: number, ...values: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: times * values.length }, (_, at) => values[at % values.length] ?? 0);

/** Struct codes, and lib0's codes of values. */
const [GC, DELETED, JSON_TEXTS, STRING, EMBED, TYPE, ANY, SKIP] = [0, 1, 2, 4, 5, 7, 8, 10];
const [ORIGIN, RIGHT, KEY] = [0x80, 0x40, 0x20];
const [NULL, ARRAY, OBJECT] = [126, 117, 118];
const XML_ELEMENT = 3;
/** The root and one value under it. */
const ROOT = 1;

const MALFORMED: readonly (readonly [string, UpdateRefusal["type"], Uint8Array])[] = [
  ["bytes that are no update", "malformed", byte(9, 9, 9)],
  ["an empty message", "malformed", new Uint8Array(0)],
  ["an unknown content type", "malformed", written(1, ...section(2, 0), 31, ROOT, "m", 0)],
  [
    "a second section of one client",
    "malformed",
    written(2, ...section(2, 0), GC, 1, ...section(2, 1), GC, 1, 0),
  ],
  [
    "a stack overflow of nested arrays",
    "malformed",
    concatBytes(written(1, ...section(2, 0), ANY, ROOT, "a", 1), repeated(200_000, ARRAY, 1), byte(NULL, 0)),
  ],
];

const HUGE: typeof MALFORMED = [
  ["a garbage-collected range of 2^50", "huge-gc", written(1, ...section(2, 0), GC, 2 ** 50, 0)],
  ["a range that ends beyond 2^53", "huge-gc", written(1, ...section(2, 2 ** 53 - 2), GC, 2 ** 50, 0)],
  [
    "a deleted range of 2^40",
    "bad-struct-length",
    written(1, ...section(2, 0), DELETED, ROOT, "m", 2 ** 40, 0),
  ],
  ["a struct of no length", "bad-struct-length", written(1, ...section(2, 0), ANY, ROOT, "m", 0, 0)],
  ["a skip", "skip", written(1, ...section(2, 0), SKIP, 2 ** 40, 0)],
  ["a deletion of nothing", "bad-struct-length", written(0, 1, 1, 1, 0, 0)],
  ["a megabyte", "too-large", editedBy2((doc) => doc.getMap("m").set("s", "x".repeat(2 ** 20)))],
  [
    "100,001 structs",
    "too-many-structs",
    concatBytes(written(1, ...section(2, 0, 100_001)), repeated(100_001, GC, 1), byte(0)),
  ],
];

const OUT_OF_ORDER: typeof MALFORMED = [
  ["a far clock", "gap", concatBytes(written(1, ...section(2, 2 ** 30), ANY, ROOT, "m", 1), byte(NULL, 0))],
  [
    "a known struct that needs an unknown one",
    "gap",
    written(1, ...section(1, 0), byte(RIGHT | 1), 34, 0, 1, 0),
  ],
  [
    "an origin in its own future",
    "gap",
    concatBytes(written(1, ...section(2, 0), byte(ORIGIN | ANY), 2, 5, 1), byte(NULL, 0)),
  ],
  [
    "two clients that wait for each other",
    "gap",
    concatBytes(
      written(2, ...section(3, 0), byte(ORIGIN | ANY), 2, 0, 1),
      byte(NULL),
      written(...section(2, 0), byte(ORIGIN | ANY), 3, 0, 1),
      byte(NULL, 0),
    ),
  ],
  ["a deletion of 2^50 of another's", "delete-beyond-known", written(0, 1, 1, 1, 0, 2 ** 50)],
];

/** Client 1's clocks in the known document: 0 in the map, 1–3 in the array, 4–7 in the text. */
const TANGLED: typeof MALFORMED = [
  [
    "an item between neighbours of two lists",
    "tangled",
    written(1, ...section(2, 0), byte(ORIGIN | RIGHT | STRING), 1, 2, 1, 5, "x", 0),
  ],
  [
    "a map's value in front of another",
    "tangled",
    written(1, ...section(2, 0), byte(RIGHT | STRING), 1, 0, "x", 0),
  ],
  [
    "a map's value of many clocks",
    "tangled",
    written(1, ...section(2, 0), byte(KEY | STRING), ROOT, "m", "key", "many", 0),
  ],
];

/** What client 1 would have written first, if this were true. */
const writtenBy1 = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  doc.clientID = 1;
  edit(doc);
  return Y.encodeStateAsUpdate(doc);
};

const NAMES: typeof MALFORMED = [
  [
    "a write under the client id of the reader",
    "own-client",
    editedBy(READER, (doc) => doc.getArray("a").push([4])),
  ],
  [
    "a collected range under the client id of the reader",
    "own-client",
    written(1, ...section(READER, 0), GC, 100, 0),
  ],
  [
    "another value than the one that is known",
    "contradiction",
    writtenBy1((doc) => doc.getMap("m").set("k", { a: 2 })),
  ],
  ["a known value at another key", "contradiction", writtenBy1((doc) => doc.getMap("m").set("x", { a: 1 }))],
  ["a known value in another root", "contradiction", writtenBy1((doc) => doc.getMap("n").set("k", { a: 1 }))],
  [
    "a known value that is a type",
    "contradiction",
    writtenBy1((doc) => doc.getMap("m").set("k", new Y.Map())),
  ],
  [
    "a known letter, and more behind it",
    "contradiction",
    written(1, ...section(1, 6), byte(ORIGIN | STRING), 1, 5, "xT and more", 0),
  ],
  [
    "a known text that goes on in another list",
    "contradiction",
    written(1, ...section(1, 6), STRING, ROOT, "other", "stolen", 0),
  ],
];

const ENDS: typeof MALFORMED = [
  ["a byte behind the end", "trailing-bytes", written(0, 0, 0)],
  [
    "Yjs's second format",
    "trailing-bytes",
    Y.convertUpdateFormatV1ToV2(editedBy2((doc) => doc.getMap("m").set("s", "x"))),
  ],
];

const CONTENT: typeof MALFORMED = [
  [
    "a __proto__ key in a value",
    "prototype-key",
    concatBytes(
      written(1, ...section(2, 0), ANY, ROOT, "m", 1),
      byte(OBJECT, 1),
      written("__proto__"),
      byte(OBJECT, 0, 0),
    ),
  ],
  [
    "a __proto__ key in JSON content",
    "prototype-key",
    written(1, ...section(2, 0), JSON_TEXTS, ROOT, "m", 1, '{"__proto__":{"isAdmin":true}}', 0),
  ],
  ["a __proto__ key of a map", "prototype-key", editedBy2((doc) => doc.getMap("m").set("__proto__", 1))],
  ["a root named __proto__", "prototype-key", editedBy2((doc) => doc.getMap("__proto__").set("k", 1))],
  [
    "1,000 nested arrays",
    "too-deep",
    concatBytes(written(1, ...section(2, 0), ANY, ROOT, "a", 1), repeated(1_000, ARRAY, 1), byte(NULL, 0)),
  ],
  ["a subdocument", "subdocument", editedBy2((doc) => doc.getMap("m").set("s", new Y.Doc()))],
  [
    "an XML element",
    "foreign-content",
    written(1, ...section(2, 0), TYPE, ROOT, "m", XML_ELEMENT, "script", 0),
  ],
  [
    "JSON content of old Yjs",
    "foreign-content",
    written(1, ...section(2, 0), JSON_TEXTS, ROOT, "m", 1, "1", 0),
  ],
  [
    "a number that is stored as null",
    "foreign-content",
    written(1, ...section(2, 0), EMBED, ROOT, "t", "1e999", 0),
  ],
];

/**
 * Yjs itself throws half-way on this one: client 2's row was collected here; then "its" next struct claims to be the
 * other half of what is gone, in a list that is not.
 */
const collectedHalf = (): Attack => {
  const doc = (): Y.Doc => {
    const known = createKnownDoc();
    Y.applyUpdate(known, written(1, ...section(2, 0), GC, 3, 0));
    return known;
  };
  const update = written(1, ...section(2, 2), STRING, ROOT, "t", "half", 0);
  return { name: "the other half of what is collected", word: "tangled", doc, update };
};

const workspace = createFullWorkspace();
const workspaceState = Y.encodeStateAsUpdate(workspace.doc);
const workspaceDoc = (): Y.Doc => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, workspaceState);
  return doc;
};

type Roots = ReturnType<typeof rootsOf>;
/** In the name of a client id that is not the writer's, as impersonation is: the rules do not go by client ids. */
const foreign = (name: string, word: "OW1" | "OW2" | "OW3", edit: (roots: Roots) => void): Attack => {
  const doc = workspaceDoc();
  doc.clientID = workspace.doc.clientID;
  const before = Y.encodeStateVector(doc);
  doc.transact(() => edit(rootsOf(doc)));
  return { name, word, doc: workspaceDoc, update: Y.encodeStateAsUpdate(doc, before) };
};
const firstOf = <Value>(map: { readonly entries: () => Iterable<[string, Value]> }): [string, Value] => {
  const [first] = map.entries();
  if (first === undefined) throw new Error("attacks: the fixture holds none");
  return first;
};

const FOREIGN: readonly Attack[] = [
  foreign("a run said to be done in the desktop's name", "OW1", ({ runs }) =>
    firstOf(runs)[1].set("state", "done!"),
  ),
  foreign("an approval said to be allowed", "OW1", ({ approvals }) =>
    firstOf(approvals)[1].set("state", "allowed"),
  ),
  foreign("a device added to the registry", "OW1", ({ devices }) => void devices.set("dev_x", "x")),
  foreign("a revocation taken back", "OW1", ({ revocations }) => revocations.delete(firstOf(revocations)[0])),
  foreign("a grant widened", "OW1", ({ grants }) => firstOf(grants)[1].set("target", "/")),
  foreign("a person's task overwritten", "OW2", ({ tasks }) => void tasks.set(firstOf(tasks)[0], "{}")),
  foreign("a person's decision taken away", "OW2", ({ decisions }) =>
    decisions.delete(firstOf(decisions)[0]),
  ),
  foreign("a decision filed under another device", "OW3", ({ decisions }) => {
    const [key, text] = firstOf(decisions);
    const [approval = ""] = key.split("/");
    const stolen = `${approval}/dev_AAAAAAAAAAAAAAAAAAAAAA/1`;
    void decisions.set(stolen, text.replace(key, stolen));
  }),
];

export const ATTACKS: readonly Attack[] = [
  ...[...MALFORMED, ...HUGE, ...OUT_OF_ORDER, ...TANGLED, ...NAMES, ...ENDS, ...CONTENT].map(
    ([name, word, update]) => ({
      name,
      word,
      doc: createKnownDoc,
      update,
    }),
  ),
  collectedHalf(),
  ...FOREIGN,
];

export interface AttackOutcome {
  /** The word of the guard that turned it away, or "none". */
  readonly word: string;
  readonly isUnchanged: boolean;
}

/** The guards in the order in which the executor asks them. */
export const tryAttack = ({ doc: open, update }: Attack): AttackOutcome => {
  const doc = open();
  const before = Y.encodeStateAsUpdate(doc);
  const guarded = guardUpdate(doc, update);
  const owned = guarded.ok ? ownershipGuard(doc, update) : undefined;
  const word = !guarded.ok ? guarded.error.type : owned?.ok === false ? owned.error.rule : "none";
  return { word, isUnchanged: Buffer.compare(before, Y.encodeStateAsUpdate(doc)) === 0 };
};
