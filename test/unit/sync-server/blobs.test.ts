import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join as joinPath } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  BLOB_REQUESTS_IN_FLIGHT,
  MAX_SEALED_CHUNK_BYTES,
  REFUSAL,
  writeBlobRequest,
  writeClientMessage,
  type BlobRequest,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";
import { dialBlobs, openBlobs } from "./blob-client.ts";
import { chunkOf } from "./blob-store-suite.ts";
import { authenticate, createRoomKeys, dial, frameOf, join } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

const putOf = (request: number, { id, bytes }: ReturnType<typeof chunkOf>): BlobRequest => ({
  type: "put",
  request,
  id,
  bytes,
});
const denied = (request: number, code: RefusalCode) => ({ type: "denied", request, code });

/** Names of all files of chunks, temporary ones too. */
const chunkFiles = (dataDir: string): readonly string[] =>
  readdirSync(joinPath(dataDir, "blobs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe("the proof of a blob socket", () => {
  it("[T9] opens blobs and nothing else: a proof for frames does not open blobs, nor the other way round", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const asLog = await dialBlobs(url, room, { purpose: "log" });
    expect(await asLog.next()).toEqual({ type: "refused", code: "bad-auth" });
    expect(await asLog.closed).toBe(4400 + REFUSAL["bad-auth"]);
    const asBlobs = await dial(url);
    await authenticate(asBlobs, url, room, { forge: { purpose: "blobs" } });
    expect(await asBlobs.next("refused")).toEqual({ type: "refused", code: "bad-auth" });
  });

  it.each([
    ["another relay", { origin: "ws://evil.example" }],
    ["another room", { roomId: new Uint8Array(16) }],
    ["a nonce of another socket", { serverNonce: new Uint8Array(32) }],
    ["another time than it says", { time: 1 }],
  ])("[T8] is refused when it is for %s", async (_name, forge) => {
    const { url } = await relays.start();
    const client = await dialBlobs(url, createRoomKeys(), forge);
    expect(await client.next()).toEqual({ type: "refused", code: "bad-auth" });
  });

  it("[T8] is refused when the key is not the room's", async () => {
    const { url } = await relays.start();
    const [room, other] = [createRoomKeys(), createRoomKeys()];
    const client = await dialBlobs(url, { ...other, roomId: room.roomId });
    expect(await client.next()).toEqual({ type: "refused", code: "bad-auth" });
  });

  it("[T8] nothing reaches the store before it", async () => {
    const dataDir = relays.folder();
    const { url } = await relays.start({ dataDir });
    const room = createRoomKeys();
    const chunk = chunkOf(1_000);
    const early = await dial(url);
    early.sendBytes(writeBlobRequest(putOf(1, chunk)));
    expect(await early.next("refused")).toEqual({ type: "refused", code: "bad-message" });
    const unproven = await dialBlobs(url, room, {}, () => writeBlobRequest(putOf(1, chunk)));
    expect(await unproven.next()).toEqual({ type: "refused", code: "bad-message" });
    expect(chunkFiles(dataDir)).toEqual([]);
    const proven = await openBlobs(url, room);
    expect(await proven.ask({ type: "get", request: 1, id: chunk.id })).toEqual({
      type: "missing",
      request: 1,
    });
  });

  it("takes a place among few of its room, which is free again when the socket goes", async () => {
    const { url } = await relays.start({ limits: { maxBlobSocketsPerRoom: 2 } });
    const room = createRoomKeys();
    const [first] = [await openBlobs(url, room), await openBlobs(url, room)];
    const third = await dialBlobs(url, room);
    expect(await third.next()).toEqual({ type: "refused", code: "room-full" });
    await openBlobs(url, createRoomKeys());
    first.socket.close();
    await first.closed;
    await vi.waitFor(() => openBlobs(url, room));
    expect((await join(url, room)).live.head).toBe(0);
  });
});

