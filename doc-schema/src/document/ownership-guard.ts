/**
 * Does an update from outside keep to who may write what? Asked by the executor before Yjs may touch its document.
 * 1. [OW1] Everything in the desktop's roots was written by the executor, so a new struct or a deletion there that
 *    comes from outside is foreign.
 * 2. [OW2] A person's record is added whole and once: its key is new, its text is a signed record's, and no record is
 *    changed or deleted. Adding the very same text again is harmless: two windows of a returning phone do.
 * 3. [OW3] The key of a decision names the device that signed it. Such keys can be guessed, so a known device's signature
 *    is checked here: nobody can take the place of another's answer. All others are checked at intake.
 * 4. It never throws and never changes the document. An update is allowed or refused whole.
 * Marks are anyone's. A root that this version does not know belongs to a newer app: allowed, and counted.
 */
import * as Y from "yjs";
import { base64UrlToBytes, verifyValue, type JsonValue } from "../crypto/index.ts";
import { err, ok, type Result } from "../wire/index.ts";
import { OWNERSHIP, rootNameOf, type RootName } from "./ownership.ts";
import { decisionKind, deviceKind } from "./records.ts";
import { rootsOf } from "./roots.ts";
import { readEnvelope, readSigned, type Envelope } from "./signed-record.ts";
import {
  createStructRoots,
  type RootPlace,
  type Struct,
  type StructRoots,
  type Where,
} from "./struct-roots.ts";

export interface ForeignWrite {
  readonly type: "foreign-write";
  /** Empty when the update cannot be read, or leaves open where it writes; `guardUpdate` has a word for why. */
  readonly root: string;
  readonly rule: Rule;
}

export interface OwnUpdate {
  /** Structs and deletions in roots that this version does not know. */
  readonly unknownRoots: number;
}

type Rule = "OW1" | "OW2" | "OW3";

export const ownershipGuard = (doc: Y.Doc, update: Uint8Array): Result<OwnUpdate, ForeignWrite> => {
  const decoded = decode(update);
  if (decoded === undefined) return foreign("", "OW1");
  const roots = createStructRoots(doc, decoded.structsByClient);
  const records = createAddedRecords(doc, decoded.deletions);
  let unknownRoots = 0;

  for (const { item, knownLength, where } of newItems(doc, decoded, roots)) {
    if (where === "nowhere") continue;
    if (where === "missing") return foreign("", "OW1");
    const name = rootNameOf(where.root);
    if (name === undefined) unknownRoots++;
    else if (OWNERSHIP[name].writer === "desktop") return foreign(where.root, "OW1");
    else if (OWNERSHIP[name].writer === "creating-device") {
      const broken =
        name === "messages" ? ruleOfMessage(item, knownLength, where) : records.add(name, where, item);
      if (broken !== undefined) return foreign(where.root, broken);
    }
  }
  for (const where of deletedPlaces(doc, decoded, roots)) {
    if (where === "nowhere") continue;
    if (where === "missing") return foreign("", "OW1");
    const name = rootNameOf(where.root);
    if (name === undefined) unknownRoots++;
    else if (OWNERSHIP[name].writer === "desktop") return foreign(where.root, "OW1");
    else if (OWNERSHIP[name].writer === "creating-device" && !records.isAddedAgain(where))
      return foreign(where.root, "OW2");
  }
  const changed = records.firstChanged(update);
  return changed === undefined ? ok({ unknownRoots }) : foreign(changed.root, "OW2");
};

const foreign = (root: string, rule: Rule): Result<never, ForeignWrite> =>
  err({ type: "foreign-write", root, rule });

interface Range {
  readonly clock: number;
  readonly len: number;
}

interface Decoded {
  readonly structsByClient: ReadonlyMap<number, readonly Struct[]>;
  readonly deletions: ReadonlyMap<number, readonly Range[]>;
}

const decode = (update: Uint8Array): Decoded | undefined => {
  try {
    const { structs, ds } = Y.decodeUpdate(update);
    const taken = structs.filter((struct) => !(struct instanceof Y.Skip));
    const structsByClient = Map.groupBy(taken, (struct) => struct.id.client);
    for (const list of structsByClient.values())
      for (const [at, struct] of list.entries())
        if (at > 0 && struct.id.clock <= (list[at - 1]?.id.clock ?? 0)) return undefined;
    return { structsByClient, deletions: ds.clients };
  } catch {
    return undefined; // Yjs says "malformed" by whatever its decoder happens to throw
  }
};

/** The items that the document lacks, or of which it has the first `knownLength` clocks only. */
function* newItems(doc: Y.Doc, { structsByClient }: Decoded, roots: StructRoots) {
  for (const [client, structs] of structsByClient) {
    const known = Y.getState(doc.store, client);
    for (const item of structs)
      if (item instanceof Y.Item && item.id.clock + item.length > known)
        yield { item, knownLength: Math.max(0, known - item.id.clock), where: roots.ofNew(item) };
  }
}

