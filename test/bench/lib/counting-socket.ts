/** A `ws` that counts the bytes of its messages, both ways. */
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
      const send = this.send.bind(this);
      this.send = (data: Uint8Array): void => {
        count.sent += data.byteLength;
        send(data);
      };
    }
  };
