/**
 * What is at a name now.
 * 1. Looking never follows a link and never changes anything; opening takes regular files only, so that a pipe or
 *    a device can neither block nor answer.
 * 2. "inode:size:mtimeNs" identifies a file for approvals and crash checks: saving it anew changes it, moving it
 *    does not.
 */
import { createHash } from "node:crypto";
import { constants, fstatSync, lstatSync, readFileSync, readSync, type BigIntStats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, attemptNow, fault, type Outcome } from "./fault.ts";
import { pathOf, type Entry } from "./folder-handle.ts";

export interface Facts {
  readonly kind: "file" | "folder" | "link" | "other";
  /** "inode:size:mtimeNs". */
  readonly identity: string;
  readonly inode: string;
  readonly device: string;
  readonly links: number;
  readonly byteLength: number;
  /** Permission bits; set-user-id and its like are not carried over to new bytes. */
  readonly mode: number;
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedMs: number;
}

const factsOf = (stats: BigIntStats): Facts => ({
  kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other",
  identity: `${stats.ino}:${stats.size}:${stats.mtimeNs}`,
  inode: `${stats.ino}`,
  device: `${stats.dev}`,
  links: Number(stats.nlink),
  byteLength: Number(stats.size),
  mode: Number(stats.mode) & 0o777,
  modifiedMs: Number(stats.mtimeNs) / 1e6,
});

/** undefined when nothing is there. */
export const look = (entry: Entry, shown: string): Outcome<Facts | undefined> =>
  attemptNow(shown, () => {
    const stats = lstatSync(pathOf(entry), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : factsOf(stats);
  });

/** What is there and may be acted on: a file or a folder. */
export const lookForTarget = (entry: Entry, shown: string): Outcome<Facts> =>
  targetOf(look(entry, shown), shown);

/** Of what was looked at, a file or a folder; all else is refused. */
export const targetOf = (facts: Outcome<Facts | undefined>, shown: string): Outcome<Facts> => {
  if (!facts.ok) return facts;
  if (facts.value === undefined) return fault("not-found", `${shown} is not there.`);
  if (facts.value.kind === "link") return fault("link", `${shown} is a link, and links are not followed.`);
  if (facts.value.kind === "other") return fault("bad-input", `${shown} is not a regular file.`);
  return ok(facts.value);
};

export interface OpenFile {
  readonly handle: FileHandle;
  readonly facts: Facts;
}

/** Opens a regular file for reading and closes it after `work`. */
export const withFile = async <T>(
  entry: Entry,
  shown: string,
  work: (file: OpenFile) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const target = lookForTarget(entry, shown);
  if (!target.ok) return target;
  if (target.value.kind === "folder") return fault("bad-input", `${shown} is a folder.`);
  const opened = await attempt(shown, () => open(pathOf(entry), READ));
  if (!opened.ok) return opened;
  const handle = opened.value;
  try {
    const facts = factsOf(fstatSync(handle.fd, { bigint: true }));
    if (facts.inode !== target.value.inode || facts.kind !== "file")
      return fault("changed", `${shown} was replaced while it was being opened.`);
    return await work({ handle, facts });
  } finally {
    await handle.close();
  }
};

/** O_NONBLOCK: a pipe that slips in must not block. Windows knows neither flag. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const CHUNK_BYTES = 256 * 1024;
/** Reading or writing so little blocks: waiting for it would take longer than itself. */
export const SMALL_BYTES = 64 * 1024;

/** The file's bytes from its start, in pieces that are only valid until the next one. */
export async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const isSmall = fstatSync(handle.fd).size < SMALL_BYTES;
  const chunk = new Uint8Array(isSmall ? SMALL_BYTES : CHUNK_BYTES);
  for (let at = 0; ;) {
    const bytesRead = isSmall
      ? readSync(handle.fd, chunk, 0, chunk.length, at)
      : (await handle.read(chunk, 0, chunk.length, at)).bytesRead;
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** The whole file, from its start; for a handle that nothing was read from. */
export const readWhole = async (handle: FileHandle): Promise<Uint8Array> =>
  fstatSync(handle.fd).size < SMALL_BYTES ? readFileSync(handle.fd) : handle.readFile();

/** Hex SHA-256. */
export const hashBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Hex SHA-256 of the whole file. Throws ECANCELED when aborted. */
export const hashFile = async (handle: FileHandle, signal?: AbortSignal): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(handle)) {
    if (signal?.aborted === true) throw Object.assign(new Error("stopped"), { code: "ECANCELED" });
    hash.update(chunk);
  }
  return hash.digest("hex");
};
