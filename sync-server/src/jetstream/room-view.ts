/**
 * What one node knows of one room, and how it keeps up with what others write there.
 * 1. The state moves forward message by message, along the links of the log; whichever way a message is heard of first
 *    (told by the stream, read back, or our own and acknowledged), it counts once.
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
  readLogMessage,
  readSnapMessage,
  writeLogMessage,
  type LogMessage,
} from "./room-messages.ts";
import { readChain, readLast, readSnapshot, type Placed, type ReadFault } from "./room-reader.ts";
import { createRoomTail, type RoomTail } from "./room-tail.ts";
import type { RoomSubjects } from "./stream.ts";

export interface RoomState {
  readonly logId: Uint8Array;
  readonly head: number;
  readonly isClosed: boolean;
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
  refreshSnapshot(): Promise<Result<void, ReadFault>>;
  /** When a message with this batch is stored, `done` is called at its place in the order instead of the followers. */
  expect(batch: Uint8Array, done: () => void): void;
  isExpecting(batch: Uint8Array): boolean;
  forget(): void;
  /** Our own, acknowledged. */
  advance(placed: Placed<LogMessage>): void;
  /** What the stream or another node tells of the room. */
  hear(message: NatsMessage): void;
  follow(hear: (news: RoomNews) => void): () => void;
  isFollowed(): boolean;
  tell(news: RoomNews): void;
}

