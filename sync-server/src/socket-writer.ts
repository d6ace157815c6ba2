/**
 * What a socket is sent, in few large writes: the small messages of one tick leave together. A write of its own for
 * each, with its callback and its entry in the stream's queue, costs the relay more than storing a frame.
 * 1. Messages leave in the order in which they were given, and none once the socket has begun to close.
 * 2. A large message is not copied: who waits for the same snapshot shares its bytes.
 * 3. What waits for the end of the tick counts as buffered.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

export interface SocketWriter {
  /** `written` is called once the message has left the process; never when the socket has gone. */
  send(message: Uint8Array, written?: () => void): void;
  /** Writes now what waits, as before a close. */
  flush(): void;
  /** Bytes that have not left the process. */
  bufferedBytes(): number;
}

/** A message over this is written alone. 16 KiB: to copy it costs about as much as to write it by itself. */
const MAX_PACKED_BYTES = 16 * 1024;
/** A pack is written when it holds this much, so that none is larger than about 80 KiB. */
const FULL_PACK_BYTES = 64 * 1024;
const MAX_HEAD_BYTES = 4;

/** `connection` is what `socket` runs on; neither compresses nor masks, so a message is a head and its bytes. */
export const createSocketWriter = (socket: WebSocket, connection: Duplex): SocketWriter => {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let callbacks: (() => void)[] = [];

  const flush = (): void => {
    if (waiting.length === 0) return;
    const [messages, bytes, written] = [waiting, waitingBytes, callbacks];
    waiting = [];
    waitingBytes = 0;
    callbacks = [];
    if (socket.readyState !== socket.OPEN) return;
    connection.write(packOf(messages, bytes), (error) => {
      if (!error) for (const call of written) call();
    });
  };

  return {
    send: (message, written) => {
      if (message.length > MAX_PACKED_BYTES) {
        flush();
        socket.send(message, (error) => {
          if (!error) written?.();
        });
        return;
      }
      if (waiting.push(message) === 1) queueMicrotask(flush);
      if (written !== undefined) callbacks.push(written);
      waitingBytes += message.length + MAX_HEAD_BYTES;
      if (waitingBytes >= FULL_PACK_BYTES) flush();
    },
    flush,
    bufferedBytes: () => socket.bufferedAmount + waitingBytes,
  };
};

/** Final binary WebSocket frames (RFC 6455, 5.2), one a message. */
const packOf = (messages: readonly Uint8Array[], maxBytes: number): Uint8Array => {
  const pack = Buffer.allocUnsafe(maxBytes);
  let at = 0;
  for (const message of messages) {
    pack[at] = 0x82;
    if (message.length < 126) {
      pack[at + 1] = message.length;
      at += 2;
    } else {
      pack[at + 1] = 126;
      pack.writeUInt16BE(message.length, at + 2);
      at += MAX_HEAD_BYTES;
    }
    pack.set(message, at);
    at += message.length;
  }
  return pack.subarray(0, at);
};
