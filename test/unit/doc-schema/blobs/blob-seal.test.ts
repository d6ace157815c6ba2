import {
  addressToRef,
  bytesToHex,
  chunkCount,
  chunkLength,
  createBlobSealer,
  parseBlobRef,
  readBlobRoot,
  redact,
  rootLength,
  writeBlobRoot,
  type BlobRef,
  type ChunkPlace,
} from "@deskhand/doc-schema/crypto";
import {
  BLOB_CHUNK_BYTES,
  BLOB_SEAL_BYTES,
  MAX_BLOB_BYTES,
  MAX_SEALED_CHUNK_BYTES,
} from "@deskhand/doc-schema/wire";
import { describe, expect, test } from "vitest";

const fill = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte);
const sealerOf = (byte: number) => createBlobSealer(redact("blob-content-key", fill(32, byte)));
const sealer = sealerOf(1);
const data = (index: number, count: number): ChunkPlace => ({ type: "data", index, count });

describe("a sealed chunk", () => {
  test("has a fixed vector", () => {
    const { id, sealed } = sealer.seal(data(0, 1), new TextEncoder().encode("hello"));
    expect(sealed).toHaveLength(256 + BLOB_SEAL_BYTES);
    expect(bytesToHex(sealed.subarray(0, 40))).toBe(
      "cee3de980cd9c5c0151e93bb7bea7f22db7d0394c097349d0ad8a456ef8fcccc7fe60fb295319b18",
    );
    expect(bytesToHex(id)).toBe("4dde87c44ae32fbef29b0daa2992fc94811361ac16ff62a1d6e7d1985090b23e");
  });

  test("is what was sealed again, and never larger than the relay takes", () => {
    for (const length of [0, 1, 255, 256, 257, 100_000, BLOB_CHUNK_BYTES - 1, BLOB_CHUNK_BYTES]) {
      const bytes = fill(length, length % 251);
      const { sealed } = sealer.seal(data(0, 1), bytes);
      expect(sealed.length).toBeLessThanOrEqual(MAX_SEALED_CHUNK_BYTES);
      expect(sealer.unseal(data(0, 1), sealed, length)).toEqual({ ok: true, value: bytes });
    }
  });

  test("sealed again in its place it has the same bytes; other bytes, place or key give another nonce", () => {
    const bytes = fill(1_000);
    const first = sealer.seal(data(1, 3), bytes);
    expect(sealer.seal(data(1, 3), Uint8Array.from(bytes))).toEqual(first);
    const others = [
      sealer.seal(data(1, 3), fill(1_000, 8)),
      sealer.seal(data(0, 3), bytes),
      sealer.seal(data(1, 4), bytes),
      sealerOf(2).seal(data(1, 3), bytes),
    ];
    const nonces = [first, ...others].map(({ sealed }) => bytesToHex(sealed.subarray(0, 24)));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test.each<[string, ChunkPlace]>([
    ["of another index", data(1, 3)],
    ["of another count", data(0, 4)],
    ["as the last", data(2, 3)],
    ["as the only one", data(0, 1)],
    ["as a root", { type: "root", count: 3 }],
  ])("does not unseal in a place %s", (_name, place) => {
    const { sealed } = sealer.seal(data(0, 3), fill(300));
    expect(sealer.unseal(data(0, 3), sealed, 300).ok).toBe(true);
    expect(sealer.unseal(place, sealed, 300)).toEqual({ ok: false, error: { type: "bad-seal" } });
  });

  test("the last chunk does not unseal as one of a longer blob, nor a root as data", () => {
    const last = sealer.seal(data(2, 3), fill(10));
    expect(sealer.unseal(data(2, 4), last.sealed, 10).ok).toBe(false);
    const root = sealer.seal({ type: "root", count: 3 }, fill(10));
    expect(sealer.unseal(data(3, 4), root.sealed, 10).ok).toBe(false);
    expect(sealer.unseal(data(2, 3), root.sealed, 10).ok).toBe(false);
  });

  test("every changed bit of nonce, ciphertext and tag, every cut, another key and another length are refused", () => {
    const { sealed } = sealer.seal(data(0, 1), fill(10));
    const refused = { ok: false, error: { type: "bad-seal" } };
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sealer.unseal(data(0, 1), changed, 10)).toEqual(refused);
    }
    for (let end = 0; end < sealed.length; end++) {
      expect(sealer.unseal(data(0, 1), sealed.subarray(0, end), 10)).toEqual(refused);
    }
    expect(sealerOf(2).unseal(data(0, 1), sealed, 10)).toEqual(refused);
    expect(sealer.unseal(data(0, 1), sealed, 300)).toEqual(refused);
  });

  test("[T17] sizes of last chunks tell little", () => {
    const sizes = Array.from({ length: 2_000 }, (_, i) => sealer.seal(data(0, 1), fill(i)).sealed.length);
    expect(new Set(sizes).size).toBeLessThan(30);
  });
});

