/**
 * Does an update say of what the document has already what the document says?
 * 1. Under one client id and clock there is one struct in all the world, as long as nobody lies. Yjs looks at the name
 *    only and drops the second in silence, so two contents under one name are a lie; who told it, they do not show.
 * 2. Yjs cuts and joins structs, each copy of a document in its own way: so pieces are compared, clock by clock.
 * 3. What was deleted has lost its content, here or there, and contradicts nothing.
 * 4. The time grows with the number of structs and the length of what is compared.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { equalBytes } from "../wire/index.ts";
import type { Struct, StructPlace } from "./update-integration.ts";

/** @param structsByClient of each client in the order of its clock */
export const firstContradiction = (
  doc: Y.Doc,
  structsByClient: ReadonlyMap<number, readonly Struct[]>,
): StructPlace | undefined => {
  for (const [client, structs] of structsByClient)
    for (const overlap of overlapsOf(doc, client, structs))
      if (!isSame(doc, overlap)) return { client, clock: overlap.start };
  return undefined;
};

/** From `start` to before `end` both have the same clocks. */
interface Overlap {
  readonly brought: Struct;
  readonly known: Struct;
  readonly start: number;
  readonly end: number;
}

function* overlapsOf(doc: Y.Doc, client: number, structs: readonly Struct[]): Generator<Overlap> {
  const list = doc.store.clients.get(client) ?? [];
  const [first] = structs;
  if (first === undefined || first.id.clock >= Y.getState(doc.store, client)) return;
  let at = Y.findIndexSS(list, first.id.clock);
  for (const brought of structs) {
    const end = brought.id.clock + brought.length;
    for (let known = list[at]; known !== undefined && known.id.clock < end; known = list[++at]) {
      const knownEnd = known.id.clock + known.length;
      const start = Math.max(brought.id.clock, known.id.clock);
      yield { brought, known, start, end: Math.min(end, knownEnd) };
      if (knownEnd > end) break;
    }
  }
}

const isSame = (doc: Y.Doc, { brought, known, start, end }: Overlap): boolean => {
  if (!hasContent(brought) || !hasContent(known)) return true;
  if (!Y.compareIDs(originAt(brought, start), originAt(known, start))) return false;
  if (!Y.compareIDs(brought.rightOrigin, known.rightOrigin)) return false;
  if (isFree(brought) && start === brought.id.clock && !isSameParent(doc, brought, known)) return false;
  const slice = { from: start - brought.id.clock, knownFrom: start - known.id.clock, length: end - start };
  return isSameContent(brought.content, known.content, slice);
};

const hasContent = (struct: Struct): struct is Y.Item =>
  struct instanceof Y.Item && !(struct.content instanceof Y.ContentDeleted);

/** All but the first clock of an item stand behind the one before. */
const originAt = ({ id, origin }: Y.Item, clock: number): Y.ID | null =>
  clock === id.clock ? origin : Y.createID(id.client, clock - 1);

/** Without neighbours an item names its parent itself; else these say it. */
const isFree = ({ origin, rightOrigin }: Y.Item): boolean => origin === null && rightOrigin === null;

const isSameParent = (doc: Y.Doc, brought: Y.Item, known: Y.Item): boolean => {
  const there = known.parent;
  if (there === null || there instanceof Y.ID) return true; // collected
  if (brought.parentSub !== known.parentSub) return false;
  const name: unknown = brought.parent; // an update names a root by its key, whatever Yjs's types say
  if (typeof name === "string") return doc.share.get(name) === there;
  return name instanceof Y.ID && there._item !== null && Y.compareIDs(name, there._item.id);
};

interface Slice {
  readonly from: number;
  readonly knownFrom: number;
  readonly length: number;
}

type Content = Y.Item["content"];

const isSameContent = (a: Content, b: Content, { from, knownFrom, length }: Slice): boolean => {
  if (a instanceof Y.ContentAny && b instanceof Y.ContentAny) {
    for (let at = 0; at < length; at++)
      if (!isSameValue(a.arr[from + at], b.arr[knownFrom + at])) return false;
    return true;
  }
  if (a instanceof Y.ContentString && b instanceof Y.ContentString)
    return isSameText(a.str.slice(from, from + length), b.str.slice(knownFrom, knownFrom + length));
  if (a instanceof Y.ContentType && b instanceof Y.ContentType)
    return a.type.constructor === b.type.constructor;
  if (a instanceof Y.ContentFormat && b instanceof Y.ContentFormat)
    return a.key === b.key && JSON.stringify(a.value) === JSON.stringify(b.value);
  if (a instanceof Y.ContentEmbed && b instanceof Y.ContentEmbed)
    return JSON.stringify(a.embed) === JSON.stringify(b.embed);
  return a instanceof Y.ContentBinary && b instanceof Y.ContentBinary && isSameValue(a.content, b.content);
};

/** As they travel: our own value may be one that loses something on the way. */
const isSameValue = (a: unknown, b: unknown): boolean => a === b || equalBytes(bytesOf(a), bytesOf(b));
const bytesOf = (value: unknown): Uint8Array =>
  encoding.encode((encoder) => encoding.writeAny(encoder, value as encoding.AnyEncodable)); // it came out of Yjs

const REPLACEMENT = 0xfffd;
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/** Where Yjs cuts a pair of surrogates, each half becomes a replacement character, in this copy only. */
const isSameText = (a: string, b: string): boolean => {
  if (a === b) return true;
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    const isCut = (x === REPLACEMENT && isSurrogate(y)) || (y === REPLACEMENT && isSurrogate(x));
    if (x !== y && !isCut) return false;
  }
  return a.length === b.length;
};
