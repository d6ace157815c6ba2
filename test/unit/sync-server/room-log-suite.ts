/** What every adapter of the RoomLog port must do; each adapter's test runs it. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RoomLog, RoomQuota } from "../../../sync-server/src/room-log.ts";

const ROOMY: RoomQuota = { roomBytes: 1_000_000, roomFrames: 1_000 };
const EVERYTHING = 1_000_000;

export const runRoomLogTests = (name: string, open: (quota: RoomQuota) => RoomLog): void => {
  const openWithRoom = (quota = ROOMY) => {
    const log = open(quota);
    const roomId = Uint8Array.from(randomBytes(16));
    const append = (...bodies: readonly string[]) => {
      const appended = log.append(bodies.map((body) => ({ roomId, frame: Buffer.from(body) })));
      if (!appended.ok) throw new Error(appended.error.detail);
      return appended.value.map((one) => [one.type, "seq" in one ? one.seq : 0]);
    };
    const read = (after: number, maxBytes = EVERYTHING) => {
      const page = log.readAfter(roomId, after, maxBytes);
      if (!page.ok) throw new Error(page.error.detail);
      const { snapshot, frames } = page.value;
      return [
        ...(snapshot === undefined ? [] : [`${snapshot.upto}=${Buffer.from(snapshot.frame).toString()}`]),
        ...frames.map(({ seq, frame }) => `${seq}:${Buffer.from(frame).toString()}`),
      ];
    };
    return { log, roomId, append, read };
  };

  describe(`${name} as a RoomLog`, () => {
    it("numbers the frames of a room from 1 and gives them back in order", () => {
      const { append, read } = openWithRoom();
      expect(append("a", "b")).toEqual([
        ["stored", 1],
        ["stored", 2],
      ]);
      expect(append("c")).toEqual([["stored", 3]]);
      expect(read(0)).toEqual(["1:a", "2:b", "3:c"]);
      expect(read(2)).toEqual(["3:c"]);
      expect(read(3)).toEqual([]);
      expect(read(99)).toEqual([]);
    });

    it("keeps a room's log id and head, and tells rooms apart", () => {
      const { log, roomId, append } = openWithRoom();
      const fresh = log.head(roomId);
      append("a");
      const later = log.head(roomId);
      const other = log.head(Uint8Array.from(randomBytes(16)));
      if (!fresh.ok || !later.ok || !other.ok) throw new Error("a head is missing");
      expect(fresh.value.head).toBe(0);
      expect(later.value.head).toBe(1);
      expect(fresh.value.logId).toHaveLength(16);
      expect(Buffer.from(later.value.logId)).toEqual(Buffer.from(fresh.value.logId));
      expect(other.value.head).toBe(0);
      expect(Buffer.from(other.value.logId)).not.toEqual(Buffer.from(fresh.value.logId));
    });

    it("does not store a frame twice, but gives its first number", () => {
      const { append, read } = openWithRoom();
      append("a", "b");
      expect(append("a", "c", "c")).toEqual([
        ["duplicate", 1],
        ["stored", 3],
        ["duplicate", 3],
      ]);
      expect(read(0)).toEqual(["1:a", "2:b", "3:c"]);
    });

    it("numbers each room by itself when their frames come mixed in one batch", () => {
      const { log, roomId, append, read } = openWithRoom();
      const elsewhere = Uint8Array.from(randomBytes(16));
      append("a");
      const mixed = ["a", "b", "a", "c", "b"].map((body, at) => ({
        roomId: Uint8Array.from(at % 2 === 0 ? roomId : elsewhere),
        frame: Buffer.from(body),
      }));
      expect(log.append(mixed)).toMatchObject({
        value: [
          { type: "duplicate", seq: 1 },
          { type: "stored", seq: 1 },
          { type: "duplicate", seq: 1 },
          { type: "stored", seq: 2 },
          { type: "stored", seq: 2 },
        ],
      });
      expect(append("d")).toEqual([["stored", 3]]);
      expect(read(0)).toEqual(["1:a", "2:b", "3:d"]);
      expect(log.head(elsewhere)).toMatchObject({ value: { head: 2 } });
    });

    it("stores the same frame in two rooms", () => {
      const { log, append } = openWithRoom();
      append("a");
      const elsewhere = { roomId: Uint8Array.from(randomBytes(16)), frame: Buffer.from("a") };
      expect(log.append([elsewhere])).toMatchObject({ ok: true, value: [{ type: "stored", seq: 1 }] });
    });

    it("replaces the frames up to a snapshot and no others", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a", "b", "c", "d");
      expect(log.compact(roomId, 2, Buffer.from("ab"))).toEqual({ ok: true, value: undefined });
      expect(read(0)).toEqual(["2=ab", "3:c", "4:d"]);
      expect(read(1)).toEqual(["2=ab", "3:c", "4:d"]);
      expect(read(2)).toEqual(["3:c", "4:d"]);
    });

    it("never uses a number twice, not even when the snapshot took all frames", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a", "b");
      log.compact(roomId, 2, Buffer.from("ab"));
      expect(append("c")).toEqual([["stored", 3]]);
      expect(read(0)).toEqual(["2=ab", "3:c"]);
    });

    it("refuses a snapshot that is not newer or goes beyond the head, and changes nothing", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a", "b", "c");
      log.compact(roomId, 2, Buffer.from("ab"));
      for (const upto of [0, 1, 2, 4]) {
        expect(log.compact(roomId, upto, Buffer.from("x"))).toEqual({ ok: false, error: { type: "stale" } });
      }
      expect(read(0)).toEqual(["2=ab", "3:c"]);
    });

    it("knows a frame again after the snapshot that replaced it, until the next one", () => {
      const { log, roomId, append } = openWithRoom();
      append("a", "b");
      log.compact(roomId, 1, Buffer.from("snapshot 1"));
      expect(append("a")).toEqual([["duplicate", 1]]);
      log.compact(roomId, 2, Buffer.from("snapshot 2"));
      expect(append("b")).toEqual([["duplicate", 2]]);
      expect(append("a")).toEqual([["stored", 3]]);
    });

    it("reads in pages that hold at least one frame and leave no gap", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("aaaa", "bbbb", "cccc");
      expect(read(0, 1)).toEqual(["1:aaaa"]);
      expect(read(0, 5)).toEqual(["1:aaaa", "2:bbbb"]);
      log.compact(roomId, 1, Buffer.from("snap"));
      expect(read(0, 1)).toEqual(["1=snap"]);
      expect(read(1, 1)).toEqual(["2:bbbb"]);
    });

    it("replaces the whole log by the closing frame and takes nothing more, for this room only", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a", "b", "c");
      log.compact(roomId, 1, Buffer.from("a"));
      expect(log.closeRoom(roomId, 3, Buffer.from("moved"))).toEqual({ ok: true, value: undefined });
      expect(read(0)).toEqual(["3=moved"]);
      expect(read(3)).toEqual([]);
      expect(read(2)).toEqual(["3=moved"]);
      expect(log.head(roomId)).toMatchObject({ ok: true, value: { head: 3, isClosed: true } });
      expect(append("a", "d")).toEqual([
        ["room-closed", 0],
        ["room-closed", 0],
      ]);
      const refusal = { ok: false, error: { type: "room-closed" } };
      expect(log.compact(roomId, 3, Buffer.from("x"))).toEqual(refusal);
      expect(log.closeRoom(roomId, 3, Buffer.from("x"))).toEqual(refusal);
      expect(read(0)).toEqual(["3=moved"]);
      const elsewhere = Uint8Array.from(randomBytes(16));
      expect(log.append([{ roomId: elsewhere, frame: Buffer.from("a") }])).toMatchObject({
        value: [{ type: "stored" }],
      });
      expect(log.head(elsewhere)).toMatchObject({ ok: true, value: { isClosed: false } });
    });

    it("refuses to close at anything but the head, and changes nothing", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a", "b");
      for (const upto of [0, 1, 3]) {
        expect(log.closeRoom(roomId, upto, Buffer.from("x"))).toEqual({
          ok: false,
          error: { type: "stale" },
        });
      }
      expect(append("c")).toEqual([["stored", 3]]);
      expect(read(0)).toEqual(["1:a", "2:b", "3:c"]);
    });

    it("closes right after a snapshot, and a room that never held a frame", () => {
      const { log, roomId, append, read } = openWithRoom();
      append("a");
      log.compact(roomId, 1, Buffer.from("snapshot"));
      expect(log.closeRoom(roomId, 1, Buffer.from("moved")).ok).toBe(true);
      expect(read(0)).toEqual(["1=moved"]);
      const empty = openWithRoom();
      expect(empty.log.closeRoom(empty.roomId, 0, Buffer.from("moved")).ok).toBe(true);
      expect(empty.read(-1)).toEqual(["0=moved"]);
    });

    it("[T15] holds a room to its bytes, and frees them by compaction", () => {
      const { log, roomId, append } = openWithRoom({ roomBytes: 10, roomFrames: 100 });
      expect(append("aaaa", "bbbb", "cccc", "dd")).toEqual([
        ["stored", 1],
        ["stored", 2],
        ["quota-exceeded", 0],
        ["stored", 3],
      ]);
      log.compact(roomId, 2, Buffer.from("s"));
      expect(append("cccc")).toEqual([["stored", 4]]);
      expect(append("eeee")).toEqual([["quota-exceeded", 0]]);
    });

    it("[T15] knows a frame again in a room that is full", () => {
      const { append } = openWithRoom({ roomBytes: 4, roomFrames: 2 });
      append("aa", "bb");
      expect(append("aa", "cc", "bb")).toEqual([
        ["duplicate", 1],
        ["quota-exceeded", 0],
        ["duplicate", 2],
      ]);
    });

    it("[T15] holds a room to its number of frames, and one full room does not stop another", () => {
      const { log, append } = openWithRoom({ roomBytes: 100, roomFrames: 1 });
      append("a");
      expect(append("b")).toEqual([["quota-exceeded", 0]]);
      const elsewhere = { roomId: Uint8Array.from(randomBytes(16)), frame: Buffer.from("b") };
      expect(log.append([elsewhere])).toMatchObject({ ok: true, value: [{ type: "stored", seq: 1 }] });
    });
  });
};
