/** What sync needs, as Node has it. */
import { randomBytes } from "node:crypto";
import type { SyncPorts } from "@deskhand/doc-schema/sync";
import { systemClock } from "../executor/clock.ts";
import { PlainWebSocket } from "../executor/plain-web-socket.ts";

export const nodeSyncPorts: SyncPorts = {
  now: systemClock.now,
  randomBytes,
  timers: systemClock,
  WebSocket: PlainWebSocket,
};
