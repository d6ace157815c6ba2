/** What every adapter of the BlobStore port must do; each adapter's test runs it. */
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { BlobStore, BlobStoreOptions } from "../../../sync-server/src/blob-store.ts";

export const idOf = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash("sha256").update(bytes).digest());
export const newRoom = (): Uint8Array => Uint8Array.from(randomBytes(16));
export const chunkOf = (length: number): { readonly id: Uint8Array; readonly bytes: Uint8Array } => {
  const bytes = Uint8Array.from(randomBytes(length));
  return { id: idOf(bytes), bytes };
};

export const valueOf = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};

export const sweepAll = async (store: BlobStore): Promise<number> => {
  for (let deleted = 0; ;) {
    const sweep = valueOf(await store.deleteExpired());
    deleted += sweep.deleted;
    if (sweep.isDone) return deleted;
  }
};

const DAY = 24 * 3_600_000;
const STORED = { ok: true, value: undefined };
const FULL = { ok: false, error: { type: "quota-exceeded" } };

export const runBlobStoreTests = (name: string, open: (options: BlobStoreOptions) => BlobStore): void => {
  const openStore = (quota = 1_000_000) => {
    const clock = { now: Date.now() };
    const store = open({ quota, expiryMs: 30 * DAY, now: () => clock.now });
    return { store, clock, room: newRoom() };
  };

  describe(`${name} as a BlobStore`, () => {
    it("gives back what was put, and nothing else", async () => {
      const { store, room } = openStore();
      const [a, b] = [chunkOf(1_000), chunkOf(10)];
      expect(await store.put(room, a.id, a.bytes)).toEqual(STORED);
      expect(Buffer.from(valueOf(await store.read(room, a.id)) ?? [])).toEqual(Buffer.from(a.bytes));
      expect(valueOf(await store.read(room, b.id))).toBeUndefined();
      expect(valueOf(await store.touch(room, [b.id, a.id, a.id]))).toEqual([false, true, true]);
      expect(valueOf(await store.touch(room, []))).toEqual([]);
    });

    it("keeps rooms apart: neither chunks nor usage nor quota are shared", async () => {
      const { store, room } = openStore(1_000);
      const elsewhere = newRoom();
      const chunk = chunkOf(1_000);
      await store.put(room, chunk.id, chunk.bytes);
      expect(valueOf(await store.read(elsewhere, chunk.id))).toBeUndefined();
      expect(valueOf(await store.touch(elsewhere, [chunk.id]))).toEqual([false]);
      expect(valueOf(await store.usage(elsewhere))).toBe(0);
      expect(await store.put(elsewhere, chunk.id, chunk.bytes)).toEqual(STORED);
      expect(valueOf(await store.usage(room))).toBe(1_000);
      expect(valueOf(await store.usage(elsewhere))).toBe(1_000);
    });

    it("[T15] holds a room to its quota exactly; a chunk that is there already costs nothing", async () => {
      const { store, room } = openStore(1_000);
      const [a, b, c] = [chunkOf(600), chunkOf(401), chunkOf(400)];
      expect(await store.put(room, a.id, a.bytes)).toEqual(STORED);
      expect(await store.put(room, b.id, b.bytes)).toEqual(FULL);
      expect(await store.put(room, a.id, a.bytes)).toEqual(STORED);
      expect(await store.put(room, c.id, c.bytes)).toEqual(STORED);
      expect(valueOf(await store.usage(room))).toBe(1_000);
      expect(valueOf(await store.read(room, b.id))).toBeUndefined();
    });

    it("[T15] counts exactly also when chunks are put at once, the same one twice among them", async () => {
      const { store, room } = openStore(1_000);
      const chunks = Array.from({ length: 8 }, () => chunkOf(200));
      const puts = await Promise.all(
        [...chunks, ...chunks].map(({ id, bytes }) => store.put(room, id, bytes)),
      );
      const held = valueOf(
        await store.touch(
          room,
          chunks.map(({ id }) => id),
        ),
      );
      expect(held.filter(Boolean)).toHaveLength(5);
      expect(puts.filter(({ ok }) => ok)).toHaveLength(10);
      expect(valueOf(await store.usage(room))).toBe(1_000);
    });

    it("deletes what nobody touched for the time of the lease, frees its bytes, and keeps the rest", async () => {
      const { store, clock, room } = openStore(1_000);
      const [put, found, read, old] = [chunkOf(100), chunkOf(100), chunkOf(100), chunkOf(100)];
      for (const { id, bytes } of [found, read, old]) await store.put(room, id, bytes);
      expect(await sweepAll(store)).toBe(0);
      clock.now += 20 * DAY;
      await store.touch(room, [found.id]);
      await store.read(room, read.id);
      await store.put(room, put.id, put.bytes);
      expect(await sweepAll(store)).toBe(0);
      clock.now += 20 * DAY;
      expect(await sweepAll(store)).toBe(1);
      expect(valueOf(await store.usage(room))).toBe(300);
      expect(valueOf(await store.touch(room, [put.id, found.id, read.id, old.id]))).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect(await store.put(room, old.id, old.bytes)).toEqual(STORED);
      expect(valueOf(await store.usage(room))).toBe(400);
    });

    it("puts of a known chunk renew its lease", async () => {
      const { store, clock, room } = openStore();
      const chunk = chunkOf(100);
      await store.put(room, chunk.id, chunk.bytes);
      clock.now += 29 * DAY;
      await store.put(room, chunk.id, chunk.bytes);
      clock.now += 29 * DAY;
      expect(await sweepAll(store)).toBe(0);
    });
  });
};
