/**
 * What one node knows of one room, and how it keeps up with what others write there.
 * 1. The state moves forward message by message in the order of the stream, by those that count (room-messages.ts);
 *    whether a message is told by the stream or read back, it is taken once.
 * 2. `refresh` returns a state that holds everything that was acknowledged anywhere before the call.
 * 3. A message that was missed is read back; when a compaction has deleted it, the followers are told that they lost
 *    the log, and replay it by their cursors.
 */
import { equalBytes, err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { RoomNews } from "../shared-room-log.ts";
import type { Away, JetStream } from "./jetstream-api.ts";
import type { NatsMessage } from "./nats-protocol.ts";
import {
  BATCH_BYTES,
  EARLIER,
  LOG_ID_BYTES,
  NO_SNAPSHOT,
  readLogMessage,
  writeLogMessage,
  type LogMessage,
  type SnapshotPlace,
} from "./room-messages.ts";
import { countingOf, readBeyond, readSnapshot, type Placed, type ReadFault } from "./room-reader.ts";
import { createRoomTail, type RoomTail } from "./room-tail.ts";
import type { RoomSubjects } from "./stream.ts";

export interface RoomState {
  readonly logId: Uint8Array;
  readonly head: number;
  readonly isClosed: boolean;
  readonly snapshot: SnapshotPlace;
  /** Where the last messages of the log stand in the stream, newest first; never empty. */
  readonly earlier: readonly number[];
}

export interface RoomViewDeps {
  readonly subjects: RoomSubjects;
  readonly jetStream: JetStream;
  /** Settles when a quorum has answered a question asked after the call. */
  readonly barrier: () => Promise<Result<void, Away>>;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface RoomView {
  /** Undefined before the first `refresh`. */
  state(): RoomState | undefined;
  /** Makes the room when there is none. */
  refresh(): Promise<Result<RoomState, ReadFault>>;
  /** Reads what was missed. */
  catchUp(): Promise<Result<void, ReadFault>>;
  tail(): Promise<Result<RoomTail, ReadFault>>;
  /** Settles when all up to this number of the stream was taken. */
  reached(streamSeq: number): Promise<Result<void, ReadFault>>;
  /** When a message with this batch counts, `done` is called at its place in the order instead of the followers. */
  expect(batch: Uint8Array, done: () => void): void;
  isExpecting(batch: Uint8Array): boolean;
  forget(): void;
  /** What the stream or another node tells of the room. */
  hear(message: NatsMessage): void;
  follow(hear: (news: RoomNews) => void): () => void;
  isFollowed(): boolean;
  tell(news: RoomNews): void;
}

/** What is told comes at about the time of an acknowledgement; later than this it is taken for lost (milliseconds). */
const TOLD_MS = 100;

export const createRoomView = ({ subjects, jetStream, barrier, randomBytes }: RoomViewDeps): RoomView => {
  const followers = new Set<(news: RoomNews) => void>();
  const waiters = new Set<() => void>();
  let state: RoomState | undefined;
  let tail: RoomTail | undefined;
  let loadingTail: Promise<Result<RoomTail, ReadFault>> | undefined;
  /** Taken while the tail was being read. */
  let early: Placed<LogMessage>[] = [];
  let catching: Promise<Result<void, ReadFault>> | undefined;
  /** There is more than what is being read. */
  let hasMore = false;
  /** The last number of the stream that was taken, whether its message counts or not. */
  let seen = 0;
  let expected: { readonly batch: Uint8Array; readonly done: () => void } | undefined;

  const tell = (news: RoomNews): void => {
    for (const hear of followers) hear(news);
  };

  const lastCounting = (): number => state?.earlier[0] ?? 0;

  /** In the order of the stream, none left out but such as do not count. */
  const take = (placed: Placed<LogMessage>): void => {
    const { streamSeq, message } = placed;
    if (streamSeq <= seen) return;
    seen = streamSeq;
    const isFirst = state === undefined;
    if (isFirst || message.earlier[0] === lastCounting()) {
      state = stateAfter(placed);
      tail?.addMessage(streamSeq, message);
      if (loadingTail !== undefined) early.push(placed);
      if (expected !== undefined && equalBytes(expected.batch, message.batch)) {
        const { done } = expected;
        expected = undefined;
        done();
      } else if (!isFirst) tellOf(message);
    }
    for (const wake of waiters) wake();
  };

  const tellOf = ({ kind, first, frames }: LogMessage): void => {
    const [closing] = frames;
    if (kind === "closing" && closing !== undefined)
      tell({ type: "closed", upto: first - 1, frame: closing });
    else if (frames.length > 0) {
      tell({ type: "frames", frames: frames.map((frame, at) => ({ seq: first + at, frame })) });
    }
  };

  const readMissed = async (): Promise<Result<void, ReadFault>> => {
    const missed = await readBeyond(jetStream, subjects.log, seen);
    if (!missed.ok) return missed;
    if (missed.value.length === 0 && state === undefined) {
      const made = await makeRoom();
      return made.ok ? readMissed() : made;
    }
    // What the first one builds on was deleted before we saw it.
    const [oldest] = missed.value.filter(({ streamSeq }) => streamSeq > seen);
    if (state !== undefined && oldest !== undefined && (oldest.message.earlier[0] ?? 0) > lastCounting()) {
      state = undefined;
      tail = undefined;
      seen = 0;
      tell({ type: "lost" });
      return readMissed();
    }
    missed.value.forEach(take);
    return ok(undefined);
  };

  /** Another node may be faster: then its message counts. */
  const makeRoom = async (): Promise<Result<void, Away>> => {
    const message = writeLogMessage({
      kind: "frames",
      logId: randomBytes(LOG_ID_BYTES),
      batch: randomBytes(BATCH_BYTES),
      first: 1,
      snapshot: NO_SNAPSHOT,
      earlier: [],
      frames: [],
    });
    const stored = await jetStream.publish(subjects.log, message);
    return stored.ok ? ok(undefined) : err({ type: "away", detail: stored.error.detail });
  };

  const readAllMissed = async (): Promise<Result<void, ReadFault>> => {
    for (;;) {
      hasMore = false;
      const missed = await readMissed();
      if (!missed.ok || !hasMore) return missed;
    }
  };

  const catchUp = (): Promise<Result<void, ReadFault>> => {
    hasMore = true;
    return (catching ??= readAllMissed().finally(() => (catching = undefined)));
  };

  const refresh = async (): Promise<Result<RoomState, ReadFault>> => {
    const heard = await barrier();
    if (!heard.ok) return heard;
    const caught = await catchUp();
    if (!caught.ok) return caught;
    return state === undefined ? err({ type: "away", detail: "the room was deleted" }) : ok(state);
  };

  const loadTail = async (): Promise<Result<RoomTail, ReadFault>> => {
    for (let missing = 0; ;) {
      const all = await readBeyond(jetStream, subjects.log, 0);
      if (!all.ok) return all;
      const made = createRoomTail();
      for (const { streamSeq, message } of countingOf(all.value)) made.addMessage(streamSeq, message);
      const { streamSeq } = made.snapshot();
      const snap = streamSeq === 0 ? ok(undefined) : await readSnapshot(jetStream, streamSeq);
      if (!snap.ok) return snap;
      if (streamSeq !== 0 && snap.value === undefined) {
        if (streamSeq === missing) return err({ type: "unreadable", detail: "the stream lacks a snapshot" });
        missing = streamSeq; // a newer one may have replaced it
        continue;
      }
      if (snap.value !== undefined) made.addHashes(snap.value);
      for (const placed of early) made.addMessage(placed.streamSeq, placed.message);
      early = [];
      tail = made;
      return ok(made);
    }
  };

  return {
    state: () => state,
    refresh,
    catchUp,
    tail: async () => {
      if (tail !== undefined) return ok(tail);
      return (loadingTail ??= loadTail().finally(() => (loadingTail = undefined)));
    },
    reached: async (streamSeq) => {
      const until = Date.now() + TOLD_MS;
      const isTaken = (): boolean => seen >= streamSeq;
      while (!isTaken() && Date.now() < until) await nextTake(waiters, TOLD_MS);
      return isTaken() ? ok(undefined) : catchUp();
    },
    expect: (batch, done) => {
      expected = { batch, done };
    },
    isExpecting: (batch) => expected?.batch === batch,
    forget: () => {
      expected = undefined;
    },
    hear: ({ subject, headers, data }) => {
      if (subject === subjects.live) return tell({ type: "message", message: data });
      const streamSeq = Number(headers.get("Nats-Sequence"));
      const message = readLogMessage(data);
      const hasMissed = Number(headers.get("Nats-Last-Sequence")) > seen;
      if (message.ok && state !== undefined && !hasMissed) take({ streamSeq, message: message.value });
      else if (streamSeq > seen) void catchUp();
    },
    follow: (hear) => {
      followers.add(hear);
      return () => void followers.delete(hear);
    },
    isFollowed: () => followers.size > 0,
    tell,
  };
};

/** Resolves at the next message that is taken, or after this time. */
const nextTake = (waiters: Set<() => void>, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      waiters.delete(end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    waiters.add(end);
  });

const stateAfter = ({ streamSeq, message }: Placed<LogMessage>): RoomState => ({
  // A copy: a message is a view on what came from the network.
  logId: Uint8Array.from(message.logId),
  head: message.first - 1 + (message.kind === "frames" ? message.frames.length : 0),
  isClosed: message.kind === "closing",
  snapshot: message.snapshot,
  earlier: [streamSeq, ...message.earlier].slice(0, EARLIER),
});
