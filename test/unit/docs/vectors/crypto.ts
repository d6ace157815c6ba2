/** Vectors of keys, frames, the log's transcript, padding, blobs and the recovery words. */
import {
  addPadding,
  addressToRef,
  bytesToHex,
  createBlobSealer,
  createRecoveryKeys,
  createEpochKeys,
  extendTranscript,
  frameHash,
  openRecovery,
  paddedLength,
  parseRecoveryWords,
  PRESENCE_PADDED_BYTES,
  recoveryWords,
  redact,
  removePadding,
  reveal,
  sealFrame,
  sealRecovery,
  startTranscript,
  unsealFrame,
  utf8ToBytes,
  writeBlobRoot,
  type FrameKind,
} from "@deskhand/doc-schema/crypto";
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from "@deskhand/doc-schema/wire";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  always,
  EPOCH,
  executor,
  filled,
  freshChain,
  hex,
  json,
  keys,
  LOG_ID,
  NONCE,
  phone,
  rootKey,
  STREAM,
  valueOf,
  type Vector,
} from "./inputs.ts";

const keyVectors = (): readonly Vector[] => [
  ["keys.root-key", hex(reveal(rootKey))],
  ["keys.epoch", String(EPOCH)],
  ["keys.relay-auth", hex(reveal(keys.authSecret))],
  ["keys.frame", hex(reveal(keys.frameKey))],
  ["keys.commit", hex(reveal(keys.commitKey))],
  ["keys.ephemeral", hex(reveal(keys.ephemeralKey))],
  ["keys.auth-key", hex(keys.authKey)],
  ["keys.room-id", hex(keys.roomId)],
  ...([["phone", phone] as const, ["executor", executor] as const].flatMap(([name, device]) => [
    [`${name}.signing-seed`, hex(reveal(device.signingSecret))],
    [`${name}.sealing-seed`, hex(reveal(device.sealingSecret))],
    [`${name}.sign-key`, hex(device.signKey)],
    [`${name}.seal-key`, hex(device.sealKey)],
    [`${name}.device-id`, device.deviceId],
  ]) satisfies readonly Vector[]),
];

const KINDS: readonly FrameKind[] = ["update", "snapshot", "control", "presence"];
const body = utf8ToBytes("body");
const place = { cursor: 2 ** 32 + 5, transcript: filled(32, 0x0a) };

/** The parts of a frame by the grammar alone, opened with the bare cipher. */
const openByHand = (frame: Uint8Array, kind: FrameKind) => {
  const header = frame.subarray(0, FRAME_HEADER_BYTES);
  const nonce = frame.subarray(28, 52);
  const commit = frame.subarray(52, 84);
  const key = reveal(kind === "presence" ? keys.ephemeralKey : keys.frameKey);
  const data = Uint8Array.of(...header, ...commit);
  const padded = xchacha20poly1305(key, nonce, data).decrypt(frame.subarray(84));
  return { header, commit, padded, tag: frame.subarray(-16) };
};

const frameVectors = (): readonly Vector[] => [
  ["frame.stream", hex(STREAM)],
  ["frame.nonce", hex(filled(24, NONCE))],
  ["frame.cursor", String(place.cursor)],
  ["frame.transcript", hex(place.transcript)],
  ["frame.body", hex(body)],
  ...KINDS.flatMap((kind): readonly Vector[] => {
    const chain = freshChain();
    const frame = sealFrame(keys, chain, { kind, body, ...place }, always(NONCE));
    const { header, commit, padded, tag } = openByHand(frame, kind);
    const floor = kind === "presence" ? PRESENCE_PADDED_BYTES : undefined;
    const { seq } = valueOf(unsealFrame(keys, frame));
    return [
      [`frame.${kind}.seq`, String(seq)],
      [`frame.${kind}.header`, hex(header)],
      [`frame.${kind}.commit`, hex(commit)],
      [`frame.${kind}.inner`, hex(valueOf(removePadding(padded, floor)))],
      [`frame.${kind}.tag`, hex(tag)],
      [`frame.${kind}.frame`, hex(frame)],
    ];
  }),
];

