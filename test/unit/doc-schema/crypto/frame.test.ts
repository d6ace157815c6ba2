import {
  bytesToHex,
  createDeviceKeys,
  createEpochKeys,
  createFrameChain,
  extendTranscript,
  frameHash,
  redact,
  sealFrame,
  startTranscript,
  unsealFrame,
  type EpochKeys,
  type FrameChain,
  type FrameKind,
} from "@deskhand/doc-schema/crypto";
import { concatBytes, FRAME_HEADER_BYTES, writeFrameHeader } from "@deskhand/doc-schema/wire";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, test } from "vitest";
import { addPadding } from "../../../../doc-schema/src/crypto/padding.ts";
import { reveal } from "../../../../doc-schema/src/crypto/redacted.ts";

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const keys = createEpochKeys(redact("root-key", filled(32, 1)), 7);
const device = createDeviceKeys(filled(32, 2), filled(32, 3));
const KINDS: readonly FrameKind[] = ["update", "snapshot", "control", "presence"];
const body = filled(180, 9);
let counter = 0;
const nonces = (length: number): Uint8Array => filled(length, ++counter % 256);
const stream = filled(8, 6);
const place = { cursor: 2 ** 40 + 3, transcript: filled(32, 7) };
const freshChain = (): FrameChain => createFrameChain(device.deviceId, stream);
const seal = (kind: FrameKind, of = keys): Uint8Array =>
  sealFrame(of, freshChain(), { kind, body, ...place }, nonces);
const errorOf = (frame: Uint8Array, of: EpochKeys = keys): string => {
  const unsealed = unsealFrame(of, frame);
  return unsealed.ok ? "none" : unsealed.error.type;
};

/** A frame whose AEAD holds these bytes as they are. */
const sealRaw = (padded: Uint8Array): Uint8Array => {
  const header = writeFrameHeader({ frameClass: "durable", epoch: keys.epoch, roomId: keys.roomId });
  const nonce = filled(24, 5);
  const commit = hmac(sha256, reveal(keys.commitKey), concatBytes(header, nonce));
  const cipher = xchacha20poly1305(reveal(keys.frameKey), nonce, concatBytes(header, commit));
  return concatBytes(header, nonce, commit, cipher.encrypt(padded));
};

