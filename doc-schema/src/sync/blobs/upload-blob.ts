/**
 * Puts a file at the relay, sealed, and gives the reference with which others read it.
 * 1. It holds a few chunks in memory, never the file.
 * 2. After a cut, and after a restart with `resume`, the relay is asked what it has, and only the rest is sent.
 * 3. The reference is given only when the relay has acknowledged every chunk and, asked at the end, still has them all.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  addressToRef,
  BLOB_KEY_BYTES,
  chunkCount,
  chunkLength,
  createBlobSealer,
  parseBlobRef,
  redact,
  reveal,
  writeBlobRoot,
  type BlobKey,
  type BlobRef,
  type SealedChunk,
} from "../../crypto/index.ts";
import {
  BLOB_CHUNK_BYTES,
  BLOB_REQUESTS_IN_FLIGHT,
  concatBytes,
  equalBytes,
  err,
  hasBit,
  MAX_BLOB_BYTES,
  ok,
  type Result,
} from "../../wire/index.ts";
import { findMissing } from "./find-missing.ts";
import { withBlobLink, type BlobLink } from "./blob-link.ts";
import { failureOf, type BlobFailure, type BlobSource, type BlobTransferInput } from "./blob-transfer.ts";

const RESUME_VERSION = 1;
/** How often what the relay has lost during the transfer is sent again. */
const MAX_ROUNDS = 3;

export interface UploadBlobInput extends BlobTransferInput {
  readonly source: BlobSource;
  /** What `onResumable` gave for this source. Unreadable = ignored. */
  readonly resume?: Uint8Array | undefined;
  /** Once, before the first chunk leaves. The bytes hold the key of the blob: keep them sealed. */
  readonly onResumable?: ((resume: Uint8Array) => Promise<void> | void) | undefined;
}

export const uploadBlob = async (input: UploadBlobInput): Promise<Result<BlobRef, BlobFailure>> => {
  if (input.source.byteLength > MAX_BLOB_BYTES) return err({ type: "too-large" });
  const resumed = readResume(input.resume);
  const key = resumed ?? redact("blob-content-key", input.randomBytes(BLOB_KEY_BYTES));
  await input.onResumable?.(writeResume(key));
  return withBlobLink(input, (link) => upload(input, link, key, resumed !== undefined));
};

/** As `resume` for the same bytes: they get the same reference, at another relay too. Holds the key of the blob. */
export const resumeOf = (ref: BlobRef): Result<Uint8Array, { readonly type: "bad-reference" }> => {
  const address = parseBlobRef(ref);
  return address.ok ? ok(writeResume(address.value.key)) : address;
};

const writeResume = (key: BlobKey): Uint8Array => concatBytes(Uint8Array.of(RESUME_VERSION), reveal(key));

const readResume = (bytes: Uint8Array | undefined): BlobKey | undefined =>
  bytes?.length === 1 + BLOB_KEY_BYTES && bytes[0] === RESUME_VERSION
    ? redact("blob-content-key", bytes.subarray(1))
    : undefined;

const upload = async (
  { source, onProgress }: UploadBlobInput,
  link: BlobLink,
  key: BlobKey,
  isResumed: boolean,
): Promise<Result<BlobRef, BlobFailure>> => {
  const { byteLength } = source;
  const count = chunkCount(byteLength);
  const sealer = createBlobSealer(key);
  const hash = sha256.create();
  const ids: Uint8Array[] = [];
  let done = 0;

  const sealChunk = async (index: number): Promise<Result<SealedChunk, BlobFailure>> => {
    const bytes = await readChunk(source, index);
    if (!bytes.ok) return bytes;
    const chunk = sealer.seal({ type: "data", index, count }, bytes.value);
    if (index === ids.length) {
      hash.update(bytes.value);
      ids.push(chunk.id);
    }
    return equalBytes(ids[index] ?? chunk.id, chunk.id) ? ok(chunk) : err({ type: "unreadable" });
  };

  /** Reading and sealing go ahead of the network by a few chunks. */
  const sendChunks = async (
    indexes: Iterable<number>,
    mayBeHeld: boolean,
  ): Promise<Result<void, BlobFailure>> => {
    const inFlight = new Set<Promise<void>>();
    let failure: BlobFailure | undefined;
    const send = async (index: number, chunk: SealedChunk): Promise<void> => {
      const stored = await storeChunk(link, chunk, mayBeHeld);
      if (!stored.ok) failure ??= stored.error;
      else onProgress?.((done = Math.min(byteLength, done + chunkLength(byteLength, index))), byteLength);
    };
    for (const index of indexes) {
      while (inFlight.size >= BLOB_REQUESTS_IN_FLIGHT) await Promise.race(inFlight);
      if (failure !== undefined || link.hasFailed()) break;
      const chunk = await sealChunk(index);
      if (!chunk.ok) return chunk;
      const task = send(index, chunk.value).finally(() => inFlight.delete(task));
      inFlight.add(task);
    }
    await Promise.all(inFlight);
    return failure === undefined ? ok(undefined) : err(failure);
  };

  const sent = await sendChunks(Array(count).keys(), isResumed);
  if (!sent.ok) return sent;
  for (let round = 0; ; round++) {
    const missing = await findMissing(link, ids);
    if (!missing.ok) return missing;
    if (missing.value.length === 0) break;
    if (round === MAX_ROUNDS) return err({ type: "gone" });
    const again = await sendChunks(missing.value, false);
    if (!again.ok) return again;
  }
  const root = sealer.seal({ type: "root", count }, writeBlobRoot(byteLength, ids));
  const stored = await storeChunk(link, root, isResumed);
  return stored.ok ? ok(addressToRef({ id: root.id, key, byteLength, sha256: hash.digest() })) : stored;
};

const readChunk = async (source: BlobSource, index: number): Promise<Result<Uint8Array, BlobFailure>> => {
  const length = chunkLength(source.byteLength, index);
  try {
    const bytes = await source.read(index * BLOB_CHUNK_BYTES, length);
    return bytes.length === length ? ok(bytes) : err({ type: "unreadable" });
  } catch {
    return err({ type: "unreadable" }); // the caller's own source: it knows the reason
  }
};

/** Resolves when the relay has the chunk on its disk. */
const storeChunk = async (
  link: BlobLink,
  { id, sealed }: SealedChunk,
  mayBeHeld: boolean,
): Promise<Result<void, BlobFailure>> => {
  for (let asksFirst = mayBeHeld; ; asksFirst = true) {
    if (asksFirst) {
      const held = await link.ask({ type: "have", ids: [id] });
      if (held.ok && held.value.type === "held" && hasBit(held.value.bitmap, 0)) return ok(undefined);
      if (!held.ok && held.error.type !== "cut") return err(held.error);
    }
    const put = await link.ask({ type: "put", id, bytes: sealed });
    if (put.ok && put.value.type === "stored") return ok(undefined);
    if (put.ok) return err(put.value.type === "denied" ? failureOf(put.value.code) : { type: "refused" });
    if (put.error.type !== "cut") return err(put.error);
  }
};
