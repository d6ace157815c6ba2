/**
 * One file on its way into a folder of ours: whole under its name, or not at all.
 * 1. What has arrived survives a cut and a restart, and is checked with the rest before it counts.
 * 2. It takes its name only when its length and SHA-256 are those that the person's device signed.
 */
import { constants, existsSync, renameSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { base64UrlToBytes, bytesToHex } from "@deskhand/doc-schema/crypto";
import type { Attachment } from "@deskhand/doc-schema/document";
import type { BlobFailure } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { PRIVATE_FILE, syncFolder } from "../private-files.ts";
import { hashFile } from "../tools/file-facts.ts";
import { fileSource } from "./byte-sources.ts";
import type { BlobRelays } from "./blob-relays.ts";

export interface ArrivingFile {
  readonly attachment: Attachment;
  /** Real path of the folder, and the file's name in it. */
  readonly folder: string;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** "not-sent": it never left its device. "other-file": the relay's bytes are not those that were signed. */
export type ArrivalFailure = BlobFailure["type"] | "not-sent" | "other-file";

export const receiveFile = async (
  { attachment, folder, name, signal, onProgress }: ArrivingFile,
  blobs: BlobRelays,
): Promise<Result<void, ArrivalFailure>> => {
  const { blob, byteLength, sha256 } = attachment;
  const target = path.join(folder, name);
  if (existsSync(target) && (await hashOf(target)) === sha256) return ok(undefined); // before a restart
  if (blob === undefined) return err("not-sent");
  if (blob.byteLength !== byteLength || hexOf(blob.sha256) !== sha256) return err("other-file");
  const partial = path.join(folder, `.${name}.part`); // no safe name begins so
  const file = await open(partial, OPEN_OR_MAKE, PRIVATE_FILE);
  try {
    const { size } = await file.stat();
    const arrived = await blobs.download({
      ref: blob,
      have: fileSource(file, Math.min(size, byteLength)),
      sink: { write: (offset, bytes) => writeAll(file, offset, bytes) },
      signal,
      onProgress,
    });
    if (!arrived.ok) return err(arrived.error.type);
    await file.truncate(byteLength);
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(partial, target);
  syncFolder(folder);
  return ok(undefined);
};

const OPEN_OR_MAKE = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

const writeAll = async (file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> => {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
};

const hashOf = async (file: string): Promise<string> => {
  const handle = await open(file, "r");
  try {
    return await hashFile(handle);
  } finally {
    await handle.close();
  }
};

const hexOf = (sha256: string): string => bytesToHex(base64UrlToBytes(sha256) ?? new Uint8Array(0));