describe("requests on a blob socket", () => {
  it("PUT, HAVE and GET: stored, held in the order asked, and given back, also after a restart", async () => {
    const dataDir = relays.folder();
    const first = await relays.start({ dataDir });
    const room = createRoomKeys();
    const chunks = Array.from({ length: 20 }, (_, i) => chunkOf(i === 0 ? MAX_SEALED_CHUNK_BYTES : 10 + i));
    const client = await openBlobs(first.url, room);
    for (const [i, chunk] of chunks.entries()) {
      if (i % 3 === 0) await client.ask(putOf(i, chunk));
    }
    await first.close();
    const { url } = await relays.start({ dataDir });
    const again = await openBlobs(url, room);
    const ids = chunks.map(({ id }) => id);
    expect(await again.ask({ type: "have", request: 99, ids })).toEqual({
      type: "held",
      request: 99,
      bitmap: Uint8Array.of(0b01001001, 0b10010010, 0b00000100),
    });
    for (const [i, { id, bytes }] of chunks.entries()) {
      const answer = await again.ask({ type: "get", request: i, id });
      const expected = i % 3 === 0 ? { type: "chunk", request: i, bytes } : { type: "missing", request: i };
      expect(answer).toEqual(expected);
    }
  });

  it("rooms share nothing", async () => {
    const { url } = await relays.start();
    const [a, b] = [await openBlobs(url, createRoomKeys()), await openBlobs(url, createRoomKeys())];
    const chunk = chunkOf(100);
    await a.ask(putOf(1, chunk));
    expect(await b.ask({ type: "have", request: 1, ids: [chunk.id] })).toMatchObject({
      bitmap: Uint8Array.of(0),
    });
    expect(await b.ask({ type: "get", request: 2, id: chunk.id })).toEqual({ type: "missing", request: 2 });
  });

  it("many sent at once are answered in order, with their numbers, and pings in between", async () => {
    const { url } = await relays.start();
    const client = await openBlobs(url, createRoomKeys());
    const chunks = Array.from({ length: 30 }, () => chunkOf(50_000));
    for (const [i, chunk] of chunks.entries()) client.send(putOf(2 ** 32 + i, chunk));
    for (const i of chunks.keys())
      expect(await client.next()).toEqual({ type: "stored", request: 2 ** 32 + i });
    expect(await client.ask({ type: "ping" })).toEqual({ type: "pong" });
  });

  it("a chunk whose bytes do not have its hash, or are too many, is denied and not stored; the socket stays", async () => {
    const dataDir = relays.folder();
    const { url } = await relays.start({ dataDir });
    const client = await openBlobs(url, createRoomKeys());
    const [good, other, large] = [chunkOf(100), chunkOf(100), chunkOf(MAX_SEALED_CHUNK_BYTES + 1)];
    expect(await client.ask(putOf(1, { id: other.id, bytes: good.bytes }))).toEqual(denied(1, "bad-chunk"));
    expect(await client.ask(putOf(2, large))).toEqual(denied(2, "bad-chunk"));
    expect(chunkFiles(dataDir)).toEqual([]);
    expect(await client.ask(putOf(3, good))).toEqual({ type: "stored", request: 3 });
  });

  it("[T15] a room at its quota is denied more by its word, keeps what it has, and no other room is", async () => {
    const { url } = await relays.start({ limits: { blobRoomBytes: 1_000 } });
    const [room, elsewhere] = [createRoomKeys(), createRoomKeys()];
    const client = await openBlobs(url, room);
    const [first, second] = [chunkOf(900), chunkOf(101)];
    await client.ask(putOf(1, first));
    expect(await client.ask(putOf(2, second))).toEqual(denied(2, "quota-exceeded"));
    expect(await client.ask(putOf(3, first))).toEqual({ type: "stored", request: 3 });
    expect(await client.ask({ type: "get", request: 4, id: first.id })).toMatchObject({ type: "chunk" });
    expect(await (await openBlobs(url, elsewhere)).ask(putOf(1, second))).toMatchObject({ type: "stored" });
  });

  it("[T15] below the low-water mark a chunk is denied, frames and reading go on, and it recovers by itself", async () => {
    const limits = { blobMinFreeBytes: Number.MAX_SAFE_INTEGER };
    const dataDir = relays.folder();
    const first = await relays.start({ dataDir });
    const room = createRoomKeys();
    const [stored, refused] = [chunkOf(100), chunkOf(100)];
    await (await openBlobs(first.url, room)).ask(putOf(1, stored));
    await first.close();
    const second = await relays.start({ dataDir, limits });
    const { url } = second;
    const client = await openBlobs(url, room);
    expect(await client.ask(putOf(1, refused))).toEqual(denied(1, "read-only"));
    expect(await client.ask({ type: "get", request: 2, id: stored.id })).toMatchObject({ type: "chunk" });
    expect((await (await join(url, room)).client.append(frameOf(room, "a"))).seq).toBe(1);
    await second.close();
    const roomy = await relays.start({ dataDir });
    expect(await (await openBlobs(roomy.url, room)).ask(putOf(1, refused))).toMatchObject({ type: "stored" });
  });

  it("a closed room takes no more chunks, and gives those that it has", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [before, after] = [chunkOf(100), chunkOf(100)];
    const blobs = await openBlobs(url, room);
    await blobs.ask(putOf(1, before));
    const { client } = await join(url, room);
    client.send({ type: "close-room", clientSeq: 1, upto: 0, frame: frameOf(room, "moved", "snapshot") });
    await client.next("ack");
    expect(await blobs.ask(putOf(2, after))).toEqual(denied(2, "room-closed"));
    expect(await blobs.ask({ type: "get", request: 3, id: before.id })).toMatchObject({ type: "chunk" });
  });

  it("chunks that nobody touches are deleted after their time", async () => {
    const dataDir = relays.folder();
    const clock = { ahead: 0 };
    const { url } = await relays.start({
      dataDir,
      now: () => Date.now() + clock.ahead,
      limits: { blobExpiryMs: 3_600_000, blobSweepMs: 5 },
    });
    const client = await openBlobs(url, createRoomKeys());
    const [kept, old] = [chunkOf(100), chunkOf(100)];
    await client.ask(putOf(1, kept));
    await client.ask(putOf(2, old));
    clock.ahead = 3_000_000;
    await client.ask({ type: "have", request: 3, ids: [kept.id] });
    clock.ahead = 4_000_000;
    await vi.waitFor(() => expect(chunkFiles(dataDir)).toEqual([Buffer.from(kept.id).toString("hex")]));
    expect(await client.ask({ type: "get", request: 4, id: old.id })).toEqual({
      type: "missing",
      request: 4,
    });
  });

  it.each<[string, Uint8Array]>([
    ["is empty", new Uint8Array(0)],
    ["has an unknown code", Uint8Array.of(99)],
    ["asks for no id", Uint8Array.of(19, 1)],
    ["asks for half an id", Uint8Array.of(19, 1, ...randomBytes(40))],
    ["asks for too many ids", Uint8Array.of(19, 1, ...new Uint8Array(513 * 32))],
    ["gets with a byte too many", Uint8Array.of(23, 1, ...randomBytes(33))],
    ["puts half an id", Uint8Array.of(21, 1, ...randomBytes(20))],
    ["is a frame", writeClientMessage({ type: "append", clientSeq: 1, frame: new Uint8Array(40) })],
  ])("[T16] a message that %s ends its socket and no other", async (_name, bytes) => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const [culprit, bystander] = [await openBlobs(url, room), await openBlobs(url, room)];
    culprit.sendBytes(bytes);
    expect(await culprit.next()).toEqual({ type: "refused", code: "bad-message" });
    expect(await culprit.closed).toBe(4400 + REFUSAL["bad-message"]);
    expect(await bystander.ask(putOf(1, chunkOf(10)))).toMatchObject({ type: "stored" });
  });

  it("[T16] a request for a chunk on a socket for frames ends it", async () => {
    const { url } = await relays.start();
    const { client } = await join(url, createRoomKeys());
    client.sendBytes(writeBlobRequest({ type: "get", request: 1, id: new Uint8Array(32) }));
    expect(await client.next("refused")).toEqual({ type: "refused", code: "bad-message" });
  });

  it("says so at the start when the folder for chunks cannot be used", async () => {
    const dataDir = relays.folder();
    writeFileSync(joinPath(dataDir, "blobs"), "a file");
    await expect(relays.start({ dataDir })).rejects.toThrow(/blobs cannot be written to/);
    expect(existsSync(joinPath(dataDir, "relay.db"))).toBe(true);
  });
});

