/** Connects to NATS and makes sure of the stream. What is wrong with it is one sentence for who starts the relay. */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Logger } from "../logger.ts";
import type { RoomQuota } from "../room-log.ts";
import type { SharedRoomLog } from "../shared-room-log.ts";
import type { StartError } from "../start-error.ts";
import { createJetStream } from "./jetstream-api.ts";
import { createJetStreamRoomLog, type JetStreamRoomLog } from "./jetstream-room-log.ts";
import { connectNats, type NatsConnection } from "./nats-connection.ts";
import { ensureStream, NEEDED_PAYLOAD_BYTES, STREAM } from "./stream.ts";

export interface JetStreamSettings {
  /** Such as "nats://user:password@a.example:4222" or "tls://b.example"; from three on, each frame is kept by three. */
  readonly servers: readonly string[];
  readonly quota: RoomQuota;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  /** How long NATS may take to come up (milliseconds). */
  readonly startMs?: number;
}

const START_MS = 30_000;
const RETRY_MS = 250;

export const openJetStreamRoomLog = async (
  settings: JetStreamSettings,
): Promise<Result<SharedRoomLog, StartError>> => {
  const { servers, logger, now, startMs = START_MS } = settings;
  let log: JetStreamRoomLog | undefined;
  let reason = "no answer";
  const nats = connectNats({
    servers,
    onConnected: () => {
      logger.info("nats-connected");
      log?.resume();
    },
    onDisconnected: (why) => {
      if (why !== reason) logger.warn("nats-disconnected", { reason: why });
      reason = why;
    },
  });
  const fit = await waitForStream(
    nats,
    servers.length >= 3 ? 3 : 1,
    { now, until: now() + startMs },
    () => reason,
  );
  if (!fit.ok) {
    nats.close();
    return err({ type: "database", sentence: fit.error });
  }
  if (fit.value < 3) logger.warn("frames-on-one-server", { replicas: fit.value });
  log = createJetStreamRoomLog({ ...settings, nats });
  return ok(log);
};

/** @returns how many servers keep each frame */
const waitForStream = async (
  nats: NatsConnection,
  replicas: number,
  { now, until }: { readonly now: () => number; readonly until: number },
  reason: () => string,
): Promise<Result<number, string>> => {
  let sentence = "";
  do {
    const info = nats.info();
    if (info === undefined) sentence = `No NATS server answers (${reason()}).`;
    else if (info.maxPayload < NEEDED_PAYLOAD_BYTES) {
      return err(`nats-server takes messages up to ${info.maxPayload} bytes only: set max_payload to 4MB.`);
    } else {
      const stream = await ensureStream(createJetStream(nats, STREAM), replicas);
      if (stream.ok) return ok(stream.value.replicas);
      sentence = stream.error.sentence;
      if (stream.error.type === "unfit") return err(sentence);
    }
    await new Promise((done) => setTimeout(done, RETRY_MS));
  } while (now() < until);
  return err(sentence);
};
