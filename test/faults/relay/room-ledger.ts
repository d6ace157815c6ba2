/**
 * What the load has sent to one room, and what the relay has promised in return: the judge of a relay that was killed.
 * Frames are numbered by us and can be made again from their number, so that a million of them need no memory.
 */
import { equalBytes } from "@deskhand/doc-schema/wire";
import { bodyOf, createRoomKeys, frameOf, type RoomKeys } from "../../unit/sync-server/relay-client.ts";
import type { StoredRoom } from "./stored-room.ts";

const MAX_FILLER_BYTES = 3_000;
const BODY = /^frame (\d+) /;

/** What must still be there after any crash from this moment on. */
export interface RoomPromises {
  readonly logId: Uint8Array | undefined;
  /** By its number in the log, the number of the frame that was acknowledged there. */
  readonly acked: ReadonlyMap<number, number>;
  /** The newest snapshot that was acknowledged; 0 without one. */
  readonly upto: number;
}

export interface RoomLedger {
  readonly keys: RoomKeys;
  /** The number for one more frame. */
  nextFrame(): number;
  frame(n: number): Uint8Array;
  snapshot(upto: number): Uint8Array;
  /** Sent and not acknowledged: as a client would, they are sent again first. */
  outbox(): readonly number[];
  /** A complaint when another frame holds that place. */
  noteAck(n: number, seq: number): string | undefined;
  noteSnapshot(upto: number): void;
  /** The last place up to which everything is known to be in the log. */
  knownUpto(): number;
  promises(): RoomPromises;
  /** Takes what the relay has for the truth from here on, once it was judged. */
  settle(stored: StoredRoom): void;
}

export const createRoomLedger = (): RoomLedger => {
  const keys = createRoomKeys();
  let frames = 0;
  let logId: Uint8Array | undefined;
  let upto = 0;
  let known = 0;
  let acked = new Map<number, number>();
  /** Whether the frame was found in the log although its ACK never came. */
  const unacked = new Map<number, "unknown" | "stored">();

  const frame = (n: number): Uint8Array =>
    frameOf(keys, `frame ${n} ${"x".repeat((n * 7_919) % MAX_FILLER_BYTES)}`);

  return {
    keys,
    nextFrame: () => {
      frames += 1;
      unacked.set(frames, "unknown");
      return frames;
    },
    frame,
    snapshot: (at) => frameOf(keys, `snapshot ${at}`, "snapshot"),
    outbox: () => [...unacked.keys()],
    noteAck: (n, seq) => {
      unacked.delete(n);
      const holder = acked.get(seq);
      acked.set(seq, n);
      while (acked.has(known + 1)) known += 1;
      return holder === undefined || holder === n
        ? undefined
        : `place ${seq} was given to frame ${holder} and to ${n}`;
    },
    noteSnapshot: (at) => {
      upto = Math.max(upto, at);
    },
    knownUpto: () => known,
    promises: () => ({ logId, acked: new Map(acked), upto }),
    settle: (stored) => {
      logId ??= stored.logId;
      upto = Math.max(upto, stored.snapshot?.upto ?? 0);
      known = stored.head;
      acked = new Map(stored.frames.map(({ seq, frame: bytes }) => [seq, numberOf(bytes)]));
      const present = new Set(acked.values());
      for (const [n, state] of unacked) {
        // Found before and sent again since: its hash may be forgotten soon, and then it would be a new frame.
        if (state === "stored") unacked.delete(n);
        else if (present.has(n)) unacked.set(n, "stored");
      }
    },
  };
};

const numberOf = (frame: Uint8Array): number => Number(BODY.exec(bodyOf(frame))?.[1] ?? 0);

export interface Judgement {
  /** Acknowledged frames that are not there. */
  readonly lost: number;
  readonly complaints: readonly string[];
}

/** Whether a relay that came back has kept its promises, and holds nothing that nobody sent. */
export const judge = (
  stored: StoredRoom,
  promises: RoomPromises,
  ledger: Pick<RoomLedger, "frame" | "snapshot">,
): Judgement => {
  const upto = stored.snapshot?.upto ?? 0;
  const bySeq = new Map(stored.frames.map(({ seq, frame }) => [seq, numberOf(frame)]));
  const missing = [...promises.acked].filter(([seq, n]) => seq > upto && bySeq.get(seq) !== n);
  const broken = stored.frames.filter(({ frame }) => !equalBytes(frame, ledger.frame(numberOf(frame))));
  const gaps = stored.frames.filter(({ seq }, i) => seq !== upto + 1 + i);
  const isOther = promises.logId !== undefined && !equalBytes(promises.logId, stored.logId);
  const snapshot = stored.snapshot;
  return {
    lost: missing.length,
    complaints: [
      ...missing.slice(0, 3).map(([seq, n]) => `frame ${n}, acknowledged as ${seq}, is not there`),
      ...(upto < promises.upto ? [`the acknowledged snapshot ${promises.upto} is not there`] : []),
      ...(snapshot !== undefined && !equalBytes(snapshot.frame, ledger.snapshot(upto))
        ? [`snapshot ${upto} holds something else`]
        : []),
      ...(broken.length > 0 ? [`${broken.length} frames are not as they were sent`] : []),
      ...(gaps.length > 0 || stored.head !== upto + stored.frames.length
        ? [`places have gaps: head ${stored.head}, snapshot ${upto}, ${stored.frames.length} frames`]
        : []),
      ...(new Set(bySeq.values()).size < bySeq.size ? ["a frame is stored twice"] : []),
      ...(isOther ? ["the log has another id"] : []),
    ],
  };
};
