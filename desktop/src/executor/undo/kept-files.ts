/**
 * What was taken out of granted folders, and the previous bytes of what was rewritten; outside every grant.
 *   kept/<record id>       a trashed file or folder, whole
 *   preimages/<sha256>     previous bytes, by content
 * 1. Nothing is unlinked in a granted folder before it is safe here. On the same disk taking is one rename; on
 *    another it is a copy with fsync, and the original is removed only if it still equals the copy.
 * 2. Giving back never replaces anything.
 * 3. Taking and giving back can be cut at any point and called again.
 */
import { createHash } from "node:crypto";
import { realpathSync, renameSync } from "node:fs";
import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { ok } from "@deskhand/doc-schema/wire";
import { makePrivateFolder, PRIVATE_FILE } from "../private-files.ts";
import { syncFolder } from "../sync-descriptor.ts";
import { attempt, attemptNow, errnoOf, fault, type Outcome } from "../tools/fault.ts";
import {
  asideName,
  mustBeFree,
  placeNew,
  removeOwn,
  writeChunk,
  writeTemporary,
  type Failpoint,
} from "../tools/file-effects.ts";
import { chunksOf, look } from "../tools/file-facts.ts";
import { openFolder, pathOf, whileOpen, type Entry, type Folder } from "../tools/folder-handle.ts";
import { copyTree, isPartOf, isSameTree, removeTree } from "../tools/other-disk.ts";

export type TakeState = "todo" | "half" | "done" | "conflict";

export interface FileAttributes {
  readonly mode?: number | undefined;
  readonly modifiedMs?: number | undefined;
}

export interface KeptBytes {
  /** Hex SHA-256 of exactly what was kept. */
  readonly sha256: string;
  /** Resolves when they survive a power cut: what they are kept for must not be replaced before. */
  readonly safe: Promise<Outcome<void>>;
}

export interface KeptFiles {
  /** Puts a file's bytes aside; resolves when `handle` is no longer read. */
  readonly keepBytes: (handle: FileHandle, shown: string) => Promise<Outcome<KeptBytes>>;
  /** Writes kept bytes to a temporary entry, checked against their hash. */
  readonly writeKept: (
    sha256: string,
    temporary: Entry,
    attributes: FileAttributes,
    shown: string,
  ) => Promise<Outcome<void>>;
  /** How far taking has come; `identity` is "inode:size:mtimeNs" of what is to be taken. */
  readonly takeState: (
    from: Entry,
    id: string,
    identity: string,
    shown: string,
  ) => Promise<Outcome<TakeState>>;
  /** Takes what is at `from`, or finishes taking it. */
  readonly take: (from: Entry, id: string, shown: string, failpoint?: Failpoint) => Promise<Outcome<void>>;
  readonly isKept: (id: string) => Promise<Outcome<boolean>>;
  readonly giveBack: (id: string, to: Entry, shown: string, failpoint?: Failpoint) => Promise<Outcome<void>>;
}

