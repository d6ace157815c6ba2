/** The smallest client of a blob socket: it proves itself, asks, and can lie wherever the protocol lets a client lie. */
import { randomBytes, sign } from "node:crypto";
import { WebSocket } from "ws";
import {
  authTranscript,
  parseBlobMessage,
  parseRelayMessage,
  writeBlobRequest,
  writeClientMessage,
  type AuthTranscript,
  type BlobMessage,
  type BlobRequest,
} from "@deskhand/doc-schema/wire";
import type { RoomKeys } from "./relay-client.ts";

export interface BlobClient {
  readonly socket: WebSocket;
  /** Everything since AUTH_BLOBS and not yet taken by `next`. */
  readonly inbox: readonly BlobMessage[];
  readonly next: () => Promise<BlobMessage>;
  readonly send: (request: BlobRequest) => void;
  readonly ask: (request: BlobRequest) => Promise<BlobMessage>;
  readonly sendBytes: (bytes: Uint8Array) => void;
  /** The code with which the relay closes. */
  readonly closed: Promise<number>;
}

/** Says HELLO and AUTH_BLOBS, or instead of the latter what `proof` makes; returns before the answer. */
export const dialBlobs = async (
  url: string,
  room: RoomKeys,
  forge: Partial<AuthTranscript> = {},
  proof?: (signed: { readonly time: number; readonly signature: Uint8Array }) => Uint8Array,
): Promise<BlobClient> => {
  const origin = url.replace("http", "ws");
  const socket = new WebSocket(`${origin}/sync`, { perMessageDeflate: false });
  const inbox: BlobMessage[] = [];
  const waiting = new Set<() => void>();
  let isProven = false;
  let hasClosed = false;
  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => {
      hasClosed = true;
      resolve(code);
      wake();
    });
  });
  const clientNonce = Uint8Array.from(randomBytes(32));

  const prove = (serverNonce: Uint8Array): void => {
    const time = Math.floor(Date.now() / 1000);
    const truth = { purpose: "blobs", origin, roomId: room.roomId, serverNonce, clientNonce, time } as const;
    const signature = Uint8Array.from(sign(null, authTranscript({ ...truth, ...forge }), room.privateKey));
    isProven = true;
    socket.send(
      proof?.({ time, signature }) ??
        writeClientMessage({ type: "auth-blobs", authKey: room.authKey, time, signature }),
    );
  };

  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer) => {
    if (!isProven) {
      const challenge = parseRelayMessage(data);
      if (!challenge.ok || challenge.value.type !== "challenge") throw new Error("no challenge");
      return prove(challenge.value.nonce);
    }
    const parsed = parseBlobMessage(Uint8Array.from(data));
    if (!parsed.ok) throw new Error("the relay sent a malformed message");
    inbox.push(parsed.value);
    wake();
  });
  socket.send(writeClientMessage({ type: "hello", roomId: room.roomId, nonce: clientNonce }));

  const next = async (): Promise<BlobMessage> => {
    for (;;) {
      const message = inbox.shift();
      if (message !== undefined) return message;
      if (hasClosed) throw new Error("closed");
      await new Promise<void>((resume) => waiting.add(resume));
    }
  };
  const send = (request: BlobRequest): void => socket.send(writeBlobRequest(request));
  return {
    socket,
    inbox,
    next,
    send,
    ask: (request) => {
      send(request);
      return next();
    },
    sendBytes: (bytes) => socket.send(bytes),
    closed,
  };
};

/** Resolves when the relay has let the socket in. */
export const openBlobs = async (url: string, room: RoomKeys): Promise<BlobClient> => {
  const client = await dialBlobs(url, room);
  const first = await client.next();
  if (first.type !== "blobs-open") throw new Error(JSON.stringify(first));
  return client;
};
