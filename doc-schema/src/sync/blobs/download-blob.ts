/**
 * Reads a blob of the relay into a sink, and keeps blobs alive.
 * 1. Every chunk is authenticated in its place before it is written, and the whole by its SHA-256 at the end.
 * 2. It holds a few chunks in memory. After a cut it goes on where it was; after a restart behind what `have` has.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  chunkCount,
  chunkLength,
  createBlobSealer,
  parseBlobRef,
  readBlobRoot,
  rootLength,
  type BlobAddress,
  type BlobRef,
  type BlobSealer,
} from "../../crypto/index.ts";
import {
  BLOB_CHUNK_BYTES,
  BLOB_REQUESTS_IN_FLIGHT,
  equalBytes,
  err,
  ok,
  type Result,
} from "../../wire/index.ts";
import { withBlobLink, type BlobLink } from "./blob-link.ts";
import {
  failureOf,
  type BlobFailure,
  type BlobSink,
  type BlobSource,
  type BlobTransferInput,
} from "./blob-transfer.ts";
import { findMissing } from "./find-missing.ts";

export interface DownloadBlobInput extends BlobTransferInput {
  readonly ref: BlobRef;
  readonly sink: BlobSink;
  /** What an earlier attempt has written, from the start on. If it turns out wrong, all is read anew. */
  readonly have?: BlobSource | undefined;
}

export const downloadBlob = async (input: DownloadBlobInput): Promise<Result<void, BlobFailure>> => {
  const address = parseBlobRef(input.ref);
  if (!address.ok) return address;
  return withBlobLink(input, async (link) => {
    const resumed = await download(input, link, address.value, input.have);
    const isStale = !resumed.ok && resumed.error.type === "bad-chunk" && input.have !== undefined;
    return isStale ? download(input, link, address.value, undefined) : resumed;
  });
};

/** Gives every chunk of the blob a new lease. True when the relay has it whole. */
export const touchBlob = async (
  input: BlobTransferInput & { readonly ref: BlobRef },
): Promise<Result<boolean, BlobFailure>> => {
  const address = parseBlobRef(input.ref);
  if (!address.ok) return address;
  return withBlobLink(input, async (link) => {
    const ids = await fetchRoot(link, createBlobSealer(address.value.key), address.value);
    if (!ids.ok) return ids.error.type === "gone" ? ok(false) : ids;
    const missing = await findMissing(link, ids.value);
    return missing.ok ? ok(missing.value.length === 0) : missing;
  });
};

const download = async (
  { sink, onProgress }: DownloadBlobInput,
  link: BlobLink,
  address: BlobAddress,
  have: BlobSource | undefined,
): Promise<Result<void, BlobFailure>> => {
  const { byteLength } = address;
  const count = chunkCount(byteLength);
  const sealer = createBlobSealer(address.key);
  const ids = await fetchRoot(link, sealer, address);
  if (!ids.ok) return ids;

  const fetchData = async (index: number, id: Uint8Array): Promise<Result<Uint8Array, BlobFailure>> => {
    const sealed = await fetchChunk(link, id);
    if (!sealed.ok) return sealed;
    const bytes = sealer.unseal({ type: "data", index, count }, sealed.value, chunkLength(byteLength, index));
    return bytes.ok ? bytes : err({ type: "bad-chunk" });
  };

  const hash = sha256.create();
  const first = await hashChunks(have, byteLength, (bytes) => hash.update(bytes));
  const ahead: Promise<Result<Uint8Array, BlobFailure>>[] = [];
  for (let index = first; index < count; index++) {
    const wanted = ids.value.slice(index + ahead.length, index + BLOB_REQUESTS_IN_FLIGHT);
    for (const id of wanted) ahead.push(fetchData(index + ahead.length, id));
    const bytes = await ahead.shift();
    if (bytes?.ok !== true) return bytes ?? err({ type: "bad-chunk" });
    hash.update(bytes.value);
    if (link.hasFailed()) return err({ type: "cancelled" });
    try {
      await sink.write(index * BLOB_CHUNK_BYTES, bytes.value);
    } catch {
      return err({ type: "unwritable" }); // the caller's own sink: it knows the reason
    }
    onProgress?.(Math.min(byteLength, (index + 1) * BLOB_CHUNK_BYTES), byteLength);
  }
  return equalBytes(hash.digest(), address.sha256) ? ok(undefined) : err({ type: "bad-chunk" });
};

/** How many whole chunks are there; what cannot be read is read anew from the relay. */
const hashChunks = async (
  have: BlobSource | undefined,
  byteLength: number,
  add: (bytes: Uint8Array) => void,
): Promise<number> => {
  if (have === undefined) return 0;
  const whole =
    have.byteLength >= byteLength ? chunkCount(byteLength) : Math.floor(have.byteLength / BLOB_CHUNK_BYTES);
  for (let index = 0; index < whole; index++) {
    try {
      const bytes = await have.read(index * BLOB_CHUNK_BYTES, chunkLength(byteLength, index));
      if (bytes.length !== chunkLength(byteLength, index)) return index;
      add(bytes);
    } catch {
      return index; // from here on the relay's bytes replace it
    }
  }
  return whole;
};

const fetchRoot = async (
  link: BlobLink,
  sealer: BlobSealer,
  { id, byteLength }: BlobAddress,
): Promise<Result<readonly Uint8Array[], BlobFailure>> => {
  const sealed = await fetchChunk(link, id);
  if (!sealed.ok) return sealed;
  const root = sealer.unseal(
    { type: "root", count: chunkCount(byteLength) },
    sealed.value,
    rootLength(byteLength),
  );
  const ids = root.ok ? readBlobRoot(root.value, byteLength) : root;
  return ids.ok ? ids : err({ type: "bad-chunk" });
};

const fetchChunk = async (link: BlobLink, id: Uint8Array): Promise<Result<Uint8Array, BlobFailure>> => {
  for (;;) {
    const got = await link.ask({ type: "get", id });
    if (!got.ok) {
      if (got.error.type === "cut") continue;
      return err(got.error);
    }
    if (got.value.type === "chunk") return ok(got.value.bytes);
    if (got.value.type === "missing") return err({ type: "gone" });
    return err(got.value.type === "denied" ? failureOf(got.value.code) : { type: "refused" });
  }
};
