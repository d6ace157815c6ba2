/**
 * What the SQLite log looks like on the disk, and how a file of an older relay becomes one of this.
 * 1. WAL with synchronous=FULL: an acknowledged frame survives a power cut (NORMAL lost some in 12 of 20 cuts).
 * 2. One process holds the file; a second one is told so at its start.
 * 3. A migration is one transaction: a file is of one version or of the next, never between.
 * 4. What a killed relay had written is on the disk before anyone looks at it, even if its fsync had failed: else a frame
 *    that is sent again would be acknowledged as known, and a power cut would take it.
 *
 * Frames that a room took in one transaction are one row (of 64 KiB at most): a row and an index entry for each frame
 * cost the relay more than everything else that it does with it. Rows of all rooms follow one another as they come, so
 * that a commit touches few pages, and nothing else is written: a room's head and its bytes follow from its rows.
 */
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { proveDisk, syncToDisk } from "./data-folder.ts";

const SCHEMA_VERSION = 3;
const PAGE_BYTES = 4096;
/** Copied into the file when it is this long: 16 MiB write a tenth less, but a commit then waits 30 ms, not 10. */
const WAL_BYTES = 4 * 1024 * 1024;

/** `batch`: frames `first`, `first + 1` …, one hash and one size each, their bodies one after the other. */
const BATCH = `
  create table batch (
    id integer primary key, room integer not null references room (id), first integer not null,
    hashes blob not null, sizes blob not null, bodies blob not null) strict;
  create unique index batch_place on batch (room, first);`;

/** `snapshot.hashes`: of the frames that it replaced, in order; the last is that of frame `upto`. */
const SCHEMA = `
  create table room (
    id integer primary key, room_id blob not null unique, log_id blob not null,
    upto integer not null default 0, closed integer not null default 0) strict;
  create table snapshot (
    room integer primary key references room (id), frame blob not null,
    hashes blob not null default x'') strict;
  ${BATCH}`;

export type OpenLogError = {
  readonly type: "in-use" | "damaged" | "newer-version" | "unusable";
  readonly detail: string;
};

/**
 * @param file what `db` is
 * @param databaseBytes SQLite reports a full disk beyond it
 */
export const prepareDatabase = (
  db: DatabaseSync,
  file: string,
  databaseBytes: number,
): Result<void, OpenLogError> => {
  db.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;");
  db.exec(`pragma journal_size_limit = ${WAL_BYTES}; pragma wal_autocheckpoint = ${WAL_BYTES / PAGE_BYTES};`);
  db.exec(`pragma max_page_count = ${Math.floor(databaseBytes / PAGE_BYTES)};`);
  const version = Number(db.prepare("pragma user_version").get()?.["user_version"]);
  emptyWal(db, file);
  if (version > SCHEMA_VERSION) return err({ type: "newer-version", detail: `schema ${version}` });
  if (version < SCHEMA_VERSION) migrate(db, version);
  const health = db.prepare("pragma quick_check(1)").get()?.["quick_check"];
  return health === "ok" ? ok(undefined) : err({ type: "damaged", detail: String(health) });
};

const walOf = (file: string): string => `${file}-wal`;

/**
 * Throws what the disk says when it does not take as much as the WAL of `file` holds. What is copied from there into the
 * file and fails is not copied again by who tries once more: a disk that fails must not be let near it, neither by
 * `emptyWal` nor by closing.
 */
export const proveDiskFor = (file: string): void =>
  proveDisk(`${file}-proof`, statSync(walOf(file), { throwIfNoEntry: false })?.size ?? 0);

/**
 * Copies the WAL into the file and empties it. An fsync that fails leaves bytes that can be read and are on no disk, and
 * a later one passes over them, on ext4 even when they were written again meanwhile: only fresh places can be trusted.
 * @throws what SQLite or the disk says
 */
export const emptyWal = (db: DatabaseSync, file: string): void => {
  const busy = db.prepare("pragma wal_checkpoint(truncate)").get()?.["busy"];
  if (busy !== 0) throw new Error("the WAL of the database is in use");
  syncToDisk(walOf(file));
};

const migrate = (db: DatabaseSync, version: number): void => {
  db.exec("begin immediate");
  if (version === 0) db.exec(SCHEMA);
  if (version === 1) db.exec("alter table room add column closed integer not null default 0;");
  if (version === 1 || version === 2) batchFrames(db);
  db.exec(`pragma user_version = ${SCHEMA_VERSION}; commit;`);
};

/** Up to version 2 each frame was a row: its body null once a snapshot had replaced it. */
const batchFrames = (db: DatabaseSync): void => {
  db.exec(`
    ${BATCH}
    insert into batch (room, first, hashes, sizes, bodies)
      select room, seq, hash, unhex(printf('%08x', length(body))), body from frame where body is not null order by room, seq;
    alter table snapshot add column hashes blob not null default x'';
    alter table room drop column head;
    alter table room drop column bytes;`);
  const replaced = new Map<number, Uint8Array[]>();
  const rows = db.prepare("select room, hash from frame where body is null order by room, seq");
  for (const { room, hash } of rows.iterate()) {
    if (!(hash instanceof Uint8Array)) throw new Error("a stored hash is not bytes");
    const hashes = replaced.get(Number(room)) ?? [];
    hashes.push(hash);
    replaced.set(Number(room), hashes);
  }
  const keepHashes = db.prepare("update snapshot set hashes = ? where room = ?");
  for (const [room, hashes] of replaced) keepHashes.run(Buffer.concat(hashes), room);
  db.exec("drop table frame;");
};