export const createRoomView = ({ subjects, jetStream, barrier, randomBytes }: RoomViewDeps): RoomView => {
  const followers = new Set<(news: RoomNews) => void>();
  let state: RoomState | undefined;
  let tail: RoomTail | undefined;
  let loadingTail: Promise<Result<RoomTail, ReadFault>> | undefined;
  let loading: Promise<Result<RoomState, ReadFault>> | undefined;
  let catching: Promise<Result<void, ReadFault>> | undefined;
  /** Heard of while there was no state yet, or taken while the tail was being read. */
  let early: Placed<LogMessage>[] = [];
  let expected: { readonly batch: Uint8Array; readonly done: () => void } | undefined;

  const tell = (news: RoomNews): void => {
    for (const hear of followers) hear(news);
  };

  const lastSeq = (): number => state?.earlier[0] ?? 0;

  const advance = (placed: Placed<LogMessage>): void => {
    const { streamSeq, message } = placed;
    if (streamSeq <= lastSeq()) return;
    state = stateAfter(placed);
    tail?.addMessage(streamSeq, message);
    if (loadingTail !== undefined) early.push(placed);
    if (expected !== undefined && equalBytes(expected.batch, message.batch)) {
      const { done } = expected;
      expected = undefined;
      return done();
    }
    const { first, frames } = message;
    const [closing] = frames;
    if (message.kind === "closing" && closing !== undefined) {
      tell({ type: "closed", upto: first - 1, frame: closing });
    } else if (frames.length > 0) {
      tell({ type: "frames", frames: frames.map((frame, at) => ({ seq: first + at, frame })) });
    }
  };

  /** A message that follows directly is taken; one that does not shows that others were missed. */
  const offer = (placed: Placed<LogMessage>): void => {
    if (state === undefined) early.push(placed);
    if (state === undefined || placed.streamSeq <= lastSeq()) return;
    if (placed.message.earlier[0] === lastSeq()) advance(placed);
    else void catchUp();
  };

  const load = async (): Promise<Result<RoomState, ReadFault>> => {
    for (;;) {
      const last = await readLast(jetStream, subjects.log);
      if (!last.ok) return last;
      const placed = last.value === undefined ? await makeRoom() : ok(last.value);
      if (!placed.ok) return placed;
      if (placed.value === undefined) continue; // another node was faster
      state = stateAfter(placed.value);
      const missed = early;
      early = [];
      missed.forEach(offer);
      return ok(state);
    }
  };

  const makeRoom = async (): Promise<Result<Placed<LogMessage> | undefined, Away>> => {
    const message: LogMessage = {
      kind: "frames",
      logId: randomBytes(LOG_ID_BYTES),
      batch: randomBytes(BATCH_BYTES),
      first: 1,
      earlier: [],
      frames: [],
    };
    const stored = await jetStream.publish(subjects.log, writeLogMessage(message), { expectedLast: 0 });
    if (stored.ok) return ok({ streamSeq: stored.value, message });
    if (stored.error.type === "moved") return ok(undefined);
    return err({ type: "away", detail: stored.error.detail });
  };

  const readMissed = async (): Promise<Result<void, ReadFault>> => {
    const known = lastSeq();
    const chain = await readChain(jetStream, subjects.log, known);
    if (!chain.ok) return chain;
    const [oldest] = chain.value;
    if (oldest !== undefined && oldest.message.earlier[0] !== known && known === lastSeq()) {
      const newest = chain.value.at(-1);
      if (newest !== undefined) state = stateAfter(newest);
      tail = undefined;
      tell({ type: "lost" });
    }
    chain.value.forEach(advance);
    return ok(undefined);
  };

  const catchUp = (): Promise<Result<void, ReadFault>> =>
    (catching ??= readMissed().finally(() => (catching = undefined)));

  const refresh = async (): Promise<Result<RoomState, ReadFault>> => {
    const heard = await barrier();
    if (!heard.ok) return heard;
    if (state === undefined) return (loading ??= load().finally(() => (loading = undefined)));
    if (catching !== undefined) await catching; // it may have begun before the barrier
    const caught = await catchUp();
    return caught.ok ? ok(state) : caught;
  };

  /** The log before the snapshot: what a compaction has deleted meanwhile, the snapshot then covers. */
  const loadTail = async (): Promise<Result<RoomTail, ReadFault>> => {
    const chain = await readChain(jetStream, subjects.log, 0);
    if (!chain.ok) return chain;
    const snap = await readSnapshot(jetStream, subjects.snap);
    if (!snap.ok) return snap;
    const made = createRoomTail();
    if (snap.value !== undefined) made.setSnapshot(snap.value.streamSeq, snap.value.message);
    for (const { streamSeq, message } of [...chain.value, ...early]) made.addMessage(streamSeq, message);
    early = [];
    tail = made;
    return ok(made);
  };

  return {
    state: () => state,
    refresh,
    catchUp,
    tail: async () => {
      if (tail !== undefined) return ok(tail);
      return (loadingTail ??= loadTail().finally(() => (loadingTail = undefined)));
    },
    refreshSnapshot: async () => {
      const snap = await readSnapshot(jetStream, subjects.snap);
      if (!snap.ok) return snap;
      if (snap.value !== undefined) tail?.setSnapshot(snap.value.streamSeq, snap.value.message);
      return ok(undefined);
    },
    expect: (batch, done) => {
      expected = { batch, done };
    },
    isExpecting: (batch) => expected?.batch === batch,
    forget: () => {
      expected = undefined;
    },
    advance,
    hear: ({ subject, headers, data }) => {
      if (subject === subjects.live) return tell({ type: "message", message: data });
      const streamSeq = Number(headers.get("Nats-Sequence"));
      if (subject.endsWith(".snap")) {
        const snap = readSnapMessage(data);
        if (snap.ok) tail?.setSnapshot(streamSeq, snap.value);
        return;
      }
      const message = readLogMessage(data);
      if (message.ok) offer({ streamSeq, message: message.value });
    },
    follow: (hear) => {
      followers.add(hear);
      return () => void followers.delete(hear);
    },
    isFollowed: () => followers.size > 0,
    tell,
  };
};

const stateAfter = ({ streamSeq, message }: Placed<LogMessage>): RoomState => ({
  // Copies: a message is a view on what came from the network.
  logId: Uint8Array.from(message.logId),
  head: message.first - 1 + (message.kind === "frames" ? message.frames.length : 0),
  isClosed: message.kind === "closing",
  earlier: [streamSeq, ...message.earlier].slice(0, EARLIER),
});
