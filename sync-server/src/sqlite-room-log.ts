/**
 * The RoomLog on disk: one SQLite file, embedded in Node.
 * 1. WAL with synchronous=FULL: an acknowledged frame survives a power cut (NORMAL lost some in 12 of 20 cuts).
 * 2. One process holds the file; a second one is told so at its start.
 * 3. A write that fails (disk full, I/O error) is rolled back and reported; reading goes on, and the next write
 *    is tried afresh.
 */
import { hash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
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

const SCHEMA_VERSION = 2;
const PAGE_BYTES = 4096;
/** A page that many commits change is copied from the WAL into the file once for all of them. */
const WAL_BYTES = 16 * 1024 * 1024;

/** A frame's body is null once a snapshot has replaced it; its hash stays until the next snapshot. */
const SCHEMA = `
  create table room (
    id integer primary key, room_id blob not null unique, log_id blob not null,
    head integer not null, upto integer not null, bytes integer not null,
    closed integer not null default 0) strict;
  create table snapshot (room integer primary key references room (id), frame blob not null) strict;
  create table frame (
    room integer not null references room (id), seq integer not null, hash blob not null, body blob,
    primary key (room, seq)) strict, without rowid;
  create unique index frame_by_hash on frame (room, hash);
  pragma user_version = ${SCHEMA_VERSION};`;

/** Version 1 had rooms that never close. */
const MIGRATE_1_TO_2 =
  "alter table room add column closed integer not null default 0; pragma user_version = 2;";

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const SQLITE = { busy: 5, corrupt: 11, notADatabase: 26 } as const;

export type OpenLogError = {
  readonly type: "in-use" | "damaged" | "newer-version" | "unusable";
  readonly detail: string;
};

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
  readonly bytes: number;
  /** 0 or 1. */
  readonly closed: number;
}

/** A room in the middle of a transaction. */
interface GrowingRoom {
  readonly roomId: Uint8Array;
  readonly id: number;
  readonly upto: number;
  readonly isClosed: boolean;
  /** The head before the transaction. */
  readonly grownFrom: number;
  head: number;
  bytes: number;
}

export const openSqliteRoomLog = (options: SqliteRoomLogOptions): Result<RoomLog, OpenLogError> => {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(options.file);
    const prepared = prepareDatabase(db, options.databaseBytes);
    if (!prepared.ok) db.close();
    return prepared.ok ? ok(createSqliteRoomLog(db, options)) : prepared;
  } catch (error) {
    db?.close();
    return err({ type: openErrorType(primaryCode(error)), detail: describe(error) });
  }
};

