/**
 * One socket: HELLO → CHALLENGE → AUTH → replay → LIVE, or AUTH_BLOBS → requests for chunks, until it closes.
 * 1. A message that is malformed, out of order, or not for this room is refused and ends this socket, and only
 *    this one: nothing that a client sends throws past this file.
 * 2. Before the proof a socket gets nothing but a nonce, and a few seconds. A nonce is used once.
 * 3. A member that does not read is closed when too much is buffered for it; it resumes by its cursor.
 * 4. After a refusal that closes, nothing more is read from the socket and nothing more is sent to it.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import {
  NONCE_BYTES,
  parseClientMessage,
  REFUSAL,
  writeRelayMessage,
  type ClientMessage,
  type FrameClass,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";
import { isProof, type AuthChallenge } from "./access.ts";
import type { BlobDesk } from "./blob-desk.ts";
import { createBlobSession, type BlobSession } from "./blob-session.ts";
import { createFrameInspector, type FrameInspector } from "./frame-inspector.ts";
import type { RelayLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Member, Membership, Relay } from "./relay.ts";
import { createSocketWriter } from "./socket-writer.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** These tell the client something, but its socket stays useful; every other code closes with 4400 + number. */
const KEEPS_OPEN: ReadonlySet<RefusalCode> = new Set([
  "read-only",
  "quota-exceeded",
  "stale-compaction",
  "room-closed",
  "rate-limited",
]);
const CLOSE_CODE_BASE = 4400;

type Phase =
  | { readonly type: "new" }
  | { readonly type: "challenged"; readonly challenge: AuthChallenge }
  | { readonly type: "member"; readonly inspect: FrameInspector; readonly membership: Membership }
  | { readonly type: "blobs"; readonly blobs: BlobSession }
  | { readonly type: "closed" };

export interface SessionDeps {
  readonly socket: WebSocket;
  /** What the socket runs on. */
  readonly connection: Duplex;
  /** What an AUTH on this connection may name as the relay that it dialled. */
  readonly origins: readonly string[];
  /** How the room's id begins by the address that was dialled, in hex; "" when the address says nothing. */
  readonly shard: string;
  readonly relay: Relay;
  /** Without it this relay keeps no chunks. */
  readonly blobDesk?: BlobDesk;
  readonly limits: RelayLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Called once, when the socket has proven its key or has gone. */
  readonly onProvenOrGone: () => void;
}

export interface Session {
  refuse(code: RefusalCode): void;
  /**
   * Pings, and ends a socket from which nothing came since the last call. `isReceiving`: something did come, of a
   * message that is still on its way.
   */
  checkAlive(isReceiving?: boolean): void;
}

