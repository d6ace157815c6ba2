/**
 * One socket's life between the provider and the relay. To the provider it is a y-websocket peer, to the relay a
 * client of a log of sealed frames.
 *
 * evaluate() decides everything, events only change state and call it:
 *   1. Live in the room             → the provider's socket opens; it then sends its sync step 1.
 *   2. Open and asked               → hand over what was replayed, say "synced", ask for what the relay lacks.
 *   3. Synced, something arrived    → hand it over in the order of the log; also what was held, when the document grew
 *                                     by another way.
 *   4. Synced, updates wait, none under way → append them as one frame: at most one frame a round trip.
 *   5. Nothing waits, the log is long or to be closed → replace what was handed over (log-replacer.ts).
 * A provider that has let go hears nothing more, and nothing moves the cursor then. A break in the log's history ends
 * the socket before anything after it is handed over.
 */
import { bytesToHex, createFrameChain, sealFrame, STREAM_BYTES, type FrameKind } from "../crypto/index.ts";
import type { RefusalCode, RelayMessage } from "../wire/index.ts";
import type { StoredFrame } from "./frame-intake.ts";
import { WITHHELD_AFTER_MS, type HistoryFault } from "./log-history.ts";
import { createLogReplacer } from "./log-replacer.ts";
import { createOutgoingUpdates } from "./outgoing-updates.ts";
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

type Incoming = StoredFrame | Extract<RelayMessage, { type: "ack" }>;

/** The relay's disk is full or refuses: look again after this long (milliseconds). */
const RETRY_STORING_MS = 30_000;
/** Who compacts is who acts on what is written: the others wait for a sign that it was read (milliseconds). */
const TELL_READ_MS = 1_000;
const CLOSE_START_OVER = 4001;

