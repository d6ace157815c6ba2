/**
 * A minimal WebSocket client for load (RFC 6455, loopback only). It is cheap on purpose: frames are masked with the
 * all-zero key, so that many messages can be prepared and written at once, and the relay is what is measured.
 */
import { randomBytes } from "node:crypto";
import net from "node:net";

export interface FrameClient {
  readonly opened: Promise<void>;
  readonly bytesIn: () => number;
  readonly send: (message: Uint8Array) => void;
  /** Writes what `clientFrame` made before. */
  readonly sendPrepared: (frames: Uint8Array) => void;
  /** Stops reading, as an app does that the system has put to sleep. */
  readonly pause: () => void;
  readonly close: () => void;
}

export interface FrameClientEvents {
  readonly onMessage: (message: Buffer) => void;
  readonly onClose: () => void;
}

const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** One message as a client sends it. */
export const clientFrame = (message: Uint8Array, opcode = BINARY): Buffer => {
  const { length } = message;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(head + 4 + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else if (head === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(message, head + 4);
  return frame;
};

/** @param localAddress of the loopback network: each is a client of its own to what the relay counts by address */
export const openFrameClient = (
  url: string,
  events: FrameClientEvents,
  localAddress = "127.0.0.1",
): FrameClient => {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true, localAddress });
  const reader = createReader(socket, events.onMessage);
  let bytesIn = 0;
  const opened = new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new Error("closed"));
      events.onClose();
    });
    socket.on("data", (data) => {
      bytesIn += data.length;
      if (reader.take(data)) resolve();
    });
  });
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  return {
    opened,
    bytesIn: () => bytesIn,
    send: (message) => void socket.write(clientFrame(message)),
    sendPrepared: (frames) => void socket.write(frames),
    pause: () => void socket.pause(),
    close: () => socket.destroy(),
  };
};

/** `take` is true once the server has switched protocols. */
const createReader = (
  socket: net.Socket,
  onMessage: (message: Buffer) => void,
): { readonly take: (data: Buffer) => boolean } => {
  let isOpen = false;
  let rest: Buffer[] = [];
  let have = 0;
  let need = 2;
  let parts: Buffer[] = [];

  const takeFrame = (isLast: boolean, opcode: number, body: Buffer): void => {
    if (opcode === PING) socket.write(clientFrame(body, PONG));
    else if (opcode === CLOSE) socket.end();
    else if (opcode <= BINARY) {
      if (isLast && parts.length === 0) return onMessage(body);
      parts.push(body);
      if (!isLast) return;
      const whole = Buffer.concat(parts);
      parts = [];
      onMessage(whole);
    }
  };

  const takeFrames = (buffer: Buffer): void => {
    let at = 0;
    need = 2;
    while (buffer.length - at >= 2) {
      const first = buffer[at] ?? 0;
      let length = (buffer[at + 1] ?? 0) & 127;
      const head = length === 126 ? 4 : length === 127 ? 10 : 2;
      if (buffer.length - at < head) {
        need = head;
        break;
      }
      if (head === 4) length = buffer.readUInt16BE(at + 2);
      if (head === 10) length = Number(buffer.readBigUInt64BE(at + 2));
      if (buffer.length - at < head + length) {
        need = head + length;
        break;
      }
      takeFrame((first & 0x80) !== 0, first & 15, buffer.subarray(at + head, at + head + length));
      at += head + length;
    }
    rest = at < buffer.length ? [buffer.subarray(at)] : [];
    have = buffer.length - at;
  };

  return {
    take: (data) => {
      rest.push(data);
      have += data.length;
      if (have < need) return isOpen;
      let buffer = rest.length === 1 ? data : Buffer.concat(rest);
      if (!isOpen) {
        const end = buffer.indexOf("\r\n\r\n");
        if (end < 0) {
          rest = [buffer];
          return false;
        }
        if (!buffer.subarray(0, buffer.indexOf("\r\n")).includes(" 101 ")) socket.destroy();
        isOpen = true;
        buffer = buffer.subarray(end + 4);
      }
      takeFrames(buffer);
      return isOpen;
    },
  };
};
