import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { BlobStore } from "../../../sync-server/src/blob-store.ts";
import { openDiskBlobStore, type DiskBlobStoreOptions } from "../../../sync-server/src/disk-blob-store.ts";
import { createMemoryBlobStore } from "../../../sync-server/src/memory-blob-store.ts";
import { chunkOf, newRoom, runBlobStoreTests, sweepAll, valueOf } from "./blob-store-suite.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "deskhand-blobs-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "blobs");
};

const open = (folder: string, options: Partial<DiskBlobStoreOptions> = {}): BlobStore =>
  valueOf(
    openDiskBlobStore({
      folder,
      quota: 1e9,
      expiryMs: 1_000,
      now: Date.now,
      randomBytes,
      hasSpaceFor: () => true,
      ...options,
    }),
  );

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

runBlobStoreTests("memory", createMemoryBlobStore);
runBlobStoreTests("disk", (options) => open(newFolder(), options));

describe("the blob store on its disk", () => {
  it("has everything again when it is opened again, and counts it again", async () => {
    const folder = newFolder();
    const room = newRoom();
    const chunks = Array.from({ length: 5 }, () => chunkOf(1_000));
    const first = open(folder);
    for (const { id, bytes } of chunks) await first.put(room, id, bytes);
    const second = open(folder, { quota: 5_500 });
    expect(valueOf(await second.usage(room))).toBe(5_000);
    const one = chunkOf(501);
    expect(await second.put(room, one.id, one.bytes)).toEqual({
      ok: false,
      error: { type: "quota-exceeded" },
    });
    for (const { id, bytes } of chunks) {
      expect(hex(valueOf(await second.read(room, id)) ?? new Uint8Array())).toBe(hex(bytes));
    }
  });

  it("puts a chunk below its room and the first byte of its id, for nobody else to read", async () => {
    const folder = newFolder();
    const room = newRoom();
    const { id, bytes } = chunkOf(10);
    await open(folder).put(room, id, bytes);
    const file = join(folder, hex(room), hex(id).slice(0, 2), hex(id));
    expect(filesIn(folder)).toEqual([file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("removes at its start what a crash left half-written, and never takes it for a chunk", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "tmp"), { recursive: true });
    writeFileSync(join(folder, "tmp", "half"), "ha");
    const store = open(folder);
    expect(filesIn(folder)).toEqual([]);
    expect(valueOf(await store.usage(newRoom()))).toBe(0);
    expect(await sweepAll(store)).toBe(0);
  });

  it("counts a damaged chunk as missing, deletes it, and takes it again", async () => {
    const folder = newFolder();
    const room = newRoom();
    const { id, bytes } = chunkOf(1_000);
    const store = open(folder);
    await store.put(room, id, bytes);
    for (const damage of [bytes.subarray(0, 500), bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte))]) {
      writeFileSync(filesIn(folder)[0] ?? "", damage);
      expect(valueOf(await store.read(room, id))).toBeUndefined();
      expect(filesIn(folder)).toEqual([]);
      expect((await store.put(room, id, bytes)).ok).toBe(true);
      expect(valueOf(await store.read(room, id))).toEqual(Buffer.from(bytes));
    }
  });

  it("[T15] refuses below the low-water mark of the disk, leaves nothing behind, and recovers", async () => {
    const folder = newFolder();
    const room = newRoom();
    let free = 1_500;
    const store = open(folder, { hasSpaceFor: (bytes) => free - bytes >= 1_000 });
    const [small, large] = [chunkOf(500), chunkOf(501)];
    expect(await store.put(room, large.id, large.bytes)).toEqual({ ok: false, error: { type: "disk-full" } });
    expect(filesIn(folder)).toEqual([]);
    expect(valueOf(await store.usage(room))).toBe(0);
    expect((await store.put(room, small.id, small.bytes)).ok).toBe(true);
    free = 9_999;
    expect((await store.put(room, large.id, large.bytes)).ok).toBe(true);
    expect(valueOf(await store.usage(room))).toBe(1_001);
  });

  it("says so when a write fails, keeps no part and no bytes of quota of it, and recovers", async () => {
    const folder = newFolder();
    const room = newRoom();
    const { id, bytes } = chunkOf(1_000);
    const store = open(folder);
    rmSync(join(folder, "tmp"), { recursive: true });
    expect(await store.put(room, id, bytes)).toEqual({
      ok: false,
      error: { type: "unusable", detail: "ENOENT" },
    });
    mkdirSync(join(folder, "tmp"));
    writeFileSync(join(folder, hex(room)), "a file where the room's folder should be");
    expect(await store.put(newRoom(), id, bytes)).toEqual({ ok: true, value: undefined });
    expect(await store.put(room, id, bytes)).toMatchObject({ ok: false, error: { type: "unusable" } });
    rmSync(join(folder, hex(room)));
    expect((await store.put(room, id, bytes)).ok).toBe(true);
    expect(valueOf(await store.usage(room))).toBe(1_000);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  it("sweeps in small steps, goes on where it stopped, and removes folders that are empty", async () => {
    const folder = newFolder();
    const clock = { now: Date.now() };
    const store = open(folder, { now: () => clock.now });
    const rooms = [newRoom(), newRoom()];
    for (const room of rooms) {
      for (let i = 0; i < 100; i++) {
        const { id, bytes } = chunkOf(3);
        await store.put(room, id, bytes);
      }
    }
    clock.now += 2_000;
    const first = valueOf(await store.deleteExpired());
    expect(first.isDone).toBe(false);
    expect(first.deleted).toBeLessThan(100);
    expect(first.deleted + (await sweepAll(store))).toBe(200);
    for (const room of rooms) expect(valueOf(await store.usage(room))).toBe(0);
    expect(readdirSync(folder)).toEqual(["tmp"]);
    expect(await sweepAll(store)).toBe(0);
  });

  it("says so when its folder cannot be used", () => {
    const folder = newFolder();
    writeFileSync(folder, "a file");
    const opened = openDiskBlobStore({
      folder,
      quota: 1,
      expiryMs: 1,
      now: Date.now,
      randomBytes,
      hasSpaceFor: () => true,
    });
    expect(opened).toMatchObject({ ok: false, error: { type: "unusable" } });
  });
});
