/**
 * The RoomLog as the relay uses it: this process may be the only one that writes it, or one of several.
 * 1. What `append` settles and what `follow` tells of one room come in the order of its numbers, each frame once and
 *    none left out, before anything later of that room.
 * 2. Everything else that is promised is promised by the RoomLog.
 */
import type { Result } from "@deskhand/doc-schema/wire";
import type {
  Appended,
  LogPage,
  LogReadError,
  LogWriteError,
  RoomEntry,
  RoomHead,
  RoomLog,
  SnapshotError,
} from "./room-log.ts";

/** A value at once, or when another machine has answered. */
export type Eventually<Value> = Value | Promise<Value>;

export const whenDone = <Value>(value: Eventually<Value>, go: (value: Value) => void): void => {
  if (value instanceof Promise) void value.then(go);
  else go(value);
};

/** What other nodes did in a room that this one follows. */
export type RoomNews =
  | { readonly type: "frames"; readonly frames: LogPage["frames"] }
  | { readonly type: "closed"; readonly upto: number; readonly frame: Uint8Array }
  /** A relay message of another node's members, not stored anywhere. */
  | { readonly type: "message"; readonly message: Uint8Array }
  /** The log cannot be followed any longer; nothing more is told until the room is followed anew. */
  | { readonly type: "lost" };

export type SettleAppend<Entry> = (
  part: readonly Entry[],
  appended: Result<readonly Appended<Entry>[], LogWriteError>,
) => void;

export interface SharedRoomLog {
  /** Node by node another number, so that sessions of two nodes never share one. */
  readonly firstSession: number;
  head(roomId: Uint8Array): Eventually<Result<RoomHead, LogWriteError>>;
  /** Every entry is settled once; entries of one room may be settled without those of another. */
  append<Entry extends RoomEntry>(entries: readonly Entry[], settle: SettleAppend<Entry>): void;
  /** Absent where others write too: nobody knows a number there before it is given. */
  foresee?: RoomLog["foresee"];
  compact(roomId: Uint8Array, upto: number, frame: Uint8Array): Eventually<Result<void, SnapshotError>>;
  closeRoom(roomId: Uint8Array, upto: number, frame: Uint8Array): Eventually<Result<void, SnapshotError>>;
  readAfter(roomId: Uint8Array, after: number, maxBytes: number): Eventually<Result<LogPage, LogReadError>>;
  /** @returns the end of it */
  follow(roomId: Uint8Array, hear: (news: RoomNews) => void): () => void;
  /** Hands a relay message to the members at other nodes; it may be lost on the way. */
  tellOtherNodes(roomId: Uint8Array, message: Uint8Array): void;
  /** Whether writes are possible now; undefined when only a write can tell. */
  canWrite(): boolean | undefined;
  copyTo?: RoomLog["copyTo"];
  close(): Eventually<void>;
}

/** A log that nobody else writes. */
export const createSoleRoomLog = (log: RoomLog): SharedRoomLog => ({
  ...log,
  firstSession: 0,
  append: (entries, settle) => settle(entries, log.append(entries)),
  follow: () => () => {},
  tellOtherNodes: () => {},
  canWrite: () => undefined,
});