const prepareDatabase = (db: DatabaseSync, databaseBytes: number): Result<void, OpenLogError> => {
  db.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;");
  db.exec(`pragma journal_size_limit = ${WAL_BYTES}; pragma wal_autocheckpoint = ${WAL_BYTES / PAGE_BYTES};`);
  db.exec(`pragma max_page_count = ${Math.floor(databaseBytes / PAGE_BYTES)};`);
  const version = Number(db.prepare("pragma user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION) return err({ type: "newer-version", detail: `schema ${version}` });
  if (version === 0) db.exec(`begin immediate; ${SCHEMA} commit;`);
  if (version === 1) db.exec(`begin immediate; ${MIGRATE_1_TO_2} commit;`);
  const health = db.prepare("pragma quick_check(1)").get()?.["quick_check"];
  return health === "ok" ? ok(undefined) : err({ type: "damaged", detail: String(health) });
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

const read = <T>(work: () => T): Result<T, LogReadError> => {
  try {
    return ok(work());
  } catch (error) {
    return err({ type: "unreadable", detail: describe(error) });
  }
};

const createSqliteRoomLog = (
  db: DatabaseSync,
  { randomBytes, quota, hasSpace }: SqliteRoomLogOptions,
): RoomLog => {
  const selectRoom = db.prepare("select id, log_id, head, upto, bytes, closed from room where room_id = ?");
  const insertRoom = db.prepare(
    "insert into room (room_id, log_id, head, upto, bytes) values (?, ?, 0, 0, 0)",
  );
  const updateRoom = db.prepare("update room set head = ?, upto = ?, bytes = ? where id = ?");
  const growRoom = db.prepare("update room set head = ?, bytes = ? where id = ?");
  const markClosed = db.prepare("update room set closed = 1 where id = ?");
  const selectSeq = db.prepare("select seq from frame where room = ? and hash = ?");
  /** Changes nothing when the room has the frame. */
  const insertFrame = db.prepare(
    "insert into frame (room, seq, hash, body) values (?, ?, ?, ?) on conflict (room, hash) do nothing",
  );
  const selectFrames = db.prepare(
    "select seq, body from frame where room = ? and seq > ? and body is not null order by seq",
  );
  const forgetHashes = db.prepare("delete from frame where room = ? and seq <= ?");
  const forgetBodies = db.prepare("update frame set body = null where room = ? and seq <= ?");
  const selectBytes = db.prepare("select total(length(body)) as bytes from frame where room = ?");
  const selectSnapshot = db.prepare("select frame from snapshot where room = ?");
  const deleteSnapshot = db.prepare("delete from snapshot where room = ?");
  const insertSnapshot = db.prepare("insert into snapshot (room, frame) values (?, ?)");

  // `as`: our own columns, typed by a strict table.
  const findRoom = (roomId: Uint8Array): RoomRow | undefined => selectRoom.get(roomId) as RoomRow | undefined;

  const roomOf = (roomId: Uint8Array): RoomRow => {
    const found = findRoom(roomId);
    if (found !== undefined) return found;
    const logId = randomBytes(16);
    const id = Number(insertRoom.run(roomId, logId).lastInsertRowid);
    return { id, log_id: logId, head: 0, upto: 0, bytes: 0, closed: 0 };
  };

  const write = <T>(work: () => T): Result<T, LogWriteError> => {
    try {
      db.exec("begin immediate");
      const value = work();
      db.exec("commit");
      return ok(value);
    } catch (error) {
      // SQLite rolls back by itself after some errors, such as a full disk.
      if (db.isTransaction) db.exec("rollback");
      return err({ type: "read-only", detail: describe(error) });
    }
  };

  /** A room that takes frames is read once and written once in a transaction. */
  const appendAll = <Entry extends RoomEntry>(entries: readonly Entry[]): readonly Appended<Entry>[] => {
    const growing = new Map<string, GrowingRoom>();
    let last: GrowingRoom | undefined;
    const appended = entries.map((entry) => {
      if (last?.roomId !== entry.roomId) last = growingOf(entry.roomId, growing);
      return appendOne(last, entry);
    });
    for (const { id, head, bytes, grownFrom } of growing.values())
      if (head > grownFrom) growRoom.run(head, bytes, id);
    return appended;
  };

  const growingOf = (roomId: Uint8Array, growing: Map<string, GrowingRoom>): GrowingRoom => {
    const key = keyOf(roomId);
    const known = growing.get(key);
    if (known !== undefined) return known;
    const { id, head, upto, bytes, closed } = roomOf(roomId);
    const room = { roomId, id, head, upto, bytes, isClosed: closed !== 0, grownFrom: head };
    growing.set(key, room);
    return room;
  };

  const appendOne = <Entry extends RoomEntry>(room: GrowingRoom, entry: Entry): Appended<Entry> => {
    if (room.isClosed) return { type: "room-closed", entry };
    const digest = hash("sha256", entry.frame, "buffer");
    const bytes = room.bytes + entry.frame.length;
    const isFull = room.head - room.upto >= quota.roomFrames || bytes > quota.roomBytes;
    if (isFull || insertFrame.run(room.id, room.head + 1, digest, entry.frame).changes === 0) {
      const known = selectSeq.get(room.id, digest)?.["seq"];
      if (known === undefined) return { type: "quota-exceeded", entry };
      return { type: "duplicate", entry, seq: Number(known) };
    }
    room.head += 1;
    room.bytes = bytes;
    return { type: "stored", entry, seq: room.head };
  };

  /** Deletes before it inserts: in a full database the snapshot fits into the pages that it frees. */
  const replaceFrames = (room: RoomRow, upto: number, frame: Uint8Array): void => {
    forgetHashes.run(room.id, room.upto);
    forgetBodies.run(room.id, upto);
    deleteSnapshot.run(room.id);
    insertSnapshot.run(room.id, frame);
    const kept = Number(selectBytes.get(room.id)?.["bytes"]);
    updateRoom.run(room.head, upto, kept + frame.length, room.id);
  };

  /** The condition, the replacement and what else belongs to it are one transaction. */
  const takeSnapshot = (
    roomId: Uint8Array,
    upto: number,
    frame: Uint8Array,
    isTimely: (room: RoomRow) => boolean,
    alsoDo?: (room: RoomRow) => void,
  ): Result<void, SnapshotError> => {
    const done = write(() => {
      const room = roomOf(roomId);
      if (room.closed !== 0) return "room-closed";
      if (!isTimely(room)) return "stale";
      replaceFrames(room, upto, frame);
      alsoDo?.(room);
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
    compact: (roomId, upto, frame) =>
      takeSnapshot(roomId, upto, frame, (room) => upto > room.upto && upto <= room.head),
    closeRoom: (roomId, upto, frame) =>
      takeSnapshot(
        roomId,
        upto,
        frame,
        (room) => upto === room.head,
        ({ id }) => {
          forgetHashes.run(id, upto);
          markClosed.run(id);
        },
      ),
    readAfter: (roomId, after, maxBytes) =>
      read((): LogPage => {
        const room = findRoom(roomId);
        if (room === undefined) return { frames: [] };
        const snapshot = room.upto > after ? selectSnapshot.get(room.id)?.["frame"] : undefined;
        const frames: LogPage["frames"][number][] = [];
        let bytes = snapshot instanceof Uint8Array ? snapshot.length : 0;
        for (const { seq, body } of selectFrames.iterate(room.id, Math.max(after, room.upto))) {
          if (bytes >= maxBytes) break;
          if (!(body instanceof Uint8Array)) throw new Error("a stored frame is not bytes");
          frames.push({ seq: Number(seq), frame: body });
          bytes += body.length;
        }
        return snapshot instanceof Uint8Array
          ? { snapshot: { upto: room.upto, frame: snapshot }, frames }
          : { frames };
      }),
    close: () => db.close(),
  };
};
