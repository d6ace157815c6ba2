/**
 * Taking one change back: look at the world, and act only where it is as the change left it.
 * A moved file counts as unchanged by size and time, not by inode: undoing a later edit gives it a new inode.
 */
import { rename, rmdir } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, attemptNow, fault, type Outcome } from "../tools/fault.ts";
import { asideName, finishMove, moveEntry, removeOwn, type Failpoint } from "../tools/file-effects.ts";
import { hashFile, look, withFile, type Facts } from "../tools/file-facts.ts";
import { pathOf, type Entry, type Folder } from "../tools/folder-handle.ts";
import { atEntry, inGrant, lookBelow, makeFolders } from "../tools/place.ts";
import type { GrantedFolder, ToolError } from "../tools/tool.ts";
import type { ChangeRecord } from "./change.ts";
import type { KeptFiles } from "./kept-files.ts";

export interface Reversal {
  readonly outcome: "undone" | "conflict" | "gone" | "failed";
  readonly text?: string;
}

const UNDONE: Outcome<Reversal> = ok({ outcome: "undone" });
const conflict = (text: string): Outcome<Reversal> => ok({ outcome: "conflict", text });
const gone = (shown: string): Outcome<Reversal> =>
  ok({ outcome: "gone", text: `${shown} is no longer there; there is nothing to take back.` });

export const reverseChange = async (
  change: ChangeRecord,
  grant: GrantedFolder,
  kept: KeptFiles,
  failpoint?: Failpoint,
): Promise<Reversal> => {
  if (grant.mode === "read")
    return { outcome: "failed", text: `“${grant.name}” is granted for reading only now.` };
  const shown = `${grant.name}/${change.to ?? change.path}`;
  const done = await inGrant(grant, (root) => {
    switch (change.kind) {
      case "create":
        return reverseCreate(change, root, kept, shown, failpoint);
      case "overwrite":
      case "edit":
        return reverseWrite(change, root, kept, shown, failpoint);
      case "move":
        return reverseMove(change, root, shown, failpoint);
      case "trash":
        return reverseTrash(change, root, kept, shown, failpoint);
      case "make-folder":
        return reverseMakeFolder(change, root, shown);
    }
  });
  return done.ok
    ? done.value
    : { outcome: OUTCOME_OF_ERROR[done.error.type] ?? "failed", text: done.error.text };
};

const OUTCOME_OF_ERROR: Readonly<Partial<Record<ToolError["type"], Reversal["outcome"]>>> = {
  "not-found": "gone",
  "folder-missing": "gone",
  exists: "conflict",
  changed: "conflict",
  link: "conflict",
  "hard-link": "conflict",
};

