/**
 * One executor a data folder: two would both take the same task.
 * 1. The lock names a process and when that process began, so that a process id that was used again after a crash
 *    does not look like the owner.
 * 2. A lock whose owner is gone is taken over; of two that try at once, one gets it.
 */
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { PRIVATE_FILE } from "./private-files.ts";

export interface WriterLock {
  readonly release: () => void;
}
export interface LockError {
  readonly type: "in-use";
  readonly processId: number;
}

export const takeWriterLock = (folder: string, randomName: string): Result<WriterLock, LockError> => {
  const file = path.join(folder, "lock");
  const mine = path.join(folder, `lock.${randomName}`);
  const text = `${process.pid} ${startOf(process.pid)}`;
  writeNew(mine, text);
  try {
    if (linkIfFree(mine, file)) return ok({ release: () => rmSync(file, { force: true }) });
    const owner = parseOwner(readOr(file, ""));
    if (owner !== undefined && isRunning(owner)) return err({ type: "in-use", processId: owner.processId });
    const stale = `${file}.stale.${randomName}`;
    renameSync(file, stale);
    rmSync(stale);
    if (linkIfFree(mine, file)) return ok({ release: () => rmSync(file, { force: true }) });
    return err({ type: "in-use", processId: parseOwner(readOr(file, ""))?.processId ?? 0 });
  } finally {
    rmSync(mine, { force: true });
  }
};

interface Owner {
  readonly processId: number;
  readonly startedAt: string;
}

const writeNew = (file: string, text: string): void => {
  const handle = openSync(file, "wx", PRIVATE_FILE);
  writeSync(handle, text);
  closeSync(handle);
};

/** A hard link appears with its content or not at all, and fails when the name is taken. */
const linkIfFree = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
};

const parseOwner = (text: string): Owner | undefined => {
  const [, processId, startedAt = ""] = /^(\d+) (\S*)$/.exec(text) ?? [];
  return processId === undefined ? undefined : { processId: Number(processId), startedAt };
};

const isRunning = ({ processId, startedAt }: Owner): boolean => {
  try {
    process.kill(processId, 0);
  } catch (error) {
    if (isCode(error, "ESRCH")) return false;
  }
  return startedAt === startOf(processId);
};

/** Linux tells when a process began (field 22 of stat, counted after the name); elsewhere the id has to do. */
const startOf = (processId: number): string =>
  readOr(`/proc/${processId}/stat`, "").split(") ").at(-1)?.split(" ")[19] ?? "-";

const readOr = (file: string, otherwise: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return otherwise;
    throw error;
  }
};

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