/** Where something is deleted that stands in the document now. */
function* deletedPlaces(
  doc: Y.Doc,
  { structsByClient, deletions }: Decoded,
  roots: StructRoots,
): Generator<Where> {
  for (const [client, ranges] of deletions) {
    const known = Y.getState(doc.store, client);
    const structs = doc.store.clients.get(client) ?? [];
    const last = structsByClient.get(client)?.at(-1);
    const end = Math.max(known, last === undefined ? 0 : last.id.clock + last.length);
    for (const { clock, len } of ranges) {
      if (clock + len > end) yield "missing";
      if (clock >= known) continue;
      for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
        const struct = structs[at];
        if (struct === undefined || struct.id.clock >= clock + len) break;
        if (struct instanceof Y.Item && !struct.deleted) yield roots.ofKnown(struct);
      }
    }
  }
}

/** The strings that an item holds; undefined when it holds anything else. */
const textsOf = (content: Y.Item["content"]): readonly string[] | undefined =>
  content instanceof Y.ContentAny && content.arr.every((value) => typeof value === "string")
    ? content.arr
    : undefined;

const ruleOfMessage = (item: Y.Item, knownLength: number, where: RootPlace): Rule | undefined => {
  if (where.isNested || where.key !== null) return "OW2";
  if (item.content instanceof Y.ContentDeleted) return undefined; // nothing that anyone reads
  const texts = textsOf(item.content)?.slice(knownLength);
  return texts?.every((text) => readEnvelope(text).ok) === true ? undefined : "OW2";
};

const ruleOfRecord = (doc: Y.Doc, name: RootName, key: string, text: string): Rule | undefined => {
  const envelope = readEnvelope(text);
  if (!envelope.ok || envelope.value.value["id"] !== key) return "OW2";
  return name === "decisions" && !isOfItsDevice(doc, key, envelope.value) ? "OW3" : undefined;
};

/** The desktop's roots hold here what the executor wrote, so a device record needs no second proof. */
const isOfItsDevice = (doc: Y.Doc, key: string, { device, value, signature }: Envelope): boolean => {
  if (key.split("/")[1] !== device) return false;
  const record = readSigned(deviceKind, rootsOf(doc).devices.get(device));
  const signKey = record.ok ? base64UrlToBytes(record.value.value.signKey) : undefined;
  // It came out of JSON.parse.
  return signKey === undefined || verifyValue(decisionKind.context, value as JsonValue, signature, signKey);
};

interface AddedRecords {
  readonly add: (name: RootName, where: RootPlace, item: Y.Item) => Rule | undefined;
  /** Does the update bring something for this key, so that what stood there may lose against its own text? */
  readonly isAddedAgain: (where: RootPlace) => boolean;
  /** A key at which not exactly one text would stand afterwards, the one that stood there before. */
  readonly firstChanged: (update: Uint8Array) => { readonly root: string } | undefined;
}

interface AddedKey {
  readonly root: string;
  readonly key: string;
  readonly texts: Set<string>;
  items: number;
}

const nameOf = ({ root, key }: RootPlace): string => JSON.stringify([root, key]);

const createAddedRecords = (doc: Y.Doc, deletions: Decoded["deletions"]): AddedRecords => {
  const added = new Map<string, AddedKey>();
  const isGone = ({ id, content }: Y.Item): boolean =>
    content instanceof Y.ContentDeleted ||
    (deletions.get(id.client) ?? []).some(({ clock, len }) => clock <= id.clock && id.clock < clock + len);

  const add: AddedRecords["add"] = (name, where, item) => {
    const { root, key, isNested } = where;
    if (isNested || key === null) return "OW2";
    const entry = added.get(nameOf(where)) ?? { root, key, texts: new Set<string>(), items: 0 };
    added.set(nameOf(where), entry);
    entry.items++;
    if (isGone(item)) return undefined;
    const texts = textsOf(item.content);
    const [text] = texts ?? [];
    if (text === undefined || texts?.length !== 1) return "OW2";
    entry.texts.add(text);
    return ruleOfRecord(doc, name, key, text);
  };

  const firstChanged: AddedRecords["firstChanged"] = (update) => {
    const contested: { readonly root: string; readonly key: string; readonly text: string }[] = [];
    for (const { root, key, texts, items } of added.values()) {
      const there = doc.share.get(root)?._map.get(key);
      if (there?.deleted === true) return { root };
      const standing = there === undefined ? [] : (textsOf(there.content) ?? [""]);
      const [text, ...others] = new Set([...standing, ...texts]);
      if (text === undefined || others.length > 0) return { root };
      if (items + standing.length > 1) contested.push({ root, key, text });
    }
    if (contested.length === 0) return undefined;
    const after = tryOut(doc, update);
    return contested.find(({ root, key, text }) => after?.get(root, key) !== text);
  };

  return { add, isAddedAgain: (where) => added.has(nameOf(where)), firstChanged };
};

/** Which of several items of one key stands in the end is for Yjs to say: on a copy, for this is rare. */
const tryOut = (
  doc: Y.Doc,
  update: Uint8Array,
): { readonly get: (root: string, key: string) => string | undefined } | undefined => {
  const copy = new Y.Doc();
  try {
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    Y.applyUpdate(copy, update);
  } catch {
    return undefined; // what Yjs cannot take is not allowed
  }
  return {
    get: (root, key) => {
      const item = copy.share.get(root)?._map.get(key);
      return item === undefined || item.deleted ? undefined : textsOf(item.content)?.[0];
    },
  };
};