describe("a blob reference", () => {
  const address = {
    id: fill(32, 1),
    key: redact("blob-content-key", fill(32, 2)),
    byteLength: 1_000_000,
    sha256: fill(32, 3),
  };
  const ref = addressToRef(address);

  test("is read as it was written", () => {
    const parsed = parseBlobRef(ref);
    expect(parsed.ok && addressToRef(parsed.value)).toEqual(ref);
    expect([ref.id, ref.key, ref.sha256].map(({ length }) => length)).toEqual([43, 43, 43]);
  });

  test.each<[string, Partial<BlobRef>]>([
    ["a short id", { id: ref.id.slice(1) }],
    ["a key that is no base64url", { key: "!".repeat(43) }],
    ["a long hash", { sha256: `${ref.sha256}AAAA` }],
    ["a negative length", { byteLength: -1 }],
    ["half a byte", { byteLength: 0.5 }],
    ["too many bytes", { byteLength: MAX_BLOB_BYTES + 1 }],
    ["no number", { byteLength: Number.NaN }],
  ])("with %s is refused", (_name, change) => {
    expect(parseBlobRef({ ...ref, ...change })).toEqual({ ok: false, error: { type: "bad-reference" } });
  });
});

describe("a blob's root", () => {
  test("lists the chunks; the largest blob's fits into one chunk", () => {
    expect(chunkCount(0)).toBe(1);
    expect(chunkCount(BLOB_CHUNK_BYTES)).toBe(1);
    expect(chunkCount(BLOB_CHUNK_BYTES + 1)).toBe(2);
    expect(chunkLength(BLOB_CHUNK_BYTES + 1, 1)).toBe(1);
    expect(chunkLength(0, 0)).toBe(0);
    expect(rootLength(MAX_BLOB_BYTES)).toBeLessThanOrEqual(BLOB_CHUNK_BYTES);
    const byteLength = 3 * BLOB_CHUNK_BYTES;
    const ids = [fill(32, 1), fill(32, 2), fill(32, 3)];
    const root = writeBlobRoot(byteLength, ids);
    expect(root).toHaveLength(rootLength(byteLength));
    expect(readBlobRoot(root, byteLength)).toEqual({ ok: true, value: ids });
  });

  test.each([
    ["another version", (root: Uint8Array) => Uint8Array.of(2, ...root.subarray(1)), 600_000],
    ["another length", (root: Uint8Array) => root, 600_001],
    ["a chunk too few", (root: Uint8Array) => root.subarray(0, root.length - 32), 600_000],
    ["a chunk too many", (root: Uint8Array) => Uint8Array.of(...root, ...fill(32)), 600_000],
  ])("with %s is refused", (_name, change, byteLength) => {
    const root = writeBlobRoot(600_000, [fill(32, 1), fill(32, 2)]);
    expect(readBlobRoot(change(root), byteLength)).toEqual({ ok: false, error: { type: "bad-root" } });
  });
});
