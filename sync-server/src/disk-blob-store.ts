/**
 * The BlobStore on disk.
 *   <folder>/<room, hex>/<first byte of the id, hex>/<id, hex>     <folder>/tmp/<random>
 * 1. A chunk is written to `tmp`, fsynced, renamed into place, and its folder fsynced, before it is acknowledged. What
 *    a crash leaves in `tmp` is removed at the next start.
 * 2. The time of its last touch is the file's mtime. Touching a file, and deleting one that is too old, happen in one
 *    step of this process each: what was said to be there is not deleted in the same moment.
 * 3. A room's usage is counted from its folder once and kept exact from then on; every change of the folder, and every
 *    word about what it holds, waits for that count. Its folders are synced with it: what a killed relay had moved into
 *    place and not yet synced would else be said to be there, and a power cut would take it.
 * 4. A file whose bytes are not those of its name is damaged: it counts as missing and goes, so that it can be put again.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync, utimesSync } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { BlobPutError, BlobStore, BlobStoreError, BlobStoreOptions, Sweep } from "./blob-store.ts";

/** Chunks that one step of the sweep looks at: about a millisecond. */
const SWEEP_STEP = 64;
/** Chunks that are touched before others get their turn. */
const TOUCH_STEP = 32;

const ROOM_NAME = /^[0-9a-f]{32}$/;

export interface DiskBlobStoreOptions extends BlobStoreOptions {
  /** Made when it does not exist; this store's alone. */
  readonly folder: string;
  readonly randomBytes: (length: number) => Uint8Array;
  /** False when storing so many bytes would go below the low-water mark of the disk. */
  readonly hasSpaceFor: (bytes: number) => boolean;
}

interface RoomUsage {
  bytes: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown reason";

/** Runs `work`, and where the file is not there gives `undefined`. */
const orMissing = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
};

const attempt = async <T>(work: () => Promise<T>): Promise<Result<T, BlobStoreError>> => {
  try {
    return ok(await work());
  } catch (error) {
    return err({ type: "unusable", detail: codeOf(error) });
  }
};

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export const openDiskBlobStore = (options: DiskBlobStoreOptions): Result<BlobStore, BlobStoreError> => {
  const temporary = join(options.folder, "tmp");
  try {
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(temporary)) unlinkSync(join(temporary, name));
  } catch (error) {
    return err({ type: "unusable", detail: codeOf(error) });
  }
  return ok(createDiskBlobStore(options, temporary));
};

