/**
 * What a node keeps in mind of a room to append to it and to read it: where each message stands in the stream, how
 * large its frames are, and the hashes of all frames from the snapshot before the present one on. No content.
 */
import { hash } from "node:crypto";
import type { RoomQuota } from "../room-log.ts";
import {
  HASH_BYTES,
  NO_SNAPSHOT,
  type LogMessage,
  type SnapMessage,
  type SnapshotPlace,
} from "./room-messages.ts";

/** A message of the log, as far as it lies above the snapshot. */
export interface TailMessage {
  readonly streamSeq: number;
  /** The room's number of its first frame. */
  readonly first: number;
  /** Bytes of each frame. */
  readonly sizes: readonly number[];
}

export interface RoomTail {
  readonly messages: () => readonly TailMessage[];
  readonly snapshot: () => SnapshotPlace;
  /** The number under which the room has this frame. */
  readonly seqOf: (digest: string) => number | undefined;
  readonly hasRoomFor: (frames: number, bytes: number, quota: RoomQuota) => boolean;
  /** One that is not newer than the last is ignored. */
  readonly addMessage: (streamSeq: number, message: LogMessage) => void;
  /** The hashes that a snapshot has of the frames that it replaced. */
  readonly addHashes: (snap: SnapMessage) => void;
  /** Of the frames after the present snapshot up to `upto`, in order. */
  readonly hashesUpTo: (upto: number) => readonly Uint8Array[];
}

/** A frame's hash, as a key of a map. */
export const digestOf = (frame: Uint8Array): string =>
  hash("sha256", frame, "buffer").toString("latin1", 0, HASH_BYTES);

const NO_HASH = new Uint8Array(HASH_BYTES);
const lastOf = ({ first, sizes }: TailMessage): number => first + sizes.length - 1;

export const createRoomTail = (): RoomTail => {
  let messages: TailMessage[] = [];
  let snapshot = NO_SNAPSHOT;
  /** Of frames after the snapshot. */
  let frames = 0;
  let frameBytes = 0;
  let newest = 0;
  const seqsByHash = new Map<string, number>();

  const count = ({ first, sizes }: TailMessage): void => {
    for (const size of sizes.slice(Math.max(0, snapshot.upto + 1 - first))) {
      frames += 1;
      frameBytes += size;
    }
  };

  /** Hashes outlive their frames by one snapshot. */
  const replaceSnapshot = (present: SnapshotPlace): void => {
    for (const [digest, seq] of seqsByHash) if (seq <= snapshot.upto) seqsByHash.delete(digest);
    snapshot = present;
    messages = messages.filter((message) => lastOf(message) > present.upto);
    frames = 0;
    frameBytes = 0;
    messages.forEach(count);
  };

  return {
    messages: () => messages,
    snapshot: () => snapshot,
    seqOf: (digest) => seqsByHash.get(digest),
    hasRoomFor: (moreFrames, moreBytes, quota) =>
      frames + moreFrames <= quota.roomFrames && snapshot.bytes + frameBytes + moreBytes <= quota.roomBytes,
    addMessage: (streamSeq, { first, frames: added, snapshot: present }) => {
      if (streamSeq <= newest) return;
      newest = streamSeq;
      if (first + added.length - 1 > snapshot.upto) {
        const message = { streamSeq, first, sizes: added.map((frame) => frame.length) };
        messages.push(message);
        count(message);
        added.forEach((frame, at) => seqsByHash.set(digestOf(frame), first + at));
      }
      if (present.streamSeq !== snapshot.streamSeq) replaceSnapshot(present);
    },
    addHashes: ({ upto, hashes }) => {
      const before = upto - hashes.length;
      hashes.forEach((digest, at) => seqsByHash.set(Buffer.from(digest).toString("latin1"), before + 1 + at));
    },
    hashesUpTo: (upto) => {
      const hashes = Array.from({ length: upto - snapshot.upto }, () => NO_HASH);
      for (const [digest, seq] of seqsByHash) {
        if (seq > snapshot.upto && seq <= upto)
          hashes[seq - snapshot.upto - 1] = Buffer.from(digest, "latin1");
      }
      return hashes;
    },
  };
};