describe("sealed frame", () => {
  test.each(KINDS)("%s comes back as it was sealed", (kind) => {
    const unsealed = unsealFrame(keys, seal(kind));
    expect(unsealed).toMatchObject({
      ok: true,
      value: { kind, deviceId: device.deviceId, stream, body, ...place },
    });
  });

  test("updates count and chain; snapshot, control and presence carry the place without moving it", () => {
    const chain = freshChain();
    const open = (kind: FrameKind): { frame: Uint8Array; seq: number; prev: Uint8Array } => {
      const frame = sealFrame(keys, chain, { kind, body, ...place }, nonces);
      const unsealed = unsealFrame(keys, frame);
      if (!unsealed.ok) throw new Error(unsealed.error.type);
      return { frame, ...unsealed.value };
    };
    expect(open("presence")).toMatchObject({ seq: 0, prev: filled(32, 0) });
    const first = open("update");
    expect(first).toMatchObject({ seq: 1, prev: filled(32, 0) });
    const prev = frameHash(first.frame);
    for (const kind of ["presence", "snapshot", "control"] as const)
      expect(open(kind)).toMatchObject({ seq: 1, prev });
    expect(open("update")).toMatchObject({ seq: 2, prev });
  });

  test("vector: frame, hash and transcript for fixed keys and randomness never change", () => {
    const frame = sealFrame(keys, freshChain(), { kind: "update", body, ...place }, (n) => filled(n, 5));
    const start = startTranscript(keys.roomId, filled(16, 8));
    expect(frame.length).toBe(28 + 24 + 32 + 384 + 16);
    expect(bytesToHex(frameHash(frame))).toBe(
      "dc7a5ccf49a128aad9b1998467e2c5303c19b233a2ae156cd668c9c3240b12aa",
    );
    expect(bytesToHex(start)).toBe("4a6cb4a33113b9b1164e88547ac6db90d950c179d0455947ee7baed32c0e4661");
    expect(bytesToHex(extendTranscript(start, frameHash(frame)))).toBe(
      "e76158fbf95d2e799635494d61728995b2586f6f2e644afd5c0a86ad7fb5e2c5",
    );
  });

  test.each(KINDS)("[T2] every flipped bit of a %s frame is refused", (kind) => {
    const frame = seal(kind);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = Uint8Array.from(frame);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(errorOf(changed)).not.toBe("none");
    }
  });

  test.each(KINDS)("[T2] every truncation of a %s frame is refused", (kind) => {
    const frame = seal(kind);
    for (let length = 0; length < frame.length; length++)
      expect(errorOf(frame.subarray(0, length))).not.toBe("none");
    expect(errorOf(concatBytes(frame, filled(1, 0)))).toBe("bad-tag");
  });

  test("each refusal has its word", () => {
    const frame = seal("update");
    const at = (index: number): Uint8Array => frame.map((byte, i) => (i === index ? byte ^ 1 : byte));
    expect(errorOf(filled(10, 0))).toBe("short");
    expect(errorOf(frame.subarray(0, FRAME_HEADER_BYTES))).toBe("short");
    expect(unsealFrame(keys, at(0))).toMatchObject({ error: { type: "bad-header", reason: "bad-magic" } });
    const ofVersion = (version: number): Uint8Array => frame.map((byte, i) => (i === 2 ? version : byte));
    for (const version of [0, 1, 3])
      expect(unsealFrame(keys, ofVersion(version))).toMatchObject({
        error: { type: "bad-header", reason: "unknown-version" },
      });
    expect(errorOf(at(8))).toBe("wrong-room");
    expect(errorOf(at(7))).toBe("wrong-epoch");
    expect(errorOf(at(30))).toBe("bad-commit");
    expect(errorOf(at(60))).toBe("bad-commit");
    expect(errorOf(at(frame.length - 1))).toBe("bad-tag");
    expect(errorOf(sealRaw(filled(256, 1)))).toBe("bad-padding");
    expect(errorOf(sealRaw(addPadding(filled(10, 1))))).toBe("bad-inner");
    const innerOf = (kind: number, cursor: number, length = 101): Uint8Array =>
      filled(length, 0).map((_, i) => (i === 0 ? kind : i === 61 ? cursor : 0));
    expect(errorOf(sealRaw(addPadding(innerOf(1, 0))))).toBe("none");
    expect(errorOf(sealRaw(addPadding(innerOf(1, 0, 100))))).toBe("bad-inner");
    expect(errorOf(sealRaw(addPadding(innerOf(1, 1))))).toBe("bad-inner"); // a cursor of 2^56
    for (const kind of [0, 2, 3, 4, 5])
      expect(errorOf(sealRaw(addPadding(innerOf(kind, 0))))).toBe("bad-inner");
  });

  test("[T33] a frame of another epoch is told apart before any cipher runs", () => {
    const next = createEpochKeys(redact("root-key", filled(32, 4)), 8);
    expect(errorOf(seal("update"), next)).toBe("wrong-room");
    expect(errorOf(seal("update"), { ...next, roomId: keys.roomId })).toBe("wrong-epoch");
    expect(errorOf(seal("update"), { ...keys, commitKey: next.commitKey })).toBe("bad-commit");
  });

  test("[T32] nonces are taken whole from the randomness that is passed in", () => {
    const asked: number[] = [];
    sealFrame(keys, freshChain(), { kind: "update", body, ...place }, (length) => {
      asked.push(length);
      return filled(length, 1);
    });
    expect(asked).toEqual([24]);
  });

  test("[T2] 10,000 garbled frames: none accepted, nothing thrown", () => {
    const seed = 20_261_121;
    console.log(`seed ${seed}`);
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const frames = KINDS.map((kind) => seal(kind));
    for (let i = 0; i < 10_000; i++) {
      const original = frames[i % frames.length] ?? filled(0, 0);
      const changed = original.slice(0, original.length - random(3) * random(100));
      for (let k = 0; k <= random(4); k++) changed[random(changed.length)] = random(256);
      if (Buffer.compare(changed, original) === 0) continue;
      expect(errorOf(changed)).not.toBe("none");
    }
  });
});

describe("sizes", () => {
  test("presence is always the same size; updates have few sizes", () => {
    const sizeOf = (kind: FrameKind, length: number): number =>
      sealFrame(keys, freshChain(), { kind, body: filled(length, 1), ...place }, nonces).length;
    expect(new Set([0, 100, 407].map((length) => sizeOf("presence", length))).size).toBe(1);
    const sizes = new Set(Array.from({ length: 4_000 }, (_, i) => sizeOf("update", i * 16)));
    expect(sizes.size).toBeLessThanOrEqual(8 * 16 + 1); // 16 sizes an octave, from 256 bytes to 64 KiB
    expect(sizeOf("update", 0)).toBe(sizeOf("update", 151));
  });
});
