import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MAX_FRAME_BYTES, REFUSAL, type ClientMessage, type RefusalCode } from "@deskhand/doc-schema/wire";
import {
  appendAll,
  authenticate,
  bodyOf,
  compact,
  createRoomKeys,
  dial,
  frameOf,
  join,
  received,
  type RelayClient,
  type RoomKeys,
} from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

describe("append", () => {
  it("acknowledges in order and numbers from 1; clientSeq comes back as it was", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    for (const clientSeq of [7, 70_000, 2 ** 40]) {
      client.send({ type: "append", clientSeq, frame: frameOf(room, `${clientSeq}`) });
    }
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 7, seq: 1 });
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 70_000, seq: 2 });
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 2 ** 40, seq: 3 });
  });

  it("passes frames to the other members, in one order for all, and never back to the sender", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [a, b, c] = [await join(url, room), await join(url, room), await join(url, room)];
    const acks = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const { client } = i % 2 === 0 ? a : b;
        return client.append(frameOf(room, `${i}`));
      }),
    );
    await Promise.all([a, b, c].map(({ client }) => client.settled()));
    const bySeq = new Map(acks.map((ack, i) => [ack.seq, i]));
    const expected = (from: (i: number) => boolean) =>
      Array.from({ length: 20 }, (_, i) => i + 1)
        .map((seq) => [seq, bySeq.get(seq) ?? -1] as const)
        .filter(([, i]) => from(i))
        .map(([seq, i]) => `${seq}:${i}`);
    expect(received(c.client)).toEqual(expected(() => true));
    expect(received(a.client)).toEqual(expected((i) => i % 2 === 1));
    expect(received(b.client)).toEqual(expected((i) => i % 2 === 0));
  });

  it("does not store a frame that is sent again, and acknowledges it with its first number", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [a, b] = [await join(url, room), await join(url, room)];
    await appendAll(a.client, room, ["one", "two"]);
    expect((await a.client.append(frameOf(room, "one"))).seq).toBe(1);
    expect((await b.client.append(frameOf(room, "two"))).seq).toBe(2);
    await b.client.settled();
    expect(received(b.client)).toEqual(["1:one", "2:two"]);
    const later = await join(url, room);
    expect(received(later.client)).toEqual(["1:one", "2:two"]);
    expect(later.live.head).toBe(2);
  });

  it("keeps rooms apart", async () => {
    const { url } = await relays.start();
    const [red, blue] = [createRoomKeys(), createRoomKeys()];
    const [a, b] = [await join(url, red), await join(url, blue)];
    await appendAll(a.client, red, ["red"]);
    await appendAll(b.client, blue, ["blue"]);
    await a.client.settled();
    expect(received(a.client)).toEqual([]);
    expect(received((await join(url, blue)).client)).toEqual(["1:blue"]);
  });

  it("stores a frame whose sender has gone before the commit", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [a, b] = [await join(url, room), await join(url, room)];
    a.client.send({ type: "append", clientSeq: 1, frame: frameOf(room, "last words") });
    a.client.socket.close();
    expect(bodyOf((await b.client.next("frame")).frame)).toBe("last words");
  });
});

describe("replay", () => {
  it("gives what follows the cursor, then LIVE, then what is new", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a", "b", "c"]);
    const late = await join(url, room, { after: 1 });
    expect(received(late.client)).toEqual(["2:b", "3:c"]);
    expect(late.live.head).toBe(3);
    await appendAll(client, room, ["d"]);
    await late.client.settled();
    expect(received(late.client)).toEqual(["2:b", "3:c", "4:d"]);
  });

  it("gives the snapshot to a cursor below it and only frames to one above it", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a", "b", "c"]);
    compact(client, room, 2, "ab");
    await client.next("ack");
    expect(received((await join(url, room)).client)).toEqual(["2=ab", "3:c"]);
    expect(received((await join(url, room, { after: 2 })).client)).toEqual(["3:c"]);
    expect(received((await join(url, room, { after: 3 })).client)).toEqual([]);
  });

  it("tells a cursor beyond the head the true head", async () => {
    const { url } = await relays.start();
    const { live } = await join(url, createRoomKeys(), { after: 1_000 });
    expect(live.head).toBe(0);
  });

  it("loses and repeats nothing when others write while it runs", async () => {
    const { url } = await relays.start({ limits: { messagesPerSecond: 1e6, messageBurst: 1e6 } });
    const room = createRoomKeys();
    const { client } = await join(url, room);
    const filler = "x".repeat(50_000);
    for (let i = 0; i < 40; i++)
      client.send({ type: "append", clientSeq: i, frame: frameOf(room, `${i}${filler}`) });
    const joining = join(url, room);
    for (let i = 40; i < 80; i++)
      client.send({ type: "append", clientSeq: i, frame: frameOf(room, `${i}${filler}`) });
    const late = await joining;
    while (client.inbox.filter((message) => message.type === "ack").length < 80) await client.settled();
    await late.client.settled();
    const seqs = late.client.inbox.flatMap((message) => (message.type === "frame" ? [message.seq] : []));
    expect(seqs).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
  });

  it("refuses frames, but not PING, from a member that is not live yet", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    for (let i = 0; i < 8; i++) await client.append(frameOf(room, randomBytes(250_000)));
    const eager = await joinPaused(url, room);
    eager.send({ type: "ping" });
    eager.send({ type: "append", clientSeq: 1, frame: frameOf(room, "too early") });
    eager.socket.resume();
    await eager.next("pong");
    expect(await eager.closed).toBe(4400 + REFUSAL["bad-message"]);
  });
});

