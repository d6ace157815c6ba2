/**
 * Puts what a command changed in its copy into the person's folder, one file after the other, each with its undo
 * record before it.
 * 1. Only where the person's file is still the one that was copied; else it stays and is named.
 * 2. Protected names, links and special files are not taken over; nor are removals beyond MOST_REMOVED: for those
 *    there is a tool that asks.
 * 3. A folder is removed only when nothing is left in it.
 */
import { readdir, readFile } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { parsePath, type Place } from "../policy/path-scope.ts";
import { mayHideProtected, protectedPart } from "../policy/protected-names.ts";
import type { CopyChanges, WorkCopy } from "../sandbox/work-copy.ts";
import type { EffectPorts } from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { chunksOf, hashBytes, hashFile, withFile } from "./file-facts.ts";
import { openFolder, whileOpen, type Folder } from "./folder-handle.ts";
import { makeNewFiles } from "./new-files.ts";
import { atEntry, inGrant, lookBelow } from "./place.ts";
import type { ToolContext } from "./tool.ts";
import { performWrite } from "./write-plan.ts";

/** More are left and told; trash_files asks about them. */
export const MOST_REMOVED = 20;
/** A changed file is read whole. */
const LARGEST_CHANGED = 256 * 1024 ** 2;

export interface Applied {
  readonly made: number;
  readonly changed: number;
  readonly removed: number;
  /** A sentence for each thing that was not taken over. */
  readonly left: readonly string[];
}

interface Scene {
  /** The folder that the command saw. */
  readonly base: Place;
  readonly copyDir: string;
  readonly copy: WorkCopy;
  readonly context: ToolContext;
  readonly ports: EffectPorts;
}