export const createSession = (deps: SessionDeps): Session => {
  const { socket, relay, limits, metrics, logger } = deps;
  const writer = createSocketWriter(socket, deps.connection);
  let messageBucket = createTokenBucket(limits.messageBurst, limits.messagesPerSecond, deps.now);
  let byteBucket = createTokenBucket(limits.byteBurst, limits.bytesPerSecond, deps.now);
  let phase: Phase = { type: "new" };
  let heard = true;
  /** Why the socket is not read at present: its debt, or requests that wait. */
  const pauses = new Set<"debt" | "queue">();
  let resuming: NodeJS.Timeout | undefined;

  const send = (message: Uint8Array, rest?: Uint8Array, written?: () => void): void => {
    if (writer.bufferedBytes() > limits.maxBufferedBytes) return refuse("too-slow");
    writer.send(message, rest, written);
  };

  const refuse = (code: RefusalCode): void => {
    if (phase.type === "closed") return;
    metrics.refused(code);
    writer.send(writeRelayMessage({ type: "refused", code }));
    if (KEEPS_OPEN.has(code)) return;
    writer.flush();
    end();
    socket.close(CLOSE_CODE_BASE + REFUSAL[code], code);
    setTimeout(() => socket.terminate(), limits.closeGraceMs).unref();
  };

  const end = (): void => {
    clearTimeout(authTimer);
    clearTimeout(resuming);
    const { type } = phase;
    const left = phase;
    phase = { type: "closed" };
    if (left.type === "member") left.membership.leave();
    if (left.type === "blobs") left.blobs.end();
    if (type === "new" || type === "challenged") deps.onProvenOrGone();
  };

  const member: Member = {
    deliver: (message, frame, written) => {
      if (phase.type === "member") send(message, frame, written);
    },
    refuse,
  };

  const onMessage = (data: Uint8Array): void => {
    if (phase.type === "blobs") {
      throttle(data.length);
      return phase.blobs.onMessage(data);
    }
    const parsed = parseClientMessage(data);
    if (!parsed.ok) return refuse(parsed.error.type);
    const message = parsed.value;
    if (phase.type === "new" && message.type === "hello") return challenge(message);
    if (phase.type === "challenged" && message.type === "auth") return prove(message, phase.challenge);
    if (phase.type === "challenged" && message.type === "auth-blobs" && deps.blobDesk !== undefined) {
      return proveForBlobs(message, phase.challenge, deps.blobDesk);
    }
    if (phase.type !== "member") return refuse("bad-message");
    const isTooFast = throttle(data.length);
    if (message.type === "ping") return send(writeRelayMessage({ type: "pong" }));
    if (message.type === "ephemeral" && isTooFast) return refuse("rate-limited");
    if (!("frame" in message) || !phase.membership.isLive()) return refuse("bad-message");
    const refusal = phase.inspect(message.frame, FRAME_CLASS_OF[message.type]);
    return refusal === undefined ? takeFrame(message, phase.membership) : refuse(refusal);
  };

  const challenge = ({ roomId, nonce }: Extract<ClientMessage, { type: "hello" }>): void => {
    if (!Buffer.from(roomId).toString("hex").startsWith(deps.shard)) return refuse("wrong-room");
    const serverNonce = deps.randomBytes(NONCE_BYTES);
    const { origins } = deps;
    phase = { type: "challenged", challenge: { roomId, clientNonce: nonce, serverNonce, origins } };
    send(writeRelayMessage({ type: "challenge", nonce: serverNonce }));
  };

  const prove = (message: Extract<ClientMessage, { type: "auth" }>, given: AuthChallenge): void => {
    if (!isProof(message, given, Math.floor(deps.now() / 1000))) return refuse("bad-auth");
    const joined = relay.join(given.roomId, member);
    if (!joined.ok) return refuse(joined.error);
    noteProven();
    metrics.count("members");
    phase = { type: "member", inspect: createFrameInspector(given.roomId), membership: joined.value };
    joined.value.replay(message.after);
  };

  const proveForBlobs = (
    message: Extract<ClientMessage, { type: "auth-blobs" }>,
    given: AuthChallenge,
    blobDesk: BlobDesk,
  ): void => {
    if (!isProof(message, given, Math.floor(deps.now() / 1000))) return refuse("bad-auth");
    const entered = blobDesk.enter(given.roomId);
    if (!entered.ok) return refuse(entered.error);
    noteProven();
    metrics.count("blob_sockets");
    messageBucket = createTokenBucket(limits.blobMessageBurst, limits.blobMessagesPerSecond, deps.now);
    byteBucket = createTokenBucket(limits.blobByteBurst, limits.blobBytesPerSecond, deps.now);
    phase = {
      type: "blobs",
      blobs: createBlobSession({
        seat: entered.value,
        send: (bytes, written) => send(bytes, undefined, written),
        refuse,
        pause: pauseQueue,
      }),
    };
  };

  const noteProven = (): void => {
    clearTimeout(authTimer);
    deps.onProvenOrGone();
  };

  const pause = (reason: "debt" | "queue", isPaused: boolean): void => {
    if (isPaused) pauses.add(reason);
    else pauses.delete(reason);
    if (pauses.size > 0) socket.pause();
    else socket.resume();
  };

  const pauseQueue = (isPaused: boolean): void => pause("queue", isPaused);

  /** Stops reading while the socket is in debt; true when it is. */
  const throttle = (bytes: number): boolean => {
    const wait = Math.max(messageBucket.take(1), byteBucket.take(bytes));
    if (wait === 0) return false;
    pause("debt", true);
    clearTimeout(resuming);
    resuming = setTimeout(() => pause("debt", false), wait);
    return true;
  };

  const authTimer = setTimeout(() => refuse("auth-timeout"), limits.authTimeoutMs);
  socket.on("error", () => logger.info("socket-error"));
  socket.on("close", end);
  socket.on("pong", () => (heard = true));
  socket.on("message", (data, isBinary) => {
    heard = true;
    if (phase.type === "closed") return;
    try {
      if (isBinary && data instanceof Uint8Array) onMessage(data);
      else refuse("bad-message");
    } catch (error) {
      logger.error("internal", {
        error: error instanceof Error ? (error.stack ?? error.message) : "unknown",
      });
      refuse("internal");
    }
  });

  return {
    refuse,
    checkAlive: (isReceiving = false) => {
      if (!heard && !isReceiving) return socket.terminate();
      heard = false;
      socket.ping();
    },
  };
};

type FrameMessage = Extract<ClientMessage, { frame: Uint8Array }>;

const FRAME_CLASS_OF = {
  append: "durable",
  ephemeral: "ephemeral",
  compact: "snapshot",
  "close-room": "snapshot",
} as const satisfies Record<FrameMessage["type"], FrameClass>;

const takeFrame = (message: FrameMessage, membership: Membership): void => {
  switch (message.type) {
    case "append":
      return membership.append(message.clientSeq, message.frame);
    case "ephemeral":
      return membership.publish(message.frame);
    case "compact":
      return membership.compact(message);
    case "close-room":
      return membership.closeRoom(message);
  }
};