/** A member that proves itself and then reads nothing. */
const joinPaused = async (url: string, room: RoomKeys): Promise<RelayClient> => {
  const client = await dial(url);
  await authenticate(client, url, room);
  client.socket.pause();
  return client;
};

describe("ephemeral frames and presence", () => {
  it("reach the other live members with the sender's session, and are stored nowhere", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [a, b] = [await join(url, room), await join(url, room)];
    const frame = frameOf(room, "here", "ephemeral");
    a.client.send({ type: "ephemeral", frame });
    const got = await b.client.next("ephemeral");
    expect(got.session).toBe(a.live.session);
    expect(bodyOf(got.frame)).toBe("here");
    await a.client.settled();
    expect(a.client.inbox.filter((message) => message.type === "ephemeral")).toEqual([]);
    const late = await join(url, room);
    expect(late.live.head).toBe(0);
    expect(late.client.inbox).toEqual([]);
  });

  it("the others hear of a member that joins and leaves; the joiner hears of nobody", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const first = await join(url, room);
    const second = await join(url, room);
    expect(await first.client.next("joined")).toEqual({ type: "joined", session: second.live.session });
    expect(second.client.inbox).toEqual([]);
    second.client.socket.terminate();
    expect(await first.client.next("left")).toEqual({ type: "left", session: second.live.session });
  });

  it("a member that no longer answers is let go, and the others hear that it left", async () => {
    const { url } = await relays.start({ limits: { heartbeatMs: 40 } });
    const room = createRoomKeys();
    const [alive, silent] = [await join(url, room), await join(url, room)];
    silent.client.socket.pause();
    expect(await alive.client.next("left")).toEqual({ type: "left", session: silent.live.session });
    await alive.client.settled();
  });
});

describe("compaction", () => {
  it("is acknowledged with its upto and keeps what was appended above it", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a", "b"]);
    client.send({ type: "append", clientSeq: 50, frame: frameOf(room, "c") });
    compact(client, room, 2, "ab");
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 50, seq: 3 });
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 902, seq: 2 });
    expect(received((await join(url, room)).client)).toEqual(["2=ab", "3:c"]);
  });

  it.each([
    ["is not above the present one", 2],
    ["goes beyond the head", 4],
  ])("is refused as stale when it %s, and the socket stays", async (_name, upto) => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a", "b", "c"]);
    compact(client, room, 2, "ab");
    await client.next("ack");
    compact(client, room, upto, "stale");
    expect(await client.next("refused")).toEqual({ type: "refused", code: "stale-compaction" });
    expect((await client.append(frameOf(room, "d"))).seq).toBe(4);
    expect(received((await join(url, room)).client)).toEqual(["2=ab", "3:c", "4:d"]);
  });
});

