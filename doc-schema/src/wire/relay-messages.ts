/**
 * The relay protocol, one binary WebSocket message each. The relay learns a room, a size and a time.
 *
 *   client                                              relay
 *   HELLO      1  version 1 = 2 | room 16 | nonce 32   ──►
 *                                                  ◄──  CHALLENGE  2  nonce 32
 *   AUTH       3  key 32 | time v | after v | sig 64 ─►
 *                                                  ◄──  SNAPSHOT   9  upto v | frame *      replaces all before it
 *                                                  ◄──  FRAME      4  seq v | frame *       each after `after`
 *                                                  ◄──  LIVE       5  head v | logId 16 | session v
 *                                                  ◄──  EARLY     27  seq v | frame *       FRAME, not on disk yet
 *                                                  ◄──  COMMITTED 28  seq v                 now it is
 *   APPEND     6  clientSeq v | frame *            ──►  ACK        7  clientSeq v | seq v   only once on disk
 *   EPHEMERAL  8  frame *                          ──►  EPHEMERAL  8  session v | frame *   to the others
 *   COMPACT   10  clientSeq v | upto v | frame *   ──►  ACK        7  clientSeq v | upto v
 *   PING      11                                   ──►  PONG       12
 *                                                  ◄──  JOINED     13  session v
 *                                                  ◄──  LEFT       14  session v
 *                                                  ◄──  REFUSED    15  code v
 *   CLOSE_ROOM 16  clientSeq v | upto v | frame *  ──►  ACK        7  clientSeq v | upto v
 *                                                  ◄──  SNAPSHOT   9  upto v | frame *      to the others
 *
 *   CLOSE_ROOM replaces the whole log, if `upto` is its head ("stale-compaction" otherwise). From then on the room
 *   takes no frame ("room-closed"), and every replay, whatever its cursor, is this one SNAPSHOT and LIVE.
 *
 *   EARLY is followed by COMMITTED of the same number, before anything else of the log, or by the end of the socket:
 *   then the log does not hold that frame, and its number may come with another.
 *
 *   v = lib0 varuint; * = the rest of the message. `time` is in seconds since 1970.
 *   Blob chunks have sockets and messages of their own, 17 to 26: see blob-messages.ts.
 *   sig = Ed25519 over authTranscript(), by the key whose hash is the room id.
 */
import { concatBytes, createByteReader, setVarUint, uint32, varUint, varUintLength } from "./bytes.ts";
import { AUTH_KEY_BYTES, NONCE_BYTES, ROOM_ID_BYTES, SIGNATURE_BYTES } from "./limits.ts";
import { err, ok, type Result } from "./result.ts";

export const PROTOCOL_VERSION = 2;

/** Why the relay turned something away. The list is closed; the numbers are never reused. */
export const REFUSAL = {
  "bad-message": 1,
  "bad-version": 2,
  "bad-auth": 3,
  "auth-timeout": 4,
  "bad-origin": 5,
  "room-full": 6,
  "frame-too-large": 7,
  "wrong-room": 8,
  "quota-exceeded": 9,
  "read-only": 10,
  "rate-limited": 11,
  "too-slow": 12,
  "stale-compaction": 13,
  "shutting-down": 14,
  internal: 15,
  "room-closed": 16,
  "bad-chunk": 17,
} as const;
export type RefusalCode = keyof typeof REFUSAL;

/** A snapshot in place of the frames up to `upto`. */
export interface LogReplacement {
  readonly clientSeq: number;
  readonly upto: number;
  readonly frame: Uint8Array;
}

export type ClientMessage =
  | { readonly type: "hello"; readonly roomId: Uint8Array; readonly nonce: Uint8Array }
  | {
      readonly type: "auth";
      readonly authKey: Uint8Array;
      readonly time: number;
      readonly after: number;
      readonly signature: Uint8Array;
    }
  | {
      /** Opens a socket for blob chunks instead: see blob-messages.ts. */
      readonly type: "auth-blobs";
      readonly authKey: Uint8Array;
      readonly time: number;
      readonly signature: Uint8Array;
    }
  | { readonly type: "append"; readonly clientSeq: number; readonly frame: Uint8Array }
  | { readonly type: "ephemeral"; readonly frame: Uint8Array }
  | ({ readonly type: "compact" } & LogReplacement)
  | ({ readonly type: "close-room" } & LogReplacement)
  | { readonly type: "ping" };

