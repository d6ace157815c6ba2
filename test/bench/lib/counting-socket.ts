/** A `ws` that counts the bytes of its messages, both ways. */
import { WebSocket } from "ws";
import { PlainWebSocket } from "../../../desktop/src/executor/plain-web-socket.ts";

export interface ByteCount {
  received: number;
  sent: number;
}

/** A class for one client: each of its sockets adds to `count`. */
export const countingSocket = (count: ByteCount): typeof PlainWebSocket =>
  class extends PlainWebSocket {
    constructor(url: string) {
      super(url);
      this.on("message", (data: Buffer | ArrayBuffer) => {
        count.received += data.byteLength;
      });
    }
    override send(...args: Parameters<WebSocket["send"]>): void {
      const [data] = args;
      count.sent += typeof data === "string" ? Buffer.byteLength(data) : (data as Uint8Array).byteLength; // bytes only
      super.send(...args);
    }
  };
