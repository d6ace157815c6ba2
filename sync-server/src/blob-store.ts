/**
 * The port to the blob chunks that the relay keeps: opaque bytes by their SHA-256, a room at a time.
 * 1. What `put` has returned as done survives a power cut whole (memory: as long as the process). A chunk is there
 *    whole or not at all.
 * 2. Two rooms share nothing: neither a chunk, nor its bytes in the quota, nor the knowledge that the other has it.
 * 3. The usage of a room is exactly the sum of its chunks.
 * 4. A chunk lives for `expiryMs` after its last touch at least; being put, found or read is a touch.
 * 5. A failed call has changed nothing, the next one is tried afresh, and none rejects.
 */
import type { Result } from "@deskhand/doc-schema/wire";

/** `detail` is for the operator's log: it names no room and no chunk. */
export type BlobStoreError = { readonly type: "unusable"; readonly detail: string };
export type BlobPutError = BlobStoreError | { readonly type: "quota-exceeded" | "disk-full" };

export interface Sweep {
  readonly deleted: number;
  /** False while chunks of this round have not been looked at. */
  readonly isDone: boolean;
}

export interface BlobStore {
  /** `id` is the SHA-256 of `bytes`: the caller has checked it. A chunk that is there is not stored again. */
  put(roomId: Uint8Array, id: Uint8Array, bytes: Uint8Array): Promise<Result<void, BlobPutError>>;
  /** Which of the chunks are there, in the order of `ids`; those get a new lease. */
  touch(roomId: Uint8Array, ids: readonly Uint8Array[]): Promise<Result<readonly boolean[], BlobStoreError>>;
  /** Undefined when it is not there. */
  read(roomId: Uint8Array, id: Uint8Array): Promise<Result<Uint8Array | undefined, BlobStoreError>>;
  /** Bytes of the room's chunks. */
  usage(roomId: Uint8Array): Promise<Result<number, BlobStoreError>>;
  /** Looks at a few chunks and deletes the expired among them; the next call goes on from there. */
  deleteExpired(): Promise<Result<Sweep, BlobStoreError>>;
}

export interface BlobStoreOptions {
  /** Bytes. */
  readonly quota: number;
  readonly expiryMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
