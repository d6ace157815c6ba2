/**
 * One socket to the relay: the handshake, the pings, and bytes ⇄ messages. What the messages mean is not its business.
 * 1. AUTH signs the relay that was dialled and both nonces; nothing secret is in the URL, and no room either.
 * 2. Anything that does not parse, or comes out of order, ends this socket only.
 * 3. What came early and is never committed is forgotten with the socket: then it was never in the log.
 * 4. A relay that is silent for 25 s is given up: a dead network closes no socket by itself.
 */
import { signRelayAuth, type EpochKeys } from "../crypto/index.ts";
import {
  NONCE_BYTES,
  parseRelayMessage,
  writeClientMessage,
  type ClientMessage,
  type RelayMessage,
} from "../wire/index.ts";
import { nothingToStop, type SocketEvent, type SyncPorts } from "./ports.ts";

/** Far below the provider's 30 s watchdog, which each PONG feeds. */
const PING_EVERY_MS = 10_000;
const SILENCE_MS = 25_000;
/** Of our own, for a relay that speaks another language (RFC 6455 leaves 4000–4999 to us). */
const CLOSE_BAD_MESSAGE = 4000;

/** What arrives after AUTH; what came early comes again, as "frame", once it is committed. */
export type RoomMessage = Exclude<RelayMessage, { type: "challenge" | "pong" | "committed" }>;

export interface RelaySessionEvents {
  readonly onStage: (stage: "authenticating" | "catching-up") => void;
  readonly onMessage: (message: RoomMessage) => void;
  readonly onPong: () => void;
  /** A human word for what failed is not to be had: browsers tell a page nothing. */
  readonly onError: (event: SocketEvent) => void;
  /** Once. */
  readonly onClose: (event: SocketEvent) => void;
}

export interface RelaySession {
  readonly send: (message: Extract<ClientMessage, { frame: Uint8Array }>) => void;
  readonly close: (code?: number, reason?: string) => void;
  readonly bufferedAmount: () => number;
}

export interface RelaySessionInput {
  /** Such as "wss://relay.example/sync". */
  readonly url: string;
  readonly keys: EpochKeys;
  /** The last sequence number that is not wanted again. */
  readonly cursor: () => number;
  readonly events: RelaySessionEvents;
}

export const createRelaySession = (
  { now, randomBytes, timers, WebSocket }: SyncPorts,
  { url, keys, cursor, events }: RelaySessionInput,
): RelaySession => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const clientNonce = randomBytes(NONCE_BYTES);
  let stage: "connecting" | "greeted" | "proven" | "closed" = "connecting";
  let heardAt = now();
  /** Came early, and waits for COMMITTED. */
  let early: Extract<RelayMessage, { type: "early" }> | undefined;
  let stopTimer = nothingToStop;

  /** A copy, because a browser takes only bytes that are not shared with another thread. */
  const send = (message: ClientMessage): void => socket.send(new Uint8Array(writeClientMessage(message)));

  const end = (event: SocketEvent): void => {
    if (stage === "closed") return;
    stage = "closed";
    stopTimer();
    events.onClose(event);
  };

  /** Does not wait for the other side's goodbye, which may never come. */
  const abandon = (reason: string): void => {
    if (socket.terminate === undefined) socket.close(CLOSE_BAD_MESSAGE, reason);
    else socket.terminate();
    end({ type: "close", code: CLOSE_BAD_MESSAGE, reason });
  };

  const watch = (): void => {
    stopTimer = timers.after(PING_EVERY_MS, () => {
      if (now() - heardAt > SILENCE_MS) return abandon("silent");
      if (stage === "proven") send({ type: "ping" });
      watch();
    });
  };

  const prove = (serverNonce: Uint8Array): void => {
    const time = Math.floor(now() / 1000);
    const signature = signRelayAuth(keys, { origin: originOf(url), serverNonce, clientNonce, time });
    stage = "proven";
    send({ type: "auth", authKey: keys.authKey, time, after: cursor(), signature });
    events.onStage("catching-up");
  };

  const onMessage = (data: unknown): void => {
    if (stage === "closed") return;
    const parsed = data instanceof ArrayBuffer ? parseRelayMessage(new Uint8Array(data)) : undefined;
    if (parsed?.ok !== true) return abandon("bad-message");
    const message = parsed.value;
    heardAt = now();
    if (message.type === "challenge") {
      return stage === "greeted" ? prove(message.nonce) : abandon("bad-message");
    }
    if (message.type === "pong") return events.onPong();
    if (stage !== "proven" && message.type !== "refused") return abandon("bad-message");
    if (message.type === "committed") return commit(message.seq);
    if (message.type === "early" || message.type === "frame" || message.type === "snapshot") {
      if (early !== undefined) return abandon("bad-message");
      if (message.type === "early") early = message;
    }
    events.onMessage(message);
  };

  const commit = (seq: number): void => {
    if (early?.seq !== seq) return abandon("bad-message");
    const { frame } = early;
    early = undefined;
    events.onMessage({ type: "frame", seq, frame });
  };

  socket.addEventListener("open", () => {
    if (stage !== "connecting") return;
    stage = "greeted";
    heardAt = now();
    send({ type: "hello", roomId: keys.roomId, nonce: clientNonce });
    events.onStage("authenticating");
  });
  socket.addEventListener("message", (event) => onMessage(event.data));
  socket.addEventListener("error", (event) => stage !== "closed" && events.onError(event));
  socket.addEventListener("close", end);
  watch();

  return {
    send: (message) => {
      if (stage === "proven") send(message);
    },
    close: (code, reason) => {
      stopTimer();
      socket.close(code, reason);
    },
    bufferedAmount: () => socket.bufferedAmount,
  };
};

/** Scheme and host as the Host header says them: without a default port. */
export const originOf = (url: string): string => {
  const [, scheme = "", host = ""] = /^(wss?):\/\/([^/?#]+)/i.exec(url) ?? [];
  const defaultPort = scheme.toLowerCase() === "wss" ? /:443$/ : /:80$/;
  return `${scheme}://${host}`.toLowerCase().replace(defaultPort, "");
};
