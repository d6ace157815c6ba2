/**
 * What outlives a socket: the state of one room on one relay, and the ports that its sockets share.
 * 1. The knowledge of the relay, its history and the held updates are here, so that a reconnect goes on where the
 *    last socket ended.
 * 2. Only the newest socket changes the status: an old one that closes late says nothing.
 * 3. A broken history is looked at once more, from the log's start, before there is an alarm; a log that shrank is an
 *    alarm at once. What looks sound the second time is still suspect until another device is seen to agree.
 */
import type * as Y from "yjs";
import { startTranscript, type DeviceId, type EpochKeys, type LogPlace } from "../crypto/index.ts";
import type { Result } from "../wire/index.ts";
import { renewClientId } from "./client-id.ts";
import { createFrameIntake, type FrameIntake, type OwnershipGuard } from "./frame-intake.ts";
import { createHeldUpdates, type HeldUpdates } from "./held-updates.ts";
import { createLogHistory, type HistoryFault, type LogHistory } from "./log-history.ts";
import { nothingToStop, type SyncPorts } from "./ports.ts";
import type { LogGrowth } from "./resume-state.ts";
import { createRoomClosing, type CloseRoomError, type RoomClosing } from "./room-closing.ts";
import { createRelayKnowledge, type RelayKnowledgeWriter } from "./relay-knowledge.ts";
import { createRoomResume, type RoomResume } from "./room-resume.ts";
import { INITIAL_STATUS, type IgnoredWord, type SyncStatus } from "./sync-status.ts";

export interface SealedRoomOptions extends SyncPorts {
  /** Where to dial, such as "wss://relay.example/sync": the provider's own URL would name the room. */
  readonly url: string;
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  /** Announces our presence anew, under the document's client id: a peer that saw us go takes only a newer state. */
  readonly renewPresence?: (() => void) | undefined;
  /** The whole document, to replace the log with. Given on the desktop only. */
  readonly snapshot?: (() => Uint8Array) | undefined;
  readonly compactAfterFrames?: number | undefined;
  readonly guard?: OwnershipGuard | undefined;
  readonly onContradiction?: (() => void) | undefined;
  readonly onUnplaced?: ((update: Uint8Array) => void) | undefined;
  readonly onMoved?: ((body: Uint8Array) => void) | undefined;
  readonly resume?: Uint8Array | undefined;
  readonly onResumable?: ((bytes: Uint8Array) => void) | undefined;
  readonly onStatus?: ((status: SyncStatus) => void) | undefined;
}

export interface SealedRoom extends Omit<SealedRoomOptions, "resume" | "onResumable"> {
  readonly resume: RoomResume;
  readonly known: RelayKnowledgeWriter;
  readonly history: LogHistory;
  readonly held: HeldUpdates;
  readonly intake: FrameIntake;
  /** The furthest that frames of each device have shown it to have read. */
  readonly peerCursors: ReadonlyMap<DeviceId, number>;
  readonly noteCursor: (deviceId: DeviceId, cursor: number) => void;
  /** What a frame that is sealed now says that we have read. */
  readonly logPlace: () => LogPlace;
  /** Frames and bytes in the log since its snapshot, as far as we saw them. */
  readonly sinceSnapshot: LogGrowth;
  readonly closing: RoomClosing;
  readonly status: () => SyncStatus;
  readonly change: (change: Partial<SyncStatus>) => void;
  readonly ignore: (word: IgnoredWord) => void;
  /** True once a control frame closed the room: nothing more goes in. */
  readonly isMoved: () => boolean;
  /** A new socket takes over, and is woken when there is something to do; the answer tells if it is still the newest. */
  readonly takeOver: (wake: () => void) => () => boolean;
  /** Replaces the whole log for good, as soon as all of it has been read. */
  readonly closeRoom: (body: Uint8Array) => Promise<Result<void, CloseRoomError>>;
  /** The relay has taken our control frame. */
  readonly noteClosed: () => void;
  /** LIVE: false when this is another log, and the socket has asked for only a part of it. */
  readonly meetLog: (logId: Uint8Array, head: number, askedAfter: number) => boolean | HistoryFault;
  /** Forgets what the relay holds; whoever calls it ends the socket. */
  readonly doubt: (fault: HistoryFault) => void;
  /** The log was read to its end without a fault. */
  readonly trust: () => void;
  /** The alarm ends, and the relay's present log is taken as it is. */
  readonly acceptHistory: () => void;
}

