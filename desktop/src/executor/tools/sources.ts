/**
 * The files that a call names, folders opened out: what is copied, packed or hashed.
 * 1. Links and special files below a named folder are left out and counted; one that is named itself is refused.
 * 2. Each file is known by "inode:size:mtimeNs", and read later only while it is that file.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { MAX_ACTION_ITEMS } from "@deskhand/doc-schema/document";
import { parsePath, type Place } from "../policy/path-scope.ts";
import { protectedPart } from "../policy/protected-names.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { chunksOf, look, lookForTarget, withFile } from "./file-facts.ts";
import { whileOpen, type Folder } from "./folder-handle.ts";
import { atEntry } from "./place.ts";
import { walk } from "./walk.ts";

export interface Source {
  readonly place: Place;
  /** Below what the call named: "" is that itself. */
  readonly below: string;
  readonly isFolder: boolean;
  /** "inode:size:mtimeNs". */
  readonly identity: string;
  readonly byteLength: number;
  readonly mode: number;
  readonly modifiedMs: number;
}

export interface Sources {
  readonly found: readonly Source[];
  /** Links and special files that were left out. */
  readonly leftOut: number;
}

export const openOut = async (root: Folder, place: Place, signal: AbortSignal): Promise<Outcome<Sources>> => {
  const { parts, shown } = place;
  return atEntry(root, parts.length === 0 ? ["."] : parts, shown, async (entry) => {
    const top = lookForTarget(entry, shown);
    if (!top.ok) return top;
    const isFolder = top.value.kind === "folder";
    const found: Source[] = [{ ...top.value, place, below: "", isFolder }];
    if (!isFolder) return ok({ found, leftOut: 0 });
    const opened = await entry.folder.enter(entry.name, shown);
    if (!opened.ok) return opened;
    return whileOpen(opened.value, async (folder) => {
      let leftOut = 0;
      for await (const { entry: inner, path, kind } of walk(folder, { recursive: true, signal })) {
        if (found.length > MAX_ACTION_ITEMS)
          return fault("too-large", `${shown} holds more than ${MAX_ACTION_ITEMS} files and folders.`);
        const innerPlace = placeBelow(place, path);
        const facts = look(inner, `${shown}/${path}`);
        if (!facts.ok) return facts;
        if (!innerPlace.ok || facts.value === undefined || kind === "link" || kind === "other") leftOut++;
        else
          found.push({ ...facts.value, place: innerPlace.value, below: path, isFolder: kind === "folder" });
      }
      return signal.aborted ? fault("stopped", "Looking was stopped.") : ok({ found, leftOut });
    });
  });
};

/** A place below another one, for a name that the disk gave us. */
const placeBelow = ({ grant, parts, shown }: Place, below: string): Outcome<Place> => {
  const more = parsePath(below);
  if (!more.ok) return more;
  const all = [...parts, ...more.value];
  const name = protectedPart(all);
  const protectedName = name === undefined ? {} : { protectedName: name };
  return ok({ grant, parts: all, path: all.join("/"), shown: `${shown}/${below}`, ...protectedName });
};

/** Gives the bytes of a file to `work` while it is still the one that was planned. */
export const withSource = <T>(
  root: Folder,
  { parts, shown }: Place,
  identity: string,
  work: (bytes: AsyncIterable<Uint8Array>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> =>
  atEntry(root, parts, shown, (entry) =>
    withFile(entry, shown, async ({ handle, facts }) => {
      if (facts.identity !== identity)
        return fault("changed", `${shown} was changed by somebody else meanwhile.`);
      const done = await attempt(shown, () => work(chunksOf(handle)));
      return done.ok ? done.value : done;
    }),
  );
