import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryRoomLog } from "../../../sync-server/src/memory-room-log.ts";
import type { RoomLog } from "../../../sync-server/src/room-log.ts";
import { openSqliteRoomLog, type SqliteRoomLogOptions } from "../../../sync-server/src/sqlite-room-log.ts";
import { createSoleRoomLog } from "../../../sync-server/src/shared-room-log.ts";
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

runRoomLogTests("memory", (quota) => createSoleRoomLog(createMemoryRoomLog({ randomBytes, quota })));
runRoomLogTests("SQLite", (quota) => {
  const log = open(newFile(), { quota });
  cleanups.push(() => log.close());
  return createSoleRoomLog(log);
});

/** A file of a relay that had a row for each frame: frame 1 under a snapshot, frame 2 after it. */
const writeRowPerFrame = (file: string, roomId: Uint8Array, version: 1 | 2): void => {
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
    pragma user_version = ${version};`);
  if (version === 2) db.exec("alter table room add column closed integer not null default 0");
  const hash = (text: string) => createHash("sha256").update(text).digest();
  db.prepare("insert into room (id, room_id, log_id, head, upto, bytes) values (1, ?, ?, 2, 1, 14)").run(
    roomId,
    randomBytes(16),
  );
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

  /** What is found in a copy of the file without its WAL. */
  const heldWithoutWal = (file: string): unknown => {
    const copy = newFile();
    copyFileSync(file, copy);
    const log = open(copy);
    const head = log.head(roomId);
    log.close();
    return head.ok && head.value.head;
  };

  it("[R1] trusts no WAL of a relay that was killed: what it says is in the file before anyone reads it", () => {
    const [file, copy] = [newFile(), newFile()];
    const killed = open(file);
    cleanups.push(() => killed.close());
    killed.append(frames(3, 100));
    expect(heldWithoutWal(file)).toBe(0);
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    const log = open(copy);
    cleanups.push(() => log.close());
    expect(heldWithoutWal(copy)).toBe(3);
  });

  it("[R1] empties the WAL after a write that failed, and not before the disk takes as much elsewhere", () => {
    const file = newFile();
    const log = open(file, { databaseBytes: 256 * 1024 });
    cleanups.push(() => log.close());
    log.append(frames(3, 10_000));
    expect(log.append(frames(40, 10_000)).ok).toBe(false);
    mkdirSync(`${file}-proof`); // stands in the way
    expect(log.append(frames(1, 100))).toMatchObject({ ok: false, error: { type: "read-only" } });
    expect(heldWithoutWal(file)).toBe(0);
    rmdirSync(`${file}-proof`);
    expect(log.append(frames(1, 100))).toMatchObject({ ok: true, value: [{ seq: 4 }] });
    expect(heldWithoutWal(file)).toBe(3);
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

  it.each([1, 2] as const)(
    "opens a database of version %d, keeps what it holds, knows its frames, and can close its rooms",
    (version) => {
      const file = newFile();
      writeRowPerFrame(file, roomId, version);
      const log = open(file);
      expect(log.head(roomId)).toMatchObject({ ok: true, value: { head: 2, isClosed: false } });
      expect(log.readAfter(roomId, 0, 1e6)).toMatchObject({
        value: { snapshot: { upto: 1 }, frames: [{ seq: 2, frame: Uint8Array.from(Buffer.from("second")) }] },
      });
      const again = ["first", "second", "third"].map((body) => ({ roomId, frame: Buffer.from(body) }));
      expect(log.append(again)).toMatchObject({
        value: [
          { type: "duplicate", seq: 1 },
          { type: "duplicate", seq: 2 },
          { type: "stored", seq: 3 },
        ],
      });
      expect(log.closeRoom(roomId, 3, Buffer.from("moved")).ok).toBe(true);
      log.close();
      const reopened = open(file);
      expect(reopened.head(roomId)).toMatchObject({ ok: true, value: { head: 3, isClosed: true } });
      expect(reopened.append([{ roomId, frame: Buffer.from("late") }])).toMatchObject({
        value: [{ type: "room-closed" }],
      });
      reopened.close();
    },
  );

  it("knows each frame again when it is opened again, replaced ones too", () => {
    const file = newFile();
    const first = open(file);
    const batch = frames(6, 20);
    first.append(batch.slice(0, 4));
    first.append(batch.slice(4));
    first.compact(roomId, 2, Buffer.from("snapshot 1"));
    first.compact(roomId, 3, Buffer.from("snapshot 2"));
    first.close();
    const second = open(file);
    cleanups.push(() => second.close());
    expect(second.append(batch)).toMatchObject({
      value: [
        { type: "stored", seq: 7 },
        { type: "stored", seq: 8 },
        { type: "duplicate", seq: 3 },
        { type: "duplicate", seq: 4 },
        { type: "duplicate", seq: 5 },
        { type: "duplicate", seq: 6 },
      ],
    });
  });

  it("replaces any part of what one transaction stored, and gives back the rest as it was", () => {
    const batch = frames(40, 5_000);
    for (const upto of [1, 12, 13, 14, 39, 40]) {
      const log = open(newFile());
      log.append(batch);
      expect(log.compact(roomId, upto, Buffer.from("snapshot")).ok).toBe(true);
      const kept = log.readAfter(roomId, upto, 1e9);
      expect(kept.ok && kept.value.frames.map(({ seq }) => seq)).toEqual(
        batch.map((_, at) => at + 1).slice(upto),
      );
      expect(
        kept.ok && kept.value.frames.every(({ seq, frame }) => batch[seq - 1]?.frame.equals(frame)),
      ).toBe(true);
      log.close();
    }
  });

  it("does not know a frame that a failed write would have stored", () => {
    const log = open(newFile(), { databaseBytes: 256 * 1024 });
    cleanups.push(() => log.close());
    const batch = frames(40, 10_000);
    log.append(batch.slice(0, 10));
    expect(log.append(batch).ok).toBe(false);
    expect(log.append(batch.slice(9, 11))).toMatchObject({
      value: [
        { type: "duplicate", seq: 10 },
        { type: "stored", seq: 11 },
      ],
    });
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