const createDiskBlobStore = (
  { folder, quota, expiryMs, now, randomBytes, hasSpaceFor }: DiskBlobStoreOptions,
  temporary: string,
): BlobStore => {
  const usages = new Map<string, Promise<RoomUsage>>();
  /** By path: a second put of a chunk waits for the first. */
  const writing = new Map<string, Promise<Result<void, BlobPutError>>>();

  const pathOf = (room: string, id: Uint8Array): string => join(folder, room, hex(id).slice(0, 2), hex(id));

  const usageOf = (room: string): Promise<RoomUsage> => {
    const known = usages.get(room);
    if (known !== undefined) return known;
    const counted = countSynced(join(folder, room));
    usages.set(room, counted);
    counted.catch(() => usages.delete(room)); // the caller gets the reason; the next one counts again
    return counted;
  };

  /** True when the chunk is there. */
  const touchFile = (path: string): boolean => {
    const seconds = now() / 1000;
    return orMissing(() => (utimesSync(path, seconds, seconds), true)) ?? false;
  };

  const removeFile = (path: string, usage: RoomUsage): void => {
    const size = orMissing(() => statSync(path).size);
    if (size === undefined) return;
    unlinkSync(path);
    usage.bytes -= size;
  };

  /**
   * The folders are made and the file moved in one step, so that no sweep comes between. All three levels are synced
   * each time: another put may have made them a moment ago, and a folder without changes costs nothing.
   */
  const moveIntoPlace = async (from: string, path: string): Promise<void> => {
    const shelf = dirname(path);
    mkdirSync(shelf, { recursive: true, mode: 0o700 });
    renameSync(from, path);
    touchFile(path);
    for (const level of [shelf, dirname(shelf), folder]) await syncFolder(level);
  };

  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    const draft = join(temporary, hex(randomBytes(16)));
    try {
      const handle = await open(draft, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await moveIntoPlace(draft, path);
    } catch (error) {
      for (const leftover of [draft, path]) orMissing(() => unlinkSync(leftover));
      throw error;
    }
  };

  /** Runs up to its first wait at once: nobody else can have looked at the path meanwhile. */
  const putOnce = async (
    path: string,
    bytes: Uint8Array,
    usage: RoomUsage,
  ): Promise<Result<void, BlobPutError>> => {
    if (touchFile(path)) return ok(undefined);
    if (usage.bytes + bytes.length > quota) return err({ type: "quota-exceeded" });
    if (!hasSpaceFor(bytes.length)) return err({ type: "disk-full" });
    usage.bytes += bytes.length;
    const written = await attempt(() => write(path, bytes));
    if (written.ok) return written;
    usage.bytes -= bytes.length;
    return written.error.detail === "ENOSPC" ? err({ type: "disk-full" }) : written;
  };

  const put: BlobStore["put"] = async (roomId, id, bytes) => {
    const room = hex(roomId);
    const path = pathOf(room, id);
    const usage = await attempt(() => usageOf(room));
    if (!usage.ok) return usage;
    const already = writing.get(path);
    if (already !== undefined) return already;
    const work = attempt(() => putOnce(path, bytes, usage.value)).then((done) => {
      writing.delete(path);
      return done.ok ? done.value : done;
    });
    writing.set(path, work);
    return work;
  };

  const touch = async (room: string, ids: readonly Uint8Array[]): Promise<readonly boolean[]> => {
    await usageOf(room);
    const held: boolean[] = [];
    for (const id of ids) {
      if (held.length > 0 && held.length % TOUCH_STEP === 0) await nextTick();
      const path = pathOf(room, id);
      held.push(!writing.has(path) && touchFile(path));
    }
    return held;
  };

  const read = async (room: string, id: Uint8Array): Promise<Uint8Array | undefined> => {
    const path = pathOf(room, id);
    if (writing.has(path) || !touchFile(path)) return undefined;
    const bytes = await readFile(path);
    if (createHash("sha256").update(bytes).digest().equals(id)) return bytes;
    removeFile(path, await usageOf(room));
    return undefined;
  };

  let round: AsyncGenerator<{ readonly room: string; readonly path: string }> | undefined;

  const deleteExpired = async (): Promise<Sweep> => {
    round ??= walkChunks(folder);
    let deleted = 0;
    for (let looked = 0; looked < SWEEP_STEP; looked++) {
      const next = await round.next();
      if (next.done === true) {
        round = undefined;
        return { deleted, isDone: true };
      }
      const { room, path } = next.value;
      const usage = await usageOf(room);
      const touchedAt = orMissing(() => statSync(path).mtimeMs);
      if (touchedAt === undefined || now() - touchedAt <= expiryMs || writing.has(path)) continue;
      removeFile(path, usage);
      deleted += 1;
    }
    return { deleted, isDone: false };
  };

  return {
    put,
    touch: (roomId, ids) => attempt(() => touch(hex(roomId), ids)),
    read: (roomId, id) => attempt(() => read(hex(roomId), id)),
    usage: (roomId) => attempt(async () => (await usageOf(hex(roomId))).bytes),
    deleteExpired: () => attempt(deleteExpired),
  };
};

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
};

const countSynced = async (room: string): Promise<RoomUsage> => {
  let bytes = 0;
  const shelves = (await namesIn(room)).map((name) => join(room, name));
  for (const shelf of shelves) {
    for (const name of await namesIn(shelf)) bytes += statSync(join(shelf, name)).size;
  }
  if (shelves.length > 0) for (const level of [...shelves, room, dirname(room)]) await syncIfThere(level);
  return { bytes };
};

/** An empty folder may be removed by the sweep meanwhile. */
const syncIfThere = async (folder: string): Promise<void> => {
  try {
    await syncFolder(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
};

/** Every chunk; folders that turn out empty are removed behind it. */
async function* walkChunks(folder: string): AsyncGenerator<{ readonly room: string; readonly path: string }> {
  for (const room of (await namesIn(folder)).filter((name) => ROOM_NAME.test(name))) {
    for (const shelf of await namesIn(join(folder, room))) {
      for (const name of await namesIn(join(folder, room, shelf))) {
        yield { room, path: join(folder, room, shelf, name) };
      }
      removeIfEmpty(join(folder, room, shelf));
    }
    removeIfEmpty(join(folder, room));
  }
}

const removeIfEmpty = (folder: string): void => {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error))) throw error;
  }
};
