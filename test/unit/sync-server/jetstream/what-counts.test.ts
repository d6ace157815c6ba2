/**
 * Two nodes that write at once both have their message stored. Here such messages are planted: every node must pass over
 * the later one, and over a snapshot that a newer one has overtaken.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJetStream, type JetStream } from "../../../../sync-server/src/jetstream/jetstream-api.ts";
import { connectNats, type NatsConnection } from "../../../../sync-server/src/jetstream/nats-connection.ts";
import { openJetStreamRoomLog } from "../../../../sync-server/src/jetstream/open-jetstream.ts";
import { readLogMessage, writeLogMessage } from "../../../../sync-server/src/jetstream/room-messages.ts";
import { STREAM, subjectsOf } from "../../../../sync-server/src/jetstream/stream.ts";
import { silentLogger } from "../../../../sync-server/src/logger.ts";
import type { RoomNews, SharedRoomLog } from "../../../../sync-server/src/shared-room-log.ts";
import { startNatsServer, type NatsServer } from "./nats-server.ts";

let server: NatsServer;
let nats: NatsConnection;
let jetStream: JetStream;
const logs: SharedRoomLog[] = [];
beforeAll(async () => {
  server = await startNatsServer();
  await new Promise<void>((done) => {
    nats = connectNats({ servers: [server.url], onConnected: done, onDisconnected: () => {} });
  });
  jetStream = createJetStream(nats, STREAM);
});
afterAll(async () => {
  for (const log of logs) await log.close();
  nats.close();
  await server.stop();
});

const openNode = async (): Promise<SharedRoomLog> => {
  const quota = { roomBytes: 1e9, roomFrames: 1e6 };
  const common = { servers: [server.url], randomBytes, now: Date.now, logger: silentLogger };
  const log = await openJetStreamRoomLog({ ...common, quota });
  if (!log.ok) throw new Error(log.error.sentence);
  logs.push(log.value);
  return log.value;
};

const append = (log: SharedRoomLog, roomId: Uint8Array, text: string) =>
  new Promise((resolve) => {
    log.append([{ roomId, frame: Buffer.from(text) }], (_part, outcome) =>
      resolve(outcome.ok ? outcome.value.map((one) => ("seq" in one ? one.seq : one.type)) : outcome.error),
    );
  });

const textsOf = async (log: SharedRoomLog, roomId: Uint8Array): Promise<readonly string[]> => {
  const page = await log.readAfter(roomId, 0, 1e6);
  if (!page.ok) throw new Error(page.error.detail);
  return page.value.frames.map(({ seq, frame }) => `${seq}:${Buffer.from(frame).toString()}`);
};

/** Stores, without any condition, a message that continues the log where it was `back` messages ago. */
const plant = async (roomId: Uint8Array, text: string, back: number): Promise<void> => {
  const { log } = subjectsOf(roomId);
  const last = await jetStream.lastOf(log);
  const newest = last.ok && last.value !== undefined ? readLogMessage(last.value.data) : undefined;
  if (newest?.ok !== true) throw new Error("the room has no log");
  const late = {
    ...newest.value,
    batch: randomBytes(8),
    earlier: newest.value.earlier.slice(back - 1),
    frames: [Buffer.from(text)],
  };
  expect((await jetStream.publish(log, writeLogMessage(late))).ok).toBe(true);
};

describe("a message that continues what is no longer the end", () => {
  it("counts nowhere: not where the room is followed, not where it is opened later, not for the next number", async () => {
    const roomId = Uint8Array.from(randomBytes(16));
    const [one, two] = [await openNode(), await openNode()];
    const heard: RoomNews[] = [];
    two.follow(roomId, (news) => heard.push(news));
    await two.head(roomId);
    expect(await append(one, roomId, "a")).toEqual([1]);
    expect(await append(one, roomId, "b")).toEqual([2]);
    await plant(roomId, "late b", 1);
    await plant(roomId, "later still", 2);
    expect(await two.head(roomId)).toMatchObject({ ok: true, value: { head: 2 } });
    expect(await append(two, roomId, "c")).toEqual([3]);
    expect(await append(one, roomId, "d")).toEqual([4]);
    await plant(roomId, "late d", 1);
    const expected = ["1:a", "2:b", "3:c", "4:d"];
    for (const node of [one, two, await openNode()]) expect(await textsOf(node, roomId)).toEqual(expected);
    const told = heard.flatMap((news) => (news.type === "frames" ? news.frames.map(({ seq }) => seq) : []));
    expect(told).toEqual([1, 2, 4]);
    const fresh = await openNode();
    expect(await append(fresh, roomId, "late d")).toEqual([5]);
  });

  it("does not make a snapshot the present one that a newer one has overtaken", async () => {
    const roomId = Uint8Array.from(randomBytes(16));
    const [one, two] = [await openNode(), await openNode()];
    for (const text of ["a", "b", "c"]) await append(one, roomId, text);
    await two.head(roomId);
    const both = await Promise.all([
      one.compact(roomId, 2, Buffer.from("two")),
      two.compact(roomId, 3, Buffer.from("three")),
    ]);
    const taken = both.map((done, at) => (done.ok ? at + 2 : 0));
    const upto = Math.max(...taken);
    expect(upto).toBeGreaterThan(0);
    for (const node of [one, two, await openNode()]) {
      const page = await node.readAfter(roomId, 0, 1e6);
      expect(page).toMatchObject({ ok: true, value: { snapshot: { upto } } });
      expect(page.ok && page.value.frames.map(({ seq }) => seq)).toEqual(upto === 3 ? [] : [3]);
    }
  });
});

describe("without NATS", () => {
  it("a relay does not start, and says so in a sentence", async () => {
    const common = { randomBytes, now: Date.now, logger: silentLogger, startMs: 300 };
    const quota = { roomBytes: 1e9, roomFrames: 1e6 };
    const opened = await openJetStreamRoomLog({ servers: ["nats://127.0.0.1:1"], quota, ...common });
    expect(opened).toMatchObject({
      ok: false,
      error: { sentence: "No NATS server answers (ECONNREFUSED)." },
    });
  });

  it("a relay does not start on a server that takes no large messages", async () => {
    const small = await startNatsServer("", { maxPayload: "1MB" });
    const common = { randomBytes, now: Date.now, logger: silentLogger };
    const opened = await openJetStreamRoomLog({
      servers: [small.url],
      quota: { roomBytes: 1e9, roomFrames: 1e6 },
      ...common,
    });
    await small.stop();
    expect(opened).toMatchObject({
      error: {
        sentence: "nats-server takes messages up to 1048576 bytes only: set max_payload to 4MB.",
      },
    });
  });
});