const reverseCreate = (
  change: ChangeRecord,
  root: Folder,
  kept: KeptFiles,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> =>
  atEntry(root, change.path.split("/"), shown, async (entry) => {
    const cleared = clearTemporary(change, entry, shown);
    if (!cleared.ok) return cleared;
    const isTaken = await kept.isKept(change.id);
    if (!isTaken.ok) return isTaken;
    const there = look(entry, shown);
    if (!there.ok) return there;
    if (there.value === undefined)
      return isTaken.value ? finishTaking(change, entry, kept, shown) : gone(shown);
    const now = await withFile(entry, shown, async ({ handle }) => attempt(shown, () => hashFile(handle)));
    if (!now.ok) return now;
    if (now.value !== change.post) return conflict(`${shown} was changed since and was left as it is.`);
    const taken = await kept.take(entry, change.id, shown, failpoint);
    return taken.ok ? synced(entry, shown) : taken;
  });

/** A crash between two disks may have left the original beside its name. */
const finishTaking = async (
  { id }: ChangeRecord,
  entry: Entry,
  kept: KeptFiles,
  shown: string,
): Promise<Outcome<Reversal>> => {
  const state = await kept.takeState(entry, id, "", shown);
  if (!state.ok) return state;
  const taken = state.value === "half" ? await kept.take(entry, id, shown) : ok(undefined);
  return taken.ok ? synced(entry, shown) : taken;
};

const reverseWrite = (
  change: ChangeRecord,
  root: Folder,
  kept: KeptFiles,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> =>
  atEntry(root, change.path.split("/"), shown, async (entry) => {
    const cleared = clearTemporary(change, entry, shown);
    if (!cleared.ok) return cleared;
    const now = await withFile(entry, shown, ({ handle, facts }) =>
      attempt(shown, async () => ({ facts, hash: await hashFile(handle) })),
    );
    if (!now.ok) return now;
    if (now.value.hash === change.pre) return UNDONE;
    if (now.value.hash !== change.post) return conflict(`${shown} was changed since and was left as it is.`);
    if (now.value.facts.links > 1)
      return fault("hard-link", `${shown} has a second name now and was left as it is.`);
    const temporary = { folder: entry.folder, name: asideName(change.id, "undo") };
    const attributes = { mode: change.mode ?? undefined, modifiedMs: change.modifiedMs ?? undefined };
    const written = await kept.writeKept(change.pre ?? "", temporary, attributes, shown);
    if (!written.ok) return written;
    failpoint?.("written");
    const again = look(entry, shown);
    if (!again.ok || again.value?.identity !== now.value.facts.identity) {
      attemptNow(shown, () => removeOwn(temporary));
      return again.ok ? conflict(`${shown} was changed since and was left as it is.`) : again;
    }
    const placed = await attempt(shown, () => rename(pathOf(temporary), pathOf(entry)));
    return placed.ok ? synced(entry, shown) : placed;
  });

/** A crash in the middle of writing leaves the temporary file. */
const clearTemporary = ({ id }: ChangeRecord, { folder }: Entry, shown: string): Outcome<void> =>
  attemptNow(shown, () => removeOwn({ folder, name: asideName(id, "new") }));

const reverseMove = async (
  change: ChangeRecord,
  root: Folder,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> => {
  const back = change.path.split("/");
  const away = (change.to ?? "").split("/");
  const forwardName = asideName(change.id, "move");
  const backName = asideName(change.id, "undo");
  const found = await lookAtAll(root, shown, {
    there: away,
    back,
    forward: [...back.slice(0, -1), forwardName],
    undo: [...away.slice(0, -1), backName],
  });
  if (!found.ok) return found;
  const { there, back: returned, forward, undo } = found.value;
  if (there === undefined && undo === undefined)
    return returned !== undefined && isAsBefore(returned, change) ? UNDONE : gone(shown);
  const isHalf = forward !== undefined || undo !== undefined || there?.inode === returned?.inode;
  if (!isHalf && there !== undefined && !isAsBefore(there, change))
    return conflict(`${shown} was changed since and was left where it is.`);
  if (!isHalf && returned !== undefined)
    return conflict(`Something else is at ${change.path} now; ${shown} was left where it is.`);

  const parents = await makeFolders(root, back.slice(0, -1), shown, () => ok(undefined));
  if (!parents.ok) return parents;
  return atEntry(root, back, shown, (target) =>
    atEntry(root, away, shown, async (entry) => {
      const aside = { ...entry, name: backName };
      const moved = await attempt(shown, async () => {
        if (forward !== undefined) finishMove(target, entry, { ...target, name: forwardName });
        if (isHalf && forward === undefined) finishMove(entry, target, aside, failpoint);
        else moveEntry(entry, target, aside, change.isFolder, failpoint);
        await target.folder.sync();
      });
      return moved.ok ? synced(entry, shown) : moved;
    }),
  );
};

const reverseTrash = async (
  change: ChangeRecord,
  root: Folder,
  kept: KeptFiles,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> => {
  const path = change.path.split("/");
  const isKept = await kept.isKept(change.id);
  if (!isKept.ok) return isKept;
  if (!isKept.value) {
    const found = await lookAtAll(root, shown, { there: path });
    if (!found.ok) return found;
    // not in the store: given back before, or never taken
    return found.value.there === undefined ? gone(shown) : UNDONE;
  }
  const parents = await makeFolders(root, path.slice(0, -1), shown, () => ok(undefined));
  if (!parents.ok) return parents;
  return atEntry(root, path, shown, async (entry) => {
    const given = await kept.giveBack(change.id, entry, shown, failpoint);
    return given.ok ? synced(entry, shown) : given;
  });
};

const reverseMakeFolder = (change: ChangeRecord, root: Folder, shown: string): Promise<Outcome<Reversal>> =>
  atEntry(root, change.path.split("/"), shown, async (entry) => {
    const removed = await attempt(shown, () => rmdir(pathOf(entry)));
    // It may be the removal itself that a crash cut from its record: as before the change it is either way.
    if (removed.ok || removed.error.type === "not-found") return synced(entry, shown);
    return removed.error.type === "exists" ? conflict(`${shown} holds files now and stays.`) : removed;
  });

const synced = async ({ folder }: Entry, shown: string): Promise<Outcome<Reversal>> => {
  const done = await attempt(shown, () => folder.sync());
  return done.ok ? UNDONE : done;
};

/** Facts by name. */
const lookAtAll = async <Name extends string>(
  root: Folder,
  shown: string,
  paths: Readonly<Record<Name, readonly string[]>>,
): Promise<Outcome<Readonly<Record<Name, Facts | undefined>>>> => {
  const found: Partial<Record<Name, Facts | undefined>> = {};
  for (const name of Object.keys(paths) as Name[]) {
    // Object.keys widens to string
    const facts = await lookBelow(root, paths[name], shown);
    if (!facts.ok) return facts;
    found[name] = facts.value;
  }
  return ok(found as Record<Name, Facts | undefined>); // every name was set just now
};

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
