/**
 * The sealed frame: all that the relay stores and passes on.
 *
 *   frame  = header 28 | nonce 24 | commit 32 | XChaCha20-Poly1305(key, nonce, AD = header ‖ commit, padded inner)
 *   commit = HMAC-SHA-256(K("commit"), header ‖ nonce), checked first
 *   inner  = kind 1 | deviceId 16 | seq u64 | prev 32 | headCount u16 | (deviceId 16 | seq u64) * headCount | body
 *   key    = K("ephemeral") for presence, K("frame") for the rest
 *
 * 1. A frame of another room or epoch is named so before any cipher runs; the commitment binds it to one key.
 * 2. Every changed bit and every truncation is refused with a word; nothing here throws for outside bytes.
 * 3. Nonces are 192 random bits: a restored backup cannot repeat one.
 * 4. seq, prev and heads are written truthfully within one sealing session (a FrameChain): seq counts the device's
 *    stored frames from 1, prev is the hash of its frame before, heads are the newest frames seen of others.
 *    Presence carries the chain's place without moving it. Checking them across sessions, which makes a relay that
 *    drops or forks visible, is not done here yet; a reader may only log them.
 * 5. Who wrote what commands is signed inside the record (signing.ts): the device id here is a claim.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  concatBytes,
  createByteReader,
  DEVICE_ID_BYTES,
  equalBytes,
  err,
  FRAME_HEADER_BYTES,
  ok,
  parseFrameHeader,
  uint32,
  writeFrameHeader,
  type ByteReader,
  type FrameClass,
  type FrameHeaderError,
  type Result,
} from "../wire/index.ts";
import { deviceIdFromBytes, deviceIdToBytes, type DeviceId } from "./device-keys.ts";
import { utf8ToBytes } from "./encoding.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { addPadding, MIN_PADDED_BYTES, PRESENCE_PADDED_BYTES, removePadding } from "./padding.ts";
import { reveal, type Redacted } from "./redacted.ts";

/** What is inside; append only. The relay sees the class alone. */
export const FRAME_KIND = { update: 1, snapshot: 2, blob: 3, control: 4, presence: 5 } as const;
/** The kinds that this version writes and reads; blob and control are reserved. */
export type FrameKind = "update" | "snapshot" | "presence";

const CLASS_OF_KIND = {
  update: "durable",
  snapshot: "snapshot",
  presence: "ephemeral",
} as const satisfies Record<FrameKind, FrameClass>;
const KIND_OF_CLASS = {
  durable: "update",
  snapshot: "snapshot",
  ephemeral: "presence",
} as const satisfies Record<FrameClass, FrameKind>;

const NONCE_BYTES = 24;
const COMMIT_BYTES = 32;
const TAG_BYTES = 16;
const HASH_BYTES = 32;
const SHORTEST = FRAME_HEADER_BYTES + NONCE_BYTES + COMMIT_BYTES + MIN_PADDED_BYTES + TAG_BYTES;
/** More devices than a workspace has; a reader never allocates for more. */
const MAX_HEADS = 64;

export interface FrameHead {
  readonly deviceId: DeviceId;
  readonly seq: number;
}

/** One device's place in its own sequence, held by the caller for one sealing session. */
export interface FrameChain {
  readonly deviceId: DeviceId;
  readonly place: () => {
    readonly seq: number;
    readonly prev: Uint8Array;
    readonly heads: readonly FrameHead[];
  };
  /** A stored frame of ours went out. */
  readonly advance: (frame: Uint8Array) => void;
  /** A stored frame of another device came in. */
  readonly observe: (head: FrameHead) => void;
}

export const createFrameChain = (deviceId: DeviceId): FrameChain => {
  let seq = 0;
  let prev: Uint8Array = new Uint8Array(HASH_BYTES);
  const heads = new Map<DeviceId, number>();
  return {
    deviceId,
    place: () => ({
      seq,
      prev,
      heads: [...heads].slice(0, MAX_HEADS).map(([id, latest]) => ({ deviceId: id, seq: latest })),
    }),
    advance: (frame) => {
      seq++;
      prev = frameHash(frame);
    },
    observe: (head) => {
      if (head.deviceId !== deviceId) heads.set(head.deviceId, head.seq);
    },
  };
};

export interface UnsealedFrame {
  readonly kind: FrameKind;
  readonly deviceId: DeviceId;
  readonly seq: number;
  /** Hash of the device's frame before, 32 bytes. */
  readonly prev: Uint8Array;
  readonly heads: readonly FrameHead[];
  readonly body: Uint8Array;
}

export type UnsealError =
  | {
      readonly type:
        | "short"
        | "wrong-room"
        | "wrong-epoch"
        | "bad-commit"
        | "bad-tag"
        | "bad-padding"
        | "bad-inner";
    }
  | { readonly type: "bad-header"; readonly reason: FrameHeaderError["type"] };

/** SHA-256 over a sealed frame; what `prev` holds. */
export const frameHash = (frame: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8ToBytes("deskhand/1 frame-hash"), frame));

