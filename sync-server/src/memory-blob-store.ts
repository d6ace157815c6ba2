/** A BlobStore that lives as long as the process: for tests, and for relays that need not outlive their start. */
import { err, ok } from "@deskhand/doc-schema/wire";
import type { BlobStore, BlobStoreOptions } from "./blob-store.ts";

interface MemoryChunk {
  readonly bytes: Uint8Array;
  touchedAt: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export const createMemoryBlobStore = ({ quota, expiryMs, now }: BlobStoreOptions): BlobStore => {
  const rooms = new Map<string, Map<string, MemoryChunk>>();

  const find = (roomId: Uint8Array, id: Uint8Array): MemoryChunk | undefined => {
    const chunk = rooms.get(hex(roomId))?.get(hex(id));
    if (chunk !== undefined) chunk.touchedAt = now();
    return chunk;
  };

  const usageOf = (roomId: Uint8Array): number =>
    [...(rooms.get(hex(roomId))?.values() ?? [])].reduce((sum, { bytes }) => sum + bytes.length, 0);

  return {
    put: async (roomId, id, bytes) => {
      if (find(roomId, id) !== undefined) return ok(undefined);
      if (usageOf(roomId) + bytes.length > quota) return err({ type: "quota-exceeded" });
      const chunks = rooms.get(hex(roomId)) ?? new Map<string, MemoryChunk>();
      rooms.set(hex(roomId), chunks.set(hex(id), { bytes: Uint8Array.from(bytes), touchedAt: now() }));
      return ok(undefined);
    },
    touch: async (roomId, ids) => ok(ids.map((id) => find(roomId, id) !== undefined)),
    read: async (roomId, id) => ok(find(roomId, id)?.bytes),
    usage: async (roomId) => ok(usageOf(roomId)),
    deleteExpired: async () => {
      let deleted = 0;
      for (const chunks of rooms.values()) {
        for (const [id, { touchedAt }] of chunks) {
          if (now() - touchedAt <= expiryMs) continue;
          chunks.delete(id);
          deleted += 1;
        }
      }
      return ok({ deleted, isDone: true });
    },
  };
};
