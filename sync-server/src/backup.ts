/**
 * A backup of a data folder, and the way back.
 *   <backup>/relay.db   <backup>/blobs/<room>/<shelf>/<id>   <backup>/backup.json
 * 1. It is taken while the relay runs: the database as of one moment, then the chunks, which never change. Every chunk
 *    that a frame of it could name was there before the frame.
 * 2. `backup.json` comes last: a folder without it is no backup. What it says was counted in the copy itself, by reading
 *    every frame of every room.
 * 3. Restoring never overwrites. It counts again, and gives every log another id: devices then see that this relay went
 *    back in time and send again what it lacks, where a number given out twice would part them in silence.
 */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { backup as copyDatabase, DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { orderCopy } from "./control-socket.ts";
import { dataFolderAt, syncToDisk } from "./data-folder.ts";
import type { RoomLog } from "./room-log.ts";
import { openSqliteRoomLog } from "./sqlite-room-log.ts";

export interface BackupFigures {
  readonly rooms: number;
  readonly frames: number;
  readonly chunks: number;
  readonly chunkBytes: number;
}

interface Manifest extends BackupFigures {
  readonly version: 1;
  readonly takenAt: string;
  readonly databaseSha256: string;
}

const MANIFEST = "backup.json";
const PAGE_BYTES = 1024 * 1024;
const NO_QUOTA = { roomBytes: Number.MAX_SAFE_INTEGER, roomFrames: Number.MAX_SAFE_INTEGER };
/** SQLite's own limit at 4 KiB a page. */
const MAX_DATABASE_BYTES = 4096 * 4_294_967_294;
const CHUNK = /^[0-9a-f]{64}$/;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error is a sentence for the operator. */
export const takeBackup = async (
  dataDir: string,
  target: string,
  now: () => number,
): Promise<Result<BackupFigures, string>> => {
  const data = dataFolderAt(dataDir);
  const copy = dataFolderAt(target);
  if (!existsSync(data.database)) return err(`There is no relay in ${data.path}.`);
  if (existsSync(copy.path)) return err(`${copy.path} is there already; a backup makes its own folder.`);
  try {
    mkdirSync(copy.path, { recursive: true, mode: 0o700 });
    const copied = await orderCopy(data.path, copy.database);
    if (!copied.ok && copied.error.type === "failed") {
      return err(`The relay could not copy its database (${copied.error.reason}).`);
    }
    if (!copied.ok) await copyStopped(data.database, copy.database);
    const chunks = await copyChunks(data.blobs, copy.blobs);
    const counted = countFrames(copy.database);
    const figures = { ...counted, ...chunks };
    writeManifest(copy.path, {
      version: 1,
      takenAt: new Date(now()).toISOString(),
      databaseSha256: await hashOf(copy.database),
      ...figures,
    });
    return ok(figures);
  } catch (error) {
    return err(`The backup in ${copy.path} was not finished (${reasonOf(error)}). Delete it and try again.`);
  }
};

/** The error is a sentence for the operator. */
export const restoreBackup = async (
  source: string,
  dataDir: string,
): Promise<Result<BackupFigures, string>> => {
  const data = dataFolderAt(dataDir);
  const copy = dataFolderAt(source);
  const manifest = readManifest(copy.path);
  if (manifest === undefined) return err(`${copy.path} is not a finished backup.`);
  if (existsSync(data.database) || existsSync(data.blobs)) {
    return err(`${data.path} holds a relay already; restoring overwrites nothing.`);
  }
  try {
    mkdirSync(data.path, { recursive: true, mode: 0o700 });
    // Under its own name only when all is well: a relay must not start on half of it.
    const draft = join(data.path, "restored.db");
    await copyFile(copy.database, draft);
    if ((await hashOf(draft)) !== manifest.databaseSha256) {
      return err(`The database in ${copy.path} is not the one that was backed up.`);
    }
    const chunks = await copyChunks(copy.blobs, data.blobs);
    const figures = { ...countFrames(draft), ...chunks };
    const differs = (["rooms", "frames", "chunks", "chunkBytes"] as const).filter(
      (name) => figures[name] !== manifest[name],
    );
    if (differs.length > 0) return err(`${copy.path} lacks some of its ${differs.join(", ")}.`);
    giveNewLogIds(draft);
    renameSync(draft, data.database);
    syncToDisk(data.path);
    return ok(figures);
  } catch (error) {
    return err(`Nothing was restored to ${data.path} (${reasonOf(error)}).`);
  }
};

const hashOf = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
};

