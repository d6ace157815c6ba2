/**
 * From a place in a granted folder to held folders. The granted folder itself is entered component by component
 * from the root, so that a grant whose path now leads through a link opens nothing.
 */
import { mkdir } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, fault, type Outcome } from "./fault.ts";
import { look, type Facts } from "./file-facts.ts";
import { enterAll, openFolder, whileOpen, type Entry, type Folder } from "./folder-handle.ts";
import type { GrantedFolder } from "./tool.ts";

/** Holds the granted folder open during `work`. */
export const inGrant = async <T>(
  grant: GrantedFolder,
  work: (root: Folder) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const root = await openFolder(grant.path, grant.name);
  if (root.ok) return whileOpen(root.value, work);
  return fault(
    "folder-missing",
    root.error.type === "no-permission"
      ? `The granted folder “${grant.name}” cannot be opened: the system denies it.`
      : `The granted folder “${grant.name}” is no longer at its place; nothing was changed. Grant it again on the desktop.`,
  );
};

/** Holds the folder at `parts` below `root` open during `work`; `root` stays open. */
export const inFolder = async <T>(
  root: Folder,
  parts: readonly string[],
  shown: string,
  work: (folder: Folder) => Outcome<T> | Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const self = await root.enter(".", shown);
  if (!self.ok) return self;
  const folder = await enterAll(self.value, parts, shown);
  return folder.ok ? whileOpen(folder.value, work) : folder;
};

/** Holds the folder that an entry lies in; `parts` names the entry and is not empty. */
export const atEntry = <T>(
  root: Folder,
  parts: readonly string[],
  shown: string,
  work: (entry: Entry) => Outcome<T> | Promise<Outcome<T>>,
): Promise<Outcome<T>> =>
  inFolder(root, parts.slice(0, -1), shown, (folder) => work({ folder, name: parts.at(-1) ?? "." }));

/** What is at `parts`; undefined also when the folder that it would lie in is not there. */
export const lookBelow = async (
  root: Folder,
  parts: readonly string[],
  shown: string,
): Promise<Outcome<Facts | undefined>> => {
  const facts = await atEntry(root, parts, shown, (entry) => look(entry, shown));
  return !facts.ok && facts.error.type === "not-found" ? ok(undefined) : facts;
};

/** The folders on the way to `parts`, and `parts` itself, that are not there yet; the outermost first. */
export const missingFolders = async (
  root: Folder,
  parts: readonly string[],
  shown: string,
): Promise<Outcome<readonly string[]>> => {
  for (let depth = 1; depth <= parts.length; depth++) {
    const facts = await atEntry(root, parts.slice(0, depth), shown, (entry) => look(entry, shown));
    if (!facts.ok) return facts;
    if (facts.value === undefined)
      return ok(parts.slice(depth - 1).map((_, more) => parts.slice(0, depth + more).join("/")));
    if (facts.value.kind === "link")
      return fault("link", `${shown} leads through a link, and links are not followed.`);
    if (facts.value.kind !== "folder")
      return fault("exists", `${shown}: there is a file where a folder is needed.`);
  }
  return ok([]);
};

/** Makes the missing folders down to `parts`. `before` is called ahead of each with its path. */
export const makeFolders = async (
  root: Folder,
  parts: readonly string[],
  shown: string,
  before: (path: string) => Outcome<unknown>,
): Promise<Outcome<void>> => {
  const missing = await missingFolders(root, parts, shown);
  if (!missing.ok) return missing;
  for (const path of missing.value) {
    const recorded = before(path);
    if (!recorded.ok) return recorded;
    const made = await atEntry(root, path.split("/"), shown, ({ folder, name }) =>
      attempt(shown, async () => {
        await mkdir(folder.at(name));
        await folder.sync();
      }),
    );
    if (!made.ok) return made;
  }
  return ok(undefined);
};
