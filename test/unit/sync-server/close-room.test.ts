import { describe, expect, it } from "vitest";
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
} from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

describe("closing a room", () => {
  const moved = (client: RelayClient, room: RoomKeys, upto: number): void =>
    client.send({ type: "close-room", clientSeq: 70, upto, frame: frameOf(room, "moved", "snapshot") });

  it("is acknowledged, tells the others, and leaves every later reader, whatever its cursor, the closing frame", async () => {
    const dataDir = relays.folder();
    const first = await relays.start({ dataDir });
    const room = createRoomKeys();
    const [a, b] = [await join(first.url, room), await join(first.url, room)];
    await appendAll(a.client, room, ["a", "b"]);
    moved(a.client, room, 2);
    expect(await a.client.next("ack")).toEqual({ type: "ack", clientSeq: 70, seq: 2 });
    expect(bodyOf((await b.client.next("snapshot")).frame)).toBe("moved");
    const expectMoved = async (url: string): Promise<void> => {
      for (const after of [0, 1, 2, 9]) {
        const { client, live } = await join(url, room, { after });
        expect(received(client)).toEqual(["2=moved"]);
        expect(live.head).toBe(2);
      }
    };
    await expectMoved(first.url);
    await first.close();
    const second = await relays.start({ dataDir });
    await expectMoved(second.url);
  });

  it("works in a room that never held a frame", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    moved(client, room, 0);
    expect(await client.next("ack")).toEqual({ type: "ack", clientSeq: 70, seq: 0 });
    expect(received((await join(url, room)).client)).toEqual(["0=moved"]);
  });

  it("is refused as stale when others wrote meanwhile; pending appends count", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const { client } = await join(url, room);
    await appendAll(client, room, ["a"]);
    client.send({ type: "append", clientSeq: 50, frame: frameOf(room, "b") });
    moved(client, room, 1);
    expect(await client.next("refused")).toEqual({ type: "refused", code: "stale-compaction" });
    moved(client, room, 2);
    expect((await client.next("ack")).clientSeq).toBe(50);
    expect((await client.next("ack")).clientSeq).toBe(70);
  });

  it("refuses what comes after, also after a restart, and the socket stays for presence and reading", async () => {
    const dataDir = relays.folder();
    const first = await relays.start({ dataDir });
    const room = createRoomKeys();
    const expectClosed = async (url: string): Promise<void> => {
      const [a, b] = [await join(url, room, { after: 1 }), await join(url, room, { after: 1 })];
      a.client.send({ type: "append", clientSeq: 1, frame: frameOf(room, "late") });
      expect(await a.client.next("refused")).toEqual({ type: "refused", code: "room-closed" });
      compact(a.client, room, 1, "late");
      expect(await a.client.next("refused")).toEqual({ type: "refused", code: "room-closed" });
      moved(a.client, room, 1);
      expect(await a.client.next("refused")).toEqual({ type: "refused", code: "room-closed" });
      a.client.send({ type: "ephemeral", frame: frameOf(room, "here", "ephemeral") });
      expect(bodyOf((await b.client.next("ephemeral")).frame)).toBe("here");
    };
    const { client } = await join(first.url, room);
    await appendAll(client, room, ["a"]);
    moved(client, room, 1);
    await client.next("ack");
    await expectClosed(first.url);
    await first.close();
    await expectClosed((await relays.start({ dataDir })).url);
  });
});