/** The database of a relay that does not run. */
const copyStopped = async (file: string, copy: string): Promise<void> => {
  const db = new DatabaseSync(file);
  try {
    await copyDatabase(db, copy);
  } finally {
    db.close();
  }
};

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Only whole chunks are copied, with the time of their last touch; the sweep may delete some meanwhile. */
const copyChunks = async (
  from: string,
  to: string,
): Promise<Pick<BackupFigures, "chunks" | "chunkBytes">> => {
  let chunks = 0;
  let chunkBytes = 0;
  for (const room of namesIn(from).filter((name) => name !== "tmp")) {
    for (const shelf of namesIn(join(from, room))) {
      const target = join(to, room, shelf);
      mkdirSync(target, { recursive: true, mode: 0o700 });
      for (const id of namesIn(join(from, room, shelf)).filter((name) => CHUNK.test(name))) {
        const file = join(from, room, shelf, id);
        const touched = statSync(file, { throwIfNoEntry: false })?.mtime;
        const bytes = touched === undefined ? undefined : readFileSync(file);
        if (touched === undefined || bytes === undefined) continue;
        if (createHash("sha256").update(bytes).digest("hex") !== id) continue;
        writeFileSync(join(target, id), bytes, { mode: 0o600, flush: true });
        utimesSync(join(target, id), touched, touched);
        chunks += 1;
        chunkBytes += bytes.length;
      }
      syncToDisk(target);
    }
  }
  return { chunks, chunkBytes };
};

/** Reads every frame of every room; throws when SQLite or the numbers say that something is missing. */
/** Reads every frame of every room; throws when SQLite or the numbers say that something is missing. */
const countFrames = (file: string): Pick<BackupFigures, "rooms" | "frames"> => {
  const rooms = readRoomIds(file);
  const log = openSqliteRoomLog({
    file,
    randomBytes: (length) => new Uint8Array(length),
    quota: NO_QUOTA,
    databaseBytes: MAX_DATABASE_BYTES,
    hasSpace: () => false,
  });
  if (!log.ok) throw new Error(log.error.detail);
  try {
    const counts = rooms.map((roomId) => countRoom(log.value, roomId));
    return { rooms: rooms.length, frames: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    log.value.close();
  }
};

const readRoomIds = (file: string): readonly Uint8Array[] => {
  const db = new DatabaseSync(file);
  try {
    const health = db.prepare("pragma integrity_check").get()?.["integrity_check"];
    if (health !== "ok") throw new Error(`its database is damaged: ${String(health)}`);
    return db
      .prepare("select room_id from room")
      .all()
      .map(({ room_id: roomId }) => {
        if (!(roomId instanceof Uint8Array)) throw new Error("a room id is not bytes");
        return roomId;
      });
  } finally {
    db.close();
  }
};

/** The frames after its snapshot, which must reach its head without a gap. */
const countRoom = (log: RoomLog, roomId: Uint8Array): number => {
  const state = log.head(roomId);
  if (!state.ok) throw new Error(state.error.detail);
  let frames = 0;
  for (let after = 0; after < state.value.head;) {
    const page = log.readAfter(roomId, after, PAGE_BYTES);
    if (!page.ok) throw new Error(page.error.detail);
    const { snapshot, frames: held } = page.value;
    const from = snapshot?.upto ?? after;
    const last = from + held.length;
    if (last === after || held.some(({ seq }, i) => seq !== from + 1 + i)) {
      throw new Error(`a room of ${state.value.head} frames lacks those after ${after}`);
    }
    frames += held.length;
    after = last;
  }
  return frames;
};

const giveNewLogIds = (file: string): void => {
  const db = new DatabaseSync(file);
  try {
    db.exec("pragma synchronous = full; update room set log_id = randomblob(16);");
  } finally {
    db.close();
  }
};

const writeManifest = (folder: string, manifest: Manifest): void => {
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  syncToDisk(folder);
};

const readManifest = (folder: string): Manifest | undefined => {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) return undefined;
  // `as`: written by this file; a wrong one fails the comparison.
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  return manifest.version === 1 ? manifest : undefined;
};
