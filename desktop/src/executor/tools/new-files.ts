/**
 * Making many files by one plan: copies, an archive, what an archive holds.
 * 1. Nothing is ever replaced. A file gets its name only when it is whole and on disk.
 * 2. The bytes are read twice: once for the hash that the undo record carries, once to be written; if they differ
 *    the file is not made.
 * 3. After a crash each file is todo, half, done or in conflict by itself: what is there is compared with the hash
 *    in its record.
 */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { GrantId } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import type { Place } from "../policy/path-scope.ts";
import type { Change, ChangeRecord } from "../undo/change.ts";
import { inTurn, newFolder, type EffectPorts } from "./define-tool.ts";
import { attempt, attemptNow, fault, type Outcome } from "./fault.ts";
import { asideName, placeNew, removeOwn, writeTemporary, type MoveState } from "./file-effects.ts";
import { hashFile, look, withFile } from "./file-facts.ts";
import type { Entry, Folder } from "./folder-handle.ts";
import { innermost } from "./overlap.ts";
import { atEntry, inFolder, lookBelow, makeFolders } from "./place.ts";
import type { ToolContext } from "./tool.ts";

export const NEW_FILE = {
  /** Relative to the granted folder. */
  to: z.string(),
  isFolder: z.boolean(),
  /** Permission bits; null: the system's default. */
  mode: z.nullable(z.number()),
  /** Milliseconds since 1970; null: now. */
  modifiedMs: z.nullable(z.number()),
};

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface NewFilePlan {
  readonly place: Place;
  readonly isFolder: boolean;
  readonly mode: number | null;
  readonly modifiedMs: number | null;
  /** Gives the file's bytes to `work`, from their start; called twice. */
  readonly withBytes: <T>(work: (bytes: Chunks) => Promise<Outcome<T>>) => Promise<Outcome<T>>;
}

/** Makes those that are not there yet. `past`: what was done with them ("copied"). */
export const makeNewFiles = async (
  root: Folder,
  files: readonly NewFilePlan[],
  past: string,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const records = recordsOfStep(context, ports);
  const known = new Set<string>();
  const made = await inTurn(
    files,
    context,
    past,
    ({ place }) => place.shown,
    async (file) => {
      const { parts } = file.place;
      const folder = (file.isFolder ? parts : parts.slice(0, -1)).join("/");
      if (!known.has(folder)) {
        const parents = await makeParents(root, folder, file.place, context, ports);
        if (!parents.ok) return parents;
        known.add(folder);
      }
      return file.isFolder
        ? ok(undefined)
        : makeFile(root, file, records.get(file.place.path), context, ports);
    },
  );
  const synced = await syncAll(root, known);
  return made.ok ? synced : made;
};

