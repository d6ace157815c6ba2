/**
 * What the document says of a blob, and what its root chunk says of its chunks.
 *   reference = { id: root chunk's id, key, byteLength, sha256 of the plaintext }; bytes as base64url
 *   root      = version 1 | byteLength v | (chunk id 32) × count
 * 1. The reference travels in the document only: it holds the key.
 * 2. A blob has ⌈byteLength / BLOB_CHUNK_BYTES⌉ chunks, one at least, all full but the last.
 */
import {
  BLOB_CHUNK_BYTES,
  BLOB_ID_BYTES,
  concatBytes,
  createByteReader,
  err,
  MAX_BLOB_BYTES,
  ok,
  varUint,
  type Result,
} from "../wire/index.ts";
import { BLOB_KEY_BYTES, type BlobKey } from "./blob-seal.ts";
import { base64UrlToBytes, bytesToBase64Url } from "./encoding.ts";
import { redact, reveal } from "./redacted.ts";

const ROOT_VERSION = 1;

/** In the document. */
export interface BlobRef {
  /** 43 characters. */
  readonly id: string;
  /** 43 characters. A secret. */
  readonly key: string;
  readonly byteLength: number;
  /** 43 characters. */
  readonly sha256: string;
}

/** A reference that was checked. */
export interface BlobAddress {
  readonly id: Uint8Array;
  readonly key: BlobKey;
  readonly byteLength: number;
  readonly sha256: Uint8Array;
}

export const addressToRef = ({ id, key, byteLength, sha256 }: BlobAddress): BlobRef => ({
  id: bytesToBase64Url(id),
  key: bytesToBase64Url(reveal(key)),
  byteLength,
  sha256: bytesToBase64Url(sha256),
});

export const parseBlobRef = ({
  id,
  key,
  byteLength,
  sha256,
}: BlobRef): Result<BlobAddress, { readonly type: "bad-reference" }> => {
  const [idBytes, keyBytes, hashBytes] = [id, key, sha256].map(base64UrlToBytes);
  const isWhole = idBytes?.length === BLOB_ID_BYTES && keyBytes?.length === BLOB_KEY_BYTES;
  const isSized = Number.isSafeInteger(byteLength) && byteLength >= 0 && byteLength <= MAX_BLOB_BYTES;
  if (!isWhole || !isSized || hashBytes?.length !== BLOB_ID_BYTES) return err({ type: "bad-reference" });
  return ok({ id: idBytes, key: redact("blob-content-key", keyBytes), byteLength, sha256: hashBytes });
};

export const chunkCount = (byteLength: number): number =>
  Math.max(1, Math.ceil(byteLength / BLOB_CHUNK_BYTES));

/** Plaintext bytes of one chunk. */
export const chunkLength = (byteLength: number, index: number): number =>
  Math.min(BLOB_CHUNK_BYTES, byteLength - index * BLOB_CHUNK_BYTES);

/** Plaintext bytes of the root. */
export const rootLength = (byteLength: number): number =>
  1 + varUint(byteLength).length + chunkCount(byteLength) * BLOB_ID_BYTES;

export const writeBlobRoot = (byteLength: number, ids: readonly Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(ROOT_VERSION), varUint(byteLength), ...ids);

/** The ids of the chunks, in order. */
export const readBlobRoot = (
  root: Uint8Array,
  byteLength: number,
): Result<readonly Uint8Array[], { readonly type: "bad-root" }> => {
  const reader = createByteReader(root);
  if (reader.uint8() !== ROOT_VERSION || reader.varUint() !== byteLength) return err({ type: "bad-root" });
  const ids = Array.from({ length: chunkCount(byteLength) }, () => reader.bytes(BLOB_ID_BYTES));
  return reader.finished ? ok(ids) : err({ type: "bad-root" });
};