describe("a slow line", () => {
  it("is not given up while a chunk is on its way, though no pong gets past it", async () => {
    const relay = await relays.start({ limits: { heartbeatMs: 400 } });
    const slow = createServer((inside) => {
      const outside = connect(relay.port, "127.0.0.1");
      outside.pipe(inside);
      inside.on("data", (data) => {
        inside.pause();
        outside.write(data, () => setTimeout(() => inside.resume(), 100));
      });
      for (const socket of [inside, outside]) socket.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    relays.onCleanup(() => slow.close());
    // `as`: it listens on a TCP port.
    const client = await openBlobs(
      `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
      createRoomKeys(),
    );
    expect(await client.ask(putOf(1, chunkOf(MAX_SEALED_CHUNK_BYTES)))).toEqual({
      type: "stored",
      request: 1,
    });
    client.socket.terminate();
  });
});

describe("fairness", () => {
  it("[T13] a client that asks for much and reads nothing makes the relay hold a few chunks only", async () => {
    const { url } = await relays.start({ limits: { blobMessageBurst: 1e6 } });
    const room = createRoomKeys();
    const chunk = chunkOf(MAX_SEALED_CHUNK_BYTES);
    const greedy = await openBlobs(url, room);
    await greedy.ask(putOf(0, chunk));
    greedy.socket.pause();
    for (let i = 1; i <= 500; i++) greedy.send({ type: "get", request: i, id: chunk.id });
    const other = await openBlobs(url, room);
    const served = async (): Promise<number> => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/chunks_served_total (\d+)/.exec(metrics)?.[1]);
    };
    for (let before = -1; before !== (await served());) {
      before = await served();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What fits into the kernel's buffers, and the few that the relay itself may hold.
    expect(await served()).toBeLessThan(60);
    expect(await other.ask({ type: "get", request: 1, id: chunk.id })).toMatchObject({ type: "chunk" });
    greedy.socket.resume();
    for (let i = 1; i <= 500; i++) expect(await greedy.next()).toMatchObject({ type: "chunk", request: i });
  });

  it("frames are acknowledged while blob sockets send at full speed", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const senders = await Promise.all(Array.from({ length: 3 }, () => openBlobs(url, room)));
    const bulk = { stored: 0, isOver: false };
    const sending = senders.map(async (sender) => {
      for (let request = 1; !bulk.isOver; request += BLOB_REQUESTS_IN_FLIGHT) {
        const chunks = Array.from({ length: BLOB_REQUESTS_IN_FLIGHT }, () => chunkOf(MAX_SEALED_CHUNK_BYTES));
        for (const chunk of chunks) sender.send(putOf(request, chunk));
        for (const _chunk of chunks) {
          expect(await sender.next()).toMatchObject({ type: "stored" });
          bulk.stored += 1;
        }
      }
    });
    const { client } = await join(url, room);
    const storedAt: number[] = [];
    for (let i = 0; i < 40; i++) {
      await client.append(frameOf(room, `frame ${i}`));
      storedAt.push(bulk.stored);
    }
    bulk.isOver = true;
    await Promise.all(sending);
    // Between two acknowledgements no sender gets in more than what it had under way, twice.
    const most = Math.max(...storedAt.slice(1).map((count, i) => count - (storedAt[i] ?? 0)));
    expect(most).toBeLessThanOrEqual(2 * 3 * BLOB_REQUESTS_IN_FLIGHT);
    expect(bulk.stored).toBeGreaterThan(0);
  });
});
