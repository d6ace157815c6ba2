/** The JetStream adapter against a real nats-server: the suite of all adapters, and what only several nodes can show. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll } from "vitest";
import { openJetStreamRoomLog } from "../../../../sync-server/src/jetstream/open-jetstream.ts";
import { silentLogger } from "../../../../sync-server/src/logger.ts";
import type { RoomQuota } from "../../../../sync-server/src/room-log.ts";
import type { SharedRoomLog } from "../../../../sync-server/src/shared-room-log.ts";
import { runRoomLogTests } from "../room-log-suite.ts";
import { startNatsServer, type NatsServer } from "./nats-server.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const opened: SharedRoomLog[] = [];
afterEach(() => {
  for (const log of opened.splice(0)) void log.close();
});

const open = async (quota: RoomQuota): Promise<SharedRoomLog> => {
  const log = await openJetStreamRoomLog({
    servers: [server.url],
    quota,
    randomBytes,
    now: Date.now,
    logger: silentLogger,
  });
  if (!log.ok) throw new Error(log.error.sentence);
  opened.push(log.value);
  return log.value;
};

runRoomLogTests("JetStream", open);
