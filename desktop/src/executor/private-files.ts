/**
 * Files that only this user may read.
 * 1. Folders are 0700 and files 0600, also when they were there before with wider bits. A new folder survives a power cut.
 * 2. A replaced file is the old or the new one, never half: temp file, fsync, rename, fsync of the folder.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import path from "node:path";

export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

export const makePrivateFolder = (folder: string): void => {
  const outermost = mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  chmodSync(folder, PRIVATE_FOLDER);
  if (outermost === undefined) return;
  const above = path.dirname(path.resolve(outermost));
  for (let made = path.resolve(folder); made !== above; made = path.dirname(made))
    syncFolder(path.dirname(made));
};

/** Makes a new or renamed entry of `folder` survive a power cut. */
export const syncFolder = (folder: string): void => {
  if (process.platform === "win32") return; // Windows cannot open a folder, and NTFS journals its entries
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

export const replacePrivateFile = (file: string, bytes: Uint8Array): void => {
  const temporary = `${file}.new`;
  const handle = openSync(temporary, "w", PRIVATE_FILE);
  try {
    writeSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  syncFolder(path.dirname(file));
};

/** The bytes, or undefined when there is no such file. */
export const readPrivateFile = (file: string): Uint8Array | undefined =>
  existsSync(file) ? readFileSync(file) : undefined;
