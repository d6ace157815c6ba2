/**
 * The smallest client of the wire: no provider, no sealing, only messages. It keeps everything that the relay
 * sends, so that a test may ask for it in order, and can lie wherever the protocol lets a client lie.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { WebSocket, type ClientOptions } from "ws";
import {
  authTranscript,
  concatBytes,
  parseRelayMessage,
  ROOM_ID_BYTES,
  ROOM_ID_CONTEXT,
  writeClientMessage,
  writeFrameHeader,
  type AuthTranscript,
  type ClientMessage,
  type FrameClass,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import { createCommittedFrames } from "./committed-frames.ts";

export interface RoomKeys {
  readonly privateKey: KeyObject;
  readonly authKey: Uint8Array;
  readonly roomId: Uint8Array;
}

export const createRoomKeys = (): RoomKeys => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const authKey = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const roomId = createHash("sha256").update(ROOM_ID_CONTEXT).update(authKey).digest();
  return { privateKey, authKey, roomId: roomId.subarray(0, ROOM_ID_BYTES) };
};

/** A frame with a true header and a body that nobody will unseal. */
export const frameOf = (
  room: RoomKeys,
  body: string | Uint8Array,
  frameClass: FrameClass = "durable",
): Uint8Array =>
  concatBytes(
    writeFrameHeader({ frameClass, epoch: 0, roomId: room.roomId }),
    typeof body === "string" ? Buffer.from(body) : body,
  );

/** The body of a frame of `frameOf`, as text. */
export const bodyOf = (frame: Uint8Array): string => Buffer.from(frame.subarray(28)).toString();

type Typed<Type extends RelayMessage["type"]> = Extract<RelayMessage, { type: Type }>;

export interface RelayClient {
  readonly socket: WebSocket;
  /** Everything received and not yet taken by `next`; what came early is there, as "frame", once it is committed. */
  readonly inbox: readonly RelayMessage[];
  send(message: ClientMessage): void;
  sendBytes(bytes: Uint8Array | string): void;
  /** Takes the first message of this type, now or when it comes; rejects when the socket closes before. */
  next<Type extends RelayMessage["type"]>(type: Type): Promise<Typed<Type>>;
  /** Takes the first message of any of these types. */
  nextOf<Type extends RelayMessage["type"]>(...types: readonly Type[]): Promise<Typed<Type>>;
  /** Resolves when the relay has read, and answered in order, all that was sent before. */
  settled(): Promise<void>;
  append(frame: Uint8Array): Promise<Typed<"ack">>;
  /** The code with which the relay closes. */
  readonly closed: Promise<number>;
  close(): Promise<number>;
}

/** Opens a socket and says nothing. `url` is the relay's http URL. */
export const dial = async (
  url: string,
  options: ClientOptions = {},
  path = "/sync",
): Promise<RelayClient> => {
  const address = `${url.replace("http", "ws")}${path}`;
  const socket = new WebSocket(address, { perMessageDeflate: false, ...options });
  const inbox: RelayMessage[] = [];
  const committed = createCommittedFrames();
  let clientSeq = 0;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  let isClosed = false;
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => {
      isClosed = true;
      resolve(code);
      wake();
    });
  });
  socket.on("message", (data) => {
    const parsed = parseRelayMessage(data instanceof Uint8Array ? data : new Uint8Array(0));
    if (!parsed.ok) throw new Error("the relay sent a malformed message");
    const message = committed(parsed.value);
    if (message === undefined) return;
    inbox.push(message);
    wake();
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.on("error", () => socket.terminate());

  const nextOf = async <Type extends RelayMessage["type"]>(
    ...types: readonly Type[]
  ): Promise<Typed<Type>> => {
    for (;;) {
      const at = inbox.findIndex((message) => types.some((type) => type === message.type));
      // `as`: found by its type.
      if (at >= 0) return inbox.splice(at, 1)[0] as Typed<Type>;
      if (isClosed) {
        const got = inbox.map((message) => ("code" in message ? message.code : message.type)).join(", ");
        throw new Error(`closed before "${types.join('" or "')}"; got ${got}`);
      }
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  const send = (message: ClientMessage): void => socket.send(writeClientMessage(message));
  return {
    socket,
    inbox,
    send,
    sendBytes: (bytes) => socket.send(bytes),
    next: nextOf,
    nextOf,
    settled: async () => {
      send({ type: "ping" });
      await nextOf("pong");
    },
    append: (frame) => {
      clientSeq += 1;
      send({ type: "append", clientSeq, frame });
      return nextOf("ack");
    },
    closed,
    close: () => {
      socket.close();
      return closed;
    },
  };
};

export interface JoinOptions {
  readonly after?: number;
  /** What the transcript is made of instead of the truth. */
  readonly forge?: Partial<AuthTranscript>;
  readonly headers?: Record<string, string>;
  /** How the socket is opened, such as without looking at the relay's certificate. */
  readonly socket?: ClientOptions;
}

/** HELLO and AUTH; returns before the answer. The AUTH bytes are returned for replaying them. */
export const authenticate = async (
  client: RelayClient,
  url: string,
  room: RoomKeys,
  { after = 0, forge = {} }: JoinOptions = {},
): Promise<Uint8Array> => {
  const clientNonce = randomBytes(32);
  client.send({ type: "hello", roomId: room.roomId, nonce: clientNonce });
  const { nonce: serverNonce } = await client.next("challenge");
  const time = Math.floor(Date.now() / 1000);
  const origin = url.replace("http", "ws");
  const truth = { origin, roomId: room.roomId, serverNonce, clientNonce, time };
  const transcript = { ...truth, ...forge };
  const signature = sign(null, authTranscript(transcript), room.privateKey);
  const message = writeClientMessage({
    type: "auth",
    authKey: room.authKey,
    time: transcript.time,
    after,
    signature,
  });
  client.sendBytes(message);
  return message;
};

export interface JoinedClient {
  readonly client: RelayClient;
  readonly live: Typed<"live">;
}

/** Resolves with LIVE; what was replayed before it is in the client's inbox. */
/** Where the devices of a room dial. */
export const pathOf = ({ roomId }: RoomKeys): string =>
  `/sync/${Buffer.from(roomId).toString("hex").slice(0, 3)}`;

export const join = async (url: string, room: RoomKeys, options: JoinOptions = {}): Promise<JoinedClient> => {
  const headers = options.headers === undefined ? {} : { headers: options.headers };
  const client = await dial(url, { ...options.socket, ...headers }, pathOf(room));
  await authenticate(client, url, room, options);
  return { client, live: await client.next("live") };
};

/** What was replayed or passed on, in order, as "seq:body" and "upto=body". */
export const received = (client: RelayClient): readonly string[] =>
  client.inbox.flatMap((message) => {
    if (message.type === "frame") return [`${message.seq}:${bodyOf(message.frame)}`];
    return message.type === "snapshot" ? [`${message.upto}=${bodyOf(message.frame)}`] : [];
  });

export const appendAll = async (
  client: RelayClient,
  room: RoomKeys,
  bodies: readonly string[],
): Promise<void> => {
  for (const body of bodies) await client.append(frameOf(room, body));
};

export const compact = (client: RelayClient, room: RoomKeys, upto: number, body: string): void =>
  client.send({ type: "compact", clientSeq: 900 + upto, upto, frame: frameOf(room, body, "snapshot") });
