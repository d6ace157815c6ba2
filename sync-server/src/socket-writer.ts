/**
 * What a socket is sent, in few large writes: the small messages of one tick leave together. A write of its own for
 * each, with its callback and its entry in the stream's queue, costs the relay more than storing a frame.
 * 1. Messages leave in the order in which they were given, and none once the socket has begun to close.
 * 2. A large message is not copied, however many wait for it.
 * 3. What waits for the end of the tick counts as buffered.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

export interface SocketWriter {
  /**
   * A message in up to two pieces, such as FRAME and a frame: nobody has to put them together before.
   * `written` is called once the message has left the process; never when the socket has gone.
   */
  send(message: Uint8Array, rest?: Uint8Array, written?: () => void): void;
  /** Writes now what waits, as before a close. */
  flush(): void;
  /** Bytes that have not left the process. */
  bufferedBytes(): number;
}

/** A message over this is written alone. 16 KiB: to copy it costs about as much as to write it by itself. */
const MAX_PACKED_BYTES = 16 * 1024;
/** A pack is written when it holds this much, so that none is larger than about 80 KiB. */
const FULL_PACK_BYTES = 64 * 1024;
const FINAL_BINARY = 0x82;
const MAX_HEAD_BYTES = 10;
const MAX_PACKED_HEAD_BYTES = 4;
const NO_BYTES = new Uint8Array(0);

interface Message {
  readonly start: Uint8Array;
  readonly rest: Uint8Array;
}

/** `connection` is what `socket` runs on; neither compresses nor masks, so a message is a head and its bytes. */
export const createSocketWriter = (socket: WebSocket, connection: Duplex): SocketWriter => {
  let waiting: Message[] = [];
  let waitingBytes = 0;
  let callbacks: (() => void)[] = [];

  const write = (pieces: readonly Uint8Array[], written: readonly (() => void)[]): void => {
    if (socket.readyState !== socket.OPEN) return;
    connection.cork();
    pieces.forEach((piece, at) => {
      if (at < pieces.length - 1) return connection.write(piece);
      return connection.write(piece, (error) => {
        if (!error) for (const call of written) call();
      });
    });
    connection.uncork();
  };

  const flush = (): void => {
    if (waiting.length === 0) return;
    const [messages, bytes, written] = [waiting, waitingBytes, callbacks];
    waiting = [];
    waitingBytes = 0;
    callbacks = [];
    write([packOf(messages, bytes)], written);
  };

  return {
    send: (start, rest = NO_BYTES, written) => {
      const length = start.length + rest.length;
      if (length > MAX_PACKED_BYTES) {
        flush();
        write([headOf(length), start, rest], written === undefined ? [] : [written]);
        return;
      }
      if (waiting.push({ start, rest }) === 1) queueMicrotask(flush);
      if (written !== undefined) callbacks.push(written);
      waitingBytes += MAX_PACKED_HEAD_BYTES + length;
      if (waitingBytes >= FULL_PACK_BYTES) flush();
    },
    flush,
    bufferedBytes: () => socket.bufferedAmount + waitingBytes,
  };
};

/** Final binary WebSocket frames (RFC 6455, 5.2), one a message. */
const packOf = (messages: readonly Message[], maxBytes: number): Uint8Array => {
  const pack = Buffer.allocUnsafe(maxBytes);
  let at = 0;
  for (const { start, rest } of messages) {
    at = writeHead(pack, at, start.length + rest.length);
    pack.set(start, at);
    at += start.length;
    if (rest.length > 0) pack.set(rest, at);
    at += rest.length;
  }
  return pack.subarray(0, at);
};

const headOf = (length: number): Uint8Array => {
  const head = Buffer.alloc(MAX_HEAD_BYTES);
  return head.subarray(0, writeHead(head, 0, length));
};

/** @returns where the message begins */
const writeHead = (out: Buffer, at: number, length: number): number => {
  out[at] = FINAL_BINARY;
  if (length < 126) {
    out[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    out[at + 1] = 126;
    return out.writeUInt16BE(length, at + 2);
  }
  out[at + 1] = 127;
  return out.writeBigUInt64BE(BigInt(length), at + 2);
};
