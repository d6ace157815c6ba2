/**
 * What a zip archive holds, judged before a byte of it is unpacked.
 * 1. Names are paths below the target and nothing else: absolute ones, "..", drives, control characters, links and
 *    special files, two entries of one name (without case), a file where another entry needs a folder – any of these
 *    refuses the whole archive.
 * 2. Bombs: bounds on entries, on bytes in all and on how far they swell. The sizes that the archive claims are held
 *    to while unpacking (yauzl), so is the checksum.
 * 3. Encrypted archives and methods other than store and deflate are refused with a word.
 */
import { crc32 } from "node:zlib";
import { fromFdPromise, getFileNameLowLevel, type Entry, type ZipFile } from "yauzl";
import { MAX_ACTION_ITEMS } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { parsePath, visible } from "../policy/path-scope.ts";
import { fault, type Outcome } from "./fault.ts";
import type { OpenFile } from "./file-facts.ts";

export interface Limits {
  readonly entries: number;
  readonly bytes: number;
  /** Bytes unpacked for each byte of the archive, once there are more than `freeBytes`. */
  readonly ratio: number;
  readonly freeBytes: number;
}

export const LIMITS: Limits = {
  entries: MAX_ACTION_ITEMS,
  bytes: 4 * 1024 ** 3,
  ratio: 200,
  freeBytes: 16 * 1024 ** 2,
};

export interface ArchiveEntry {
  /** Below the target, "/" between parts. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly byteLength: number;
  readonly modifiedMs: number;
  readonly bytes: () => Promise<AsyncIterable<Uint8Array>>;
}

/** The archive's entries, all of them in order; the file stays the caller's. */
export const readArchive = async (
  { handle, facts }: OpenFile,
  shown: string,
  limits: Limits = LIMITS,
): Promise<Outcome<readonly ArchiveEntry[]>> => {
  const bad = (what: string): Outcome<never> =>
    fault("bad-archive", `${shown} ${what}; nothing was unpacked.`);
  try {
    const zip = await fromFdPromise(handle.fd, { autoClose: false, decodeStrings: false });
    if (zip.entryCount > limits.entries) return bad(`holds more than ${limits.entries} entries`);
    const entries: ArchiveEntry[] = [];
    let bytes = 0;
    for await (const entry of zip.eachEntry()) {
      const found = toEntry(zip, entry);
      if (!found.ok) return bad(found.error.text);
      if (entry.isEncrypted())
        return fault(
          "encrypted",
          `${shown} is encrypted; Deskhand does not take passwords. Nothing was unpacked.`,
        );
      entries.push(found.value);
      bytes += entry.uncompressedSize;
      if (entries.length > limits.entries) return bad(`holds more than ${limits.entries} entries`);
      if (bytes > limits.bytes)
        return bad(`would become larger than ${Math.floor(limits.bytes / 1024 ** 2)} MB`);
      if (bytes > limits.freeBytes && bytes > facts.byteLength * limits.ratio)
        return bad(`would swell to more than ${limits.ratio} times its size`);
    }
    if (entries.length === 0) return bad("is empty");
    const clash = clashOf(entries);
    return clash === undefined ? ok(entries) : bad(clash);
  } catch (error) {
    if (error instanceof Error) return bad(`is no zip archive that can be read (${visible(error.message)})`);
    throw error;
  }
};

const toEntry = (zip: ZipFile, entry: Entry): Outcome<ArchiveEntry> => {
  const name = nameOf(entry);
  const told = `holds “${visible(name)}”`;
  const isFolder = name.endsWith("/");
  const path = parsePath(name);
  if (!path.ok) return fault("bad-archive", `${told}, which is no name to unpack to`);
  if (path.value.length === 0) return fault("bad-archive", `${told}, which has no name`);
  const type = (entry.externalFileAttributes >>> 16) & 0o170000;
  const isPlain = type === 0 || type === (isFolder ? 0o040000 : 0o100000);
  if (!isPlain) return fault("bad-archive", `${told}, a link or special file`);
  if (!entry.isEncrypted() && entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    return fault("bad-archive", `${told}, packed by a method that is not known (${entry.compressionMethod})`);
  return ok({
    path: path.value.join("/"),
    isFolder,
    byteLength: entry.uncompressedSize,
    modifiedMs: entry.getLastModDate().getTime(),
    bytes: async () => checked(await zip.openReadStreamPromise(entry), entry.crc32),
  });
};

/** Windows writes names in the system's own code: UTF-8 where it is, else Big5, else what the format says. */
const nameOf = ({ fileNameRaw, generalPurposeBitFlag, extraFields }: Entry): string => {
  const hasUnicodeField = extraFields.some(({ id }) => id === UNICODE_PATH);
  const decoded =
    (generalPurposeBitFlag & UTF8_FLAG) !== 0 || hasUnicodeField
      ? undefined
      : (decode("utf-8", fileNameRaw) ?? decode("big5", fileNameRaw));
  const name = decoded ?? getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
  // Microsoft's older libraries put backslashes between folders
  return name.replaceAll("\\", "/");
};
const UTF8_FLAG = 0x800;
const UNICODE_PATH = 0x7075;

const decode = (code: string, bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder(code, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // the decoder's word for invalid bytes
    throw error;
  }
};

async function* checked(bytes: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let sum = 0;
  try {
    for await (const chunk of bytes) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    // yauzl's words for sizes that do not hold and for broken streams
    throw Object.assign(new Error("damaged", { cause: error }), { code: "EBADMSG" });
  }
  if (sum !== expected) throw Object.assign(new Error("damaged"), { code: "EBADMSG" });
}

/** Most disks outside Linux take names that differ in case only for one; so do we, everywhere. */
const clashOf = (entries: readonly ArchiveEntry[]): string | undefined => {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { path, isFolder } of entries) {
    const key = path.normalize("NFC").toLowerCase();
    if (files.has(key)) return `holds “${visible(path)}” twice`;
    if (isFolder) folders.add(key);
    else files.add(key);
    for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1))
      folders.add(key.slice(0, end));
  }
  const both = [...files].find((key) => folders.has(key));
  return both === undefined ? undefined : `holds “${visible(both)}” as a file and as a folder`;
};
