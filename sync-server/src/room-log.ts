/**
 * The port to what the relay keeps: one append-only log of opaque frames a room.
 * 1. What `append` or `compact` has returned as done survives a power cut (memory: as long as the process).
 * 2. Sequence numbers of a room rise by one from 1 and are never used twice, not even after compaction.
 * 3. A frame is known by its SHA-256: sent again it is not stored again but keeps its first number. The hash
 *    outlives the compaction of its frame by one snapshot.
 * 4. A snapshot replaces the frames up to its `upto` and no others; one that is not newer is stale.
 * 5. Closing a room replaces its whole log by one last snapshot; nothing is taken for it after that.
 * 6. A failed call has changed nothing, and none throws.
 * 7. The number that `foresee` names is the one that `append` then gives, unless the write fails.
 */
import type { Result } from "@deskhand/doc-schema/wire";

export interface RoomHead {
  /** Last sequence number given out; 0 in a new room. */
  readonly head: number;
  /** 16 random bytes, made with the room: a relay that lost its disk has others. */
  readonly logId: Uint8Array;
  /** The snapshot at the head is the last thing that this room will ever hold. */
  readonly isClosed: boolean;
}

export interface RoomEntry {
  /** 16 bytes. */
  readonly roomId: Uint8Array;
  readonly frame: Uint8Array;
}

export type Appended<Entry> =
  | { readonly type: "stored" | "duplicate"; readonly entry: Entry; readonly seq: number }
  | { readonly type: "quota-exceeded"; readonly entry: Entry }
  | { readonly type: "room-closed"; readonly entry: Entry };

export interface LogPage {
  /** Present when the snapshot is newer than the cursor; goes before the frames. */
  readonly snapshot?: { readonly upto: number; readonly frame: Uint8Array };
  /** In order, without a gap. Both absent and empty: the cursor has reached the head. */
  readonly frames: readonly { readonly seq: number; readonly frame: Uint8Array }[];
}

/** `detail` is for the operator's log: it names no room and quotes no content. */
export type LogWriteError = { readonly type: "read-only"; readonly detail: string };
/** Why a snapshot was not taken: others wrote meanwhile, or the room is closed. */
export type SnapshotError = LogWriteError | { readonly type: "stale" | "room-closed" };
export type LogReadError = { readonly type: "unreadable"; readonly detail: string };

export interface RoomLog {
  /** Makes the room on first use. */
  head(roomId: Uint8Array): Result<RoomHead, LogWriteError>;
  /** All entries in one transaction, in order. An entry over its room's quota does not stop the others. */
  append<Entry extends RoomEntry>(
    entries: readonly Entry[],
  ): Result<readonly Appended<Entry>[], LogWriteError>;
  /**
   * The number that this entry would get if it were appended now, and next; undefined when it would not be stored, or
   * that is not known at once. Changes nothing.
   */
  foresee(entry: RoomEntry): number | undefined;
  /** `upto` must be above the present snapshot and at most the head. */
  compact(roomId: Uint8Array, upto: number, frame: Uint8Array): Result<void, SnapshotError>;
  /** `upto` must be the head. */
  closeRoom(roomId: Uint8Array, upto: number, frame: Uint8Array): Result<void, SnapshotError>;
  /** What follows the cursor `after`: about `maxBytes`, but at least one frame when there is one. */
  readAfter(roomId: Uint8Array, after: number, maxBytes: number): Result<LogPage, LogReadError>;
  /** Writes all of it, as of one moment, into a new file, while it is used; absent where there is no such file. */
  copyTo?(file: string): Promise<Result<void, LogReadError>>;
  close(): void;
}

export interface RoomQuota {
  readonly roomBytes: number;
  readonly roomFrames: number;
}