const logVectors = (): readonly Vector[] => {
  const chain = freshChain();
  let transcript = startTranscript(keys.roomId, LOG_ID);
  const vectors: Vector[] = [
    ["log.log-id", hex(LOG_ID)],
    ["log.transcript-0", hex(transcript)],
  ];
  for (const cursor of [0, 1, 2]) {
    const content = { kind: "update", body, cursor, transcript } as const;
    const frame = sealFrame(keys, chain, content, always(NONCE));
    transcript = extendTranscript(transcript, frameHash(frame));
    vectors.push(
      [`log.frame-hash-${cursor + 1}`, hex(frameHash(frame))],
      [`log.transcript-${cursor + 1}`, hex(transcript)],
    );
  }
  return vectors;
};

const EDGES = [1, 256, 257, 384, 385, 512, 65_536, 65_537, 131_073, 262_145, 1_000_000];

const paddingVectors = (): readonly Vector[] => {
  const sizes = new Set(Array.from({ length: 2 ** 20 - 1 }, (_, size) => paddedLength(size + 1)));
  return [
    ["padding.sizes", EDGES.map((size) => `${size}→${paddedLength(size)}`).join(" ")],
    ["padding.below-1-MiB", [...sizes].filter((size) => size < 2 ** 20).join(" ")],
    ["padding.of-3-bytes", hex(addPadding(Uint8Array.of(1, 2, 3)))],
    ["padding.presence", String(addPadding(body, PRESENCE_PADDED_BYTES).length)],
    ["padding.largest-frame", String(MAX_FRAME_BYTES)],
  ];
};

const blobVectors = (): readonly Vector[] => {
  const key = redact("blob-content-key", filled(32, 0x0b));
  const sealer = createBlobSealer(key);
  const plaintext = utf8ToBytes("hello");
  const chunk = sealer.seal({ type: "data", index: 0, count: 1 }, plaintext);
  const list = writeBlobRoot(plaintext.length, [chunk.id]);
  const root = sealer.seal({ type: "root", count: 1 }, list);
  const address = { id: root.id, key, byteLength: plaintext.length, sha256: sha256(plaintext) };
  return [
    ["blob.key", hex(reveal(key))],
    ["blob.plaintext", hex(plaintext)],
    ["blob.chunk.nonce", hex(chunk.sealed.subarray(0, 24))],
    ["blob.chunk.sealed", hex(chunk.sealed)],
    ["blob.chunk.id", hex(chunk.id)],
    ["blob.root.plaintext", hex(list)],
    ["blob.root.sealed", hex(root.sealed)],
    ["blob.root.id", hex(root.id)],
    ["blob.reference", json(addressToRef(address))],
  ];
};

const recoveryVectors = (): readonly Vector[] => {
  const secret = redact("recovery-secret", filled(32, 0x0c));
  const words = recoveryWords(secret).join(" ");
  const recovery = createRecoveryKeys(secret);
  const record = utf8ToBytes("record");
  const sealed = sealRecovery(recovery.sealKey, record, always(0x0d));
  return [
    ["recovery.secret", hex(reveal(secret))],
    ["recovery.words", words],
    ["recovery.secret-of-the-words", hex(reveal(valueOf(parseRecoveryWords(words))))],
    ["recovery.room-key", hex(reveal(recovery.roomKey))],
    ["recovery.room-id", hex(createEpochKeys(recovery.roomKey, 0).roomId)],
    ["recovery.seal-key", hex(recovery.sealKey)],
    ["recovery.ephemeral-seed", hex(filled(32, 0x0d))],
    ["recovery.plaintext", bytesToHex(record)],
    ["recovery.sealed", hex(sealed)],
    ["recovery.opened", hex(valueOf(openRecovery(recovery, sealed)))],
  ];
};

export const cryptoVectors = (): readonly Vector[] => [
  ...keyVectors(),
  ...paddingVectors(),
  ...frameVectors(),
  ...logVectors(),
  ...blobVectors(),
  ...recoveryVectors(),
];
