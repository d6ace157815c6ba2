/**
 * Authenticated nonsense: mutated Yjs updates against the guard, and then against Yjs itself (R7).
 * 1. The guard never throws, and a refusal leaves the document as it was.
 * 2. What the guard lets through Yjs takes whole: nothing thrown, nothing pending, each client's state as the guard
 *    said and no other's changed.
 * 3. The document is sound afterwards: it reads, its state opens elsewhere as the same content, also once all of it
 *    is deleted, and taking the same update twice changes nothing. Only the order in a list or text may differ elsewhere ("reordered"): see
 *    update-integration.ts for why that is let through.
 */
import { isDeepStrictEqual } from "node:util";
import { guardUpdate, SNAPSHOT_LIMITS } from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { mutateBytes } from "./byte-mutations.ts";
import { pick, type Random } from "../sim/random.ts";
import { readUpdate, writeUpdate } from "./update-format.ts";
import { mutateUpdate } from "./update-mutations.ts";
import { makeUpdateSeeds, rootsOf, SEED_CONTEXT, type UpdateSeed } from "./update-seeds.ts";

export interface UpdateFault {
  readonly fault: string;
  readonly base: Uint8Array;
  readonly update: Uint8Array;
}

export interface UpdateReport {
  readonly tried: number;
  readonly taken: number;
  /** Taken, and shown in another order elsewhere. */
  readonly reordered: number;
  readonly threw: number;
  readonly half: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds of the slowest mutant, with all that is checked after it. */
  readonly longest: number;
  /** The first few, to be replayed. */
  readonly faults: readonly UpdateFault[];
}

/** New histories after this many mutants: a fixed few would be known by heart. */
const MUTANTS_PER_SEED = 400;
const HISTORIES = 4;
const KEPT_FAULTS = 5;

export const fuzzUpdates = (random: Random, count: number): UpdateReport => {
  const refused: Record<string, number> = {};
  const faults: UpdateFault[] = [];
  let [taken, reordered, threw, half, longest] = [0, 0, 0, 0, 0];
  let seeds: readonly UpdateSeed[] = [];
  for (let i = 0; i < count; i++) {
    if (i % MUTANTS_PER_SEED === 0) seeds = makeUpdateSeeds(random, HISTORIES);
    const { base, update } = pick(random, seeds);
    const mutant = mutate(update, pick(random, seeds).update, random);
    const start = performance.now();
    const outcome = tryUpdate(base, mutant);
    longest = Math.max(longest, performance.now() - start);
    if ("word" in outcome) refused[outcome.word] = (refused[outcome.word] ?? 0) + 1;
    else if (!("what" in outcome)) {
      if (outcome.type === "taken") taken++;
      else reordered++;
    } else {
      if (outcome.type === "threw") threw++;
      else half++;
      if (faults.length < KEPT_FAULTS)
        faults.push({ fault: `${outcome.type}: ${outcome.what}`, base, update: mutant });
    }
  }
  return { tried: count, taken, reordered, threw, half, refused, longest, faults };
};

const mutate = (update: Uint8Array, other: Uint8Array, random: Random): Uint8Array => {
  if (random.chance(0.25)) return mutateBytes(update, other, random);
  const model = readUpdate(update);
  mutateUpdate(model, random, { ...SEED_CONTEXT, other: readUpdate(other) });
  const bytes = writeUpdate(model);
  return random.chance(0.1) ? mutateBytes(bytes, other, random) : bytes;
};

export type UpdateOutcome =
  | { readonly type: "refused"; readonly word: string }
  | { readonly type: "taken" | "reordered" }
  | { readonly type: "threw" | "half"; readonly what: string };

