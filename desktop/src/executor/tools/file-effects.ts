/**
 * The single effects on files. They throw the system's errors; callers wrap them with `attempt`.
 * 1. No inode of a person is ever truncated: new bytes go to a temporary file of the same folder, are fsynced, and
 *    take their place whole.
 * 2. A move never replaces anything and never removes what it did not move. For a file: a second name at the target
 *    (link fails if one is there), the old name renamed aside, and the aside name removed only if it is that same
 *    inode; so a file that was saved anew meanwhile comes back under its name. A crash leaves one file under two
 *    names, which `moveState` tells and `moveEntry` finishes.
 * 3. Disks without hard links (FAT, some network disks) get a look and a rename: a file that another program makes
 *    at the target in between would be replaced. A folder is renamed the same way; there the system itself
 *    refuses to replace anything but an empty folder.
 * 4. Moving blocks: each call takes microseconds, and waiting for it would take longer than itself. Who moves many
 *    lets others have their turn in between.
 * 5. Replacing a file compares it with the expected one by name and then renames over it: what another program
 *    saves between these two calls is lost. No system call that Node offers closes this.
 */
import { constants, fchmodSync, futimesSync, linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { nodeDisk } from "../journal-file.ts";
import { errnoOf } from "./fault.ts";
import { SMALL_BYTES, type Facts } from "./file-facts.ts";
import { pathOf, type Entry } from "./folder-handle.ts";

/** Called between the calls that make up an effect; tests die here. */
export type Failpoint = (place: "recorded" | "written" | "linked" | "aside" | "done") => void;

/** Names that only we make, so that what a crash left is found and finished. */
export const asideName = (recordId: string, purpose: "new" | "move" | "kept" | "undo"): string =>
  `.deskhand-${recordId}-${purpose}.tmp`;

export interface NewFile {
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Permission bits; absent: the system's default for new files. */
  readonly mode?: number | undefined;
  /** Milliseconds since 1970; absent: now. */
  readonly modifiedMs?: number | undefined;
}

/** Writes and fsyncs a file under a name of ours; what a crash left there is replaced. */
export const writeTemporary = async (entry: Entry, { chunks, mode, modifiedMs }: NewFile): Promise<void> => {
  removeOwn(entry);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(pathOf(entry), flags, mode === undefined ? 0o666 : 0o600);
  try {
    for await (const chunk of chunks) await writeChunk(handle, chunk);
    if (mode !== undefined) fchmodSync(handle.fd, mode);
    if (modifiedMs !== undefined) futimesSync(handle.fd, modifiedMs / 1000, modifiedMs / 1000);
    await handle.sync();
  } catch (error) {
    removeOwn(entry);
    throw error;
  } finally {
    await handle.close();
  }
};

/** A small one blocks: waiting for it would take longer than itself. */
export const writeChunk = async (handle: FileHandle, chunk: Uint8Array): Promise<void> =>
  chunk.length <= SMALL_BYTES ? nodeDisk.write(handle.fd, chunk) : handle.writeFile(chunk);

/** Removes a name that only we made. */
export const removeOwn = (entry: Entry): void => {
  try {
    unlinkSync(pathOf(entry));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
};

/** Gives something of ours its name, which must be free. */
export const placeNew = (own: Entry, to: Entry, isFolder: boolean, failpoint?: Failpoint): void => {
  if (isFolder) mustBeFree(to);
  else if (linkIfPossible(own, to)) {
    failpoint?.("linked");
    return unlinkSync(pathOf(own));
  }
  renameSync(pathOf(own), pathOf(to));
};

/** Moves a file or folder to a free name on the same disk. `aside` is a name of ours beside `from`. */
export const moveEntry = (
  from: Entry,
  to: Entry,
  aside: Entry,
  isFolder: boolean,
  failpoint?: Failpoint,
): void => {
  if (isFolder) mustBeFree(to);
  else if (linkIfPossible(from, to)) {
    failpoint?.("linked");
    return finishMove(from, to, aside, failpoint);
  }
  renameSync(pathOf(from), pathOf(to));
};

/** Removes the old name of a file that already has its new one. */
export const finishMove = (from: Entry, to: Entry, aside: Entry, failpoint?: Failpoint): void => {
  if (inodeOf(aside) === undefined) renameSync(pathOf(from), pathOf(aside));
  failpoint?.("aside");
  if (inodeOf(aside) !== inodeOf(to)) linkSync(pathOf(aside), pathOf(from));
  unlinkSync(pathOf(aside));
};

export type MoveState = "todo" | "half" | "done" | "conflict";

/** How far a move has come. Saving the file anew at its target does not undo the move: the inode decides. */
export const moveState = (
  identity: string,
  now: {
    readonly from: Facts | undefined;
    readonly to: Facts | undefined;
    readonly aside: Facts | undefined;
  },
): MoveState => {
  const [inode] = identity.split(":");
  if (now.aside !== undefined) return "half";
  if (now.to === undefined) return now.from?.identity === identity ? "todo" : "conflict";
  if (now.to.inode !== inode) return "conflict";
  return now.from?.inode === inode ? "half" : "done";
};

/** false when this disk has no hard links; then the target was looked at and is free. */
const linkIfPossible = (from: Entry, to: Entry): boolean => {
  try {
    linkSync(pathOf(from), pathOf(to));
    return true;
  } catch (error) {
    if (!WITHOUT_LINKS.has(errnoOf(error) ?? "")) throw error;
    mustBeFree(to);
    return false;
  }
};
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Throws EEXIST when something is there. */
export const mustBeFree = (entry: Entry): void => {
  if (inodeOf(entry) !== undefined) throw Object.assign(new Error("the target is taken"), { code: "EEXIST" });
};
const inodeOf = (entry: Entry): bigint | undefined =>
  lstatSync(pathOf(entry), { bigint: true, throwIfNoEntry: false })?.ino;
