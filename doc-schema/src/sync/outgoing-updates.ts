/**
 * What the provider wants at the relay, on one socket, from there to its acknowledgement.
 * 1. At most one frame is under way; what waits meanwhile goes into the next.
 * 2. What the relay has by then is not sent.
 * 3. What others wrote, and came by another relay, is passed on only if they do not bring it themselves in a while.
 * 4. An acknowledgement counts however late it comes.
 * 5. No frame has a hole: readers refuse it whole, while its acknowledgement would count for all of it.
 */
import * as Y from "yjs";
import { frameHash } from "../crypto/index.ts";
import { withoutImpliedDeletes } from "./implied-deletes.ts";
import type { SealedRoom } from "./sealed-room.ts";
import { groupForMerging, hasSkip, splitUpdate, withoutSkips } from "./update-batches.ts";
import { UPDATE_LIMITS } from "./update-guard.ts";

/** Their own connection brings it sooner, unless they cannot reach this relay (milliseconds). */
const PASS_ON_MS = 3_000;

interface Waiting {
  readonly body: Uint8Array;
  /** Part of the whole document, which a compaction writes anew. */
  readonly isPiece: boolean;
}

/** A frame of ours that the relay has acknowledged. */
export interface Append {
  readonly update: Uint8Array;
  readonly hash: Uint8Array;
  readonly bytes: number;
  readonly pieces: number;
}

export interface OutgoingUpdates {
  /** @param isAnswer all that the relay lacks, as the provider was asked */
  readonly push: (update: Uint8Array, isAnswer: boolean) => void;
  /** Parts of the whole document, whatever the relay has. */
  readonly pushPieces: (pieces: readonly Uint8Array[]) => void;
  readonly areWaiting: () => boolean;
  readonly areUnderWay: () => boolean;
  /** Not acknowledged, without pieces. */
  readonly count: () => number;
  readonly sendNext: () => void;
  readonly acked: (clientSeq: number) => Append | undefined;
  /** Some were turned away; which is not known. */
  readonly giveUp: () => void;
}

export interface OutgoingDeps {
  readonly seal: (update: Uint8Array) => Uint8Array;
  /** Returns the clientSeq. */
  readonly append: (frame: Uint8Array) => number;
  /** A timer of this socket, after which evaluate() runs. */
  readonly after: (milliseconds: number, run: () => void) => void;
}

export const createOutgoingUpdates = (
  room: SealedRoom,
  { seal, append, after }: OutgoingDeps,
): OutgoingUpdates => {
  const { doc, known } = room;
  let waiting: Waiting[] = [];
  const unacked = new Map<number, Append>();
  /** Perhaps turned away; the provider is asked for them again. */
  const doubtful = new Map<number, Append>();

  const queue = (update: Uint8Array): void => {
    const lacking = known.lacking(withoutSkips(update));
    const needed = lacking && withoutImpliedDeletes(doc, lacking, known.covers);
    if (needed !== undefined) waiting.push(...splitUpdate(needed).map((body) => ({ body, isPiece: false })));
  };

  const isOfOthers = (update: Uint8Array): boolean => {
    const { structs } = Y.decodeUpdate(update);
    return structs.length > 0 && structs.every(({ id }) => id.client !== doc.clientID);
  };

  return {
    push: (update, isAnswer) => {
      if (isAnswer || !isOfOthers(update)) queue(update);
      else after(PASS_ON_MS, () => queue(update));
    },
    pushPieces: (pieces) => waiting.push(...pieces.map((body) => ({ body, isPiece: true }))),
    areWaiting: () => waiting.length > 0,
    areUnderWay: () => unacked.size > 0,
    count: () => waiting.filter(({ isPiece }) => !isPiece).length + unacked.size,
    sendNext: () => {
      const [group = []] = groupForMerging(waiting);
      waiting = waiting.slice(group.length);
      const needed = group.filter(({ body, isPiece }) => isPiece || !known.has(body));
      const [first] = needed;
      if (first === undefined) return;
      const merged = needed.length === 1 ? first.body : Y.mergeUpdates(needed.map(({ body }) => body));
      // What the relay has lies between them: one by one then.
      const sent = hasSkip(merged) ? [first] : needed;
      waiting = [...needed.slice(sent.length), ...waiting];
      const update = sent.length === 1 ? first.body : merged;
      if (update.length > UPDATE_LIMITS.bytes) {
        room.ignore("too-large"); // nobody would take it, and the relay would cut this socket again and again
        return;
      }
      const frame = seal(update);
      const pieces = sent.filter(({ isPiece }) => isPiece).length;
      unacked.set(append(frame), { update, hash: frameHash(frame), bytes: frame.length, pieces });
    },
    acked: (clientSeq) => {
      const acked = unacked.get(clientSeq) ?? doubtful.get(clientSeq);
      unacked.delete(clientSeq);
      doubtful.delete(clientSeq);
      return acked;
    },
    giveUp: () => {
      for (const [clientSeq, sent] of unacked) doubtful.set(clientSeq, sent);
      unacked.clear();
      waiting = [];
    },
  };
};