/** One update against a document in the state `base`. */
export const tryUpdate = (base: Uint8Array, update: Uint8Array): UpdateOutcome => {
  const doc = openWatched(base);
  const before = statesOf(doc);
  const bytesBefore = Y.encodeStateAsUpdate(doc);
  let at = "guard";
  try {
    const guarded = guardUpdate(doc, update);
    if (!guarded.ok) {
      const word = guarded.error.type;
      const isSame = Buffer.compare(bytesBefore, Y.encodeStateAsUpdate(doc)) === 0;
      return isSame ? { type: "refused", word } : { type: "half", what: `${word} changed the document` };
    }
    at = "apply";
    Y.applyUpdate(doc, update);
    const half = whatIsHalf(doc, before, guarded.value);
    if (half !== undefined) return { type: "half", what: half };
    at = "read";
    const content = contentOf(doc);
    at = "copy";
    const copy = copyOf(doc);
    if (copy === undefined) return { type: "half", what: "the document's own state is refused" };
    at = "again";
    Y.applyUpdate(doc, update);
    if (!isDeepStrictEqual(contentOf(doc), content))
      return { type: "half", what: "the same update again changed the content" };
    const isSame = isDeepStrictEqual(contentOf(copy), content);
    if (!isSame && charactersOf(copy) !== charactersOf(doc))
      return { type: "half", what: "a copy has other content" };
    at = "later";
    clear(doc);
    if (copyOf(doc) === undefined) return { type: "half", what: "the state is refused once all is deleted" };
    return { type: isSame ? "taken" : "reordered" };
  } catch (error) {
    return { type: "threw", what: `${at}: ${String(error)}` };
  }
};

/** With observers that look at every change, as screens have: Yjs computes much of it only then. */
const openWatched = (base: Uint8Array): Y.Doc => {
  const doc = new Y.Doc();
  const look = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    for (const event of events) void [event.path, event.changes];
  };
  const { map, list, text, rows } = rootsOf(doc);
  for (const root of [map, list, text, rows]) root.observeDeep(look);
  Y.applyUpdate(doc, base);
  return doc;
};

/** What a device that joins later has; undefined when its guard would refuse it. */
const copyOf = (doc: Y.Doc): Y.Doc | undefined => {
  const state = Y.encodeStateAsUpdate(doc);
  const copy = new Y.Doc();
  if (!guardUpdate(copy, state, SNAPSHOT_LIMITS).ok) return undefined;
  Y.applyUpdate(copy, state);
  return copy;
};

/** Deletes all: Yjs then joins structs and collects what hung on deleted ones. */
const clear = (doc: Y.Doc): void => {
  const { map, list, text, rows } = rootsOf(doc);
  doc.transact(() => {
    map.clear();
    for (const root of [list, text, rows]) root.delete(0, root.length);
  });
};

const statesOf = (doc: Y.Doc): Map<number, number> => Y.decodeStateVector(Y.encodeStateVector(doc));

const whatIsHalf = (
  doc: Y.Doc,
  before: ReadonlyMap<number, number>,
  promised: ReadonlyMap<number, number>,
): string | undefined => {
  if (doc.store.pendingStructs !== null) return "structs are left pending";
  if (doc.store.pendingDs !== null) return "deletions are left pending";
  const after = statesOf(doc);
  for (const client of new Set([...before.keys(), ...after.keys(), ...promised.keys()])) {
    const expected = promised.get(client) ?? before.get(client) ?? 0;
    if ((after.get(client) ?? 0) !== expected)
      return `client ${client} is at ${after.get(client) ?? 0}, promised ${expected}`;
  }
  return undefined;
};

const contentOf = (doc: Y.Doc): readonly unknown[] => {
  const { map, list, text, rows } = rootsOf(doc);
  return [map.toJSON(), list.toJSON(), deltaOf(text), rows.toJSON()];
};

/** Shared types in a text come as they are; two of equal content are not equal. */
const deltaOf = (text: Y.Text): readonly unknown[] =>
  text
    .toDelta()
    .map((part: { readonly insert?: unknown }) =>
      part.insert instanceof Y.AbstractType ? { ...part, insert: part.insert.toJSON() as unknown } : part,
    );

/** What is there, whatever its order. */
const charactersOf = (doc: Y.Doc): string => {
  const { map, list, text, rows } = rootsOf(doc);
  const all = JSON.stringify([map, list, text, rows], (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return Array.from(all).sort().join("");
};
