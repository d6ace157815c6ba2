/**
 * One socket's life between the provider and the relay. To the provider it is a y-websocket peer, to the relay a
 * client of a log of sealed frames.
 *
 * evaluate() decides everything, events only change state and call it:
 *   1. Live in the room             → the provider's socket opens; it then sends its sync step 1.
 *   2. Open and asked               → hand over what was replayed, say "synced", ask for what the relay lacks.
 *   3. Synced, something arrived    → hand it over in the order of the log.
 *   4. Synced, updates wait, none under way → append them as one frame: at most one frame a round trip.
 *   5. Nothing waits, the log is long → replace what was handed over by a snapshot.
 * A provider that has let go hears nothing more, and nothing moves the cursor then.
 */
import * as Y from "yjs";
import { sealFrame } from "../crypto/index.ts";
import {
  COMPACT_AFTER_BYTES,
  COMPACT_AFTER_FRAMES,
  type RefusalCode,
  type RelayMessage,
} from "../wire/index.ts";
import type { StoredFrame } from "./frame-intake.ts";
import { nothingToStop, type SocketEvent } from "./ports.ts";
import {
  parseProviderMessage,
  writeAwarenessMessage,
  writeStep1,
  writeSynced,
  writeUpdate,
} from "./provider-messages.ts";
import { createRelaySession, type RoomMessage } from "./relay-session.ts";
import { createRoomPresence } from "./room-presence.ts";
import type { SealedRoom } from "./sealed-room.ts";
import { groupForMerging, splitUpdate } from "./update-batches.ts";
import { SNAPSHOT_LIMITS, UPDATE_LIMITS } from "./update-guard.ts";

/** The provider's end of the socket. */
export interface ProviderEnd {
  /** False once the provider has taken its handlers away. */
  readonly isAttached: () => boolean;
  readonly opened: () => void;
  readonly receive: (message: Uint8Array) => void;
  readonly failed: (event: SocketEvent) => void;
  readonly closed: (event: SocketEvent) => void;
}

export interface SealedConnection {
  readonly fromProvider: (message: Uint8Array) => void;
  readonly close: (code?: number, reason?: string) => void;
  readonly bufferedAmount: () => number;
}

/** Sent and not acknowledged. */
type Append = { readonly update: Uint8Array; readonly bytes: number };
type Incoming = StoredFrame | Extract<RelayMessage, { type: "ack" }>;

/** The relay's disk is full or refuses: look again after this long (milliseconds). */
const RETRY_STORING_MS = 30_000;
const CLOSE_START_OVER = 4001;

