/**
 * The sealed frame: all that the relay stores and passes on.
 *
 *   frame  = header 28 | nonce 24 | commit 32 | XChaCha20-Poly1305(key, nonce, AD = header ‖ commit, padded inner)
 *   commit = HMAC-SHA-256(K("commit"), header ‖ nonce), checked first
 *   inner  = kind 1 | deviceId 16 | stream 8 | seq u32 | prev 32 | cursor u64 | transcript 32 | body
 *   key    = K("ephemeral") for presence, K("frame") for the rest
 *
 * 1. A frame of another room or epoch is named so before any cipher runs; the commitment binds it to one key.
 * 2. Every changed bit and every truncation is refused with a word; nothing here throws for outside bytes.
 * 3. Nonces are 192 random bits: a restored backup cannot repeat one.
 * 4. stream, seq and prev say where an update stands among those of its socket (frame-chain.ts); other kinds carry
 *    that place without moving it. cursor and transcript say what the sender had of the log when it sealed; those of
 *    a snapshot are of the log that it replaces. Checking them is log-history.ts.
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
import type { EpochKeys } from "./epoch-keys.ts";
import { HASH_BYTES, STREAM_BYTES, type FrameChain } from "./frame-chain.ts";
import { addPadding, MIN_PADDED_BYTES, PRESENCE_PADDED_BYTES, removePadding } from "./padding.ts";
import { reveal, type Redacted } from "./redacted.ts";

/** What is inside; append only. The relay sees the class alone. */
export const FRAME_KIND = { update: 1, snapshot: 2, control: 4, presence: 5 } as const;
export type FrameKind = keyof typeof FRAME_KIND;

const CLASS_OF_KIND = {
  update: "durable",
  snapshot: "snapshot",
  control: "snapshot",
  presence: "ephemeral",
} as const satisfies Record<FrameKind, FrameClass>;
const KIND_BY_CODE = new Map(
  Object.entries(FRAME_KIND).map(([name, code]) => [code as number, name as FrameKind]), // its own keys
);

const NONCE_BYTES = 24;
const COMMIT_BYTES = 32;
const TAG_BYTES = 16;
const SHORTEST = FRAME_HEADER_BYTES + NONCE_BYTES + COMMIT_BYTES + MIN_PADDED_BYTES + TAG_BYTES;

/** How far its sender had read a log, and the transcript there. */
export interface LogPlace {
  readonly cursor: number;
  /** 32 bytes. */
  readonly transcript: Uint8Array;
}

export interface FrameContent extends LogPlace {
  readonly kind: FrameKind;
  readonly body: Uint8Array;
}

export interface UnsealedFrame extends FrameContent {
  readonly deviceId: DeviceId;
  /** 8 bytes. */
  readonly stream: Uint8Array;
  readonly seq: number;
  /** Hash of the stream's update before, 32 bytes. */
  readonly prev: Uint8Array;
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

/** @param randomBytes gives the 24 bytes of the nonce */
export const sealFrame = (
  keys: EpochKeys,
  chain: FrameChain,
  content: FrameContent,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array => {
  const { kind } = content;
  const { seq, prev } = chain.place();
  const { deviceId, stream } = chain;
  const inner = writeInner({ ...content, deviceId, stream, seq: kind === "update" ? seq + 1 : seq, prev });
  const frameClass = CLASS_OF_KIND[kind];
  const header = writeFrameHeader({ frameClass, epoch: keys.epoch, roomId: keys.roomId });
  const nonce = randomBytes(NONCE_BYTES);
  const commit = commitmentOf(keys, header, nonce);
  const cipher = xchacha20poly1305(reveal(cipherKey(keys, frameClass)), nonce, concatBytes(header, commit));
  const frame = concatBytes(header, nonce, commit, cipher.encrypt(addPadding(inner, floorOf(frameClass))));
  if (kind === "update") chain.advance(frame);
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
  const { frameClass } = parsed.value;
  const key = reveal(cipherKey(keys, frameClass));
  const padded = decrypt(key, nonce, concatBytes(header, commit), reader.rest());
  if (padded === undefined) return err({ type: "bad-tag" });
  const inner = removePadding(padded, floorOf(frameClass));
  if (!inner.ok) return inner;
  const unsealed = readInner(frameClass, inner.value);
  return unsealed === undefined ? err({ type: "bad-inner" }) : ok(unsealed);
};

const cipherKey = (keys: EpochKeys, frameClass: FrameClass): Redacted<string> =>
  frameClass === "ephemeral" ? keys.ephemeralKey : keys.frameKey;

const floorOf = (frameClass: FrameClass): number =>
  frameClass === "ephemeral" ? PRESENCE_PADDED_BYTES : MIN_PADDED_BYTES;

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

const writeInner = (frame: UnsealedFrame): Uint8Array =>
  concatBytes(
    Uint8Array.of(FRAME_KIND[frame.kind]),
    deviceIdToBytes(frame.deviceId),
    frame.stream,
    uint32(frame.seq),
    frame.prev,
    uint64(frame.cursor),
    frame.transcript,
    frame.body,
  );

const readInner = (frameClass: FrameClass, inner: Uint8Array): UnsealedFrame | undefined => {
  const reader = createByteReader(inner);
  const kind = KIND_BY_CODE.get(reader.uint8());
  if (kind === undefined || CLASS_OF_KIND[kind] !== frameClass) return undefined;
  const frame = {
    kind,
    deviceId: deviceIdFromBytes(reader.bytes(DEVICE_ID_BYTES)),
    stream: reader.bytes(STREAM_BYTES),
    seq: reader.uint32(),
    prev: reader.bytes(HASH_BYTES),
    cursor: readUint64(reader),
    transcript: reader.bytes(HASH_BYTES),
    body: reader.rest(),
  };
  return reader.intact && Number.isSafeInteger(frame.cursor) ? frame : undefined;
};
