/** `ws` with what a hostile relay could use switched off: no inflating, no message larger than ours may be (T12). */
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import { WebSocket } from "ws";

export class PlainWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  }
}
