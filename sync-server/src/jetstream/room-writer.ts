/**
 * Writing a room that other nodes write too.
 * 1. One batch of a room is under way at a time. It says which message it continues, and is settled when it is seen in
 *    the stream to count (room-messages.ts), not when the server acknowledges it. So two nodes can neither use a number
 *    twice nor leave one out.
 * 2. A batch whose fate is unknown is sent again unchanged until it is seen to count, or can no more: a second copy never
 *    counts.
 * 3. A snapshot is stored beside the log, and becomes the present one by the next message of the log, with whatever
 *    frames wait: it is held up no longer than an append.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Appended, LogWriteError, RoomEntry, RoomQuota, SnapshotError } from "../room-log.ts";
import type { SettleAppend } from "../shared-room-log.ts";
import type { JetStream } from "./jetstream-api.ts";
import {
  BATCH_BYTES,
  writeLogMessage,
  writeSnapMessage,
  type LogMessage,
  type SnapshotPlace,
} from "./room-messages.ts";
import type { RoomState, RoomView } from "./room-view.ts";
import { digestOf, type RoomTail } from "./room-tail.ts";
import type { RoomSubjects } from "./stream.ts";

/** An append, and who is told its outcome. */
export interface PendingEntry {
  readonly entry: RoomEntry;
  readonly settle: SettleAppend<RoomEntry>;
}
type Outcome =
  | { readonly type: "stored" | "duplicate"; readonly seq: number }
  | { readonly type: Exclude<Appended<RoomEntry>["type"], "stored" | "duplicate"> };

export interface RoomWriterDeps {
  readonly subjects: RoomSubjects;
  readonly jetStream: JetStream;
  readonly view: RoomView;
  readonly quota: RoomQuota;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly now: () => number;
  /** How long a write is tried while JetStream is away (milliseconds): longer than it takes to choose a leader. */
  readonly patienceMs: number;
}

export interface RoomWriter {
  append(entries: readonly PendingEntry[]): void;
  compact(upto: number, frame: Uint8Array): Promise<Result<void, SnapshotError>>;
  close(upto: number, frame: Uint8Array): Promise<Result<void, SnapshotError>>;
  isBusy(): boolean;
}

