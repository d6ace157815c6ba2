/**
 * Folders below a granted one, each entered once for a batch of entries and held until the batch is over. Batches are
 * short: a folder that is moved out of the granted one meanwhile is not worked in for long.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { fault, type Outcome } from "./fault.ts";
import { look, type Facts } from "./file-facts.ts";
import type { Entry, Folder } from "./folder-handle.ts";

export interface HeldFolders {
  /** The entry at `parts`; "not-found" while its folder is not there. */
  readonly entry: (parts: readonly string[], shown: string) => Promise<Outcome<Entry>>;
  /** What is at `parts`; undefined also when its folder is not there. */
  readonly look: (parts: readonly string[], shown: string) => Promise<Outcome<Facts | undefined>>;
}

export const withHeldFolders = async <T>(
  root: Folder,
  work: (folders: HeldFolders) => Promise<T>,
): Promise<T> => {
  const held = new Map<string, Folder>();
  const enter = async (parts: readonly string[], shown: string): Promise<Outcome<Folder>> => {
    const name = parts.at(-1);
    if (name === undefined) return ok(root);
    const key = parts.join("/");
    const known = held.get(key);
    if (known !== undefined) return ok(known);
    const above = await enter(parts.slice(0, -1), shown);
    if (!above.ok) return above;
    const folder = await above.value.enter(name, shown);
    if (folder.ok) held.set(key, folder.value);
    return folder;
  };
  const entry: HeldFolders["entry"] = async (parts, shown) => {
    const name = parts.at(-1);
    if (name === undefined) return fault("bad-input", `${shown} is the granted folder itself.`);
    const folder = await enter(parts.slice(0, -1), shown);
    return folder.ok ? ok({ folder: folder.value, name }) : folder;
  };
  try {
    return await work({
      entry,
      look: async (parts, shown) => {
        const there = await entry(parts, shown);
        if (there.ok) return look(there.value, shown);
        return there.error.type === "not-found" ? ok(undefined) : there;
      },
    });
  } finally {
    for (const folder of held.values()) await folder.close();
  }
};