export const applyChanges = async (
  base: Place,
  copyDir: string,
  copy: WorkCopy,
  changes: CopyChanges,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<Applied>> => {
  const scene: Scene = { base, copyDir, copy, context, ports };
  const left: string[] = changes.links.map((path) => `${path} is a link or special file`);
  const places = (paths: readonly string[], isFolder: boolean): readonly (readonly [string, Place])[] =>
    paths.flatMap((path) => {
      const place = placeIn(base, path, isFolder);
      if (place.ok) return [[path, place.value] as const];
      left.push(place.error.text);
      return [];
    });

  const removals = changes.removed.length + changes.removedFolders.length;
  const isManyRemoved = removals > MOST_REMOVED;
  if (isManyRemoved)
    left.push(
      `it removed ${removals} entries, and more than ${MOST_REMOVED} are removed by trash_files only`,
    );

  const opened = await openFolder(copyDir, "The copy");
  if (!opened.ok) return opened;
  return whileOpen(opened.value, async (copyRoot) => {
    let [made, changed, removed] = [0, 0, 0];
    const count = async (work: () => Promise<Outcome<boolean>>, add: () => void): Promise<void> => {
      const result = context.signal.aborted ? stopped : await work();
      if (!result.ok) left.push(result.error.text);
      else if (result.value) add();
    };
    for (const [path, place] of places(changes.madeFolders, true))
      await count(
        () => makeOne(scene, copyRoot, path, place, true),
        () => made++,
      );
    for (const [path, place] of places(changes.made, false))
      await count(
        () => makeOne(scene, copyRoot, path, place, false),
        () => made++,
      );
    for (const [path, place] of places(changes.changed, false))
      await count(
        () => changeOne(scene, copyRoot, path, place),
        () => changed++,
      );
    if (!isManyRemoved) {
      for (const [path, place] of places(changes.removed, false))
        await count(
          () => removeOne(scene, path, place),
          () => removed++,
        );
      for (const [path, place] of places(changes.removedFolders, true))
        await count(
          () => removeOne(scene, path, place),
          () => removed++,
        );
    }
    return ok({ made, changed, removed, left });
  });
};

const placeIn = (base: Place, below: string, isFolder: boolean): Outcome<Place> => {
  const more = parsePath(below);
  if (!more.ok) return more;
  const parts = [...base.parts, ...more.value];
  const shown = `${base.shown}/${below}`;
  const name = protectedPart(parts);
  return name !== undefined || (isFolder && mayHideProtected(parts))
    ? fault("protected", `${shown} is protected`)
    : ok({ grant: base.grant, parts, path: parts.join("/"), shown });
};

const makeOne = (
  { base, context, ports }: Scene,
  copyRoot: Folder,
  path: string,
  place: Place,
  isFolder: boolean,
): Promise<Outcome<boolean>> =>
  inGrant(base.grant, async (root) => {
    const file = {
      place,
      isFolder,
      mode: null,
      modifiedMs: null,
      withBytes: <T>(work: (bytes: AsyncIterable<Uint8Array>) => Promise<Outcome<T>>) =>
        atEntry(copyRoot, path.split("/"), path, (entry) =>
          withFile(entry, path, ({ handle }) => work(chunksOf(handle))),
        ),
    };
    const done = await makeNewFiles(root, [file], "made", quiet(context), ports);
    return done.ok ? ok(true) : done;
  });

const changeOne = (
  { base, copy, context, ports }: Scene,
  copyRoot: Folder,
  path: string,
  place: Place,
): Promise<Outcome<boolean>> =>
  atEntry(copyRoot, path.split("/"), path, (entry) =>
    withFile(entry, path, async (copied) => {
      if (copied.facts.byteLength > LARGEST_CHANGED)
        return fault("too-large", `${place.shown} became too large to be taken over`);
      const bytes = await attempt(path, () => readFile(copied.handle));
      if (!bytes.ok) return bytes;
      const before = await inGrant(base.grant, (root) =>
        atEntry(root, place.parts, place.shown, (original) =>
          withFile(original, place.shown, ({ handle, facts }) =>
            attempt(place.shown, async () => ({ facts, pre: await hashFile(handle) })),
          ),
        ),
      );
      if (!before.ok) return before;
      const { pre, facts } = before.value;
      if (facts.identity !== copy.entries.get(path)?.identity) return changedMeanwhile(place);
      const post = hashBytes(bytes.value);
      if (post === pre) return ok(false);
      const { mode, modifiedMs } = facts;
      const names = { grantId: place.grant.id, folder: place.grant.name, path: place.path };
      const plan = { ...names, kind: "overwrite" as const, pre, post, mode, modifiedMs };
      const written = await performWrite(plan, place, () => Promise.resolve(bytes), context, ports);
      return written.ok ? ok(true) : written;
    }),
  );

const removeOne = (
  { base, copy, context, ports }: Scene,
  path: string,
  place: Place,
): Promise<Outcome<boolean>> =>
  inGrant(base.grant, async (root) => {
    const { shown, parts, grant } = place;
    const there = await lookBelow(root, parts, shown);
    if (!there.ok || there.value === undefined) return there.ok ? ok(false) : there;
    const isFolder = there.value.kind === "folder";
    const before = copy.entries.get(path);
    const isSame = isFolder
      ? before?.identity.split(":")[0] === there.value.inode && (await isEmpty(root, place))
      : before?.identity === there.value.identity;
    if (!isSame) return isFolder ? fault("exists", `${shown} is not empty`) : changedMeanwhile(place);
    const { identity, modifiedMs } = there.value;
    const { runId, stepId } = context;
    const facts = { isFolder, pre: identity, post: null, mode: null, modifiedMs, at: ports.now() };
    const change = { runId, stepId, grantId: grant.id, kind: "trash" as const, path: place.path, ...facts };
    const record = ports.undo.record(change);
    if (!record.ok) return record;
    return atEntry(root, parts, shown, async (entry) => {
      const taken = await ports.undo.take(entry, record.value.id, shown, ports.failpoint);
      return taken.ok ? ok(true) : taken;
    });
  });

const isEmpty = async (root: Folder, { parts, shown }: Place): Promise<boolean> => {
  const empty = await atEntry(root, parts, shown, async ({ folder, name }) => {
    const opened = await folder.enter(name, shown);
    if (!opened.ok) return opened;
    return whileOpen(opened.value, (inner) =>
      attempt(shown, async () => (await readdir(inner.at("."))).length === 0),
    );
  });
  return empty.ok && empty.value;
};

const stopped = fault("stopped", "the run was stopped before all was put in place");

const changedMeanwhile = ({ shown }: Place): Outcome<never> =>
  fault("changed", `${shown} was changed by somebody else meanwhile`);

/** The command's own progress is what is shown. */
const quiet = (context: ToolContext): ToolContext => ({ ...context, progress: () => undefined });
