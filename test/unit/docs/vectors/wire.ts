/** Vectors of the relay's messages: the bytes that are written, and the fields that are read out of them. */
import { signRelayAuth } from "@deskhand/doc-schema/crypto";
import {
  authTranscript,
  parseBlobMessage,
  parseBlobRequest,
  parseClientMessage,
  parseRelayMessage,
  writeBitmap,
  writeBlobMessage,
  writeBlobRequest,
  writeClientMessage,
  writeRelayMessage,
  type BlobMessage,
  type BlobRequest,
  type ClientMessage,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import { filled, hex, json, keys, LOG_ID, valueOf, type Vector } from "./inputs.ts";

/** Stands for any frame or chunk: the relay's messages do not look into it. */
const opaque = Uint8Array.of(0xaa, 0xbb, 0xcc);
const [serverNonce, clientNonce] = [filled(32, 0x11), filled(32, 0x12)];
const origin = "wss://relay.example";
const time = 1_767_323_045;
const proof = { origin, serverNonce, clientNonce, time };
const logProof = signRelayAuth(keys, proof);
const blobProof = signRelayAuth(keys, { ...proof, purpose: "blobs" });
const { authKey, roomId } = keys;
const [id, otherId] = [filled(32, 0x13), filled(32, 0x14)];

const TO_RELAY: readonly ClientMessage[] = [
  { type: "hello", roomId, nonce: clientNonce },
  { type: "auth", authKey, time, after: 300, signature: logProof },
  { type: "auth-blobs", authKey, time, signature: blobProof },
  { type: "append", clientSeq: 1, frame: opaque },
  { type: "ephemeral", frame: opaque },
  { type: "compact", clientSeq: 2, upto: 300, frame: opaque },
  { type: "close-room", clientSeq: 3, upto: 301, frame: opaque },
  { type: "ping" },
];
const FROM_RELAY: readonly RelayMessage[] = [
  { type: "challenge", nonce: serverNonce },
  { type: "snapshot", upto: 300, frame: opaque },
  { type: "frame", seq: 301, frame: opaque },
  { type: "early", seq: 302, frame: opaque },
  { type: "committed", seq: 302 },
  { type: "live", head: 301, logId: LOG_ID, session: 5 },
  { type: "ack", clientSeq: 1, seq: 302 },
  { type: "ephemeral", session: 5, frame: opaque },
  { type: "pong" },
  { type: "joined", session: 6 },
  { type: "left", session: 6 },
  { type: "refused", code: "stale-compaction" },
];
const BLOBS_TO_RELAY: readonly BlobRequest[] = [
  { type: "have", request: 1, ids: [id, otherId] },
  { type: "put", request: 2, id, bytes: opaque },
  { type: "get", request: 3, id },
];
const BLOBS_FROM_RELAY: readonly BlobMessage[] = [
  { type: "blobs-open" },
  { type: "held", request: 1, bitmap: writeBitmap([false, true]) },
  { type: "stored", request: 2 },
  { type: "chunk", request: 3, bytes: opaque },
  { type: "missing", request: 3 },
  { type: "denied", request: 2, code: "bad-chunk" },
];

const both = <Message extends { readonly type: string }>(
  side: string,
  messages: readonly Message[],
  write: (message: Message) => Uint8Array,
  parse: (bytes: Uint8Array) => Parameters<typeof valueOf>[0],
): readonly Vector[] =>
  messages.flatMap((message) => {
    const bytes = write(message);
    const { type, ...fields } = valueOf(parse(bytes)) as Message; // compared with the document, field by field
    return [
      [`${side}.${type}.fields`, json(fields)],
      [`${side}.${type}.bytes`, hex(bytes)],
    ] as const;
  });

export const wireVectors = (): readonly Vector[] => [
  ["auth.fields", json({ ...proof, roomId })],
  ["auth.log.transcript", hex(authTranscript({ ...proof, roomId }))],
  ["auth.log.signature", hex(logProof)],
  ["auth.blobs.transcript", hex(authTranscript({ ...proof, roomId, purpose: "blobs" }))],
  ["auth.blobs.signature", hex(blobProof)],
  ...both("client", TO_RELAY, writeClientMessage, parseClientMessage),
  ...both("relay", FROM_RELAY, writeRelayMessage, parseRelayMessage),
  ...both("blob-client", BLOBS_TO_RELAY, writeBlobRequest, parseBlobRequest),
  ...both("blob-relay", BLOBS_FROM_RELAY, writeBlobMessage, parseBlobMessage),
];
