/**
 * The folder of one relay.
 * 1. A folder that was made here survives a power cut: a database in it is worth no more than its name.
 * 2. Nobody else on the machine may look into it.
 */
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { folderError, type StartError } from "./start-error.ts";

export interface DataFolder {
  readonly path: string;
  /** The database of frames. */
  readonly database: string;
  readonly blobs: string;
  /** What this process may still write there (bytes). */
  freeBytes(): number;
}

/** Where things are in a data folder; nothing is made or looked at. */
export const dataFolderAt = (folder: string): DataFolder => {
  const path = resolve(folder);
  return {
    path,
    database: join(path, "relay.db"),
    blobs: join(path, "blobs"),
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    },
  };
};

/** Made when it does not exist. */
export const openDataFolder = (folder: string): Result<DataFolder, StartError> => {
  const opened = dataFolderAt(folder);
  try {
    const made = mkdirSync(opened.path, { recursive: true, mode: 0o700 });
    accessSync(opened.path, constants.W_OK);
    if (made !== undefined) syncUpTo(opened.path, dirname(made));
    return ok(opened);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return err(folderError(opened.path, reason));
  }
};

/** Brings to the disk what a file holds, or which names a folder holds, whoever wrote it. */
export const syncToDisk = (path: string): void => {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * Throws what the disk says when it does not take as many bytes just now. `path` is a file that does not exist, beside the
 * one that is to be written: what fails here has failed on nothing that counts.
 */
export const proveDisk = (path: string, bytes: number): void => {
  try {
    writeFileSync(path, Buffer.alloc(bytes), { flush: true });
  } finally {
    rmSync(path, { force: true });
  }
};

const syncUpTo = (folder: string, last: string): void => {
  syncToDisk(folder);
  if (folder !== last) syncUpTo(dirname(folder), last);
};