/** How far making them has come. */
export const newFileStates = async (
  root: Folder,
  files: readonly NewFilePlan[],
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<readonly MoveState[]>> => {
  const records = recordsOfStep(context, ports);
  const states: MoveState[] = [];
  for (const file of files) {
    const state = await stateOf(root, file, records.get(file.place.path));
    if (!state.ok) return state;
    states.push(state.value);
  }
  return ok(states);
};

/** Refuses a name that is taken, or whose folders cannot be made. */
export const mustBeNew = async (root: Folder, { parts, shown }: Place): Promise<Outcome<void>> => {
  const there = await innermost(root, parts, shown);
  if (!there.ok) return there;
  const { facts, isWhole } = there.value;
  if (isWhole) return fault("exists", `${shown} is already there; nothing was made.`);
  if (facts.kind === "link")
    return fault("link", `${shown} leads through a link, and links are not followed.`);
  return facts.kind === "folder"
    ? ok(undefined)
    : fault("exists", `${shown}: there is a file where a folder is needed.`);
};

const recordsOfStep = (
  { runId, stepId }: ToolContext,
  { undo }: EffectPorts,
): ReadonlyMap<string, ChangeRecord> =>
  new Map(
    undo
      .changesOf(runId)
      .filter(
        (record) => record.stepId === stepId && record.kind === "create" && record.undoneAt === undefined,
      )
      .map((record) => [record.path, record]),
  );

const makeParents = (
  root: Folder,
  folder: string,
  { grant, shown }: Place,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> =>
  makeFolders(root, folder === "" ? [] : folder.split("/"), shown, (path) =>
    ports.undo.record(newFolder(path, grant.id, context, ports)),
  );

const makeFile = async (
  root: Folder,
  file: NewFilePlan,
  record: ChangeRecord | undefined,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const { shown, parts } = file.place;
  const state = await stateOf(root, file, record);
  if (!state.ok) return state;
  return atEntry(root, parts, shown, async (entry) => {
    switch (state.value) {
      case "done":
        return ok(undefined);
      case "half":
        return attemptNow(shown, () => removeOwn(temporaryOf(entry, record)));
      case "conflict":
        return fault("exists", `${shown} is already there; it was left as it is.`);
      case "todo":
        return writeNew(entry, file, context, ports);
    }
  });
};

const writeNew = async (
  entry: Entry,
  file: NewFilePlan,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const { grant, path, shown } = file.place;
  const post = await file.withBytes((bytes) => attempt(shown, () => hashOf(bytes, context.signal)));
  if (!post.ok) return post;
  const record = ports.undo.record(creation(grant.id, path, post.value, context, ports));
  if (!record.ok) return record;
  ports.failpoint?.("recorded");
  const temporary = temporaryOf(entry, record.value);
  const hash = createHash("sha256");
  const attributes = { mode: file.mode ?? undefined, modifiedMs: file.modifiedMs ?? undefined };
  const written = await file.withBytes((bytes) =>
    attempt(shown, () =>
      writeTemporary(temporary, { chunks: passing(bytes, hash, context.signal), ...attributes }),
    ),
  );
  if (!written.ok) return written;
  ports.failpoint?.("written");
  const isSame = hash.digest("hex") === post.value;
  const placed = await attempt(shown, async () => {
    if (isSame) placeNew(temporary, entry, false, ports.failpoint);
    else removeOwn(temporary);
    ports.failpoint?.("done");
  });
  if (placed.ok && isSame) return placed;
  const cleared = attemptNow(shown, () => removeOwn(temporary));
  if (!placed.ok || !cleared.ok) return placed.ok ? cleared : placed;
  return fault("changed", `What ${shown} is made from changed meanwhile; it was not made.`);
};

const creation = (
  grantId: GrantId,
  path: string,
  post: string,
  { runId, stepId }: ToolContext,
  { now }: EffectPorts,
): Change => ({
  runId,
  stepId,
  grantId,
  kind: "create",
  path,
  isFolder: false,
  pre: null,
  post,
  mode: null,
  modifiedMs: null,
  at: now(),
});

const stateOf = async (
  root: Folder,
  { place: { parts, shown }, isFolder }: NewFilePlan,
  record: ChangeRecord | undefined,
): Promise<Outcome<MoveState>> => {
  const there = await lookBelow(root, parts, shown);
  if (!there.ok) return there;
  if (there.value === undefined) return ok("todo");
  if (isFolder) return ok(there.value.kind === "folder" ? "done" : "conflict");
  if (record === undefined || there.value.kind !== "file") return ok("conflict");
  return atEntry(root, parts, shown, async (entry) => {
    const hash = await withFile(entry, shown, ({ handle }) => attempt(shown, () => hashFile(handle)));
    if (!hash.ok) return hash;
    if (hash.value !== record.post) return ok("conflict");
    const left = look(temporaryOf(entry, record), shown);
    return left.ok ? ok(left.value === undefined ? "done" : "half") : left;
  });
};

const temporaryOf = ({ folder }: Entry, record: ChangeRecord | undefined): Entry => ({
  folder,
  name: asideName(record?.id ?? "", "new"),
});

const hashOf = async (bytes: Chunks, signal: AbortSignal): Promise<string> => {
  const hash = createHash("sha256");
  const passed = passing(bytes, hash, signal);
  while ((await passed.next()).done !== true); // passing does the work
  return hash.digest("hex");
};

async function* passing(
  bytes: Chunks,
  hash: ReturnType<typeof createHash>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    if (signal.aborted) throw Object.assign(new Error("stopped"), { code: "ECANCELED" });
    hash.update(chunk);
    yield chunk;
  }
}

const syncAll = async (root: Folder, folders: ReadonlySet<string>): Promise<Outcome<void>> => {
  for (const path of folders) {
    const parts = path === "" ? [] : path.split("/");
    const synced = await inFolder(root, parts, path, (folder) => attempt(path, () => folder.sync()));
    if (!synced.ok && synced.error.type !== "not-found") return synced;
  }
  return ok(undefined);
};
