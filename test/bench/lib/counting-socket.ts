/** A `ws` that counts the bytes of its messages, both ways. */
import { WebSocket } from "ws";

export interface ByteCount {
  received: number;
  sent: number;
}

/**
 * A class for one client: each of its sockets adds to `count`. Without our bound on a message's size: the stock server
 * sends whole documents in one.
 */
export const countingSocket = (count: ByteCount): new (url: string) => WebSocket =>
  class extends WebSocket {
    constructor(url: string) {
      super(url, { perMessageDeflate: false });
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
