/**
 * An append-only file of JSON entries, one a line.
 * 1. An entry for which `append` has returned survives a power cut, with all before it: written whole, then fsynced.
 * 2. A torn last line (the crash came in the middle of it) is cut off at opening. Damage before it is an error:
 *    nothing is ever skipped.
 * 3. After a failed write or fsync nothing more is appended: what the disk holds is no longer known.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { PRIVATE_FILE, syncFolder } from "./private-files.ts";

/** What a journal needs of the disk; tests cut the power here. */
export interface Disk {
  readonly write: (file: number, bytes: Uint8Array) => void;
  readonly sync: (file: number) => void;
}

export const nodeDisk: Disk = {
  write: (file, bytes) => {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  },
  sync: fsyncSync,
};

export interface Journal<Entry> {
  readonly entries: readonly Entry[];
  /** All by one write and one fsync. Throws when the disk fails; the journal is closed to further entries then. */
  readonly append: (...added: readonly Entry[]) => void;
  /** Survives the end of the process, and a power cut from the next `append` on. Throws like it. */
  readonly appendSoon: (entry: Entry) => void;
  readonly close: () => void;
}

export interface JournalError {
  readonly type: "damaged-journal";
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** @param parse undefined for what is no entry */
export const openJournal = <Entry>(
  file: string,
  parse: (value: unknown) => Entry | undefined,
  disk: Disk = nodeDisk,
): Result<Journal<Entry>, JournalError> => {
  const isNew = !existsSync(file);
  const bytes = isNew ? Buffer.alloc(0) : readFileSync(file);
  const wholeLength = bytes.lastIndexOf(0x0a) + 1;
  const entries: Entry[] = [];
  for (const [at, line] of bytes.toString("utf8", 0, wholeLength).split("\n").slice(0, -1).entries()) {
    const entry = parseLine(line, parse);
    if (entry === undefined) return err({ type: "damaged-journal", file, line: at + 1 });
    entries.push(entry);
  }
  const handle = openSync(file, "a", PRIVATE_FILE);
  if (wholeLength < bytes.length) ftruncateSync(handle, wholeLength);
  if (isNew) syncFolder(path.dirname(file));
  let isSound = true;
  const write = (added: readonly Entry[], isSynced: boolean): void => {
    if (!isSound) throw new Error(`${path.basename(file)}: an earlier write failed`);
    isSound = false;
    disk.write(handle, Buffer.from(added.map((entry) => `${JSON.stringify(entry)}\n`).join("")));
    if (isSynced) disk.sync(handle);
    isSound = true;
    entries.push(...added);
  };
  return ok({
    entries,
    append: (...added) => write(added, true),
    appendSoon: (entry) => write([entry], false),
    close: () => closeSync(handle),
  });
};

const parseLine = <Entry>(line: string, parse: (value: unknown) => Entry | undefined): Entry | undefined => {
  try {
    return parse(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