/** @param randomBytes gives the 24 bytes of the nonce */
export const sealFrame = (
  keys: EpochKeys,
  chain: FrameChain,
  kind: FrameKind,
  body: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array => {
  const stored = kind !== "presence";
  const place = chain.place();
  const inner = writeInner(
    {
      kind,
      deviceId: chain.deviceId,
      seq: stored ? place.seq + 1 : place.seq,
      prev: place.prev,
      heads: stored ? place.heads : [],
    },
    body,
  );
  const header = writeFrameHeader({
    frameClass: CLASS_OF_KIND[kind],
    epoch: keys.epoch,
    roomId: keys.roomId,
  });
  const nonce = randomBytes(NONCE_BYTES);
  const commit = commitmentOf(keys, header, nonce);
  const cipher = xchacha20poly1305(reveal(cipherKey(keys, kind)), nonce, concatBytes(header, commit));
  const frame = concatBytes(header, nonce, commit, cipher.encrypt(addPadding(inner, paddingFloor(kind))));
  if (stored) chain.advance(frame);
  return frame;
};

export const unsealFrame = (keys: EpochKeys, frame: Uint8Array): Result<UnsealedFrame, UnsealError> => {
  const parsed = parseFrameHeader(frame);
  if (!parsed.ok)
    return err(
      parsed.error.type === "short" ? { type: "short" } : { type: "bad-header", reason: parsed.error.type },
    );
  if (frame.length < SHORTEST) return err({ type: "short" });
  if (!equalBytes(parsed.value.roomId, keys.roomId)) return err({ type: "wrong-room" });
  if (parsed.value.epoch !== keys.epoch) return err({ type: "wrong-epoch" });
  const reader = createByteReader(frame);
  const header = reader.bytes(FRAME_HEADER_BYTES);
  const nonce = reader.bytes(NONCE_BYTES);
  const commit = reader.bytes(COMMIT_BYTES);
  if (!equalBytes(commit, commitmentOf(keys, header, nonce))) return err({ type: "bad-commit" });
  const kind = KIND_OF_CLASS[parsed.value.frameClass];
  const padded = decrypt(reveal(cipherKey(keys, kind)), nonce, concatBytes(header, commit), reader.rest());
  if (padded === undefined) return err({ type: "bad-tag" });
  const inner = removePadding(padded, paddingFloor(kind));
  if (!inner.ok) return inner;
  const unsealed = readInner(kind, inner.value);
  return unsealed === undefined ? err({ type: "bad-inner" }) : ok(unsealed);
};

const cipherKey = (keys: EpochKeys, kind: FrameKind): Redacted<string> =>
  kind === "presence" ? keys.ephemeralKey : keys.frameKey;

const paddingFloor = (kind: FrameKind): number =>
  kind === "presence" ? PRESENCE_PADDED_BYTES : MIN_PADDED_BYTES;

const commitmentOf = (keys: EpochKeys, header: Uint8Array, nonce: Uint8Array): Uint8Array =>
  hmac(sha256, reveal(keys.commitKey), concatBytes(header, nonce));

const decrypt = (
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => {
  try {
    return xchacha20poly1305(key, nonce, associated).decrypt(sealed);
  } catch {
    return undefined; // noble's only way to say that the tag does not fit
  }
};

const uint64 = (value: number): Uint8Array =>
  concatBytes(uint32(Math.floor(value / 2 ** 32)), uint32(value % 2 ** 32));
const readUint64 = (reader: ByteReader): number => reader.uint32() * 2 ** 32 + reader.uint32();

const writeInner = (frame: Omit<UnsealedFrame, "body">, body: Uint8Array): Uint8Array =>
  concatBytes(
    Uint8Array.of(FRAME_KIND[frame.kind]),
    deviceIdToBytes(frame.deviceId),
    uint64(frame.seq),
    frame.prev,
    Uint8Array.of(frame.heads.length >> 8, frame.heads.length),
    ...frame.heads.flatMap((head) => [deviceIdToBytes(head.deviceId), uint64(head.seq)]),
    body,
  );

const readInner = (kind: FrameKind, inner: Uint8Array): UnsealedFrame | undefined => {
  const reader = createByteReader(inner);
  const code = reader.uint8();
  const deviceId = deviceIdFromBytes(reader.bytes(DEVICE_ID_BYTES));
  const seq = readUint64(reader);
  const prev = reader.bytes(HASH_BYTES);
  const headCount = reader.uint8() * 256 + reader.uint8();
  if (code !== FRAME_KIND[kind] || headCount > MAX_HEADS || !Number.isSafeInteger(seq)) return undefined;
  const heads = Array.from({ length: headCount }, () => ({
    deviceId: deviceIdFromBytes(reader.bytes(DEVICE_ID_BYTES)),
    seq: readUint64(reader),
  }));
  const body = reader.rest();
  if (!reader.intact || heads.some((head) => !Number.isSafeInteger(head.seq))) return undefined;
  return { kind, deviceId, seq, prev, heads, body };
};
