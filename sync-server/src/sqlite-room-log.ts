/**
 * The RoomLog on disk: one SQLite file, embedded in Node.
 * 1. A write that fails (disk full, I/O error) is rolled back and reported; reading goes on, and the next write
 *    is tried afresh, where nothing has failed yet.
 * 2. What is remembered of a room between writes is what the disk holds: a write that fails forgets it.
 */
import { hash } from "node:crypto";
import { backup, DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import {
  bodiesOf,
  HASH_BYTES,
  hashesOf,
  SIZE_BYTES,
  toBatches,
  withoutFirst,
  type FrameBatch,
  type NewFrame,
} from "./frame-batches.ts";
import type {
  Appended,
  LogPage,
  LogReadError,
  LogWriteError,
  RoomEntry,
  RoomLog,
  RoomQuota,
  SnapshotError,
} from "./room-log.ts";
import { createRecentValues } from "./recent-values.ts";
import { emptyWal, prepareDatabase, proveDiskFor, type OpenLogError } from "./sqlite-schema.ts";

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const SQLITE = { busy: 5, corrupt: 11, notADatabase: 26 } as const;

/** Hashes that are kept in memory, of all rooms together: about 80 bytes each, 20 MB. */
const MAX_RECENT_HASHES = 256 * 1024;
/** What else a room takes there, in hashes. */
const ROOM_WEIGHT = 8;

export interface SqliteRoomLogOptions {
  readonly file: string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly quota: RoomQuota;
  /** Bytes; SQLite reports a full disk beyond it. */
  readonly databaseBytes: number;
  /** False below the low-water mark of the disk: appends are refused, compaction is not. */
  readonly hasSpace: () => boolean;
}

interface RoomRow {
  readonly id: number;
  readonly log_id: Uint8Array;
  readonly head: number;
  readonly upto: number;
  /** 0 or 1. */
  readonly closed: number;
}

/** A room that takes frames. */
interface GrowingRoom {
  readonly id: number;
  readonly upto: number;
  readonly isClosed: boolean;
  head: number;
  bytes: number;
  /** Of all frames that count as known. */
  readonly seqs: Map<string, number>;
  /** Of the transaction that runs. */
  added: NewFrame[];
}

export const openSqliteRoomLog = (options: SqliteRoomLogOptions): Result<RoomLog, OpenLogError> => {
  let db: DatabaseSync | undefined;
  try {
    proveDiskFor(options.file);
    db = new DatabaseSync(options.file);
    const prepared = prepareDatabase(db, options.file, options.databaseBytes);
    if (!prepared.ok) db.close();
    return prepared.ok ? ok(createSqliteRoomLog(db, options)) : prepared;
  } catch (error) {
    db?.close();
    return err({ type: openErrorType(primaryCode(error)), detail: describe(error) });
  }
};

const openErrorType = (code: number): OpenLogError["type"] => {
  if (code === SQLITE.busy) return "in-use";
  return code === SQLITE.corrupt || code === SQLITE.notADatabase ? "damaged" : "unusable";
};

/** node:sqlite puts SQLite's extended code on the error; its low byte is the primary one. */
const primaryCode = (error: unknown): number =>
  error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const keyOf = (roomId: Uint8Array): string =>
  Buffer.from(roomId.buffer, roomId.byteOffset, roomId.length).toString("latin1");

/** `as`: our own columns, typed by a strict table. */
const asBatch = (row: unknown): FrameBatch => row as FrameBatch;

const read = <T>(work: () => T): Result<T, LogReadError> => {
  try {
    return ok(work());
  } catch (error) {
    return err({ type: "unreadable", detail: describe(error) });
  }
};

const createSqliteRoomLog = (
  db: DatabaseSync,
  { file, randomBytes, quota, hasSpace }: SqliteRoomLogOptions,
): RoomLog => {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const selectRoom = db.prepare(
    `select id, log_id, upto, closed, ifnull((
       select first + length(sizes) / ${SIZE_BYTES} - 1 from batch where room = room.id order by first desc limit 1
     ), upto) as head from room where room_id = ?`,
  );
  const insertRoom = db.prepare("insert into room (room_id, log_id) values (?, ?)");
  const updateRoom = db.prepare("update room set upto = ?, closed = ? where id = ?");
  const insertBatch = db.prepare(
    "insert into batch (room, first, hashes, sizes, bodies) values (?, ?, ?, ?, ?)",
  );
  /** From the batch that holds a number on. */
  const selectBatches = db.prepare(
    `select first, sizes, bodies from batch where room = ?1
     and first >= ifnull((select max(first) from batch where room = ?1 and first <= ?2), 0) order by first`,
  );
  const selectHashes = db.prepare(
    "select first, hashes from batch where room = ? and first <= ? order by first",
  );
  const selectBatch = db.prepare(
    "select first, hashes, sizes, bodies from batch where room = ? and first <= ? order by first desc limit 1",
  );
  const deleteBatches = db.prepare("delete from batch where room = ? and first <= ?");
  const selectBytes = db.prepare(
    `select total(length(bodies)) + ifnull((select length(frame) from snapshot where room = ?1), 0) as bytes
     from batch where room = ?1`,
  );
  const selectSnapshot = db.prepare("select frame, hashes from snapshot where room = ?");
  const deleteSnapshot = db.prepare("delete from snapshot where room = ?");
  const insertSnapshot = db.prepare("insert into snapshot (room, frame, hashes) values (?, ?, ?)");

  const recent = createRecentValues<GrowingRoom>(MAX_RECENT_HASHES);

  // `as`: our own columns, typed by a strict table.
  const findRoom = (roomId: Uint8Array): RoomRow | undefined => selectRoom.get(roomId) as RoomRow | undefined;

  const roomOf = (roomId: Uint8Array): RoomRow => {
    const found = findRoom(roomId);
    if (found !== undefined) return found;
    const logId = randomBytes(16);
    const id = Number(insertRoom.run(roomId, logId).lastInsertRowid);
    return { id, log_id: logId, head: 0, upto: 0, closed: 0 };
  };

  /** Whether the last write did: then the WAL may hold what is on no disk. */
  let hasFailed = false;

  const recover = (): void => {
    proveDiskFor(file);
    emptyWal(db, file);
    hasFailed = false;
  };

  const write = <T>(work: () => T): Result<T, LogWriteError> => {
    try {
      if (hasFailed) recover();
      begin.run();
      const value = work();
      commit.run();
      return ok(value);
    } catch (error) {
      // SQLite rolls back by itself after some errors, such as a full disk.
      if (db.isTransaction) db.exec("rollback");
      hasFailed = true;
      recent.clear();
      return err({ type: "read-only", detail: describe(error) });
    }
  };

  /** What a room takes in a transaction is written at its end, in few rows. */
  const appendAll = <Entry extends RoomEntry>(entries: readonly Entry[]): readonly Appended<Entry>[] => {
    const growing = new Map<string, GrowingRoom>();
    let last: { readonly roomId: Uint8Array; readonly room: GrowingRoom } | undefined;
    const appended = entries.map((entry) => {
      if (last?.roomId !== entry.roomId) {
        const key = keyOf(entry.roomId);
        const room = growing.get(key) ?? recall(key, entry.roomId);
        growing.set(key, room);
        last = { roomId: entry.roomId, room };
      }
      return appendOne(last.room, entry);
    });
    for (const room of growing.values()) store(room);
    for (const [key, room] of growing) recent.put(key, room, room.seqs.size + ROOM_WEIGHT);
    return appended;
  };

  const hashRows = (room: number, upto: number): readonly Pick<FrameBatch, "first" | "hashes">[] =>
    selectHashes.all(room, upto).map(asBatch);

  /** With the hashes of all its frames, and of those that the last snapshot replaced. */
  const recall = (key: string, roomId: Uint8Array): GrowingRoom => {
    const known = recent.get(key);
    if (known !== undefined) return known;
    const { id, head, upto, closed } = roomOf(roomId);
    const seqs = new Map<string, number>();
    const learn = (first: number, hashes: Uint8Array): void =>
      hashesOf(hashes).forEach((frameHash, at) => seqs.set(frameHash, first + at));
    const replaced = selectSnapshot.get(id)?.["hashes"];
    if (replaced instanceof Uint8Array) learn(upto + 1 - replaced.length / HASH_BYTES, replaced);
    for (const { first, hashes } of hashRows(id, head)) learn(first, hashes);
    const bytes = Number(selectBytes.get(id)?.["bytes"]);
    return { id, upto, isClosed: closed !== 0, head, bytes, seqs, added: [] };
  };

  /** What comes of an entry; it is not yet taken. */
  const judge = <Entry extends RoomEntry>(
    room: GrowingRoom,
    entry: Entry,
    frameHash: string,
  ): Appended<Entry> => {
    if (room.isClosed) return { type: "room-closed", entry };
    const known = room.seqs.get(frameHash);
    if (known !== undefined) return { type: "duplicate", entry, seq: known };
    const isFull =
      room.head - room.upto >= quota.roomFrames || room.bytes + entry.frame.length > quota.roomBytes;
    return isFull ? { type: "quota-exceeded", entry } : { type: "stored", entry, seq: room.head + 1 };
  };

  const appendOne = <Entry extends RoomEntry>(room: GrowingRoom, entry: Entry): Appended<Entry> => {
    const { frame } = entry;
    const frameHash = hash("sha256", frame, "binary");
    const judged = judge(room, entry, frameHash);
    if (judged.type !== "stored") return judged;
    room.head = judged.seq;
    room.bytes += frame.length;
    room.seqs.set(frameHash, room.head);
    room.added.push({ hash: frameHash, frame });
    return judged;
  };

  /** Of a room that is remembered: to look it up on the disk would take what is to be saved. */
  const foresee = (entry: RoomEntry): number | undefined => {
    const room = recent.get(keyOf(entry.roomId));
    if (room === undefined || !hasSpace()) return undefined;
    const judged = judge(room, entry, hash("sha256", entry.frame, "binary"));
    return judged.type === "stored" ? judged.seq : undefined;
  };

  const store = (room: GrowingRoom): void => {
    const { id, head, added } = room;
    room.added = [];
    for (const batch of toBatches(head - added.length + 1, added)) insert(id, batch);
  };

  const insert = (id: number, { first, hashes, sizes, bodies }: FrameBatch): void =>
    void insertBatch.run(id, first, hashes, sizes, bodies);

  const readFrames = (room: RoomRow, after: number, maxBytes: number): LogPage["frames"] => {
    const frames: LogPage["frames"][number][] = [];
    const cursor = Math.max(after, room.upto);
    let left = maxBytes;
    for (const row of selectBatches.iterate(room.id, cursor + 1)) {
      const batch = asBatch(row);
      for (const [at, frame] of bodiesOf(batch).entries()) {
        if (batch.first + at <= cursor) continue;
        if (left <= 0) return frames;
        frames.push({ seq: batch.first + at, frame });
        left -= frame.length;
      }
    }
    return frames;
  };

  /** Deletes before it inserts: in a full database the snapshot fits into the pages that it frees. */
  const replaceFrames = (room: RoomRow, upto: number, frame: Uint8Array, isLast: boolean): void => {
    const hashes = isLast
      ? []
      : hashRows(room.id, upto).map((batch) =>
          batch.hashes.subarray(0, (upto - batch.first + 1) * HASH_BYTES),
        );
    const newest = selectBatch.get(room.id, upto);
    deleteBatches.run(room.id, upto);
    if (newest !== undefined) keepAfter(room.id, asBatch(newest), upto);
    deleteSnapshot.run(room.id);
    insertSnapshot.run(room.id, frame, Buffer.concat(hashes));
    updateRoom.run(upto, isLast ? 1 : 0, room.id);
  };

  const keepAfter = (id: number, batch: FrameBatch, upto: number): void => {
    const rest = withoutFirst(batch, upto - batch.first + 1);
    if (rest.sizes.length > 0) insert(id, rest);
  };

  /** The condition and the replacement are one transaction. */
  const takeSnapshot = (
    roomId: Uint8Array,
    upto: number,
    frame: Uint8Array,
    { isTimely, isLast }: { readonly isTimely: (room: RoomRow) => boolean; readonly isLast: boolean },
  ): Result<void, SnapshotError> => {
    recent.forget(keyOf(roomId));
    const done = write(() => {
      const room = roomOf(roomId);
      if (room.closed !== 0) return "room-closed";
      if (!isTimely(room)) return "stale";
      replaceFrames(room, upto, frame, isLast);
      return "taken";
    });
    if (!done.ok) return done;
    return done.value === "taken" ? ok(undefined) : err({ type: done.value });
  };

  return {
    head: (roomId) => {
      const found = read(() => findRoom(roomId));
      const room = found.ok && found.value !== undefined ? ok(found.value) : write(() => roomOf(roomId));
      if (!room.ok) return room;
      const { head, log_id: logId, closed } = room.value;
      return ok({ head, logId, isClosed: closed !== 0 });
    },
    append: (entries) =>
      hasSpace()
        ? write(() => appendAll(entries))
        : err({ type: "read-only", detail: "free disk space is below the low-water mark" }),
    foresee,
    compact: (roomId, upto, frame) =>
      takeSnapshot(roomId, upto, frame, {
        isTimely: (room) => upto > room.upto && upto <= room.head,
        isLast: false,
      }),
    closeRoom: (roomId, upto, frame) =>
      takeSnapshot(roomId, upto, frame, { isTimely: (room) => upto === room.head, isLast: true }),
    readAfter: (roomId, after, maxBytes) =>
      read((): LogPage => {
        const room = findRoom(roomId);
        if (room === undefined) return { frames: [] };
        const snapshot = room.upto > after ? selectSnapshot.get(room.id)?.["frame"] : undefined;
        const isReplaced = snapshot instanceof Uint8Array;
        const frames = readFrames(room, after, maxBytes - (isReplaced ? snapshot.length : 0));
        return isReplaced ? { snapshot: { upto: room.upto, frame: snapshot }, frames } : { frames };
      }),
    copyTo: async (file) => {
      try {
        await backup(db, file);
        return ok(undefined);
      } catch (error) {
        return err({ type: "unreadable", detail: describe(error) });
      }
    },
    close: () => {
      // To close is to copy the WAL; without it the end of the process lets go of the file just as well.
      const isWell = !hasFailed || read(() => proveDiskFor(file)).ok;
      if (isWell) db.close();
    },
  };
};
