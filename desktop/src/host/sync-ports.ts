/** What sync needs, as Node has it. */
import { randomBytes } from "node:crypto";
import type { SyncPorts } from "@deskhand/doc-schema/sync";
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import { WebSocket } from "ws";
import { systemClock } from "../executor/index.ts";

/** [T12] No inflating and no message larger than ours may be: the relay may be hostile. */
class PlainWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  }
}

export const nodeSyncPorts: SyncPorts = {
  now: systemClock.now,
  randomBytes,
  timers: systemClock,
  WebSocket: PlainWebSocket,
};
