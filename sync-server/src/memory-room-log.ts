/** A RoomLog that lives as long as the process: for tests, and for relays that need not outlive their start. */
import { createHash } from "node:crypto";
import { err, ok } from "@deskhand/doc-schema/wire";
import type { Appended, LogPage, RoomEntry, RoomLog, RoomQuota } from "./room-log.ts";

interface MemoryRoom {
  readonly logId: Uint8Array;
  head: number;
  bytes: number;
  isClosed: boolean;
  snapshot: { readonly upto: number; readonly frame: Uint8Array };
  /** Only those after the snapshot. */
  readonly frames: Map<number, Uint8Array>;
  readonly seqsByHash: Map<string, number>;
}

const keyOf = (roomId: Uint8Array): string => Buffer.from(roomId).toString("hex");
const hashOf = (frame: Uint8Array): string => createHash("sha256").update(frame).digest("hex");

const NO_SNAPSHOT = { upto: 0, frame: new Uint8Array(0) };

export const createMemoryRoomLog = ({
  randomBytes,
  quota,
}: {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly quota: RoomQuota;
}): RoomLog => {
  const rooms = new Map<string, MemoryRoom>();

  const roomOf = (roomId: Uint8Array): MemoryRoom => {
    const key = keyOf(roomId);
    const room = rooms.get(key) ?? {
      logId: randomBytes(16),
      head: 0,
      bytes: 0,
      isClosed: false,
      snapshot: NO_SNAPSHOT,
      frames: new Map(),
      seqsByHash: new Map(),
    };
    rooms.set(key, room);
    return room;
  };

  /** What comes of an entry; it is not yet taken. */
  const judge = <Entry extends RoomEntry>(room: MemoryRoom, entry: Entry, hash: string): Appended<Entry> => {
    if (room.isClosed) return { type: "room-closed", entry };
    const known = room.seqsByHash.get(hash);
    if (known !== undefined) return { type: "duplicate", entry, seq: known };
    const isFull = room.frames.size >= quota.roomFrames || room.bytes + entry.frame.length > quota.roomBytes;
    return isFull ? { type: "quota-exceeded", entry } : { type: "stored", entry, seq: room.head + 1 };
  };

  const appendOne = <Entry extends RoomEntry>(entry: Entry): Appended<Entry> => {
    const room = roomOf(entry.roomId);
    const hash = hashOf(entry.frame);
    const judged = judge(room, entry, hash);
    if (judged.type !== "stored") return judged;
    room.head = judged.seq;
    room.bytes += entry.frame.length;
    room.frames.set(room.head, Uint8Array.from(entry.frame));
    room.seqsByHash.set(hash, room.head);
    return judged;
  };

  return {
    head: (roomId) => {
      const { head, logId, isClosed } = roomOf(roomId);
      return ok({ head, logId, isClosed });
    },
    append: (entries) => ok(entries.map(appendOne)),
    foresee: (entry) => {
      const room = rooms.get(keyOf(entry.roomId));
      const judged = room && judge(room, entry, hashOf(entry.frame));
      return judged?.type === "stored" ? judged.seq : undefined;
    },
    compact: (roomId, upto, frame) => {
      const room = roomOf(roomId);
      const before = room.snapshot.upto;
      if (room.isClosed) return err({ type: "room-closed" });
      if (upto <= before || upto > room.head) return err({ type: "stale" });
      room.snapshot = { upto, frame: Uint8Array.from(frame) };
      for (const seq of room.frames.keys()) if (seq <= upto) room.frames.delete(seq);
      room.bytes = [...room.frames.values()].reduce((sum, kept) => sum + kept.length, frame.length);
      for (const [hash, seq] of room.seqsByHash) if (seq <= before) room.seqsByHash.delete(hash);
      return ok(undefined);
    },
    closeRoom: (roomId, upto, frame) => {
      const room = roomOf(roomId);
      if (room.isClosed) return err({ type: "room-closed" });
      if (upto !== room.head) return err({ type: "stale" });
      room.snapshot = { upto, frame: Uint8Array.from(frame) };
      room.bytes = frame.length;
      room.frames.clear();
      room.seqsByHash.clear();
      room.isClosed = true;
      return ok(undefined);
    },
    readAfter: (roomId, after, maxBytes) => {
      const { snapshot, frames } = roomOf(roomId);
      const page: LogPage["frames"][number][] = [];
      let bytes = snapshot.upto > after ? snapshot.frame.length : 0;
      for (const [seq, frame] of frames) {
        if (seq <= after) continue;
        if (bytes >= maxBytes) break;
        page.push({ seq, frame });
        bytes += frame.length;
      }
      return ok(snapshot.upto > after ? { snapshot, frames: page } : { frames: page });
    },
    close: () => rooms.clear(),
  };
};
