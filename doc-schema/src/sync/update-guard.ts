/**
 * Looks at the structure of an unsealed update before Yjs may touch the document with it.
 * 1. Never throws, and never changes the document: a refusal has a word.
 * 2. What it lets through, Yjs takes whole: no struct and no deletion is left waiting in Yjs's pending store, whose
 *    cost is quadratic. "gap" and "delete-beyond-known" say what is missing and what fits without it; the rest may be
 *    held and tried again.
 * 3. Every byte of it is read: what follows an update is no part of it, and an update of Yjs's second format begins as an
 *    empty one of the first.
 * 4. Nobody else writes under the client id under which this document writes now: "own-client". What it says of known
 *    structs is what the document holds: else "contradiction".
 * 5. No update reserves a huge range of a client's clock, nests deep, names `__proto__`, embeds a document, or brings
 *    what no app of ours writes and Yjs shows differently once stored: other shared types than map, array and text,
 *    JSON content of old Yjs, numbers that JSON cannot say.
 * It is no check of authorship: who wrote what commands is signed inside the record.
 */
import * as decoding from "lib0/decoding";
import * as Y from "yjs";
import { createByteReader, err, type Result } from "../wire/index.ts";
import { firstContradiction } from "./known-structs.ts";
import {
  playIntegration,
  type IntegrationRefusal,
  type StatesAfter,
  type Struct,
  type StructPlace,
} from "./update-integration.ts";

export type { StatesAfter, StructPlace } from "./update-integration.ts";

export interface UpdateLimits {
  readonly bytes: number;
  readonly structs: number;
}

/** An honest update is one transaction, or what a device wrote while offline, cut into pieces of 256 KiB. */
export const UPDATE_LIMITS: UpdateLimits = { bytes: 512 * 1024, structs: 100_000 };
/** A snapshot holds the whole document in one frame: sealed and padded, 960 KiB fit a relay message. */
export const SNAPSHOT_LIMITS: UpdateLimits = { bytes: 960 * 1024, structs: 500_000 };

/**
 * Where a client's clock may end; a desktop that writes 100 letters a second gets there after a year, and each start
 * is another client. What was deleted and collected is bounded by this alone: such ranges are joined as a document
 * ages, so a limit of their length would one day refuse the document's own state.
 */
const MAX_CLOCK = 2 ** 32;
/** Longer than anything of which each clock takes a byte. */
const MAX_STRUCT_LENGTH = 2 ** 20;
const MAX_DEPTH = 32;

export type UpdateRefusal =
  | {
      readonly type:
        | "too-large"
        | "too-many-structs"
        | "bad-struct-length"
        | "skip"
        | "huge-gc"
        | "too-deep"
        | "prototype-key"
        | "subdocument"
        | "foreign-content"
        | "trailing-bytes"
        | "malformed";
    }
  /** It writes under the client id under which this document writes now. */
  | { readonly type: "own-client" }
  | {
      /** What it says of a struct that is known is not what the document holds there: two contents under one name. */
      readonly type: "contradiction";
      readonly at: StructPlace;
      /** Yjs would take the rest of it as whole as any. */
      readonly isHarmless: boolean;
    }
  | { readonly type: "delete-beyond-known"; readonly missing: StructPlace; readonly fits: StatesAfter }
  | IntegrationRefusal;

type Word = Exclude<
  UpdateRefusal["type"],
  "gap" | "delete-beyond-known" | "tangled" | "own-client" | "contradiction"
>;

export const guardUpdate = (
  doc: Y.Doc,
  update: Uint8Array,
  limits: UpdateLimits = UPDATE_LIMITS,
): Result<StatesAfter, UpdateRefusal> => {
  if (update.length > limits.bytes) return err({ type: "too-large" });
  const decoded = decode(update);
  if (decoded === undefined) return err({ type: "malformed" });
  const { structs, deletes, isWhole } = decoded;
  if (!isWhole) return err({ type: "trailing-bytes" });
  if (structs.length > limits.structs) return err({ type: "too-many-structs" });
  for (const struct of structs) {
    const type = faultOf(struct);
    if (type !== undefined) return err({ type });
  }
  const structsByClient = Map.groupBy(structs, (struct) => struct.id.client);
  // Yjs reads a client's section twice as the second alone, so sections must be as many as clients.
  if (createByteReader(update).varUint() !== structsByClient.size) return err({ type: "malformed" });
  const ownEnd = structsByClient.get(doc.clientID)?.at(-1);
  if (ownEnd !== undefined && ownEnd.id.clock + ownEnd.length > Y.getState(doc.store, doc.clientID))
    return err({ type: "own-client" });
  const taken = canBeTaken(doc, structsByClient, deletes);
  const at = firstContradiction(doc, structsByClient);
  return at === undefined ? taken : err({ type: "contradiction", at, isHarmless: taken.ok });
};