export const createSealedRoom = (options: SealedRoomOptions): SealedRoom => {
  const { doc, keys, guard } = options;
  const known = createRelayKnowledge();
  const history = createLogHistory(keys.roomId);
  const held = createHeldUpdates();
  const peerCursors = new Map<DeviceId, number>();
  const sinceSnapshot: LogGrowth = { frames: 0, bytes: 0, base: 0, isUnsound: false };
  const closing = createRoomClosing();
  let status = INITIAL_STATUS;
  let newest = 0;
  let wakeNewest = nothingToStop;
  let isMoved = false;
  let suspected: HistoryFault | undefined;

  const change = (part: Partial<SyncStatus>): void => {
    status = { ...status, ...part };
    options.onStatus?.(status);
  };
  const ignore = (word: IgnoredWord): void =>
    change({ ignored: { ...status.ignored, [word]: (status.ignored[word] ?? 0) + 1 } });
  const noteCursor = (deviceId: DeviceId, cursor: number): void => {
    peerCursors.set(deviceId, Math.max(peerCursors.get(deviceId) ?? 0, cursor));
  };
  const onControl = (body: Uint8Array): void => {
    isMoved = true;
    closing.sawControl(body);
    options.onMoved?.(body);
  };
  const startOver = (): void => {
    known.startOver();
    held.clear();
    sinceSnapshot.frames = 0;
    sinceSnapshot.bytes = 0;
  };

  const resume = createRoomResume({
    ...options,
    roomId: keys.roomId,
    known,
    history,
    held,
    peerCursors,
    sinceSnapshot,
    isInDoubt: () => isMoved || suspected !== undefined || status.alarm !== undefined,
  });

  return {
    ...options,
    resume,
    known,
    history,
    held,
    intake: createFrameIntake({
      doc,
      keys,
      history,
      known,
      held,
      guard,
      ignore,
      onContradiction: options.onContradiction,
      onUnplaced: options.onUnplaced,
      renewClient: () => {
        renewClientId(doc, options.randomBytes);
        options.renewPresence?.();
      },
      noteCursor,
      onControl,
      isOnTrial: () => status.alarm !== undefined,
    }),
    peerCursors,
    noteCursor,
    logPlace: () => {
      const transcript = history.transcriptAt(known.cursor);
      if (transcript !== undefined) return { cursor: known.cursor, transcript };
      // So far back that it is forgotten: to have read nothing is always true.
      return { cursor: 0, transcript: startTranscript(keys.roomId, history.logId ?? new Uint8Array(0)) };
    },
    sinceSnapshot,
    closing,
    status: () => status,
    change,
    ignore,
    isMoved: () => isMoved,
    takeOver: (wake) => {
      wakeNewest = wake;
      const mine = ++newest;
      return () => mine === newest;
    },
    closeRoom: (body) => {
      const closed = closing.request(body);
      if (isMoved) closing.fail("closed");
      else wakeNewest();
      return closed;
    },
    noteClosed: () => {
      isMoved = true;
      closing.done();
    },
    meetLog: (logId, head, askedAfter) => {
      known.reopen();
      const met = history.meet(logId, head);
      if (met === "same-log") return true;
      if (met !== "other-log") return met;
      suspected = undefined;
      peerCursors.clear();
      startOver();
      return askedAfter === 0;
    },
    doubt: (fault) => {
      if (suspected !== undefined || fault.type === "rollback") {
        const { type, deviceId } = fault;
        change({ alarm: { type, deviceId, at: status.alarm?.at ?? options.now() } });
      }
      suspected ??= fault;
      history.restart();
      startOver();
    },
    trust: () => {
      if (status.alarm !== undefined) change({ alarm: undefined });
      if (suspected !== undefined && history.confirmed >= suspected.seq - 1) suspected = undefined;
    },
    acceptHistory: () => {
      suspected = undefined;
      peerCursors.clear();
      history.accept();
      startOver();
      sinceSnapshot.isUnsound = true;
      change({ alarm: undefined });
    },
  };
};
