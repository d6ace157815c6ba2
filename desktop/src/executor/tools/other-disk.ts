/**
 * Copying, comparing and removing whole trees, for an undo store on another disk than the granted folder.
 * 1. Trees are walked by folder handles; links inside are copied as links and never followed.
 * 2. A copy is on disk (fsync) when `copyTree` returns. Pipes, sockets and devices are refused.
 * Errors of the system are thrown or returned; callers wrap with `attempt`.
 */
import { mkdir, readdir, readlink, rmdir, symlink, unlink } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import type { Outcome } from "./fault.ts";
import { removeOwn, writeTemporary } from "./file-effects.ts";
import { chunksOf, look, lookForTarget, withFile } from "./file-facts.ts";
import { pathOf, whileOpen, type Entry, type Folder } from "./folder-handle.ts";

/** Copies a file, link or folder to a name of ours; what a crash left there is replaced. */
export const copyTree = async (from: Entry, to: Entry, shown: string): Promise<Outcome<void>> => {
  const facts = look(from, shown);
  if (!facts.ok) return facts;
  if (facts.value?.kind === "link") {
    removeOwn(to);
    await symlink(await readlink(pathOf(from)), pathOf(to));
    return ok(undefined);
  }
  const target = lookForTarget(from, shown);
  if (!target.ok) return target;
  const { kind, mode, modifiedMs } = target.value;
  if (kind === "file")
    return withFile(from, shown, async ({ handle }) => {
      await writeTemporary(to, { chunks: chunksOf(handle), mode, modifiedMs });
      return ok(undefined);
    });
  const cleared = await removeTree(to, shown);
  if (!cleared.ok) return cleared;
  await mkdir(pathOf(to), { mode });
  return inChild(to, shown, async (copy) => {
    const done = await eachChild(from, shown, (source, name) =>
      copyTree({ folder: source, name }, { folder: copy, name }, shown),
    );
    if (done.ok) await copy.sync();
    return done;
  });
};

/** Removes a copy of ours, or an original whose copy is safe. */
export const removeTree = async (entry: Entry, shown: string): Promise<Outcome<void>> => {
  const facts = look(entry, shown);
  if (!facts.ok || facts.value === undefined) return facts.ok ? ok(undefined) : facts;
  if (facts.value.kind !== "folder") {
    await unlink(pathOf(entry));
    return ok(undefined);
  }
  const emptied = await eachChild(entry, shown, (folder, name) => removeTree({ folder, name }, shown));
  if (emptied.ok) await rmdir(pathOf(entry));
  return emptied;
};

/** Whether two trees hold the same names, sizes and times (to the millisecond). */
export const isSameTree = async (one: Entry, other: Entry): Promise<boolean> => {
  const [left, right] = [await linesOf(one, ""), await linesOf(other, "")];
  return left.ok && right.ok && left.value.join("\n") === right.value.join("\n");
};

/** Whether everything in `part` is in `whole` too: a removal that was cut short leaves such a tree. */
export const isPartOf = async (part: Entry, whole: Entry): Promise<boolean> => {
  const [left, right] = [await linesOf(part, ""), await linesOf(whole, "")];
  if (!left.ok || !right.ok) return false;
  const all = new Set(right.value);
  return left.value.every((line) => all.has(line));
};

const linesOf = async (entry: Entry, path: string): Promise<Outcome<readonly string[]>> => {
  const facts = look(entry, path);
  if (!facts.ok) return facts;
  const { kind, byteLength, modifiedMs } = facts.value ?? { kind: "gone", byteLength: 0, modifiedMs: 0 };
  const line = JSON.stringify(kind === "file" ? [path, byteLength, Math.round(modifiedMs)] : [path, kind]);
  if (kind !== "folder") return ok([line]);
  const lines = [line];
  const read = await eachChild(entry, path, async (folder, name) => {
    const inner = await linesOf({ folder, name }, `${path}/${name}`);
    if (inner.ok) lines.push(...inner.value);
    return inner.ok ? ok(undefined) : inner;
  });
  return read.ok ? ok(lines) : read;
};

const inChild = async (
  { folder, name }: Entry,
  shown: string,
  work: (folder: Folder) => Promise<Outcome<void>>,
): Promise<Outcome<void>> => {
  const child = await folder.enter(name, shown);
  return child.ok ? whileOpen(child.value, work) : child;
};

const eachChild = (
  entry: Entry,
  shown: string,
  work: (folder: Folder, name: string) => Promise<Outcome<void>>,
): Promise<Outcome<void>> =>
  inChild(entry, shown, async (folder) => {
    for (const name of (await readdir(folder.at("."))).sort()) {
      const done = await work(folder, name);
      if (!done.ok) return done;
    }
    return ok(undefined);
  });
