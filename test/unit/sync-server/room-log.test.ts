import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryRoomLog } from "../../../sync-server/src/memory-room-log.ts";
import type { RoomLog } from "../../../sync-server/src/room-log.ts";
import { openSqliteRoomLog, type SqliteRoomLogOptions } from "../../../sync-server/src/sqlite-room-log.ts";
import { runRoomLogTests } from "./room-log-suite.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

const newFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "deskhand-log-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "relay.db");
};

const tryOpen = (file: string, options: Partial<SqliteRoomLogOptions> = {}) =>
  openSqliteRoomLog({
    file,
    randomBytes,
    quota: { roomBytes: 1e9, roomFrames: 1e6 },
    databaseBytes: 1e9,
    hasSpace: () => true,
    ...options,
  });

const open = (file: string, options: Partial<SqliteRoomLogOptions> = {}): RoomLog => {
  const opened = tryOpen(file, options);
  if (!opened.ok) throw new Error(opened.error.detail);
  return opened.value;
};

runRoomLogTests("memory", (quota) => createMemoryRoomLog({ randomBytes, quota }));
runRoomLogTests("SQLite", (quota) => {
  const log = open(newFile(), { quota });
  cleanups.push(() => log.close());
  return log;
});

/** A file as the first release of the relay wrote it: frame 1 under a snapshot, frame 2 after it. */
const writeVersion1 = (file: string, roomId: Uint8Array): void => {
  const db = new DatabaseSync(file);
  db.exec(`
    create table room (
      id integer primary key, room_id blob not null unique, log_id blob not null,
      head integer not null, upto integer not null, bytes integer not null) strict;
    create table snapshot (room integer primary key references room (id), frame blob not null) strict;
    create table frame (
      room integer not null references room (id), seq integer not null, hash blob not null, body blob,
      primary key (room, seq)) strict, without rowid;
    create unique index frame_by_hash on frame (room, hash);
    pragma user_version = 1;`);
  const hash = (text: string) => createHash("sha256").update(text).digest();
  db.prepare("insert into room values (1, ?, ?, 2, 1, 14)").run(roomId, randomBytes(16));
  db.prepare("insert into snapshot values (1, ?)").run(Buffer.from("snapshot"));
  db.prepare("insert into frame values (1, 1, ?, null)").run(hash("first"));
  db.prepare("insert into frame values (1, 2, ?, ?)").run(hash("second"), Buffer.from("second"));
  db.close();
};

describe("the SQLite log on its disk", () => {
  const roomId = Uint8Array.from(randomBytes(16));
  const frames = (count: number, bytes: number) =>
    Array.from({ length: count }, () => ({ roomId, frame: randomBytes(bytes) }));

  it("has everything again when it is opened again, under the same log id", () => {
    const file = newFile();
    const first = open(file);
    first.append(frames(3, 100));
    first.compact(roomId, 1, Buffer.from("snapshot"));
    const before = [first.head(roomId), first.readAfter(roomId, 0, 1e6)];
    first.close();
    const second = open(file);
    expect([second.head(roomId), second.readAfter(roomId, 0, 1e6)]).toEqual(before);
    second.close();
  });

  it("[T15] says read-only when the database is full, stores no part of the batch, and goes on after compaction", () => {
    const log = open(newFile(), { databaseBytes: 256 * 1024 });
    cleanups.push(() => log.close());
    expect(log.append(frames(10, 10_000)).ok).toBe(true);
    expect(log.append(frames(40, 10_000))).toMatchObject({ ok: false, error: { type: "read-only" } });
    const kept = log.readAfter(roomId, 0, 1e9);
    expect(kept.ok && kept.value.frames.length).toBe(10);
    expect(log.compact(roomId, 10, randomBytes(10_000)).ok).toBe(true);
    expect(log.append(frames(5, 10_000)).ok).toBe(true);
  });

  it("[T15] refuses appends below the low-water mark of the disk, but not compaction, and recovers", () => {
    let hasSpace = true;
    const log = open(newFile(), { hasSpace: () => hasSpace });
    cleanups.push(() => log.close());
    log.append(frames(2, 10));
    hasSpace = false;
    expect(log.append(frames(1, 10))).toMatchObject({ ok: false, error: { type: "read-only" } });
    expect(log.compact(roomId, 2, Buffer.from("snapshot")).ok).toBe(true);
    hasSpace = true;
    expect(log.append(frames(1, 10))).toMatchObject({ ok: true, value: [{ seq: 3 }] });
  });

  it("says so when another relay has the file", () => {
    const file = newFile();
    const log = open(file);
    expect(tryOpen(file)).toMatchObject({ ok: false, error: { type: "in-use" } });
    log.close();
  });

  it("says so when the file is not a database", () => {
    const file = newFile();
    writeFileSync(file, randomBytes(8192));
    expect(tryOpen(file)).toMatchObject({ ok: false, error: { type: "damaged" } });
  });

  it("says so when a newer relay wrote the file", () => {
    const file = newFile();
    const db = new DatabaseSync(file);
    db.exec("pragma user_version = 99");
    db.close();
    expect(tryOpen(file)).toMatchObject({ ok: false, error: { type: "newer-version" } });
  });

  it("opens a database of version 1, keeps what it holds, and can close its rooms", () => {
    const file = newFile();
    writeVersion1(file, roomId);
    const log = open(file);
    expect(log.head(roomId)).toMatchObject({ ok: true, value: { head: 2, isClosed: false } });
    expect(log.readAfter(roomId, 0, 1e6)).toMatchObject({
      value: { snapshot: { upto: 1 }, frames: [{ seq: 2, frame: Uint8Array.from(Buffer.from("second")) }] },
    });
    expect(log.append([{ roomId, frame: Buffer.from("third") }])).toMatchObject({ value: [{ seq: 3 }] });
    expect(log.closeRoom(roomId, 3, Buffer.from("moved")).ok).toBe(true);
    log.close();
    const again = open(file);
    expect(again.head(roomId)).toMatchObject({ ok: true, value: { head: 3, isClosed: true } });
    expect(again.append([{ roomId, frame: Buffer.from("late") }])).toMatchObject({
      value: [{ type: "room-closed" }],
    });
    again.close();
  });

  it("[T15] closes a room below the low-water mark of the disk, which frees it", () => {
    const log = open(newFile(), { hasSpace: () => false });
    cleanups.push(() => log.close());
    expect(log.closeRoom(roomId, 0, Buffer.from("moved")).ok).toBe(true);
  });

  it("says so when the file cannot be opened", () => {
    expect(tryOpen(join(tmpdir(), "deskhand-no-such-folder", "relay.db"))).toMatchObject({
      ok: false,
      error: { type: "unusable" },
    });
  });
});
