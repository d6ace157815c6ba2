/**
 * Mutants of what a phone sends to a whole workspace, against both guards [OW1–OW3]: whatever they let through leaves
 * every row of the desktop and every record of a person as it was. Records may come, and marks may change.
 */
import {
  addMessage,
  addTask,
  ownershipGuard,
  OWNERSHIP,
  rootNameOf,
  rootsOf,
} from "@deskhand/doc-schema/document";
import { guardUpdate } from "@deskhand/doc-schema/sync";
import { isDeepStrictEqual } from "node:util";
import * as Y from "yjs";
import { createFullWorkspace } from "../fixtures/docs/full-workspace.ts";
import { NOW } from "../fixtures/workspace-doc.ts";
import { pick, type Random } from "../sim/random.ts";
import { mutateBytes } from "./byte-mutations.ts";
import { readUpdate, writeUpdate } from "./update-format.ts";
import { mutateUpdate } from "./update-mutations.ts";
import type { UpdateFault } from "./updates.ts";

export interface WriteReport {
  readonly tried: number;
  readonly taken: number;
  /** Let through, and something was changed that is not the writer's. */
  readonly foreign: number;
  readonly threw: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly faults: readonly UpdateFault[];
}

type World = ReturnType<typeof createFullWorkspace>;
const PHONE_CLIENT = 4_000_000_000;
const KEPT_FAULTS = 5;

/** Each makes one thing that a phone, or one who would be the desktop, might send. */
const EDITS: readonly ((doc: Y.Doc, world: World) => void)[] = [
  (doc, { ids, threadId, phone }) =>
    addMessage(doc, { id: ids.create("message"), createdAt: NOW, threadId, text: "Hello" }, phone),
  (doc, { ids, threadId, phone }) => {
    const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "Sort my invoices" };
    const id = ids.create("task");
    addTask(doc, { id, createdAt: NOW, threadId, prompt: message.text }, { ...message, taskId: id }, phone);
  },
  (doc) => rootsOf(doc).marks.set("x/draft", "some text"),
  (doc, { runs }) => rootsOf(doc).runs.get(runs.done.runId)?.set("state", "queued"),
  (doc, { threadId }) =>
    rootsOf(doc)
      .replies(threadId)
      .push([new Y.Map([["text", new Y.Text("forged")]])]),
  (doc, { pending }) => rootsOf(doc).approvals.get(pending.id)?.set("state", "allowed"),
  (doc, { threadId }) => rootsOf(doc).messages(threadId).delete(0),
];

const createTarget = (random: Random) => {
  const world = createFullWorkspace(2);
  const state = Y.encodeStateAsUpdate(world.doc);
  const open = (): Y.Doc => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, state);
    return doc;
  };
  const updates = EDITS.map((edit) => {
    const doc = open();
    doc.clientID = PHONE_CLIENT;
    const before = Y.encodeStateVector(doc);
    doc.transact(() => edit(doc, world));
    return Y.encodeStateAsUpdate(doc, before);
  });
  const { roots, keys } = namesIn(world.doc);
  const mutate = (): Uint8Array => {
    const update = pick(random, updates);
    const other = pick(random, updates);
    if (random.chance(0.1)) return mutateBytes(update, other, random);
    const model = readUpdate(update);
    const clients = [2, PHONE_CLIENT];
    mutateUpdate(model, random, { other: readUpdate(other), roots, clients, keys });
    return writeUpdate(model);
  };
  return { open, state, mutate };
};

const namesIn = (doc: Y.Doc): { readonly roots: readonly string[]; readonly keys: readonly string[] } => {
  const roots = [...doc.share.keys()];
  return { roots, keys: roots.flatMap((root) => [...(doc.share.get(root)?._map.keys() ?? [])]) };
};

/** By root: what nobody but its writer may change, as it reads. */
const protectedIn = (doc: Y.Doc): ReadonlyMap<string, ReadonlyMap<string, unknown>> =>
  new Map(
    [...doc.share.keys()].flatMap((root) => {
      const name = rootNameOf(root);
      if (name === undefined || OWNERSHIP[name].writer === "anyone") return [];
      const isList = name === "messages" || name === "replies" || name === "archive";
      const content = isList ? doc.getArray(root).toJSON() : Object.entries(doc.getMap(root).toJSON());
      const entries = isList ? content.map((row: unknown) => [JSON.stringify(row), row]) : content;
      return [[root, new Map<string, unknown>(entries as [string, unknown][])]]; // each is a key and a value
    }),
  );

const whatIsForeign = (before: Y.Doc, after: Y.Doc): string | undefined => {
  const now = protectedIn(after);
  const then = protectedIn(before);
  for (const [root, rows] of now) {
    const name = rootNameOf(root);
    const old = then.get(root) ?? new Map<string, unknown>();
    for (const [key, row] of old)
      if (!isDeepStrictEqual(rows.get(key), row)) return `${root}: ${key.slice(0, 40)} changed`;
    if (name !== undefined && OWNERSHIP[name].writer === "desktop" && rows.size !== old.size)
      return `${root}: has grown`;
  }
  return undefined;
};

export const fuzzForeignWrites = (random: Random, count: number): WriteReport => {
  const { open, state, mutate } = createTarget(random);
  const original = open();
  const refused: Record<string, number> = {};
  const faults: UpdateFault[] = [];
  let [taken, foreign, threw] = [0, 0, 0];
  const keep = (fault: string, update: Uint8Array): void => {
    if (faults.length < KEPT_FAULTS) faults.push({ fault, base: state, update });
  };
  for (let i = 0; i < count; i++) {
    const update = mutate();
    try {
      const guarded = guardUpdate(original, update);
      const owned = guarded.ok ? ownershipGuard(original, update) : guarded;
      if (!owned.ok) {
        const { error } = owned;
        const word = error.type === "foreign-write" ? error.rule : error.type;
        refused[word] = (refused[word] ?? 0) + 1;
        continue;
      }
      const doc = open();
      Y.applyUpdate(doc, update);
      const what = whatIsForeign(original, doc);
      if (what === undefined) taken++;
      else {
        foreign++;
        keep(what, update);
      }
    } catch (error) {
      threw++;
      keep(String(error), update);
    }
  }
  return { tried: count, taken, foreign, threw, refused, faults };
};
