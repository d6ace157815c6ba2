/**
 * Looks at the structure of an unsealed update before Yjs may touch the document with it.
 * 1. Never throws, and never changes the document: a refusal has a word.
 * 2. What it lets through, Yjs takes whole: no struct and no deletion is left waiting in Yjs's pending store, whose
 *    cost is quadratic. "gap" and "delete-beyond-known" say what is missing; such an update may be held and tried again.
 * 3. No update reserves a huge range of a client's clock, nests deep, names `__proto__`, or embeds a document.
 * It is no check of authorship: who wrote what commands is signed inside the record.
 */
import * as Y from "yjs";
import { createByteReader, err, ok, type Result } from "../wire/index.ts";

export interface UpdateLimits {
  readonly bytes: number;
  readonly structs: number;
  /** Clocks that one garbage-collected range may span. */
  readonly collected: number;
}

/**
 * An honest update is one transaction, or what a device wrote while offline, cut into pieces of 256 KiB. Collected
 * ranges grow with what was deleted: a long reply is one clock a character, an archived day of replies 2^17.
 */
export const UPDATE_LIMITS: UpdateLimits = { bytes: 512 * 1024, structs: 100_000, collected: 2 ** 17 };
/** A snapshot holds the whole document in one frame: sealed and padded, 960 KiB fit a relay message. */
export const SNAPSHOT_LIMITS: UpdateLimits = { bytes: 960 * 1024, structs: 500_000, collected: 2 ** 24 };

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
        | "malformed";
    }
  | {
      readonly type: "gap" | "delete-beyond-known";
      /** What has to be there first: the struct of `client` at `clock`. */
      readonly missing: StructPlace;
    };

export interface StructPlace {
  readonly client: number;
  readonly clock: number;
}

/** The state of each client in the update once the document has taken it. */
export type StatesAfter = ReadonlyMap<number, number>;

type Struct = Y.Item | Y.GC | Y.Skip;
type Word = Exclude<UpdateRefusal["type"], "gap" | "delete-beyond-known">;

export const guardUpdate = (
  doc: Y.Doc,
  update: Uint8Array,
  limits: UpdateLimits = UPDATE_LIMITS,
): Result<StatesAfter, UpdateRefusal> => {
  if (update.length > limits.bytes) return err({ type: "too-large" });
  const decoded = decode(update);
  if (decoded === undefined) return err({ type: "malformed" });
  const { structs, deletes } = decoded;
  if (structs.length > limits.structs) return err({ type: "too-many-structs" });
  for (const struct of structs) {
    const type = faultOf(struct, limits);
    if (type !== undefined) return err({ type });
  }
  const structsByClient = Map.groupBy(structs, (struct) => struct.id.client);
  // Yjs reads a client's section twice as the second alone, so sections must be as many as clients.
  if (createByteReader(update).varUint() !== structsByClient.size) return err({ type: "malformed" });
  const integrated = integrate(doc, structsByClient);
  if (!integrated.ok) return integrated;
  const stateOf = (client: number): number => integrated.value.get(client) ?? Y.getState(doc.store, client);
  for (const [client, ranges] of deletes.clients) {
    if (ranges.some((range) => range.len < 1)) return err({ type: "bad-struct-length" });
    const beyond = ranges.find((range) => range.clock + range.len > stateOf(client));
    if (beyond !== undefined)
      return err({
        type: "delete-beyond-known",
        missing: { client, clock: beyond.clock + beyond.len - 1 },
      });
  }
  return integrated;
};

const decode = (
  update: Uint8Array,
):
  | { readonly structs: readonly Struct[]; readonly deletes: ReturnType<typeof Y.createDeleteSet> }
  | undefined => {
  try {
    const { structs, ds } = Y.decodeUpdate(update);
    return { structs, deletes: ds };
  } catch {
    return undefined; // Yjs says "malformed" by whatever its decoder happens to throw
  }
};

const faultOf = (struct: Struct, limits: UpdateLimits): Word | undefined => {
  if (struct instanceof Y.Skip) return "skip";
  const end = struct.id.clock + struct.length;
  if (!Number.isSafeInteger(end) || struct.length < 1) return "bad-struct-length";
  if (struct instanceof Y.GC) return struct.length > limits.collected ? "huge-gc" : undefined;
  if (struct.length > MAX_STRUCT_LENGTH) return "bad-struct-length";
  // An undecided parent is the name of a root, whatever Yjs's types say.
  if (struct.parentSub === "__proto__" || (struct.parent as unknown) === "__proto__") return "prototype-key";
  const { content } = struct;
  if (content instanceof Y.ContentDoc) return "subdocument";
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) return faultOfValue(content.arr);
  if (content instanceof Y.ContentEmbed) return faultOfValue(content.embed);
  if (content instanceof Y.ContentFormat)
    return content.key === "__proto__" ? "prototype-key" : faultOfValue(content.value);
  return undefined;
};

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

/** Plays Yjs's integration on clocks alone: like Yjs, it asks also of known structs whether what they need is there. */
const integrate = (
  doc: Y.Doc,
  structsByClient: ReadonlyMap<number, readonly Struct[]>,
): Result<Map<number, number>, UpdateRefusal> => {
  const states = new Map(
    [...structsByClient.keys()].map((client) => [client, Y.getState(doc.store, client)]),
  );
  const stateOf = (client: number): number => states.get(client) ?? Y.getState(doc.store, client);
  const queues = [...structsByClient].map(([client, structs]) => ({ client, structs, next: 0 }));
  let missing: StructPlace | undefined;
  for (let progress = true; progress;) {
    progress = false;
    missing = undefined;
    for (const queue of queues) {
      for (let struct = queue.structs[queue.next]; struct !== undefined; struct = queue.structs[queue.next]) {
        const lacks = missingFor(struct, stateOf);
        if (lacks !== undefined) {
          missing ??= lacks;
          break;
        }
        states.set(queue.client, Math.max(stateOf(queue.client), struct.id.clock + struct.length));
        queue.next++;
        progress = true;
      }
    }
  }
  return missing === undefined ? ok(states) : err({ type: "gap", missing });
};

const missingFor = (struct: Struct, stateOf: (client: number) => number): StructPlace | undefined => {
  const { client, clock } = struct.id;
  if (clock > stateOf(client)) return { client, clock: clock - 1 };
  if (!(struct instanceof Y.Item)) return undefined;
  const parent = struct.parent instanceof Y.ID ? struct.parent : null;
  return (
    [struct.origin, struct.rightOrigin, parent].find(
      // Yjs itself does not look for this in a struct's own client, and would throw half-way.
      (needs) => needs !== null && needs.clock >= (needs.client === client ? clock : stateOf(needs.client)),
    ) ?? undefined
  );
};
