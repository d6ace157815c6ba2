/**
 * The blob side of the rooms. A seat is held by a blob socket that has proven the key of its room.
 * 1. A chunk is taken only if its bytes have the hash that names it, and acknowledged only after `put`.
 * 2. Few requests are at work at once, and seats take turns: a bulk transfer fills the line but starves neither
 *    another one nor the frames, which are served between any two chunks.
 * 3. When the disk refuses, the request is denied with a code; the socket stays, and the next request is tried afresh.
 * 4. A closed room takes no more chunks, but gives those it has until they expire.
 */
import { createHash } from "node:crypto";
import {
  err,
  MAX_SEALED_CHUNK_BYTES,
  ok,
  writeBitmap,
  type BlobAnswer,
  type BlobRequest,
  type RefusalCode,
  type Result,
} from "@deskhand/doc-schema/wire";
import type { BlobPutError, BlobStore } from "./blob-store.ts";
import type { RelayLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Eventually } from "./shared-room-log.ts";

export type ChunkRequest = Exclude<BlobRequest, { type: "ping" }>;

export interface BlobSeat {
  /** Never rejects. */
  answer(request: ChunkRequest): Promise<BlobAnswer>;
  /** May be called more than once. */
  leave(): void;
}

export interface BlobDesk {
  enter(roomId: Uint8Array): Result<BlobSeat, "room-full">;
  /** Ends the sweeping; requests at work are finished. */
  close(): void;
}

export interface BlobDeskDeps {
  readonly store: BlobStore;
  readonly limits: Pick<RelayLimits, "maxBlobSocketsPerRoom" | "blobRequestsAtWork" | "blobSweepMs">;
  readonly isRoomClosed: (roomId: Uint8Array) => Eventually<boolean>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Runs at most `places` of the tasks at once, the others in the order in which they came. */
const createTurns = (places: number) => {
  let free = places;
  const waiting: (() => void)[] = [];
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else setImmediate(next);
    }
  };
};

export const createBlobDesk = ({ store, limits, isRoomClosed, metrics, logger }: BlobDeskDeps): BlobDesk => {
  const seats = new Map<string, number>();
  const inTurn = createTurns(limits.blobRequestsAtWork);

  let isUsable = true;

  /** Written down once, not for every chunk that fails after. */
  const noteFailure = (detail: string): RefusalCode => {
    metrics.count("failed_chunks");
    if (isUsable) logger.error("blobs-unusable", { detail });
    isUsable = false;
    return "read-only";
  };

  const noteStored = (bytes: number): void => {
    metrics.count("chunks_stored");
    metrics.count("chunk_bytes", bytes);
    if (!isUsable) logger.info("blobs-usable-again");
    isUsable = true;
  };

  const denial = (error: BlobPutError): RefusalCode => {
    if (error.type === "quota-exceeded") return error.type;
    return noteFailure(error.type === "unusable" ? error.detail : error.type);
  };

  const objection = async (
    roomId: Uint8Array,
    id: Uint8Array,
    bytes: Uint8Array,
  ): Promise<RefusalCode | undefined> => {
    if (bytes.length > MAX_SEALED_CHUNK_BYTES) return "bad-chunk";
    if (!createHash("sha256").update(bytes).digest().equals(id)) return "bad-chunk";
    return (await isRoomClosed(roomId)) ? "room-closed" : undefined;
  };

  const put = async (
    roomId: Uint8Array,
    { request, id, bytes }: Extract<ChunkRequest, { type: "put" }>,
  ): Promise<BlobAnswer> => {
    const code = await objection(roomId, id, bytes);
    if (code !== undefined) return { type: "denied", request, code };
    const done = await store.put(roomId, id, bytes);
    if (!done.ok) return { type: "denied", request, code: denial(done.error) };
    noteStored(bytes.length);
    return { type: "stored", request };
  };

  const have = async (
    roomId: Uint8Array,
    { request, ids }: Extract<ChunkRequest, { type: "have" }>,
  ): Promise<BlobAnswer> => {
    const held = await store.touch(roomId, ids);
    if (!held.ok) return { type: "denied", request, code: noteFailure(held.error.detail) };
    return { type: "held", request, bitmap: writeBitmap(held.value) };
  };

  const get = async (
    roomId: Uint8Array,
    { request, id }: Extract<ChunkRequest, { type: "get" }>,
  ): Promise<BlobAnswer> => {
    const found = await store.read(roomId, id);
    if (!found.ok) return { type: "denied", request, code: noteFailure(found.error.detail) };
    if (found.value === undefined) return { type: "missing", request };
    metrics.count("chunks_served");
    return { type: "chunk", request, bytes: found.value };
  };

  const serve = async (roomId: Uint8Array, request: ChunkRequest): Promise<BlobAnswer> => {
    try {
      const answer = await serveOne(roomId, request);
      if (answer.type === "denied") metrics.refused(answer.code);
      return answer;
    } catch (error) {
      logger.error("internal", {
        error: error instanceof Error ? (error.stack ?? error.message) : "unknown",
      });
      return { type: "denied", request: request.request, code: "internal" };
    }
  };

  const serveOne = (roomId: Uint8Array, request: ChunkRequest): Promise<BlobAnswer> => {
    switch (request.type) {
      case "put":
        return put(roomId, request);
      case "have":
        return have(roomId, request);
      case "get":
        return get(roomId, request);
    }
  };

  let isSweeping = false;
  const sweep = async (): Promise<void> => {
    if (isSweeping) return;
    isSweeping = true;
    const swept = await inTurn(() => store.deleteExpired());
    isSweeping = false;
    if (swept.ok) metrics.count("chunks_expired", swept.value.deleted);
    else noteFailure(swept.error.detail);
  };
  const sweeping = setInterval(() => void sweep(), limits.blobSweepMs);
  sweeping.unref();

  return {
    enter: (roomId) => {
      const key = Buffer.from(roomId).toString("hex");
      const taken = seats.get(key) ?? 0;
      if (taken >= limits.maxBlobSocketsPerRoom) return err("room-full");
      seats.set(key, taken + 1);
      let hasLeft = false;
      return ok({
        answer: (request) => inTurn(() => serve(roomId, request)),
        leave: () => {
          if (hasLeft) return;
          hasLeft = true;
          const left = (seats.get(key) ?? 1) - 1;
          if (left > 0) seats.set(key, left);
          else seats.delete(key);
        },
      });
    },
    close: () => clearInterval(sweeping),
  };
};
