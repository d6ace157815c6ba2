/**
 * What a power cut leaves of the disk. Until a file or folder is fsynced, this process remembers how it was before;
 * `cut` puts the disk into a state that a cut may leave, and the process is to end right then.
 *   "dropped"   everything that was not fsynced is as before: new bytes, new names, removals. A name counts with the
 *               folder that it stands in, so that of a rename between two folders one half may be lost.
 *   "torn"      names are as they are, but of bytes that were not fsynced only a part came to the disk.
 * Inodes survive: what is removed is put aside in `grave`, on the same disk, until the end.
 */
import { constants } from "node:fs";
import path from "node:path";
import { real, type FileCall, type Hooks } from "./file-system-hooks.ts";

export interface Power extends Hooks {
  readonly cut: (how: "dropped" | "torn", random: () => number) => void;
}

interface FolderBefore {
  readonly descriptor: number;
  /** Name → "device:inode". */
  readonly entries: ReadonlyMap<string, string>;
}
interface FileBefore {
  readonly descriptor: number;
  readonly bytes: Buffer;
}

/**
 * @param graveFor a folder of ours on the disk that a folder is on
 * @param places all that is watched
 */
export const createPower = (graveFor: (path: string) => string, places: readonly string[]): Power => {
  const folders = new Map<string, FolderBefore>();
  const files = new Map<string, FileBefore>();
  /** "device:inode" → where it was put aside. */
  const grave = new Map<string, string>();
  const graves: string[] = [];

  const bury = (place: string): void => {
    const folder = real.realpathSync(path.dirname(place));
    const aside = path.join(graveFor(folder), String(graves.length));
    graves.push(aside);
    grave.set(keyOf(place), aside);
    real.renameSync(place, aside);
  };

  const folderChanges = (folder: string): void => {
    const key = keyOf(folder);
    if (folders.has(key)) return;
    const descriptor = real.openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    folders.set(key, { descriptor, entries: entriesOf(descriptor) });
  };
  /** By its descriptor where there is one: its name may be gone. */
  const fileChanges = (place: string, held: number | undefined): void => {
    const file = held === undefined ? place : `/proc/self/fd/${held}`;
    const key = keyOf("", real.statSync(file, { bigint: true }));
    if (files.has(key)) return;
    const descriptor = real.openSync(file, constants.O_RDWR);
    files.set(key, { descriptor, bytes: real.readFileSync(file) });
  };
  const synced = (descriptor: number): void => {
    const key = keyOf("", real.fstatSync(descriptor, { bigint: true }));
    for (const before of [folders.get(key), files.get(key)])
      if (before !== undefined) real.closeSync(before.descriptor);
    folders.delete(key);
    files.delete(key);
  };

  const restoreFolders = (): void => {
    for (const { descriptor, entries } of folders.values())
      for (const [name, key] of entriesOf(descriptor))
        if (entries.get(name) !== key) bury(`/proc/self/fd/${descriptor}/${name}`);
    for (const { descriptor, entries } of folders.values()) {
      const now = entriesOf(descriptor);
      for (const [name, key] of entries)
        if (!now.has(name)) digUp(key, `/proc/self/fd/${descriptor}/${name}`);
    }
  };
  /** A file that two folders remember gets both names again; a folder has only one. */
  const digUp = (key: string, place: string): void => {
    const aside =
      grave.get(key) ?? places.map((folder) => findBelow(folder, key)).find((found) => found !== "");
    if (aside === undefined) return;
    if (!real.lstatSync(aside).isDirectory()) real.linkSync(aside, place);
    else if (grave.has(key)) real.renameSync(aside, place);
  };
  /** What was dug up has its names again; the one in the grave would count as another. */
  const emptyGrave = (): void => {
    for (const aside of graves) real.rmSync(aside, { recursive: true, force: true });
  };

  return {
    before: ({ kind, path: place, from, descriptor }) => {
      if (kind === "sync") return descriptor === undefined ? undefined : synced(descriptor);
      if (kind === "write" || kind === "cut") return fileChanges(place, descriptor);
      for (const name of [place, from ?? place]) folderChanges(path.dirname(name));
    },
    lose: ({ kind, loses = "" }: FileCall): boolean => {
      const hasOtherName = real.lstatSync(loses).nlink > 1 && !real.lstatSync(loses).isDirectory();
      if (hasOtherName) return false;
      bury(loses);
      return kind !== "rename";
    },
    cut: (how, random) => {
      for (const { descriptor, bytes } of files.values()) {
        if (how === "dropped") {
          real.ftruncateSync(descriptor, 0);
          real.writeSync(descriptor, bytes, 0, bytes.length, 0);
          continue;
        }
        const { size } = real.fstatSync(descriptor);
        const kept = bytes.length + Math.floor(random() * Math.max(0, size - bytes.length + 1));
        real.ftruncateSync(descriptor, Math.min(size, kept));
      }
      if (how === "dropped") restoreFolders();
      emptyGrave();
    },
  };
};

const keyOf = (place: string, stats = real.lstatSync(place, { bigint: true })): string =>
  `${stats.dev}:${stats.ino}`;

const entriesOf = (descriptor: number): ReadonlyMap<string, string> => {
  const folder = `/proc/self/fd/${descriptor}`;
  return new Map(real.readdirSync(folder).map((name) => [name, keyOf(path.join(folder, name))]));
};

/** "" when it is not there. */
const findBelow = (folder: string, key: string): string => {
  for (const entry of real.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (keyOf(place) === key) return place;
    const found = entry.isDirectory() ? findBelow(place, key) : "";
    if (found !== "") return found;
  }
  return "";
};
