/** Two relays over one nats-server: any member at any node, the same room. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningRelay } from "@deskhand/sync-server";
import { openJetStreamRoomLog } from "../../../../sync-server/src/jetstream/open-jetstream.ts";
import { silentLogger } from "../../../../sync-server/src/logger.ts";
import {
  appendAll,
  bodyOf,
  compact,
  createRoomKeys,
  frameOf,
  join,
  received,
  type RelayClient,
  type RoomKeys,
} from "../relay-client.ts";
import { useRelays } from "../relay-fixture.ts";
import { startNatsServer, type NatsServer } from "./nats-server.ts";

const relays = useRelays();
let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const startNode = (): Promise<RunningRelay> =>
  relays.start({
    openLog: ({ limits, randomBytes: random }) =>
      openJetStreamRoomLog({
        servers: [server.url],
        quota: limits,
        randomBytes: random,
        now: Date.now,
        logger: silentLogger,
      }),
    limits: { messageBurst: 1e6, messagesPerSecond: 1e6, byteBurst: 1e9, bytesPerSecond: 1e9 },
  });

const twoNodes = async () => {
  const [one, two] = await Promise.all([startNode(), startNode()]);
  return { one, two, room: createRoomKeys() };
};

const frames = async (client: RelayClient, count: number) => {
  const got: (readonly [number, string])[] = [];
  while (got.length < count) {
    const { seq, frame } = await client.next("frame");
    got.push([seq, bodyOf(frame)]);
  }
  return got;
};

/** Resolves once the relay answers so; who waits for ever is ended by the test's time. */
const ready = async (url: string, status: number): Promise<void> => {
  while ((await fetch(`${url}/readyz`)).status !== status) await new Promise((done) => setTimeout(done, 50));
};

const enter = async (url: string, room: RoomKeys, after = 0): Promise<RelayClient> =>
  (await join(url, room, { after })).client;

describe("two nodes of one log", () => {
  it("pass on each other's frames in order, and number them without a hole while both write", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    const write = async (client: RelayClient, name: string): Promise<readonly number[]> => {
      const acks = Array.from({ length: 150 }, (_, at) => client.append(frameOf(room, `${name}${at}`)));
      return (await Promise.all(acks)).map(({ seq }) => seq);
    };
    const [ofA, ofB] = await Promise.all([write(a, "a"), write(b, "b")]);
    const all = [...ofA, ...ofB].toSorted((left, right) => left - right);
    expect(all).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
    expect((await frames(a, 150)).map(([seq, body]) => [seq, body])).toEqual(
      ofB.map((seq, at) => [seq, `b${at}`]),
    );
    expect((await frames(b, 150)).map(([seq, body]) => [seq, body])).toEqual(
      ofA.map((seq, at) => [seq, `a${at}`]),
    );
    const late = await enter(one.url, room, 290);
    expect(received(late).map((text) => Number(text.split(":")[0]))).toEqual([
      291, 292, 293, 294, 295, 296, 297, 298, 299, 300,
    ]);
  });

  it("give LIVE all that was acknowledged at the other one, also where the room is open already", async () => {
    const { one, two, room } = await twoNodes();
    await enter(two.url, room);
    const writer = await enter(one.url, room);
    for (let at = 1; at <= 20; at++) {
      const { seq } = await writer.append(frameOf(room, `frame ${at}`));
      const { live, client } = await join(two.url, room, { after: seq });
      expect(live.head).toBe(seq);
      await client.close();
    }
  });

  it("know a frame again that was acknowledged at the other one", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    await appendAll(a, room, ["x", "y"]);
    expect(await b.append(frameOf(room, "y"))).toMatchObject({ seq: 2 });
    expect(await b.append(frameOf(room, "z"))).toMatchObject({ seq: 3 });
  });

  it("compact while the other one writes without a pause, and no frame is lost", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    let isWriting = true;
    let written = 0;
    const writing = (async () => {
      for (;;) {
        if (!isWriting) return;
        await a.append(frameOf(room, `w${written}`));
        written += 1;
      }
    })();
    await frames(b, 10);
    compact(b, room, 8, "first eight");
    expect(await b.next("ack")).toMatchObject({ seq: 8 });
    await frames(b, 10);
    compact(b, room, 15, "first fifteen");
    expect(await b.next("ack")).toMatchObject({ seq: 15 });
    isWriting = false;
    await writing;
    const late = await enter(one.url, room);
    expect(received(late)).toEqual([
      "15=first fifteen",
      ...Array.from({ length: written - 15 }, (_, at) => `${at + 16}:w${at + 15}`),
    ]);
  });

  it("close a room for both: members elsewhere have the closing frame, and nothing more is taken", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    await appendAll(a, room, ["x"]);
    await frames(b, 1);
    a.send({ type: "close-room", clientSeq: 99, upto: 1, frame: frameOf(room, "moved", "snapshot") });
    await a.next("ack");
    const { upto, frame } = await b.next("snapshot");
    expect([upto, bodyOf(frame)]).toEqual([1, "moved"]);
    b.send({ type: "append", clientSeq: 1, frame: frameOf(room, "late") });
    expect(await b.next("refused")).toMatchObject({ code: "room-closed" });
    expect(received(await enter(two.url, room, 1))).toEqual(["1=moved"]);
  });

  it("pass on presence, arrivals and departures, under numbers that never meet", async () => {
    const { one, two, room } = await twoNodes();
    const [first, second] = [await join(one.url, room), await join(two.url, room)];
    expect(await first.client.next("joined")).toMatchObject({ session: second.live.session });
    expect(second.live.session).not.toBe(first.live.session);
    second.client.send({ type: "ephemeral", frame: frameOf(room, "here", "ephemeral") });
    const heard = await first.client.next("ephemeral");
    expect([heard.session, bodyOf(heard.frame)]).toEqual([second.live.session, "here"]);
    await second.client.close();
    expect(await first.client.next("left")).toMatchObject({ session: second.live.session });
  });

  it("lose nothing that was acknowledged when nats-server is killed, say so, and go on when it is back", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    await appendAll(a, room, ["before"]);
    await server.stop();
    const during = a.append(frameOf(room, "during"));
    await ready(one.url, 503);
    await server.start();
    expect(await during).toMatchObject({ seq: 2 });
    await ready(one.url, 200);
    expect(await frames(b, 2)).toEqual([
      [1, "before"],
      [2, "during"],
    ]);
    expect(received(await enter(two.url, room))).toEqual(["1:before", "2:during"]);
  });

  it("take a frame of the largest size, and a batch of many", async () => {
    const { one, two, room } = await twoNodes();
    const [a, b] = [await enter(one.url, room), await enter(two.url, room)];
    const large = Buffer.from(randomBytes(500_000)).toString("hex").slice(0, 1_000_000);
    await Promise.all([1, 2, 3].map((nth) => a.append(frameOf(room, `${nth}${large}`))));
    expect((await frames(b, 3)).map(([seq, body]) => [seq, body.length])).toEqual([
      [1, 1_000_001],
      [2, 1_000_001],
      [3, 1_000_001],
    ]);
  });
});