export type RelayMessage =
  | { readonly type: "challenge"; readonly nonce: Uint8Array }
  | { readonly type: "snapshot"; readonly upto: number; readonly frame: Uint8Array }
  | { readonly type: "frame"; readonly seq: number; readonly frame: Uint8Array }
  | { readonly type: "early"; readonly seq: number; readonly frame: Uint8Array }
  | { readonly type: "committed"; readonly seq: number }
  | { readonly type: "live"; readonly head: number; readonly logId: Uint8Array; readonly session: number }
  | { readonly type: "ack"; readonly clientSeq: number; readonly seq: number }
  | { readonly type: "ephemeral"; readonly session: number; readonly frame: Uint8Array }
  | { readonly type: "pong" }
  | { readonly type: "joined"; readonly session: number }
  | { readonly type: "left"; readonly session: number }
  | { readonly type: "refused"; readonly code: RefusalCode };

export type MessageError = { readonly type: "bad-message" | "bad-version" };

const CODE = {
  hello: 1,
  challenge: 2,
  auth: 3,
  frame: 4,
  live: 5,
  append: 6,
  ack: 7,
  ephemeral: 8,
  snapshot: 9,
  compact: 10,
  ping: 11,
  pong: 12,
  joined: 13,
  left: 14,
  refused: 15,
  closeRoom: 16,
  authBlobs: 17,
  early: 27,
  committed: 28,
} as const;
const LOG_ID_BYTES = 16;
const REFUSAL_BY_CODE = new Map(
  Object.entries(REFUSAL).map(([name, code]) => [code as number, name as RefusalCode]),
);

/** Undefined for a number that is not on the list. */
export const refusalOf = (code: number): RefusalCode | undefined => REFUSAL_BY_CODE.get(code);

const NO_BYTES = new Uint8Array(0);
const head = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** A code, numbers, the rest. In one allocation: the relay says these for every frame. */
const compose = (code: number, numbers: readonly number[], rest: Uint8Array = NO_BYTES): Uint8Array => {
  const out = new Uint8Array(numbers.reduce((sum, number) => sum + varUintLength(number), 1 + rest.length));
  out[0] = code;
  const at = numbers.reduce((next, number) => setVarUint(out, next, number), 1);
  if (rest.length > 0) out.set(rest, at);
  return out;
};

export const writeClientMessage = (message: ClientMessage): Uint8Array => {
  switch (message.type) {
    case "hello":
      return concatBytes(head(CODE.hello, PROTOCOL_VERSION), message.roomId, message.nonce);
    case "auth":
      return concatBytes(
        head(CODE.auth),
        message.authKey,
        varUint(message.time),
        varUint(message.after),
        message.signature,
      );
    case "auth-blobs":
      return concatBytes(head(CODE.authBlobs), message.authKey, varUint(message.time), message.signature);
    case "append":
      return concatBytes(head(CODE.append), varUint(message.clientSeq), message.frame);
    case "ephemeral":
      return concatBytes(head(CODE.ephemeral), message.frame);
    case "compact":
    case "close-room":
      return concatBytes(
        head(message.type === "compact" ? CODE.compact : CODE.closeRoom),
        varUint(message.clientSeq),
        varUint(message.upto),
        message.frame,
      );
    case "ping":
      return head(CODE.ping);
  }
};

export const parseClientMessage = (input: Uint8Array): Result<ClientMessage, MessageError> => {
  const reader = createByteReader(input);
  const message = ((): ClientMessage | MessageError["type"] => {
    switch (reader.uint8()) {
      case CODE.hello:
        if (reader.uint8() !== PROTOCOL_VERSION) return "bad-version";
        return { type: "hello", roomId: reader.bytes(ROOM_ID_BYTES), nonce: reader.bytes(NONCE_BYTES) };
      case CODE.auth:
        return {
          type: "auth",
          authKey: reader.bytes(AUTH_KEY_BYTES),
          time: reader.varUint(),
          after: reader.varUint(),
          signature: reader.bytes(SIGNATURE_BYTES),
        };
      case CODE.authBlobs:
        return {
          type: "auth-blobs",
          authKey: reader.bytes(AUTH_KEY_BYTES),
          time: reader.varUint(),
          signature: reader.bytes(SIGNATURE_BYTES),
        };
      case CODE.append:
        return { type: "append", clientSeq: reader.varUint(), frame: reader.rest() };
      case CODE.ephemeral:
        return { type: "ephemeral", frame: reader.rest() };
      case CODE.compact:
        return { type: "compact", clientSeq: reader.varUint(), upto: reader.varUint(), frame: reader.rest() };
      case CODE.closeRoom:
        return {
          type: "close-room",
          clientSeq: reader.varUint(),
          upto: reader.varUint(),
          frame: reader.rest(),
        };
      case CODE.ping:
        return { type: "ping" };
      default:
        return "bad-message";
    }
  })();
  if (typeof message === "string") return err({ type: message });
  return reader.finished ? ok(message) : err({ type: "bad-message" });
};