export const createSealedConnection = (room: SealedRoom, provider: ProviderEnd): SealedConnection => {
  const { keys, known, history, held, intake, sinceSnapshot } = room;
  const isNewest = room.takeOver(() => evaluate());
  const inbox: Incoming[] = [];
  let clientSeq = 0;
  let chain = createFrameChain(room.deviceId, room.randomBytes(STREAM_BYTES));
  let askedAfter = 0;
  /** The head that LIVE named. */
  let liveHead: number | undefined;
  let isOpen = false;
  let isAsked = false;
  let isSynced = false;
  let isEnded = false;
  let isEvaluating = false;
  let isTelling = false;
  let mayHeldBeReady = false;
  /** The cursor of our last frame. */
  let toldCursor = 0;
  let blockedBy: RefusalCode | undefined;
  const stopTimers = new Set<() => void>();
  let stopRetry = nothingToStop;
  /** What the room had unsent when this socket began; replaced by what the provider then pushes. */
  let unsentBefore = room.status().pending;

  const evaluate = (): void => {
    if (isEvaluating) return;
    isEvaluating = true;
    while (provider.isAttached() && takeStep());
    isEvaluating = false;
    if (!isEnded) publishPending();
    if (isSynced) room.resume.noteProgress();
  };

  /** True when something was done, so that there may be more. */
  const takeStep = (): boolean => {
    if (liveHead === undefined) return false;
    if (!isOpen) {
      isOpen = true;
      room.renewPresence?.();
      provider.opened();
      return true;
    }
    if (!isSynced) return isAsked && sync(liveHead);
    if (inbox.length > 0) return takeInbox();
    if (mayHeldBeReady) return takeHeld();
    if (room.isMoved()) return false;
    if (outgoing.areWaiting() && !outgoing.areUnderWay() && blockedBy === undefined) {
      outgoing.sendNext();
      return true;
    }
    return replacer.step(blockedBy);
  };

  const sync = (head: number): boolean => {
    if (!takeInbox(() => history.endReplay(head)) || !provider.isAttached()) return false;
    provider.receive(writeSynced());
    isSynced = true;
    askForMissing();
    room.change({ phase: "live", lastLiveAt: room.now(), refusal: blockedBy });
    return true;
  };

  const askForMissing = (): void => {
    unsentBefore = 0;
    provider.receive(writeStep1(known.stateVector()));
  };

  /** False when the history broke, and with it this socket ended. */
  const takeInbox = (checkEnd?: () => HistoryFault | undefined): boolean => {
    const frames: StoredFrame[] = [];
    const takeFrames = (check?: () => HistoryFault | undefined): HistoryFault | undefined =>
      intake.take(frames.splice(0), handOver, check);
    let fault: HistoryFault | undefined;
    for (const incoming of inbox.splice(0)) {
      if ("frame" in incoming) {
        if (incoming.seq > known.cursor) countStored(incoming.frame.length, incoming.isSnapshot);
        frames.push(incoming);
        continue;
      }
      fault ??= takeFrames();
      if (fault === undefined && provider.isAttached()) fault = takeAck(incoming.clientSeq, incoming.seq);
    }
    fault ??= takeFrames(checkEnd);
    if (fault !== undefined) return breakOff(fault);
    if (provider.isAttached()) room.trust();
    if (room.snapshot !== undefined) tellRead();
    room.change({ held: held.size });
    return true;
  };

  const takeHeld = (): true => {
    mayHeldBeReady = false;
    intake.takeHeld(handOver);
    room.change({ held: held.size });
    return true;
  };

  /** Unless a frame of ours says so before, presence says how far we have read. */
  const tellRead = (): void => {
    if (isTelling || known.cursor <= toldCursor) return;
    isTelling = true;
    after(TELL_READ_MS, () => {
      isTelling = false;
      if (known.cursor > toldCursor) room.renewPresence?.();
    });
  };

  const breakOff = (fault: HistoryFault): false => {
    room.doubt(fault);
    stop(CLOSE_START_OVER, fault.type);
    return false;
  };

  const handOver = (update: Uint8Array): boolean => {
    if (!provider.isAttached()) return false;
    provider.receive(writeUpdate(update));
    return true;
  };

  const takeAck = (ackedSeq: number, seq: number): HistoryFault | undefined => {
    if (replacer.acked(ackedSeq) && blockedBy === "quota-exceeded") unblock();
    const acked = outgoing.acked(ackedSeq);
    if (acked === undefined) return undefined;
    const fault = history.readOwn(seq, acked.hash);
    if (fault !== undefined) return fault;
    known.learn(acked.update, seq);
    known.advance(seq);
    countStored(acked.bytes, false);
    for (let left = acked.pieces; left > 0; left--) replacer.pieceStored();
    return undefined;
  };

  const countStored = (bytes: number, isSnapshot: boolean): void => {
    sinceSnapshot.frames = isSnapshot ? 0 : sinceSnapshot.frames + 1;
    sinceSnapshot.bytes = isSnapshot ? 0 : sinceSnapshot.bytes + bytes;
    if (!isSynced) room.change({ replayed: room.status().replayed + 1 });
  };

  const seal = (kind: FrameKind, body: Uint8Array, place = room.logPlace()): Uint8Array => {
    toldCursor = Math.max(toldCursor, place.cursor);
    return sealFrame(keys, chain, { kind, body, ...place }, room.randomBytes);
  };

  const publishPending = (): void => {
    const pending = unsentBefore + outgoing.count();
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
      case "early":
        if (isSynced) intake.showEarly(message, handOver);
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

  const goLive = ({ head, logId }: Extract<RelayMessage, { type: "live" }>): void => {
    const met = room.meetLog(logId, head, askedAfter);
    if (met === true) {
      liveHead = head;
      room.change({ logId: bytesToHex(logId) });
    } else if (met === false) session.close(CLOSE_START_OVER, "other-log");
    else breakOff(met);
  };

  const tellProvider = (message: Uint8Array | undefined): void => {
    if (message !== undefined && isOpen && provider.isAttached()) provider.receive(message);
  };

  const onRefused = (code: RefusalCode): void => {
    if (code !== "quota-exceeded") replacer.refused(code);
    if (code === "stale-compaction") return;
    if (isNewest()) room.change({ refusal: code });
    if (code !== "read-only" && code !== "quota-exceeded" && code !== "room-closed") return;
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
    replacer.giveUp();
    outgoing.giveUp();
    // Numbers that were turned away would look like a gap.
    chain = createFrameChain(room.deviceId, room.randomBytes(STREAM_BYTES));
    room.change({ refusal: undefined });
    if (isSynced && provider.isAttached()) askForMissing();
  };

  /** A timer of this socket. */
  const after = (milliseconds: number, run: () => void): void => {
    const stopTimer = room.timers.after(milliseconds, () => {
      stopTimers.delete(stopTimer);
      if (!provider.isAttached()) return;
      run();
      evaluate();
    });
    stopTimers.add(stopTimer);
  };

  /** A peer says that it has read more than we: the relay has some time to show it to us. */
  const awaitShown = (): void =>
    after(WITHHELD_AFTER_MS, () => {
      const fault = history.overdue(room.now());
      if (fault !== undefined) breakOff(fault);
    });

  const end = (event: SocketEvent): void => {
    if (isEnded) return;
    publishPending();
    isEnded = true;
    stopRetry();
    for (const stopTimer of stopTimers) stopTimer();
    if (isNewest()) room.change({ phase: isFinal(room.status().refusal) ? "refused" : "offline", peers: 0 });
    provider.closed(event);
  };

  const stop = (code: number, reason: string): void => {
    session.close(code, reason);
    end({ type: "close", code, reason });
  };

  const presence = createRoomPresence(room, {
    seal: (body) => seal("presence", body),
    onFault: breakOff,
    onAhead: awaitShown,
  });
  const outgoing = createOutgoingUpdates(room, {
    seal: (update) => seal("update", update),
    append: (frame) => {
      clientSeq++;
      session.send({ type: "append", clientSeq, frame });
      return clientSeq;
    },
    after,
  });
  const replacer = createLogReplacer(room, outgoing, {
    seal,
    send: (message) => session.send(message),
    nextClientSeq: () => ++clientSeq,
  });
  const session = createRelaySession(room, {
    url: room.url,
    keys,
    cursor: () => {
      room.resume.takeUp();
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
        outgoing.push(message.update, message.type === "step-2");
        mayHeldBeReady ||= isSynced && held.size > 0;
      }
      evaluate();
    },
    close: (code = 1000, reason = "") => stop(code, reason),
    bufferedAmount: session.bufferedAmount,
  };
};

/** Trying again at once cannot help: the key, the address or the version is wrong. */
export const isFinal = (code: RefusalCode | undefined): boolean =>
  code === "bad-auth" || code === "bad-version" || code === "bad-origin" || code === "wrong-room";
