/**
 * What a whole folder that is about to go elsewhere brings along: its bytes, and a protected name when there is one
 * anywhere in it. Moving a folder moves the keys in it, so whoever is asked must be told of them.
 * Links are not followed. A call looks at so many entries and no more; a folder that it could not look through to the
 * end counts as one that may hold something protected.
 */
import { protectedPart } from "../policy/protected-names.ts";
import { look } from "./file-facts.ts";
import { whileOpen, type Entry } from "./folder-handle.ts";
import { walk } from "./walk.ts";

/** Entries whose bytes are added up for a card; beyond them the folder's size is not told. */
const MOST_MEASURED = 10_000;
/** Entries that one call looks at, in all its folders together. */
const MOST_LOOKED_AT = 50_000;

export interface FolderContents {
  /** Of all files in it; undefined when there are too many to count. */
  readonly byteLength: number | undefined;
  /** The first protected name in it, or "<folder>/…" when it was not looked through to the end. */
  readonly protectedName: string | undefined;
}

/** `parts`: the folder's place below the grant. One of these serves one call. */
export const createContentsLook = (signal: AbortSignal, mostLookedAt = MOST_LOOKED_AT) => {
  let lookedAt = 0;
  return async ({ folder, name }: Entry, parts: readonly string[]): Promise<FolderContents> => {
    const unknown = { byteLength: undefined, protectedName: `${name}/…` };
    const child = await folder.enter(name, name);
    if (!child.ok) return unknown;
    return whileOpen(child.value, async (below) => {
      let [bytes, entries] = [0, 0];
      let protectedName: string | undefined;
      for await (const { entry, path, kind } of walk(below, { recursive: true, signal })) {
        if (++lookedAt > mostLookedAt)
          return { ...unknown, protectedName: protectedName ?? unknown.protectedName };
        protectedName ??= protectedPart([...parts, ...path.split("/")]);
        if (++entries > MOST_MEASURED || kind !== "file") continue;
        const facts = look(entry, name);
        bytes += facts.ok ? (facts.value?.byteLength ?? 0) : 0;
      }
      return { byteLength: entries > MOST_MEASURED ? undefined : bytes, protectedName };
    });
  };
};