const canBeTaken = (
  doc: Y.Doc,
  structsByClient: ReadonlyMap<number, readonly Struct[]>,
  deletes: Decoded["deletes"],
): Result<StatesAfter, UpdateRefusal> => {
  const integrated = playIntegration(doc, structsByClient);
  if (!integrated.ok) return integrated;
  const stateOf = (client: number): number => integrated.value.get(client) ?? Y.getState(doc.store, client);
  for (const [client, ranges] of deletes.clients) {
    if (ranges.some((range) => range.len < 1)) return err({ type: "bad-struct-length" });
    const beyond = ranges.find((range) => range.clock + range.len > stateOf(client));
    if (beyond !== undefined)
      return err({
        type: "delete-beyond-known",
        missing: { client, clock: beyond.clock + beyond.len - 1 },
        fits: integrated.value,
      });
  }
  return integrated;
};

interface Decoded {
  readonly structs: readonly Struct[];
  readonly deletes: ReturnType<typeof Y.createDeleteSet>;
  /** It ends where the update does. */
  readonly isWhole: boolean;
}

const decode = (update: Uint8Array): Decoded | undefined => {
  const readers: decoding.Decoder[] = [];
  /** Yjs makes its own; only from here can it be seen how far it came. */
  class Decoder extends Y.UpdateDecoderV1 {
    constructor(reader: decoding.Decoder) {
      super(reader);
      readers.push(reader);
    }
  }
  try {
    const { structs, ds } = Y.decodeUpdateV2(update, Decoder);
    return { structs, deletes: ds, isWhole: !readers.some(decoding.hasContent) };
  } catch {
    return undefined; // Yjs says "malformed" by whatever its decoder happens to throw
  }
};

const faultOf = (struct: Struct): Word | undefined => {
  if (struct instanceof Y.Skip) return "skip";
  if (struct.length < 1) return "bad-struct-length";
  if (struct.id.clock + struct.length > MAX_CLOCK)
    return struct instanceof Y.GC ? "huge-gc" : "bad-struct-length";
  if (struct instanceof Y.GC) return undefined;
  const isDeleted = struct.content instanceof Y.ContentDeleted;
  if (struct.length > MAX_STRUCT_LENGTH && !isDeleted) return "bad-struct-length";
  // An undecided parent is the name of a root, whatever Yjs's types say.
  if (struct.parentSub === "__proto__" || (struct.parent as unknown) === "__proto__") return "prototype-key";
  const { content } = struct;
  if (content instanceof Y.ContentDoc) return "subdocument";
  if (content instanceof Y.ContentType) return isOurType(content.type) ? undefined : "foreign-content";
  if (content instanceof Y.ContentAny) return faultOfValue(content.arr);
  if (content instanceof Y.ContentJSON) return faultOfValue(content.arr) ?? "foreign-content";
  if (content instanceof Y.ContentEmbed) return faultOfJson(content.embed);
  if (content instanceof Y.ContentFormat)
    return content.key === "__proto__" ? "prototype-key" : faultOfJson(content.value);
  return undefined;
};

/** Yjs stores these as JSON text: 1e999 is read as Infinity and would be stored as null. */
const faultOfJson = (value: unknown): Word | undefined => {
  const fault = faultOfValue([value]);
  if (fault !== undefined) return fault;
  return isDeeplyFinite(value) ? undefined : "foreign-content";
};

/** Depth is bounded by the check before. */
const isDeeplyFinite = (value: unknown): boolean =>
  typeof value === "number"
    ? Number.isFinite(value)
    : typeof value !== "object" || value === null || Object.values(value).every(isDeeplyFinite);

const OUR_TYPES: readonly unknown[] = [Y.Map, Y.Array, Y.Text];
/** By constructor: an XmlText is a Text too. */
const isOurType = (type: object): boolean => OUR_TYPES.includes(type.constructor);

/** An array of values is one level itself, so it starts below zero. */
const faultOfValue = (value: unknown, depth = -1): Word | undefined => {
  if (depth > MAX_DEPTH) return "too-deep";
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return "prototype-key";
  if (Object.hasOwn(value, "__proto__")) return "prototype-key";
  for (const inner of Object.values(value)) {
    const fault = faultOfValue(inner, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
