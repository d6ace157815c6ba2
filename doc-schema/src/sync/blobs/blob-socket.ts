/**
 * One blob socket to the relay: the handshake, and requests ⇄ answers by their numbers.
 * 1. AUTH_BLOBS signs what AUTH signs, but for this use: one proof does not serve for the other.
 * 2. Anything that does not parse, or that nobody asked for, ends this socket only.
 * 3. A connection on which nothing moves for a minute, in neither direction, is given up. A minute: a chunk needs it on
 *    a line of 9 kB/s, and until it is whole nothing is heard of it.
 */
import { signRelayAuth, type EpochKeys } from "../../crypto/index.ts";
import {
  NONCE_BYTES,
  parseBlobMessage,
  parseRelayMessage,
  writeBlobRequest,
  writeClientMessage,
  type BlobAnswer,
  type BlobRequest,
  type ClientMessage,
  type RefusalCode,
} from "../../wire/index.ts";
import { nothingToStop, type SyncPorts } from "../ports.ts";
import { originOf } from "../relay-session.ts";

const PING_EVERY_MS = 10_000;
const SILENCE_MS = 60_000;
/** Of our own, for a relay that speaks another language (RFC 6455 leaves 4000–4999 to us). */
const CLOSE_BAD_MESSAGE = 4000;

type Unnumbered<Request> = Request extends BlobRequest ? Omit<Request, "request"> : never;
export type BlobQuestion = Unnumbered<Exclude<BlobRequest, { type: "ping" }>>;

export interface BlobSocket {
  /** Only once open. Undefined: the connection ended before the answer came. */
  readonly ask: (question: BlobQuestion) => Promise<BlobAnswer | undefined>;
  readonly close: () => void;
}

export interface BlobSocketInput {
  readonly url: string;
  readonly keys: EpochKeys;
  readonly onOpen: () => void;
  /** Once. The code is there when the relay gave a reason. */
  readonly onClose: (code: RefusalCode | undefined) => void;
}

export const createBlobSocket = (
  { now, randomBytes, timers, WebSocket }: SyncPorts,
  { url, keys, onOpen, onClose }: BlobSocketInput,
): BlobSocket => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const clientNonce = randomBytes(NONCE_BYTES);
  const asked = new Map<number, (answer: BlobAnswer | undefined) => void>();
  let stage: "connecting" | "greeted" | "proven" | "open" | "closed" = "connecting";
  let lastRequest = 0;
  let movedAt = now();
  let buffered = 0;
  let refusal: RefusalCode | undefined;
  let stopTimer = nothingToStop;

  const end = (): void => {
    if (stage === "closed") return;
    stage = "closed";
    stopTimer();
    for (const answer of asked.values()) answer(undefined);
    asked.clear();
    onClose(refusal);
  };

  /** Does not wait for the other side's goodbye, which may never come. */
  const abandon = (reason: string): void => {
    if (socket.terminate === undefined) socket.close(CLOSE_BAD_MESSAGE, reason);
    else socket.terminate();
    end();
  };

  const watch = (): void => {
    stopTimer = timers.after(PING_EVERY_MS, () => {
      if (socket.bufferedAmount !== buffered) movedAt = now();
      buffered = socket.bufferedAmount;
      if (now() - movedAt > SILENCE_MS) return abandon("silent");
      if (stage === "open") socket.send(writeBlobRequest({ type: "ping" }));
      watch();
    });
  };

  const greet = (message: ClientMessage): void => socket.send(new Uint8Array(writeClientMessage(message)));

  const prove = (data: Uint8Array): void => {
    const parsed = parseRelayMessage(data);
    if (parsed.ok && parsed.value.type === "refused") refusal = parsed.value.code;
    if (!parsed.ok || parsed.value.type !== "challenge") return abandon("bad-message");
    const time = Math.floor(now() / 1000);
    const transcript = { origin: originOf(url), serverNonce: parsed.value.nonce, clientNonce, time };
    const signature = signRelayAuth(keys, { ...transcript, purpose: "blobs" });
    stage = "proven";
    greet({ type: "auth-blobs", authKey: keys.authKey, time, signature });
  };

  const onMessage = (data: Uint8Array): void => {
    if (stage === "greeted") return prove(data);
    const parsed = parseBlobMessage(data);
    if (!parsed.ok) return abandon("bad-message");
    const message = parsed.value;
    if (message.type === "pong") return;
    if (message.type === "refused") {
      refusal = message.code;
      return abandon("refused");
    }
    if (message.type === "blobs-open") {
      if (stage !== "proven") return abandon("bad-message");
      stage = "open";
      return onOpen();
    }
    const answer = asked.get(message.request);
    if (answer === undefined) return abandon("bad-message");
    asked.delete(message.request);
    answer(message);
  };

  socket.addEventListener("open", () => {
    if (stage !== "connecting") return;
    stage = "greeted";
    movedAt = now();
    greet({ type: "hello", roomId: keys.roomId, nonce: clientNonce });
  });
  socket.addEventListener("message", ({ data }) => {
    if (stage === "closed") return;
    movedAt = now();
    if (data instanceof ArrayBuffer) onMessage(new Uint8Array(data));
    else abandon("bad-message");
  });
  socket.addEventListener("error", () => {}); // a close follows, and says as much
  socket.addEventListener("close", end);
  watch();

  return {
    ask: (question) =>
      new Promise((resolve) => {
        if (stage !== "open") return resolve(undefined);
        lastRequest += 1;
        asked.set(lastRequest, resolve);
        socket.send(writeBlobRequest({ ...question, request: lastRequest }));
      }),
    close: () => abandon("done"),
  };
};