export const createKeptFiles = (dir: string): KeptFiles => {
  makePrivateFolder(dir);
  const [kept = "", preimages = ""] = ["kept", "preimages"].map((name) => path.join(realpathSync(dir), name));
  for (const folder of [kept, preimages]) makePrivateFolder(folder);
  let temporaries = 0;

  const keepBytes: KeptFiles["keepBytes"] = (handle, shown) =>
    attempt(shown, async () => {
      const temporary = path.join(preimages, `new-${temporaries++}`);
      const hash = createHash("sha256");
      const copy = await open(temporary, "w", PRIVATE_FILE);
      await orRemoved(temporary, copy, async () => {
        for await (const chunk of hashed(chunksOf(handle), hash)) await writeChunk(copy, chunk);
      });
      const sha256 = hash.digest("hex");
      const name = async (): Promise<void> => {
        await orRemoved(temporary, copy, () => copy.sync());
        await copy.close();
        renameSync(temporary, path.join(preimages, sha256));
        await syncFolder(preimages);
      };
      return { sha256, safe: attempt(shown, name) };
    });

  const writeKept: KeptFiles["writeKept"] = async (sha256, temporary, attributes, shown) => {
    const hash = createHash("sha256");
    const written = await attempt(shown, async () => {
      const handle = await open(path.join(preimages, sha256), "r");
      try {
        await writeTemporary(temporary, { chunks: hashed(chunksOf(handle), hash), ...attributes });
      } finally {
        await handle.close();
      }
    });
    if (!written.ok || hash.digest("hex") === sha256) return written;
    const removed = attemptNow(shown, () => removeOwn(temporary));
    return removed.ok ? fault("failed", `The kept bytes of ${shown} are damaged.`) : removed;
  };

  /** Works in kept/ with the entry of this record. */
  const withKept = async <T>(
    id: string,
    shown: string,
    work: (entry: Entry, folder: Folder) => Outcome<T> | Promise<Outcome<T>>,
  ): Promise<Outcome<T>> => {
    const folder = await openFolder(kept, "The undo store");
    if (!folder.ok) return folder;
    return whileOpen(folder.value, async (open) => {
      const done = await attempt(shown, async () => work({ folder: open, name: id }, open));
      return done.ok ? done.value : done;
    });
  };
  const isKept: KeptFiles["isKept"] = (id) =>
    withKept(id, "The undo store", (entry) => isThere(entry, "The undo store"));

  const takeState: KeptFiles["takeState"] = async (from, id, identity, shown) => {
    const there = look(from, shown);
    if (!there.ok) return there;
    const aside = isThere(asideOf(from, id), shown);
    if (!aside.ok) return aside;
    const copy = await isKept(id);
    if (!copy.ok) return copy;
    const isUntouched = there.value?.identity === identity;
    if (aside.value || (copy.value && isUntouched)) return ok("half");
    if (copy.value) return ok("done");
    return ok(isUntouched ? "todo" : "conflict");
  };

  const take: KeptFiles["take"] = (from, id, shown, failpoint) =>
    withKept(id, shown, async (entry, folder) => {
      const aside = asideOf(from, id);
      const isCopied = isThere(entry, shown);
      if (!isCopied.ok) return isCopied;
      if (!isCopied.value) {
        if (await renamedOnSameDisk(from, entry)) return ok(await folder.sync());
        const part = { folder, name: `${id}.part` };
        const copied = await copyTree(from, part, shown);
        if (!copied.ok) {
          await removeTree(part, shown);
          return copied;
        }
        await rename(pathOf(part), pathOf(entry));
        await folder.sync();
      }
      failpoint?.("written");
      const isAside = isThere(aside, shown);
      if (!isAside.ok) return isAside;
      if (!isAside.value) await rename(pathOf(from), pathOf(aside));
      failpoint?.("aside");
      // Something missing there is our own removal cut short by a crash, not a person's change.
      if (await isPartOf(aside, entry)) return removeTree(aside, shown);
      mustBeFree(from);
      await rename(pathOf(aside), pathOf(from));
      await removeTree(entry, shown);
      return fault(
        "changed",
        `${shown} was changed while it was being moved away; it is still in its place.`,
      );
    });

  const giveBack: KeptFiles["giveBack"] = (id, to, shown, failpoint) =>
    withKept(id, shown, async (entry) => {
      const original = asideOf(to, id);
      const copy = { folder: to.folder, name: asideName(id, "undo") };
      const facts = look(entry, shown);
      const [there, isAside] = [look(to, shown), isThere(original, shown)];
      if (!facts.ok) return facts;
      if (!there.ok) return there;
      if (!isAside.ok) return isAside;
      const cleared = await removeTree(copy, shown);
      if (!cleared.ok) return cleared;
      // What is kept may be less than what is back: our own removal, cut short by a crash.
      if (there.value !== undefined)
        return (await isPartOf(entry, to))
          ? removeTree(entry, shown)
          : fault("exists", `Something else is at ${shown} now.`);
      if (isAside.value) {
        const isWhole = await isSameTree(original, entry);
        if (isWhole || !(await isPartOf(original, entry))) {
          await rename(pathOf(original), pathOf(to));
          return isWhole
            ? removeTree(entry, shown)
            : fault("changed", `${shown} was changed since; the version from before is still kept.`);
        }
        const removed = await removeTree(original, shown);
        if (!removed.ok) return removed;
      }
      const isFolder = facts.value?.kind === "folder";
      if (await placedOnSameDisk(entry, to, isFolder, failpoint)) return ok(undefined);
      const copied = await copyTree(entry, copy, shown);
      if (!copied.ok) {
        await removeTree(copy, shown);
        return copied;
      }
      failpoint?.("written");
      placeNew(copy, to, isFolder, failpoint);
      await to.folder.sync();
      failpoint?.("aside");
      return removeTree(entry, shown);
    });

  return { keepBytes, writeKept, takeState, take, isKept, giveBack };
};

/** A copy that could not be finished is closed and removed. */
const orRemoved = async (file: string, copy: FileHandle, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    await copy.close();
    await unlink(file);
    throw error;
  }
};

const isThere = (entry: Entry, shown: string): Outcome<boolean> => {
  const facts = look(entry, shown);
  return facts.ok ? ok(facts.value !== undefined) : facts;
};

/** Where an original waits, beside its name, while its copy is compared. */
const asideOf = ({ folder }: Entry, id: string): Entry => ({ folder, name: asideName(id, "kept") });

const renamedOnSameDisk = (from: Entry, to: Entry): Promise<boolean> =>
  unlessOtherDisk(() => rename(pathOf(from), pathOf(to)));
const placedOnSameDisk = (
  from: Entry,
  to: Entry,
  isFolder: boolean,
  failpoint?: Failpoint,
): Promise<boolean> => unlessOtherDisk(async () => placeNew(from, to, isFolder, failpoint));

const unlessOtherDisk = async (work: () => Promise<void>): Promise<boolean> => {
  try {
    await work();
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    return false;
  }
};

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
