/** Taking changes back: look at the world, and act only where it is as the change left it. */
import { rename, rmdir } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, attemptNow, fault, type Outcome } from "../tools/fault.ts";
import { asideName, removeOwn, type Failpoint } from "../tools/file-effects.ts";
import { hashFile, look, withFile } from "../tools/file-facts.ts";
import { pathOf, type Entry, type Folder } from "../tools/folder-handle.ts";
import { atEntry, inGrant, lookBelow, makeFolders } from "../tools/place.ts";
import type { GrantedFolder } from "../tools/tool.ts";
import type { ChangeRecord } from "./change.ts";
import type { KeptFiles } from "./kept-files.ts";
import { conflict, gone, reversalOf, UNDONE, type Reversal } from "./reversal.ts";
import { reverseMoves } from "./reverse-moves.ts";

/** Takes changes of one grant back: one, or several moves of one call, in this order; what became of each. */
export const reverseChanges = async (
  changes: readonly ChangeRecord[],
  grant: GrantedFolder,
  kept: KeptFiles,
  failpoint?: Failpoint,
): Promise<readonly Reversal[]> => {
  const text = `“${grant.name}” is granted for reading only now.`;
  const readOnly: Reversal = { outcome: "failed", why: "not-granted", text };
  if (grant.mode === "read") return changes.map(() => readOnly);
  const shownOf = (change: ChangeRecord): string => `${grant.name}/${change.to ?? change.path}`;
  const done = await inGrant(grant, async (root): Promise<Outcome<readonly Outcome<Reversal>[]>> => {
    if (changes.every(({ kind }) => kind === "move"))
      return ok(await reverseMoves(changes, root, shownOf, failpoint));
    const one: Outcome<Reversal>[] = [];
    for (const change of changes) one.push(await reverseOne(change, root, kept, shownOf(change), failpoint));
    return ok(one);
  });
  return done.ok ? done.value.map(reversalOf) : changes.map(() => reversalOf(done));
};

const reverseOne = async (
  change: ChangeRecord,
  root: Folder,
  kept: KeptFiles,
  shown: string,
  failpoint?: Failpoint,
): Promise<Outcome<Reversal>> => {
  switch (change.kind) {
    case "create":
      return reverseCreate(change, root, kept, shown, failpoint);
    case "overwrite":
    case "edit":
      return reverseWrite(change, root, kept, shown, failpoint);
    case "move": {
      const [moved] = await reverseMoves([change], root, () => shown, failpoint);
      return moved ?? gone(shown);
    }
    case "trash":
      return reverseTrash(change, root, kept, shown, failpoint);
    case "make-folder":
      return reverseMakeFolder(change, root, shown);
  }
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
    const there = await lookBelow(root, path, shown);
    if (!there.ok) return there;
    // not in the store: given back before, or never taken
    return there.value === undefined ? gone(shown) : UNDONE;
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
    return removed.error.type === "exists"
      ? conflict(`${shown} holds files now and stays.`, "not-empty")
      : removed;
  });

const synced = async ({ folder }: Entry, shown: string): Promise<Outcome<Reversal>> => {
  const done = await attempt(shown, () => folder.sync());
  return done.ok ? UNDONE : done;
};