describe("a frame that does not belong", () => {
  const room = createRoomKeys();
  const foreign = createRoomKeys();
  const frame = (frameClass: "durable" | "ephemeral" | "snapshot", of = room) => frameOf(of, "x", frameClass);
  it.each<[string, ClientMessage, RefusalCode]>([
    [
      "of another room, appended",
      { type: "append", clientSeq: 1, frame: frame("durable", foreign) },
      "wrong-room",
    ],
    ["of another room, ephemeral", { type: "ephemeral", frame: frame("ephemeral", foreign) }, "wrong-room"],
    ["ephemeral, appended", { type: "append", clientSeq: 1, frame: frame("ephemeral") }, "bad-message"],
    ["a snapshot, appended", { type: "append", clientSeq: 1, frame: frame("snapshot") }, "bad-message"],
    ["durable, as ephemeral", { type: "ephemeral", frame: frame("durable") }, "bad-message"],
    [
      "durable, as snapshot",
      { type: "compact", clientSeq: 1, upto: 1, frame: frame("durable") },
      "bad-message",
    ],
    [
      "durable, as closing frame",
      { type: "close-room", clientSeq: 1, upto: 0, frame: frame("durable") },
      "bad-message",
    ],
    ["without a header", { type: "append", clientSeq: 1, frame: Uint8Array.of(1) }, "bad-message"],
    [
      "too large",
      { type: "append", clientSeq: 1, frame: frameOf(room, new Uint8Array(MAX_FRAME_BYTES)) },
      "frame-too-large",
    ],
  ])("%s, is refused and ends its socket and no other", async (_name, message, code) => {
    const { url } = await relays.start();
    const [culprit, bystander] = [await join(url, room), await join(url, room)];
    culprit.client.send(message);
    expect(await culprit.client.next("refused")).toEqual({ type: "refused", code });
    expect(await culprit.client.closed).toBe(4400 + REFUSAL[code]);
    expect((await bystander.client.append(frameOf(room, "still here"))).seq).toBe(1);
  });
});

describe("limits", () => {
  it("[T13] closes a member that does not read, and nobody else", async () => {
    const limits = { maxBufferedBytes: 100_000, closeGraceMs: 50, byteBurst: 1e9 };
    const { url } = await relays.start({ limits });
    const room = createRoomKeys();
    const [writer, reader] = [await join(url, room), await join(url, room)];
    const slow = await join(url, room);
    slow.client.socket.pause();
    for (let i = 0; !writer.client.inbox.some((message) => message.type === "left") && i < 200; i++) {
      writer.client.send({ type: "ephemeral", frame: frameOf(room, new Uint8Array(900_000), "ephemeral") });
      await writer.client.settled();
    }
    expect(await reader.client.next("left")).toEqual({ type: "left", session: slow.live.session });
    await reader.client.settled();
  });

  it("[T14] a member that is too fast is read more slowly: every append is stored, ephemerals are refused", async () => {
    const { url } = await relays.start({ limits: { messageBurst: 5, messagesPerSecond: 200 } });
    const room = createRoomKeys();
    const { client } = await join(url, room);
    const acks = await Promise.all(
      Array.from({ length: 40 }, (_, i) => client.append(frameOf(room, `${i}`))),
    );
    expect(acks.map((ack) => ack.seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    for (let i = 0; i < 20; i++)
      client.send({ type: "ephemeral", frame: frameOf(room, `${i}`, "ephemeral") });
    expect(await client.next("refused")).toEqual({ type: "refused", code: "rate-limited" });
    await client.settled();
  });

  it("[T15] a room at its quota is told so, stays readable, and goes on after compaction", async () => {
    const { url } = await relays.start({ limits: { roomFrames: 2 } });
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a", "b"]);
    client.send({ type: "append", clientSeq: 3, frame: frameOf(room, "c") });
    expect(await client.next("refused")).toEqual({ type: "refused", code: "quota-exceeded" });
    expect(received((await join(url, room)).client)).toEqual(["1:a", "2:b"]);
    compact(client, room, 2, "ab");
    await client.next("ack");
    expect((await client.append(frameOf(room, "c"))).seq).toBe(3);
  });

  it("[T15] a full disk refuses appends without an ACK, keeps reading, says so at /readyz, and recovers", async () => {
    const { url } = await relays.start({ limits: { databaseBytes: 512 * 1024 } });
    const room = createRoomKeys();
    const { client } = await join(url, room);
    const ready = async () => (await fetch(`${url}/readyz`)).status;
    expect(await ready()).toBe(200);
    let stored = 0;
    while (!client.inbox.some((message) => message.type === "refused")) {
      client.send({ type: "append", clientSeq: stored + 1, frame: frameOf(room, randomBytes(30_000)) });
      await client.settled();
      await new Promise((resolve) => setImmediate(resolve));
      stored = client.inbox.filter((message) => message.type === "ack").length;
    }
    expect(await client.next("refused")).toEqual({ type: "refused", code: "read-only" });
    expect(await ready()).toBe(503);
    const reader = await join(url, room);
    expect(reader.client.inbox.filter((message) => message.type === "frame")).toHaveLength(stored);
    expect(reader.live.head).toBe(stored);
    compact(client, room, stored, "small");
    while ((await client.next("ack")).clientSeq < 900);
    expect((await client.append(frameOf(room, "again"))).seq).toBe(stored + 1);
    expect(await ready()).toBe(200);
  });
});
