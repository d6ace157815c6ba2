/**
 * The entries below a folder, walked by folder handles: links are listed and never followed.
 * Order: by name within a folder, a folder's entries right after it; the same on every system.
 */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { attempt } from "./fault.ts";
import type { Facts } from "./file-facts.ts";
import type { Entry, Folder } from "./folder-handle.ts";

export interface Walked {
  /** Usable until the walk goes on. */
  readonly entry: Entry;
  /** From where the walk began. */
  readonly path: string;
  readonly kind: Facts["kind"];
}

export interface WalkOptions {
  readonly recursive: boolean;
  /** Folders not to enter, by name. */
  readonly skip?: ReadonlySet<string>;
  /** The walk ends when it is aborted. */
  readonly signal: AbortSignal;
}

/** Folders that cannot be read (gone meanwhile, not ours) are left out. */
export async function* walk(folder: Folder, options: WalkOptions, above = ""): AsyncGenerator<Walked> {
  const entries = await attempt(above, () => readdir(folder.at("."), { withFileTypes: true }));
  if (!entries.ok) return;
  for (const found of entries.value.sort((one, other) => compareNames(one.name, other.name))) {
    if (options.signal.aborted) return;
    const entry = { folder, name: found.name };
    const path = above === "" ? found.name : `${above}/${found.name}`;
    const kind = kindOf(found);
    yield { entry, path, kind };
    if (kind !== "folder" || !options.recursive || options.skip?.has(found.name) === true) continue;
    const child = await folder.enter(found.name, path);
    if (!child.ok) continue;
    try {
      yield* walk(child.value, options, path);
    } finally {
      await child.value.close();
    }
  }
}

const kindOf = (found: Dirent): Facts["kind"] =>
  found.isFile() ? "file" : found.isDirectory() ? "folder" : found.isSymbolicLink() ? "link" : "other";

/** By code units: no locale, so that two desktops agree. */
export const compareNames = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The order of a walk, for paths that came from elsewhere. */
export const comparePaths = (one: string, other: string): number => {
  const [left, right] = [one.split("/"), other.split("/")];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? left.length - right.length : compareNames(left[at] ?? "", right[at] ?? "");
};
