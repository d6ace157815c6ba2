/**
 * Blob chunks on a socket of their own. It opens like any other, with HELLO and CHALLENGE, but is proven by
 * AUTH_BLOBS; then no frame passes here, and no chunk passes where frames do.
 *
 *   client                                           relay
 *   AUTH_BLOBS 17  key 32 | time v | sig 64      ──►
 *                                                ◄──  BLOBS_OPEN 18
 *   HAVE       19  request v | (id 32) 1…512     ──►  HELD       20  request v | bitmap *  low bit first; touches
 *   PUT        21  request v | id 32 | bytes *   ──►  STORED     22  request v             only once on disk
 *   GET        23  request v | id 32             ──►  CHUNK      24  request v | bytes *   touches
 *                                                ◄──  MISSING    25  request v
 *                                                ◄──  DENIED     26  request v | code v    the socket stays
 *   PING       11                                ──►  PONG       12
 *                                                ◄──  REFUSED    15  code v                the socket ends
 *
 *   id = SHA-256(bytes), which the relay checks. `sig` is over authTranscript() with purpose "blobs": a proof for one
 *   kind of socket does not open the other. `request` is the client's number and comes back as it was; requests of
 *   one socket are answered in order, and a client waits for answers when BLOB_REQUESTS_IN_FLIGHT are under way.
 */
import { concatBytes, createByteReader, varUint } from "./bytes.ts";
import { BLOB_ID_BYTES, MAX_HAVE_IDS } from "./limits.ts";
import {
  parseRelayMessage,
  REFUSAL,
  refusalOf,
  writeRelayMessage,
  type MessageError,
  type RefusalCode,
} from "./relay-messages.ts";
import { err, ok, type Result } from "./result.ts";

export type BlobRequest =
  | { readonly type: "have"; readonly request: number; readonly ids: readonly Uint8Array[] }
  | { readonly type: "put"; readonly request: number; readonly id: Uint8Array; readonly bytes: Uint8Array }
  | { readonly type: "get"; readonly request: number; readonly id: Uint8Array }
  | { readonly type: "ping" };

export type BlobAnswer =
  | { readonly type: "held"; readonly request: number; readonly bitmap: Uint8Array }
  | { readonly type: "stored"; readonly request: number }
  | { readonly type: "chunk"; readonly request: number; readonly bytes: Uint8Array }
  | { readonly type: "missing"; readonly request: number }
  | { readonly type: "denied"; readonly request: number; readonly code: RefusalCode };

export type BlobMessage =
  | BlobAnswer
  | { readonly type: "blobs-open" }
  | { readonly type: "pong" }
  | { readonly type: "refused"; readonly code: RefusalCode };

const CODE = {
  ping: 11,
  blobsOpen: 18,
  have: 19,
  held: 20,
  put: 21,
  stored: 22,
  get: 23,
  chunk: 24,
  missing: 25,
  denied: 26,
} as const;

const head = (code: number, request: number): Uint8Array<ArrayBuffer> =>
  concatBytes(Uint8Array.of(code), varUint(request));

/** One bit an id, low bit of the first byte first. */
export const writeBitmap = (flags: readonly boolean[]): Uint8Array => {
  const bitmap = new Uint8Array(Math.ceil(flags.length / 8));
  flags.forEach((flag, i) => {
    if (flag) bitmap[i >> 3] = (bitmap[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bitmap;
};

export const hasBit = (bitmap: Uint8Array, i: number): boolean =>
  ((bitmap[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;

export const writeBlobRequest = (message: BlobRequest): Uint8Array<ArrayBuffer> => {
  switch (message.type) {
    case "have":
      return concatBytes(head(CODE.have, message.request), ...message.ids);
    case "put":
      return concatBytes(head(CODE.put, message.request), message.id, message.bytes);
    case "get":
      return concatBytes(head(CODE.get, message.request), message.id);
    case "ping":
      return Uint8Array.of(CODE.ping);
  }
};

export const parseBlobRequest = (input: Uint8Array): Result<BlobRequest, MessageError> => {
  const reader = createByteReader(input);
  const message = ((): BlobRequest | undefined => {
    switch (reader.uint8()) {
      case CODE.have:
        return { type: "have", request: reader.varUint(), ids: splitIds(reader.rest()) };
      case CODE.put:
        return {
          type: "put",
          request: reader.varUint(),
          id: reader.bytes(BLOB_ID_BYTES),
          bytes: reader.rest(),
        };
      case CODE.get:
        return { type: "get", request: reader.varUint(), id: reader.bytes(BLOB_ID_BYTES) };
      case CODE.ping:
        return { type: "ping" };
      default:
        return undefined;
    }
  })();
  const isEmptyHave = message?.type === "have" && message.ids.length === 0;
  return message !== undefined && reader.finished && !isEmptyHave
    ? ok(message)
    : err({ type: "bad-message" });
};

/** None when the bytes are not whole ids, or too many. */
const splitIds = (bytes: Uint8Array): readonly Uint8Array[] => {
  const count = bytes.length / BLOB_ID_BYTES;
  if (!Number.isInteger(count) || count > MAX_HAVE_IDS) return [];
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * BLOB_ID_BYTES, (i + 1) * BLOB_ID_BYTES));
};

export const writeBlobMessage = (message: BlobMessage): Uint8Array => {
  switch (message.type) {
    case "blobs-open":
      return Uint8Array.of(CODE.blobsOpen);
    case "held":
      return concatBytes(head(CODE.held, message.request), message.bitmap);
    case "stored":
      return head(CODE.stored, message.request);
    case "chunk":
      return concatBytes(head(CODE.chunk, message.request), message.bytes);
    case "missing":
      return head(CODE.missing, message.request);
    case "denied":
      return concatBytes(head(CODE.denied, message.request), varUint(REFUSAL[message.code]));
    case "pong":
    case "refused":
      return writeRelayMessage(message);
  }
};

export const parseBlobMessage = (input: Uint8Array): Result<BlobMessage, MessageError> => {
  const reader = createByteReader(input);
  const message = ((): BlobMessage | undefined => {
    switch (reader.uint8()) {
      case CODE.blobsOpen:
        return { type: "blobs-open" };
      case CODE.held:
        return { type: "held", request: reader.varUint(), bitmap: reader.rest() };
      case CODE.stored:
        return { type: "stored", request: reader.varUint() };
      case CODE.chunk:
        return { type: "chunk", request: reader.varUint(), bytes: reader.rest() };
      case CODE.missing:
        return { type: "missing", request: reader.varUint() };
      case CODE.denied: {
        const request = reader.varUint();
        const code = refusalOf(reader.varUint());
        return code === undefined ? undefined : { type: "denied", request, code };
      }
      default: {
        const shared = parseRelayMessage(input);
        reader.rest();
        return shared.ok && (shared.value.type === "pong" || shared.value.type === "refused")
          ? shared.value
          : undefined;
      }
    }
  })();
  return message !== undefined && reader.finished ? ok(message) : err({ type: "bad-message" });
};
