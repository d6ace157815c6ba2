/**
 * Replaces a room's log on one socket: by a snapshot when it has grown long, or by a control frame for good.
 *
 * 1. Conditional on `upto`, so appends may be under way, which reach the log before it; and of two compactors one
 *    loses nothing but the race. Closing is conditional on having read all, and is tried again until it fits; it does
 *    not wait for structs that are missing, for they may be lost, and devices that are away would wait with it.
 * 2. A compaction for length leaves the newest half of the frames as they are: a device that missed only some of them
 *    reads those, and not the whole document.
 * 3. A document beyond one frame goes in as pieces, ordinary updates; then an empty snapshot replaces all before them.
 *    No piece is too large for a frame: one value of a record is far below 512 KiB.
 * 4. A snapshot teaches nothing about the relay: what it holds beyond the log, the next compactor's may lack. So none is
 *    made while the relay turns our updates away: after a restart we would believe that they are there, and who has
 *    read beyond the snapshot never gets them.
 */
import type { FrameKind, LogPlace } from "../crypto/index.ts";
import {
  COMPACT_AFTER_BYTES,
  COMPACT_AFTER_FRAMES,
  type ClientMessage,
  type RefusalCode,
} from "../wire/index.ts";
import type { OutgoingUpdates } from "./outgoing-updates.ts";
import type { SealedRoom } from "./sealed-room.ts";
import { splitUpdate } from "./update-batches.ts";
import { SNAPSHOT_LIMITS, UPDATE_LIMITS } from "./update-guard.ts";

export interface LogReplacerDeps {
  readonly seal: (kind: FrameKind, body: Uint8Array, place: LogPlace) => Uint8Array;
  readonly send: (message: Extract<ClientMessage, { frame: Uint8Array }>) => void;
  readonly nextClientSeq: () => number;
}

export interface LogReplacer {
  /**
   * Sends what is due; true when something was done.
   * @param blockedBy why the relay takes no updates: by quota, it must shrink first
   */
  readonly step: (blockedBy: RefusalCode | undefined) => boolean;
  /** True when this acknowledges a replacement. */
  readonly acked: (clientSeq: number) => boolean;
  readonly pieceStored: () => void;
  readonly refused: (code: RefusalCode) => void;
  /** Appends were lost, and pieces with them. */
  readonly giveUp: () => void;
}

/** An update without structs and deletions. */
const EMPTY_UPDATE = Uint8Array.of(0, 0);
/** Sealed and padded, pieces are up to 12 % larger than what they hold. */
const SEALED_GROWTH = 1.25;

export const createLogReplacer = (
  room: SealedRoom,
  outgoing: OutgoingUpdates,
  { seal, send, nextClientSeq }: LogReplacerDeps,
): LogReplacer => {
  const { known, history, held, sinceSnapshot, closing } = room;
  let underWay:
    | { readonly type: "compact" | "close-room"; readonly clientSeq: number; readonly upto: number }
    | undefined;
  let rewrite: { readonly place: LogPlace; piecesLeft: number } | undefined;
  /** Closing at this cursor was stale: there is more to read first. */
  let staleAt = -1;

  const replace = (type: "compact" | "close-room", body: Uint8Array, place: LogPlace): void => {
    const clientSeq = nextClientSeq();
    underWay = { type, clientSeq, upto: place.cursor };
    const frame = seal(type === "compact" ? "snapshot" : "control", body, place);
    send({ type, clientSeq, upto: place.cursor, frame });
  };

  const readAll = (): boolean => held.size === 0 && known.cursor === history.position;

  const endOfLog = (): LogPlace => {
    const transcript = history.transcriptAt(history.position);
    return transcript === undefined ? room.logPlace() : { cursor: history.position, transcript };
  };

  const isLogLong = (): boolean =>
    sinceSnapshot.isUnsound ||
    isLongByFrames() ||
    sinceSnapshot.bytes >= COMPACT_AFTER_BYTES + sinceSnapshot.base;
  const isLongByFrames = (): boolean =>
    sinceSnapshot.frames >= (room.compactAfterFrames ?? COMPACT_AFTER_FRAMES);

  const compact = (isFull: boolean): boolean => {
    const snapshot = room.snapshot?.();
    if (snapshot === undefined) return false;
    if (snapshot.length > SNAPSHOT_LIMITS.bytes) return rewriteInPieces(snapshot, isFull);
    const place = placeToCut(isFull);
    const left = known.cursor - place.cursor;
    sinceSnapshot.base = 0;
    sinceSnapshot.bytes *= left / sinceSnapshot.frames;
    sinceSnapshot.frames = left;
    replace("compact", snapshot, place);
    return true;
  };

  const placeToCut = (isFull: boolean): LogPlace => {
    const { frames, bytes, isUnsound } = sinceSnapshot;
    const tail = isFull || isUnsound || bytes >= COMPACT_AFTER_BYTES ? 0 : Math.floor(frames / 2);
    const cursor = known.cursor - tail;
    const transcript = history.transcriptAt(cursor);
    return transcript === undefined ? room.logPlace() : { cursor, transcript };
  };

  const rewriteInPieces = (snapshot: Uint8Array, isFull: boolean): boolean => {
    sinceSnapshot.base = snapshot.length * SEALED_GROWTH;
    if (!isFull && !isLogLong()) return false;
    sinceSnapshot.frames = 0;
    sinceSnapshot.bytes = 0;
    if (isFull) return false; // no piece would be taken either
    const pieces = splitUpdate(snapshot);
    if (pieces.some((piece) => piece.length > UPDATE_LIMITS.bytes)) {
      room.ignore("too-large"); // the log stays; it is tried again when it has grown as much once more
      return false;
    }
    rewrite = { place: room.logPlace(), piecesLeft: pieces.length };
    outgoing.pushPieces(pieces);
    return true;
  };

  return {
    step: (blockedBy) => {
      if (underWay !== undefined || rewrite !== undefined) return false;
      const body = closing.body();
      if (body !== undefined && outgoing.count() === 0 && history.position !== staleAt) {
        replace("close-room", body, endOfLog());
        return true;
      }
      const isFull = blockedBy === "quota-exceeded";
      if (!readAll() || (blockedBy !== undefined && !isFull)) return false;
      const isDue = isFull || (!outgoing.areWaiting() && isLogLong());
      return room.snapshot !== undefined && sinceSnapshot.frames > 0 && isDue && compact(isFull);
    },
    acked: (clientSeq) => {
      if (underWay?.clientSeq !== clientSeq) return false;
      if (underWay.type === "close-room") room.noteClosed();
      else sinceSnapshot.isUnsound = false;
      underWay = undefined;
      return true;
    },
    pieceStored: () => {
      if (rewrite === undefined || --rewrite.piecesLeft > 0) return;
      replace("compact", EMPTY_UPDATE, rewrite.place);
      rewrite = undefined;
      sinceSnapshot.frames = 0;
      sinceSnapshot.bytes = 0;
    },
    refused: (code) => {
      if (underWay?.type === "close-room") {
        if (code === "stale-compaction") staleAt = underWay.upto; // what came since may be read by now
        else closing.fail(code === "room-closed" ? "closed" : "refused");
      }
      underWay = undefined;
    },
    giveUp: () => {
      underWay = undefined;
      rewrite = undefined;
    },
  };
};