/** Bytes of frames in one message; a frame of any size fits into one by itself. */
const BATCH_LIMIT_BYTES = 1024 * 1024;
/** What may wait in a room while JetStream is away (bytes); what comes beyond it is refused at once. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 150;

interface Batch {
  readonly frames: readonly Uint8Array[];
  readonly outcomes: readonly Outcome[];
}
type Fate = Result<"stored" | "moved", LogWriteError>;

export const createRoomWriter = (deps: RoomWriterDeps): RoomWriter => {
  const { subjects, jetStream, view, quota, randomBytes, now } = deps;
  let waiting: PendingEntry[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let snapTurn: Promise<unknown> = Promise.resolve();
  let atWork = 0;
  let isWriting = false;
  /** A snapshot that is stored and becomes the present one with the next message. */
  let replacing:
    | { readonly place: SnapshotPlace; readonly settle: (result: Result<void, SnapshotError>) => void }
    | undefined;

  const counted = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    atWork += 1;
    try {
      return await work();
    } finally {
      atWork -= 1;
    }
  };

  /** One after the other; `work` does not throw. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = turn.then(() => counted(work));
    turn = done;
    return done;
  };
  const inSnapTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = snapTurn.then(() => counted(work));
    snapTurn = done;
    return done;
  };

  /** Asks again until there is an answer or patience ends. */
  const insist = async <Value>(
    ask: () => Promise<Result<Value, { readonly detail: string }>>,
    until: number,
  ): Promise<Result<Value, LogWriteError>> => {
    for (;;) {
      const answer = await ask();
      if (answer.ok) return answer;
      if (now() > until) return err({ type: "read-only", detail: answer.error.detail });
      await pause(RETRY_MS);
    }
  };

  const ready = (until: number): Promise<Result<{ state: RoomState; tail: RoomTail }, LogWriteError>> =>
    insist(async () => {
      const state = view.state() ?? (await view.refresh());
      if ("ok" in state && !state.ok) return state;
      const tail = await view.tail();
      const present = view.state();
      if (!tail.ok || present === undefined)
        return tail.ok ? err({ detail: "the room is not loaded" }) : tail;
      return ok({ state: present, tail: tail.value });
    }, until);

  /** The first of what waits, as much as fits into a message. */
  const takeBatch = (state: RoomState, tail: RoomTail): Batch => {
    const frames: Uint8Array[] = [];
    const outcomes: Outcome[] = [];
    const seqsByHash = new Map<string, number>();
    let bytes = 0;
    for (const { entry } of waiting) {
      const digest = digestOf(entry.frame);
      const known = tail.seqOf(digest) ?? seqsByHash.get(digest);
      const size = bytes + entry.frame.length;
      if (state.isClosed) outcomes.push({ type: "room-closed" });
      else if (known !== undefined) outcomes.push({ type: "duplicate", seq: known });
      else if (!tail.hasRoomFor(frames.length + 1, size, quota)) outcomes.push({ type: "quota-exceeded" });
      else if (frames.length > 0 && size > BATCH_LIMIT_BYTES) break;
      else {
        frames.push(entry.frame);
        bytes = size;
        seqsByHash.set(digest, state.head + frames.length);
        outcomes.push({ type: "stored", seq: state.head + frames.length });
      }
    }
    return { frames, outcomes };
  };

  const settle = (outcomes: readonly Outcome[]): void => {
    const settled = waiting.slice(0, outcomes.length);
    waiting = waiting.slice(outcomes.length);
    const appended = settled.flatMap(({ entry, settle: tell }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ tell, one: { ...outcome, entry } }];
    });
    for (const [tell, part] of Map.groupBy(appended, ({ tell: own }) => own)) {
      tell(
        part.map(({ one }) => one.entry),
        ok(part.map(({ one }) => one)),
      );
    }
  };

  const failAll = (error: LogWriteError): void => {
    const failed = waiting;
    waiting = [];
    settleReplacing(err(error));
    fail(failed, error);
  };

  /** Publishes until it is known what became of it; `done` is called at its place in the order. */
  const publish = async (message: LogMessage, until: number, done: () => void): Promise<Fate> => {
    view.expect(message.batch, done);
    const data = writeLogMessage(message);
    const isStored = (): boolean => !view.isExpecting(message.batch);
    for (;;) {
      const sent = await jetStream.publish(subjects.log, data);
      if (isStored()) return ok("stored");
      if (sent.ok) {
        const reached = await insist(() => view.reached(sent.value), until);
        if (isStored()) return ok("stored");
        view.forget(); // what another node wrote was first
        return reached.ok ? ok("moved") : reached;
      }
      const { detail } = sent.error;
      if (sent.error.type === "full" || now() > until) {
        view.forget();
        return err({ type: "read-only", detail });
      }
      await pause(RETRY_MS);
      const caught = await view.catchUp(); // it may have been stored, or another node's
      if (isStored()) return ok("stored");
      if (caught.ok && view.state()?.earlier[0] !== message.earlier[0]) {
        view.forget();
        return ok("moved");
      }
    }
  };

  const messageAfter = (
    state: RoomState,
    kind: LogMessage["kind"],
    frames: readonly Uint8Array[],
    snapshot = state.snapshot,
  ): LogMessage => ({
    kind,
    logId: state.logId,
    batch: randomBytes(BATCH_BYTES),
    first: state.head + 1,
    snapshot,
    earlier: state.earlier,
    frames,
  });

  const hasWork = (): boolean => waiting.length > 0 || replacing !== undefined;

  const writeWaiting = async (): Promise<void> => {
    let until = now() + deps.patienceMs;
    while (hasWork()) {
      const room = await ready(until);
      if (!room.ok) {
        failAll(room.error);
        continue;
      }
      const fate = await writeBatch(room.value.state, room.value.tail, until);
      if (!fate.ok) failAll(fate.error);
      else if (fate.value === "stored") until = now() + deps.patienceMs;
    }
    isWriting = false; // in the step that has seen that there is nothing
  };

  const writeBatch = async (state: RoomState, tail: RoomTail, until: number): Promise<Fate> => {
    const objection = replacing === undefined ? undefined : objectionTo(replacing.place, state);
    if (objection !== undefined) settleReplacing(err(objection));
    const batch = takeBatch(state, tail);
    const taken = replacing;
    if (batch.frames.length === 0 && taken === undefined) {
      settle(batch.outcomes);
      return ok("stored");
    }
    const message = messageAfter(state, "frames", batch.frames, taken?.place);
    return publish(message, until, () => {
      settle(batch.outcomes);
      if (taken !== undefined) settleReplacing(ok(undefined));
    });
  };

  const settleReplacing = (result: Result<void, SnapshotError>): void => {
    const settled = replacing;
    replacing = undefined;
    settled?.settle(result);
  };

  const startWriting = (): void => {
    if (isWriting) return;
    isWriting = true;
    void inTurn(writeWaiting);
  };

  const takeSnapshot = async (upto: number, frame: Uint8Array): Promise<Result<void, SnapshotError>> => {
    const until = now() + deps.patienceMs;
    const room = await ready(until);
    if (!room.ok) return room;
    const { state, tail } = room.value;
    const objection = objectionTo({ upto, streamSeq: Infinity }, state);
    if (objection !== undefined) return err(objection);
    const data = writeSnapMessage({ upto, hashes: tail.hashesUpTo(upto), frame });
    const stored = await insist(() => jetStream.publish(subjects.snap, data), until);
    if (!stored.ok) return stored;
    const place = { streamSeq: stored.value, upto, bytes: frame.length };
    const taken = await new Promise<Result<void, SnapshotError>>((resolve) => {
      replacing = { place, settle: resolve };
      startWriting();
    });
    if (taken.ok) {
      const needed = tail.messages()[0]?.streamSeq ?? lastOf(view.state() ?? state);
      void jetStream.deleteBelow(subjects.log, needed);
      void jetStream.deleteBelow(subjects.snap, place.streamSeq);
    }
    return taken;
  };

  const closeRoom = async (upto: number, frame: Uint8Array): Promise<Result<void, SnapshotError>> => {
    const until = now() + deps.patienceMs;
    for (;;) {
      const room = await ready(until);
      if (!room.ok) return room;
      const { state } = room.value;
      if (state.isClosed) return err({ type: "room-closed" });
      if (upto !== state.head) return err({ type: "stale" });
      const fate = await publish(messageAfter(state, "closing", [frame]), until, () => {});
      if (!fate.ok) return fate;
      if (fate.value === "moved") continue;
      void jetStream.deleteBelow(subjects.log, lastOf(view.state() ?? state));
      void jetStream.deleteBelow(subjects.snap, state.snapshot.streamSeq + 1);
      return ok(undefined);
    }
  };

  return {
    append: (entries) => {
      if (bytesOf(waiting) + bytesOf(entries) > MAX_WAITING_BYTES) {
        return fail(entries, { type: "read-only", detail: "too much waits for JetStream" });
      }
      waiting.push(...entries);
      startWriting();
    },
    compact: (upto, frame) => inSnapTurn(() => takeSnapshot(upto, frame)),
    close: (upto, frame) => inTurn(() => closeRoom(upto, frame)),
    isBusy: () => atWork > 0 || waiting.length > 0,
  };
};

const fail = (entries: readonly PendingEntry[], error: LogWriteError): void => {
  for (const [tell, part] of Map.groupBy(entries, ({ settle }) => settle)) {
    tell(
      part.map(({ entry }) => entry),
      err(error),
    );
  }
};

const bytesOf = (entries: readonly PendingEntry[]): number =>
  entries.reduce((sum, { entry }) => sum + entry.frame.length, 0);

/** Why a snapshot cannot become the present one, now that the room is in this state. */
const objectionTo = (
  { upto, streamSeq }: Pick<SnapshotPlace, "upto" | "streamSeq">,
  { isClosed, head, snapshot }: RoomState,
): SnapshotError | undefined => {
  if (isClosed) return { type: "room-closed" };
  const isNewer = upto > snapshot.upto && streamSeq > snapshot.streamSeq;
  return isNewer && upto <= head ? undefined : { type: "stale" };
};

/** The last message stays whatever covers it: it holds the number from which the next one counts. */
const lastOf = ({ earlier }: RoomState): number => earlier[0] ?? 0;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