export const createSealedConnection = (room: SealedRoom, provider: ProviderEnd): SealedConnection => {
  const { keys, chain, known, held, intake, sinceSnapshot } = room;
  const isNewest = room.takeOver();
  const presence = createRoomPresence(room);
  const inbox: Incoming[] = [];
  let outbox: Uint8Array[] = [];
  const unacked = new Map<number, Append>();
  let clientSeq = 0;
  /** The clientSeq of a compaction under way. */
  let compaction: number | undefined;
  let askedAfter = 0;
  let isLive = false;
  let isOpen = false;
  let isAsked = false;
  let isSynced = false;
  let isEnded = false;
  let isEvaluating = false;
  let blockedBy: RefusalCode | undefined;
  let stopRetry = nothingToStop;
  /** What the room had unsent when this socket began; replaced by what the provider then pushes. */
  let unsentBefore = room.status().pending;

  const evaluate = (): void => {
    if (isEvaluating) return;
    isEvaluating = true;
    while (provider.isAttached() && takeStep());
    isEvaluating = false;
    if (!isEnded) publishPending();
  };

  /** True when something was done, so that there may be more. */
  const takeStep = (): boolean => {
    if (!isLive) return false;
    if (!isOpen) {
      isOpen = true;
      room.renewPresence?.();
      provider.opened();
      return true;
    }
    if (!isSynced) {
      if (!isAsked) return false;
      takeInbox();
      if (!provider.isAttached()) return false;
      provider.receive(writeSynced());
      isSynced = true;
      askForMissing();
      room.change({ phase: "live", lastLiveAt: room.now(), refusal: blockedBy });
      return true;
    }
    if (inbox.length > 0) return takeInbox();
    if (outbox.length > 0 && unacked.size === 0 && blockedBy === undefined) return appendNext();
    return shouldCompact() && compact();
  };

  const askForMissing = (): void => {
    unsentBefore = 0;
    provider.receive(writeStep1(known.stateVector()));
  };

  const takeInbox = (): true => {
    const frames: StoredFrame[] = [];
    const takeFrames = (): void => intake.take(frames.splice(0), handOver);
    for (const incoming of inbox.splice(0)) {
      if ("frame" in incoming) {
        frames.push(incoming);
        countStored(incoming.frame.length, incoming.isSnapshot);
      } else {
        takeFrames();
        takeAck(incoming.clientSeq, incoming.seq);
      }
    }
    takeFrames();
    room.change({ held: held.size });
    return true;
  };

  const handOver = (update: Uint8Array): boolean => {
    if (!provider.isAttached()) return false;
    provider.receive(writeUpdate(update));
    return true;
  };

  const takeAck = (ackedSeq: number, seq: number): void => {
    if (ackedSeq === compaction) {
      compaction = undefined;
      // A snapshot teaches nothing: what it holds beyond the log, the next compactor's may lack.
      if (blockedBy === "quota-exceeded") unblock();
    }
    const acked = unacked.get(ackedSeq);
    if (acked === undefined) return;
    unacked.delete(ackedSeq);
    known.learn(acked.update);
    known.advance(seq);
    countStored(acked.bytes, false);
  };

  const countStored = (bytes: number, isSnapshot: boolean): void => {
    sinceSnapshot.frames = isSnapshot ? 0 : sinceSnapshot.frames + 1;
    sinceSnapshot.bytes = isSnapshot ? 0 : sinceSnapshot.bytes + bytes;
    if (!isSynced) room.change({ replayed: room.status().replayed + 1 });
  };

  const appendNext = (): true => {
    const [group = []] = groupForMerging(outbox.map((body) => ({ body })));
    outbox = outbox.slice(group.length);
    const updates = group.map(({ body }) => body);
    const [first] = updates;
    const update = first !== undefined && updates.length === 1 ? first : Y.mergeUpdates(updates);
    if (update.length > UPDATE_LIMITS.bytes) {
      room.ignore("too-large"); // nobody would take it, and the relay would cut this socket again and again
      return true;
    }
    const frame = sealFrame(
      keys,
      chain,
      { kind: "update", body: update, ...room.logPlace() },
      room.randomBytes,
    );
    clientSeq++;
    unacked.set(clientSeq, { update, bytes: frame.length });
    session.send({ type: "append", clientSeq, frame });
    return true;
  };

  const shouldCompact = (): boolean =>
    room.snapshot !== undefined &&
    compaction === undefined &&
    held.size === 0 &&
    sinceSnapshot.frames > 0 &&
    (blockedBy === "quota-exceeded" || (outbox.length === 0 && isLogLong()));

  const isLogLong = (): boolean =>
    sinceSnapshot.frames >= (room.compactAfterFrames ?? COMPACT_AFTER_FRAMES) ||
    sinceSnapshot.bytes >= COMPACT_AFTER_BYTES;

  /**
   * Conditional on `upto`, so appends may be under way, which reach the log before it; and of two compactors one
   * loses nothing but the race.
   */
  const compact = (): boolean => {
    const snapshot = room.snapshot?.();
    sinceSnapshot.frames = 0;
    sinceSnapshot.bytes = 0;
    if (snapshot === undefined) return false;
    if (snapshot.length > SNAPSHOT_LIMITS.bytes) {
      room.ignore("too-large"); // the log stays; it is tried again when it has grown as much once more
      return false;
    }
    clientSeq++;
    compaction = clientSeq;
    const frame = sealFrame(
      keys,
      chain,
      { kind: "snapshot", body: snapshot, ...room.logPlace() },
      room.randomBytes,
    );
    session.send({ type: "compact", clientSeq, upto: known.cursor, frame });
    return true;
  };

  const publishPending = (): void => {
    const pending = unsentBefore + outbox.length + unacked.size;
    if (isNewest() && isSynced && pending !== room.status().pending) room.change({ pending });
  };

  const onMessage = (message: RoomMessage): void => {
    switch (message.type) {
      case "snapshot":
        inbox.push({ seq: message.upto, frame: message.frame, isSnapshot: true });
        break;
      case "frame":
        inbox.push({ seq: message.seq, frame: message.frame, isSnapshot: false });
        break;
      case "ack":
        inbox.push(message);
        break;
      case "live":
        goLive(message);
        break;
      case "ephemeral":
        tellProvider(presence.receive(message.session, message.frame));
        break;
      case "joined":
        presence.join(message.session);
        room.renewPresence?.();
        break;
      case "left":
        tellProvider(presence.leave(message.session));
        break;
      case "refused":
        onRefused(message.code);
        break;
    }
    evaluate();
  };

  /** Another log, or less of it than we saw: the relay lost data, and what we skipped must come again. */
  const goLive = ({ head, logId }: Extract<RelayMessage, { type: "live" }>): void => {
    if (!known.isSameLog(logId, head)) {
      held.clear();
      sinceSnapshot.frames = 0;
      sinceSnapshot.bytes = 0;
      if (askedAfter > 0) return session.close(CLOSE_START_OVER, "other-log");
    }
    isLive = true;
  };

  const tellProvider = (message: Uint8Array | undefined): void => {
    if (message !== undefined && isOpen && provider.isAttached()) provider.receive(message);
  };

  const onRefused = (code: RefusalCode): void => {
    if (code === "stale-compaction") {
      compaction = undefined;
      return;
    }
    if (isNewest()) room.change({ refusal: code });
    if (code !== "read-only" && code !== "quota-exceeded") return;
    blockedBy = code;
    stopRetry();
    stopRetry = room.timers.after(RETRY_STORING_MS, () => {
      unblock();
      evaluate();
    });
  };

  /** Which appends were turned away is not known, so the provider is asked for all that the relay lacks. */
  const unblock = (): void => {
    stopRetry();
    blockedBy = undefined;
    compaction = undefined;
    unacked.clear();
    outbox = [];
    room.change({ refusal: undefined });
    if (isSynced && provider.isAttached()) askForMissing();
  };

  const end = (event: SocketEvent): void => {
    if (isEnded) return;
    publishPending();
    isEnded = true;
    stopRetry();
    if (isNewest()) room.change({ phase: isFinal(room.status().refusal) ? "refused" : "offline", peers: 0 });
    provider.closed(event);
  };

  const session = createRelaySession(room, {
    url: room.url,
    keys,
    cursor: () => {
      askedAfter = known.cursor;
      return askedAfter;
    },
    events: {
      onStage: (phase) => isNewest() && room.change({ phase }),
      onMessage: (message) => {
        if (!isEnded && provider.isAttached()) onMessage(message);
      },
      onPong: () => tellProvider(writeAwarenessMessage([])),
      onError: provider.failed,
      onClose: end,
    },
  });
  room.change({ phase: "connecting", refusal: undefined, replayed: 0, peers: 0 });

  return {
    fromProvider: (bytes) => {
      if (!isOpen || isEnded) return;
      const message = parseProviderMessage(bytes);
      if (message.type === "step-1") isAsked = true;
      if (message.type === "awareness") {
        const frame = presence.seal(message.update);
        if (frame !== undefined) session.send({ type: "ephemeral", frame });
      }
      // An update before step 2 is in it: the provider has not yet been asked for what the relay lacks.
      if ((message.type === "update" && isSynced) || message.type === "step-2") {
        if (!known.has(message.update)) outbox.push(...splitUpdate(message.update));
      }
      evaluate();
    },
    close: (code, reason) => {
      session.close(code, reason);
      end({ type: "close", code: code ?? 1000, reason: reason ?? "" });
    },
    bufferedAmount: session.bufferedAmount,
  };
};

/** Trying again at once cannot help: the key, the address or the version is wrong. */
export const isFinal = (code: RefusalCode | undefined): boolean =>
  code === "bad-auth" || code === "bad-version" || code === "bad-origin" || code === "wrong-room";
