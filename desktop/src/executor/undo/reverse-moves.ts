/**
 * Taking the moves of one call back, many at a time; they are independent of each other.
 * 1. Each is looked at by itself and done only where the world is as the move left it. A moved file counts as unchanged
 *    by size and time, not by inode: undoing a later edit gives it a new inode.
 * 2. "undone" is on disk: each folder that was touched is fsynced once, before anybody is told. The new names first: a
 *    power cut in between must not leave a file without any.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, attemptNow, type Outcome } from "../tools/fault.ts";
import { asideName, finishMove, moveEntry, type Failpoint } from "../tools/file-effects.ts";
import type { Facts } from "../tools/file-facts.ts";
import type { Entry, Folder } from "../tools/folder-handle.ts";
import { withHeldFolders, type HeldFolders } from "../tools/held-folders.ts";
import { makeFolders } from "../tools/place.ts";
import type { ChangeRecord } from "./change.ts";
import { conflict, gone, UNDONE, type Reversal } from "./reversal.ts";

/** @param shownOf a change's file as the person knows it */
export const reverseMoves = (
  changes: readonly ChangeRecord[],
  root: Folder,
  shownOf: (change: ChangeRecord) => string,
  failpoint?: Failpoint,
): Promise<readonly Outcome<Reversal>[]> =>
  withHeldFolders(root, async (folders) => {
    const touched = { targets: new Set<Folder>(), sources: new Set<Folder>() };
    const done: Outcome<Reversal>[] = [];
    for (const change of changes)
      done.push(await reverseMove(change, root, folders, touched, shownOf(change), failpoint));
    const [first] = changes;
    const synced = await attempt(first === undefined ? "" : shownOf(first), async () => {
      for (const folder of new Set([...touched.targets, ...touched.sources])) await folder.sync();
    });
    return synced.ok ? done : done.map((one) => (one.ok && one.value.outcome === "undone" ? synced : one));
  });

interface Touched {
  readonly targets: Set<Folder>;
  readonly sources: Set<Folder>;
}

const reverseMove = async (
  change: ChangeRecord,
  root: Folder,
  folders: HeldFolders,
  touched: Touched,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> => {
  const back = change.path.split("/");
  const away = (change.to ?? "").split("/");
  const forwardName = asideName(change.id, "move");
  const backName = asideName(change.id, "undo");
  const there = await folders.look(away, shown);
  const returned = await folders.look(back, shown);
  const forward = await folders.look([...back.slice(0, -1), forwardName], shown);
  const undo = await folders.look([...away.slice(0, -1), backName], shown);
  for (const facts of [there, returned, forward, undo]) if (!facts.ok) return facts;
  const now = { there: valueOf(there), returned: valueOf(returned) };
  const isForward = valueOf(forward) !== undefined;
  const isLeft = valueOf(undo) !== undefined;
  if (now.there === undefined && !isLeft) {
    if (now.returned === undefined || !isAsBefore(now.returned, change)) return gone(shown);
    return touchedAll(touched, [await folders.entry(back, shown), await folders.entry(away, shown)]);
  }
  const isHalf = isForward || isLeft || now.there?.inode === now.returned?.inode;
  if (!isHalf && now.there !== undefined && !isAsBefore(now.there, change))
    return conflict(`${shown} was changed since and was left where it is.`);
  if (!isHalf && now.returned !== undefined)
    return conflict(`Something else is at ${change.path} now; ${shown} was left where it is.`, "in-the-way");

  const target = await entryWithFolders(back, root, folders, shown);
  const source = await folders.entry(away, shown);
  if (!target.ok) return target;
  if (!source.ok) return source;
  const aside = { ...source.value, name: backName };
  const moved = attemptNow(shown, () => {
    if (isForward) finishMove(target.value, source.value, { ...target.value, name: forwardName });
    if (isHalf && !isForward) finishMove(source.value, target.value, aside, failpoint);
    else moveEntry(source.value, target.value, aside, change.isFolder, failpoint);
  });
  return moved.ok ? touchedAll(touched, [target, source]) : moved;
};

/** A name whose folder somebody removed meanwhile gets it again. */
const entryWithFolders = async (
  parts: readonly string[],
  root: Folder,
  folders: HeldFolders,
  shown: string,
): Promise<Outcome<Entry>> => {
  const entry = await folders.entry(parts, shown);
  if (entry.ok || entry.error.type !== "not-found") return entry;
  const made = await makeFolders(root, parts.slice(0, -1), shown, () => ok(undefined));
  return made.ok ? folders.entry(parts, shown) : made;
};

/** Also where nothing was left to do: a crash may have come before its fsync. */
const touchedAll = (
  { targets, sources }: Touched,
  [target, source]: readonly [Outcome<Entry>, Outcome<Entry>],
): Outcome<Reversal> => {
  if (target.ok) targets.add(target.value.folder);
  if (source.ok) sources.add(source.value.folder);
  return UNDONE;
};

const valueOf = (facts: Outcome<Facts | undefined>): Facts | undefined =>
  facts.ok ? facts.value : undefined;

/** Disks and copies round times; a millisecond tells a person's change from that. */
const SAME_TIME_MS = 1;

const isAsBefore = (now: Facts, { pre, isFolder, modifiedMs }: ChangeRecord): boolean => {
  const [inode, size] = (pre ?? "").split(":");
  if (isFolder) return now.kind === "folder" && now.inode === inode;
  return (
    now.kind === "file" &&
    String(now.byteLength) === size &&
    Math.abs(now.modifiedMs - (modifiedMs ?? 0)) <= SAME_TIME_MS
  );
};
