/** What every adapter of the RoomLog port must do; each adapter's test runs it. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import type { Appended, LogWriteError, RoomEntry, RoomQuota } from "../../../sync-server/src/room-log.ts";
import type { SharedRoomLog } from "../../../sync-server/src/shared-room-log.ts";

const ROOMY: RoomQuota = { roomBytes: 1_000_000, roomFrames: 1_000 };
const EVERYTHING = 1_000_000;

/** All outcomes, in the order of the entries. */
const appendTo = (log: SharedRoomLog, entries: readonly RoomEntry[]) =>
  new Promise<Result<readonly Appended<RoomEntry>[], LogWriteError>>((resolve) => {
    const outcomes = new Map<RoomEntry, Appended<RoomEntry>>();
    log.append(entries, (_part, appended) => {
      if (!appended.ok) return resolve(appended);
      for (const one of appended.value) outcomes.set(one.entry, one);
      if (outcomes.size === entries.length)
        resolve(ok([...entries].flatMap((entry) => outcomes.get(entry) ?? [])));
    });
  });

export const runRoomLogTests = (
  name: string,
  open: (quota: RoomQuota) => SharedRoomLog | Promise<SharedRoomLog>,
): void => {
  const openWithRoom = async (quota = ROOMY) => {
    const shared = await open(quota);
    const log = { ...shared, append: (entries: readonly RoomEntry[]) => appendTo(shared, entries) };
    const roomId = Uint8Array.from(randomBytes(16));
    const append = async (...bodies: readonly string[]) => {
      const appended = await log.append(bodies.map((body) => ({ roomId, frame: Buffer.from(body) })));
      if (!appended.ok) throw new Error(appended.error.detail);
      return appended.value.map((one) => [one.type, "seq" in one ? one.seq : 0]);
    };
    const read = async (after: number, maxBytes = EVERYTHING) => {
      const page = await log.readAfter(roomId, after, maxBytes);
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
    it("numbers the frames of a room from 1 and gives them back in order", async () => {
      const { append, read } = await openWithRoom();
      expect(await append("a", "b")).toEqual([
        ["stored", 1],
        ["stored", 2],
      ]);
      expect(await append("c")).toEqual([["stored", 3]]);
      expect(await read(0)).toEqual(["1:a", "2:b", "3:c"]);
      expect(await read(2)).toEqual(["3:c"]);
      expect(await read(3)).toEqual([]);
      expect(await read(99)).toEqual([]);
    });

    it("keeps a room's log id and head, and tells rooms apart", async () => {
      const { log, roomId, append } = await openWithRoom();
      const fresh = await log.head(roomId);
      await append("a");
      const later = await log.head(roomId);
      const other = await log.head(Uint8Array.from(randomBytes(16)));
      if (!fresh.ok || !later.ok || !other.ok) throw new Error("a head is missing");
      expect(fresh.value.head).toBe(0);
      expect(later.value.head).toBe(1);
      expect(fresh.value.logId).toHaveLength(16);
      expect(Buffer.from(later.value.logId)).toEqual(Buffer.from(fresh.value.logId));
      expect(other.value.head).toBe(0);
      expect(Buffer.from(other.value.logId)).not.toEqual(Buffer.from(fresh.value.logId));
    });

    it("does not store a frame twice, but gives its first number", async () => {
      const { append, read } = await openWithRoom();
      await append("a", "b");
      expect(await append("a", "c", "c")).toEqual([
        ["duplicate", 1],
        ["stored", 3],
        ["duplicate", 3],
      ]);
      expect(await read(0)).toEqual(["1:a", "2:b", "3:c"]);
    });

    it("foresees the number of what it would store next, or says nothing; and nothing comes of it", async () => {
      const { log, roomId, append, read } = await openWithRoom({ roomBytes: 1_000, roomFrames: 3 });
      const foresee = (body: string) => log.foresee?.({ roomId, frame: Buffer.from(body) });
      if (log.foresee === undefined) return;
      await append("a");
      expect([foresee("b"), foresee("b"), foresee("c")]).toEqual([2, 2, 2]);
      expect(await read(1)).toEqual([]);
      expect(await append("b")).toEqual([["stored", 2]]);
      expect([foresee("a"), foresee("b"), foresee("x".repeat(1_000))]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(foresee("c")).toBe(3);
      expect(await append("c")).toEqual([["stored", 3]]);
      expect(foresee("d")).toBe(undefined);
      expect(await log.compact(roomId, 3, Buffer.from("abc"))).toEqual(ok(undefined));
      expect([4, undefined]).toContain(foresee("d"));
      await append("d");
      expect(foresee("e")).toBe(5);
      await log.closeRoom(roomId, 4, Buffer.from("end"));
      expect(foresee("e")).toBe(undefined);
    });

    it("numbers each room by itself when their frames come mixed in one batch", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      const elsewhere = Uint8Array.from(randomBytes(16));
      await append("a");
      const mixed = ["a", "b", "a", "c", "b"].map((body, at) => ({
        roomId: Uint8Array.from(at % 2 === 0 ? roomId : elsewhere),
        frame: Buffer.from(body),
      }));
      expect(await log.append(mixed)).toMatchObject({
        value: [
          { type: "duplicate", seq: 1 },
          { type: "stored", seq: 1 },
          { type: "duplicate", seq: 1 },
          { type: "stored", seq: 2 },
          { type: "stored", seq: 2 },
        ],
      });
      expect(await append("d")).toEqual([["stored", 3]]);
      expect(await read(0)).toEqual(["1:a", "2:b", "3:d"]);
      expect(await log.head(elsewhere)).toMatchObject({ value: { head: 2 } });
    });

    it("stores the same frame in two rooms", async () => {
      const { log, append } = await openWithRoom();
      await append("a");
      const elsewhere = { roomId: Uint8Array.from(randomBytes(16)), frame: Buffer.from("a") };
      expect(await log.append([elsewhere])).toMatchObject({ ok: true, value: [{ type: "stored", seq: 1 }] });
    });

    it("replaces the frames up to a snapshot and no others", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a", "b", "c", "d");
      expect(await log.compact(roomId, 2, Buffer.from("ab"))).toEqual({ ok: true, value: undefined });
      expect(await read(0)).toEqual(["2=ab", "3:c", "4:d"]);
      expect(await read(1)).toEqual(["2=ab", "3:c", "4:d"]);
      expect(await read(2)).toEqual(["3:c", "4:d"]);
    });

    it("never uses a number twice, not even when the snapshot took all frames", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a", "b");
      await log.compact(roomId, 2, Buffer.from("ab"));
      expect(await append("c")).toEqual([["stored", 3]]);
      expect(await read(0)).toEqual(["2=ab", "3:c"]);
    });

    it("refuses a snapshot that is not newer or goes beyond the head, and changes nothing", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a", "b", "c");
      await log.compact(roomId, 2, Buffer.from("ab"));
      for (const upto of [0, 1, 2, 4]) {
        expect(await log.compact(roomId, upto, Buffer.from("x"))).toEqual({
          ok: false,
          error: { type: "stale" },
        });
      }
      expect(await read(0)).toEqual(["2=ab", "3:c"]);
    });

    it("knows a frame again after the snapshot that replaced it, until the next one", async () => {
      const { log, roomId, append } = await openWithRoom();
      await append("a", "b");
      await log.compact(roomId, 1, Buffer.from("snapshot 1"));
      expect(await append("a")).toEqual([["duplicate", 1]]);
      await log.compact(roomId, 2, Buffer.from("snapshot 2"));
      expect(await append("b")).toEqual([["duplicate", 2]]);
      expect(await append("a")).toEqual([["stored", 3]]);
    });

    it("reads in pages that hold at least one frame and leave no gap", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("aaaa", "bbbb", "cccc");
      expect(await read(0, 1)).toEqual(["1:aaaa"]);
      expect(await read(0, 5)).toEqual(["1:aaaa", "2:bbbb"]);
      await log.compact(roomId, 1, Buffer.from("snap"));
      expect(await read(0, 1)).toEqual(["1=snap"]);
      expect(await read(1, 1)).toEqual(["2:bbbb"]);
    });

    it("replaces the whole log by the closing frame and takes nothing more, for this room only", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a", "b", "c");
      await log.compact(roomId, 1, Buffer.from("a"));
      expect(await log.closeRoom(roomId, 3, Buffer.from("moved"))).toEqual({ ok: true, value: undefined });
      expect(await read(0)).toEqual(["3=moved"]);
      expect(await read(3)).toEqual([]);
      expect(await read(2)).toEqual(["3=moved"]);
      expect(await log.head(roomId)).toMatchObject({ ok: true, value: { head: 3, isClosed: true } });
      expect(await append("a", "d")).toEqual([
        ["room-closed", 0],
        ["room-closed", 0],
      ]);
      const refusal = { ok: false, error: { type: "room-closed" } };
      expect(await log.compact(roomId, 3, Buffer.from("x"))).toEqual(refusal);
      expect(await log.closeRoom(roomId, 3, Buffer.from("x"))).toEqual(refusal);
      expect(await read(0)).toEqual(["3=moved"]);
      const elsewhere = Uint8Array.from(randomBytes(16));
      expect(await log.append([{ roomId: elsewhere, frame: Buffer.from("a") }])).toMatchObject({
        value: [{ type: "stored" }],
      });
      expect(await log.head(elsewhere)).toMatchObject({ ok: true, value: { isClosed: false } });
    });

    it("refuses to close at anything but the head, and changes nothing", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a", "b");
      for (const upto of [0, 1, 3]) {
        expect(await log.closeRoom(roomId, upto, Buffer.from("x"))).toEqual({
          ok: false,
          error: { type: "stale" },
        });
      }
      expect(await append("c")).toEqual([["stored", 3]]);
      expect(await read(0)).toEqual(["1:a", "2:b", "3:c"]);
    });

    it("closes right after a snapshot, and a room that never held a frame", async () => {
      const { log, roomId, append, read } = await openWithRoom();
      await append("a");
      await log.compact(roomId, 1, Buffer.from("snapshot"));
      expect((await log.closeRoom(roomId, 1, Buffer.from("moved"))).ok).toBe(true);
      expect(await read(0)).toEqual(["1=moved"]);
      const empty = await openWithRoom();
      expect((await empty.log.closeRoom(empty.roomId, 0, Buffer.from("moved"))).ok).toBe(true);
      expect(await empty.read(-1)).toEqual(["0=moved"]);
    });

    it("[T15] holds a room to its bytes, and frees them by compaction", async () => {
      const { log, roomId, append } = await openWithRoom({ roomBytes: 10, roomFrames: 100 });
      expect(await append("aaaa", "bbbb", "cccc", "dd")).toEqual([
        ["stored", 1],
        ["stored", 2],
        ["quota-exceeded", 0],
        ["stored", 3],
      ]);
      await log.compact(roomId, 2, Buffer.from("s"));
      expect(await append("cccc")).toEqual([["stored", 4]]);
      expect(await append("eeee")).toEqual([["quota-exceeded", 0]]);
    });

    it("[T15] knows a frame again in a room that is full", async () => {
      const { append } = await openWithRoom({ roomBytes: 4, roomFrames: 2 });
      await append("aa", "bb");
      expect(await append("aa", "cc", "bb")).toEqual([
        ["duplicate", 1],
        ["quota-exceeded", 0],
        ["duplicate", 2],
      ]);
    });

    it("[T15] holds a room to its number of frames, and one full room does not stop another", async () => {
      const { log, append } = await openWithRoom({ roomBytes: 100, roomFrames: 1 });
      await append("a");
      expect(await append("b")).toEqual([["quota-exceeded", 0]]);
      const elsewhere = { roomId: Uint8Array.from(randomBytes(16)), frame: Buffer.from("b") };
      expect(await log.append([elsewhere])).toMatchObject({ ok: true, value: [{ type: "stored", seq: 1 }] });
    });
  });
};
