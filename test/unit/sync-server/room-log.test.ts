import { randomBytes } from "node:crypto";
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

  it("says so when the file cannot be opened", () => {
    expect(tryOpen(join(tmpdir(), "deskhand-no-such-folder", "relay.db"))).toMatchObject({
      ok: false,
      error: { type: "unusable" },
    });
  });
});
