/**
 * Seals the chunks of one blob under a key of its own.
 *   K(use) = HKDF-SHA-256(ikm = blob key, no salt, info = "deskhand/1 blob-" ‖ use, 32), use = "seal" | "nonce"
 *   AD     = "deskhand/1 blob-chunk" | kind u8 (1 data, 2 last data, 3 root) | index u32 | count u32
 *   nonce  = HMAC-SHA-256(K("nonce"), AD ‖ padded)[0..24]
 *   sealed = nonce | XChaCha20-Poly1305(K("seal"), nonce, AD, padded)          padded = bytes | zeros
 *   id     = SHA-256(sealed)
 * 1. A chunk that is sealed again has the same id: what is resumed is not sent twice. The nonce comes from the bytes
 *    (as in RFC 5297), so a file that changed between two attempts costs no secrecy: other bytes, other nonce.
 * 2. A chunk unseals only in its place: swapped, cut off, of another blob, or a root as data, it does not.
 * 3. The relay sees the size of the last chunk only on the ladder of padding.ts; the length comes with the reference.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  BLOB_SEAL_BYTES,
  concatBytes,
  createByteReader,
  err,
  ok,
  uint32,
  type Result,
} from "../wire/index.ts";
import { utf8ToBytes } from "./encoding.ts";
import { paddedLength } from "./padding.ts";
import { reveal, type Redacted } from "./redacted.ts";

export const BLOB_KEY_BYTES = 32;
const NONCE_BYTES = 24;

/** Random, 32 bytes, for one blob only. Whoever has it and the reference can read the blob. */
export type BlobKey = Redacted<"blob-content-key">;

export type ChunkPlace =
  | { readonly type: "data"; readonly index: number; readonly count: number }
  | { readonly type: "root"; readonly count: number };

export interface SealedChunk {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface BlobSealer {
  readonly seal: (place: ChunkPlace, bytes: Uint8Array) => SealedChunk;
  /** @param length what was sealed, without its padding */
  readonly unseal: (
    place: ChunkPlace,
    sealed: Uint8Array,
    length: number,
  ) => Result<Uint8Array, { readonly type: "bad-seal" }>;
}

const KIND = { data: 1, lastData: 2, root: 3 } as const;

const associatedData = (place: ChunkPlace): Uint8Array => {
  const { count } = place;
  const index = place.type === "root" ? count : place.index;
  const data = index === count - 1 ? KIND.lastData : KIND.data;
  const kind = place.type === "root" ? KIND.root : data;
  return concatBytes(utf8ToBytes("deskhand/1 blob-chunk"), Uint8Array.of(kind), uint32(index), uint32(count));
};

const addZeros = (bytes: Uint8Array): Uint8Array => {
  const length = paddedLength(bytes.length);
  return length === bytes.length ? bytes : concatBytes(bytes, new Uint8Array(length - bytes.length));
};

export const createBlobSealer = (key: BlobKey): BlobSealer => {
  const derive = (use: string): Uint8Array =>
    hkdf(sha256, reveal(key), undefined, utf8ToBytes(`deskhand/1 blob-${use}`), 32);
  const sealKey = derive("seal");
  const nonceKey = derive("nonce");
  return {
    seal: (place, bytes) => {
      const data = associatedData(place);
      const padded = addZeros(bytes);
      const nonce = hmac
        .create(sha256, nonceKey)
        .update(data)
        .update(padded)
        .digest()
        .subarray(0, NONCE_BYTES);
      const sealed = new Uint8Array(padded.length + BLOB_SEAL_BYTES);
      sealed.set(nonce);
      xchacha20poly1305(sealKey, nonce, data).encrypt(padded, sealed.subarray(NONCE_BYTES));
      return { id: sha256(sealed), sealed };
    },
    unseal: (place, sealed, length) => {
      const reader = createByteReader(sealed);
      const nonce = reader.bytes(NONCE_BYTES);
      if (!reader.intact) return err({ type: "bad-seal" });
      try {
        const padded = xchacha20poly1305(sealKey, nonce, associatedData(place)).decrypt(reader.rest());
        return padded.length === paddedLength(length)
          ? ok(padded.subarray(0, length))
          : err({ type: "bad-seal" });
      } catch {
        return err({ type: "bad-seal" }); // noble's only way to say that the tag does not fit
      }
    },
  };
};