export const writeRelayMessage = (message: RelayMessage): Uint8Array => {
  switch (message.type) {
    case "challenge":
      return compose(CODE.challenge, [], message.nonce);
    case "snapshot":
      return compose(CODE.snapshot, [message.upto], message.frame);
    case "frame":
      return compose(CODE.frame, [message.seq], message.frame);
    case "early":
      return compose(CODE.early, [message.seq], message.frame);
    case "committed":
      return compose(CODE.committed, [message.seq]);
    case "live":
      return concatBytes(head(CODE.live), varUint(message.head), message.logId, varUint(message.session));
    case "ack":
      return compose(CODE.ack, [message.clientSeq, message.seq]);
    case "ephemeral":
      return compose(CODE.ephemeral, [message.session], message.frame);
    case "pong":
      return compose(CODE.pong, []);
    case "joined":
      return compose(CODE.joined, [message.session]);
    case "left":
      return compose(CODE.left, [message.session]);
    case "refused":
      return compose(CODE.refused, [REFUSAL[message.code]]);
  }
};

/** A message that ends in a frame, without it: the relay sends both as they are, and copies no frame to get its head. */
export const writeHeadOfFrame = (
  message:
    | { readonly type: "frame" | "early"; readonly seq: number }
    | { readonly type: "snapshot"; readonly upto: number }
    | { readonly type: "ephemeral"; readonly session: number },
): Uint8Array => writeRelayMessage({ ...message, frame: NO_BYTES });

export const parseRelayMessage = (input: Uint8Array): Result<RelayMessage, MessageError> => {
  const reader = createByteReader(input);
  const message = ((): RelayMessage | MessageError["type"] => {
    switch (reader.uint8()) {
      case CODE.challenge:
        return { type: "challenge", nonce: reader.bytes(NONCE_BYTES) };
      case CODE.snapshot:
        return { type: "snapshot", upto: reader.varUint(), frame: reader.rest() };
      case CODE.frame:
        return { type: "frame", seq: reader.varUint(), frame: reader.rest() };
      case CODE.early:
        return { type: "early", seq: reader.varUint(), frame: reader.rest() };
      case CODE.committed:
        return { type: "committed", seq: reader.varUint() };
      case CODE.live:
        return {
          type: "live",
          head: reader.varUint(),
          logId: reader.bytes(LOG_ID_BYTES),
          session: reader.varUint(),
        };
      case CODE.ack:
        return { type: "ack", clientSeq: reader.varUint(), seq: reader.varUint() };
      case CODE.ephemeral:
        return { type: "ephemeral", session: reader.varUint(), frame: reader.rest() };
      case CODE.pong:
        return { type: "pong" };
      case CODE.joined:
        return { type: "joined", session: reader.varUint() };
      case CODE.left:
        return { type: "left", session: reader.varUint() };
      case CODE.refused: {
        const code = refusalOf(reader.varUint());
        return code === undefined ? "bad-message" : { type: "refused", code };
      }
      default:
        return "bad-message";
    }
  })();
  if (typeof message === "string") return err({ type: message });
  return reader.finished ? ok(message) : err({ type: "bad-message" });
};

/** What a proof opens, and the context that its signature begins with. No context begins with the other. */
const PURPOSE_CONTEXT = { log: "deskhand/1 relay-auth", blobs: "deskhand/1 relay-blobs" } as const;

export interface AuthTranscript {
  /** Default "log". */
  readonly purpose?: keyof typeof PURPOSE_CONTEXT;
  /** Scheme and host the client dialled, such as "wss://relay.example": a relay in the middle has another. */
  readonly origin: string;
  readonly roomId: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0) & 0x7f);

/** The bytes that AUTH signs: a context, then each field with its length before it. */
export const authTranscript = ({
  purpose = "log",
  origin,
  roomId,
  serverNonce,
  clientNonce,
  time,
}: AuthTranscript): Uint8Array => {
  const fields = [ascii(origin), roomId, serverNonce, clientNonce, varUint(time)];
  return concatBytes(
    ascii(PURPOSE_CONTEXT[purpose]),
    ...fields.flatMap((field) => [uint32(field.length), field]),
  );
};

/** A room id is the first 16 bytes of SHA-256(ROOM_ID_CONTEXT ‖ authKey): nobody can squat a room. */
export const ROOM_ID_CONTEXT = "deskhand/1 room-id";
