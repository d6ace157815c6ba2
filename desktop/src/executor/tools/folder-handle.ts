/**
 * A folder held open, so that its entries are reached whatever happens to the names above it.
 * 1. On Linux a folder is an open descriptor and an entry is /proc/self/fd/N/name. Every component is entered with
 *    O_NOFOLLOW: swapping a folder for a link while we walk ends in an error, never outside.
 * 2. Elsewhere Node offers no openat: each component is looked at before it is entered, by path. A program of the
 *    same user that swaps a folder for a link within that instant can lead us outside; nothing else can.
 * 3. Descriptors are O_PATH: folders above a granted one need not be readable, only passable.
 * 4. Entering and looking block: each takes microseconds, and a call walks dozens of folders. Waiting for bytes and for
 *    the disk does not.
 */
import { closeSync, constants, lstatSync, openSync } from "node:fs";
import path from "node:path";
import { ok } from "@deskhand/doc-schema/wire";
import { syncFolder } from "../sync-descriptor.ts";
import { attemptNow, errnoOf, fault, type Outcome } from "./fault.ts";

export interface Folder {
  /** A path that reaches the entry `name` of this very folder; "." is the folder itself. */
  readonly at: (name: string) => string;
  /** Enters a child without following links. `shown` is its name in sentences. */
  readonly enter: (name: string, shown: string) => Promise<Outcome<Folder>>;
  /** Makes new, renamed and removed entries survive a power cut. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** One name in a held folder. */
export interface Entry {
  readonly folder: Folder;
  readonly name: string;
}
export const pathOf = ({ folder, name }: Entry): string => folder.at(name);

/** Whether folders are held by descriptor here (rule 1) or walked by path (rule 2). */
export const holdsByDescriptor = process.platform === "linux";

/** Opens an absolute path, entering every component from the root. */
export const openFolder = async (
  absolute: string,
  shown: string,
  byDescriptor = holdsByDescriptor,
): Promise<Outcome<Folder>> => {
  const { root } = path.parse(absolute);
  const parts = path
    .relative(root, absolute)
    .split(path.sep)
    .filter((part) => part !== "");
  if (!byDescriptor) return enterAll(walkedFolder(root), parts, shown);
  const top = attemptNow(shown, () => openSync(root, ENTER));
  return top.ok ? enterAll(heldFolder(top.value), parts, shown) : top;
};

/** Enters `parts` one after the other and closes what it passes, `from` included. */
export const enterAll = async (
  from: Folder,
  parts: readonly string[],
  shown: string,
): Promise<Outcome<Folder>> => {
  let folder = from;
  for (const part of parts) {
    const next = await folder.enter(part, shown);
    await folder.close();
    if (!next.ok) return next;
    folder = next.value;
  }
  return ok(folder);
};

/** Gives the folder to `work` and closes it afterwards, come what may. */
export const whileOpen = async <T>(folder: Folder, work: (folder: Folder) => T | Promise<T>): Promise<T> => {
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
};

/** From asm-generic/fcntl.h; Node does not export it. */
const O_PATH = 0o10000000;
const ENTER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const heldFolder = (descriptor: number): Folder => {
  const at = (name: string): string => `/proc/self/fd/${descriptor}/${name}`;
  const openChild = (name: string): number | "no-folder" => {
    try {
      return openSync(at(name), ENTER);
    } catch (error) {
      // ENOTDIR is Linux's word for a link, too, when a folder is asked for
      if (errnoOf(error) === "ENOTDIR") return "no-folder";
      throw error;
    }
  };
  return {
    at,
    enter: async (name, shown) => {
      const child = attemptNow(shown, () => openChild(name));
      if (!child.ok) return child;
      return child.value === "no-folder" ? refuseToEnter(at(name), shown) : ok(heldFolder(child.value));
    },
    sync: () => syncFolder(at(".")),
    close: async () => closeSync(descriptor),
  };
};

const walkedFolder = (folder: string): Folder => ({
  at: (name) => path.join(folder, name),
  enter: async (name, shown) => {
    const found = attemptNow(shown, () => lstatSync(path.join(folder, name)));
    if (!found.ok) return found;
    if (!found.value.isDirectory()) return refuseToEnter(path.join(folder, name), shown);
    return ok(walkedFolder(path.join(folder, name)));
  },
  sync: () => syncFolder(folder),
  close: () => Promise.resolve(),
});

const refuseToEnter = (place: string, shown: string): Outcome<never> => {
  const found = attemptNow(shown, () => lstatSync(place));
  if (!found.ok) return found;
  return found.value.isSymbolicLink()
    ? fault("link", `${shown} leads through a link, and links are not followed.`)
    : fault("not-found", `${shown} leads through a file that is not a folder.`);
};
