/**
 * What outlives a socket: the state of one room on one relay, and the ports that its sockets share.
 * 1. The knowledge of the relay, the held updates and the frame chain are here, so that a reconnect goes on
 *    where the last socket ended.
 * 2. Only the newest socket changes the status: an old one that closes late says nothing.
 */
import type * as Y from "yjs";
import {
  createFrameChain,
  startTranscript,
  STREAM_BYTES,
  type DeviceId,
  type EpochKeys,
  type FrameChain,
  type LogPlace,
} from "../crypto/index.ts";
import { createFrameIntake, type FrameIntake } from "./frame-intake.ts";
import { createHeldUpdates, type HeldUpdates } from "./held-updates.ts";
import type { SyncPorts } from "./ports.ts";
import { createRelayKnowledge, type RelayKnowledgeWriter } from "./relay-knowledge.ts";
import { INITIAL_STATUS, type IgnoredWord, type SyncStatus } from "./sync-status.ts";

export interface SealedRoomOptions extends SyncPorts {
  /** Where to dial, such as "wss://relay.example/sync": the provider's own URL would name the room. */
  readonly url: string;
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  /** Announces our presence anew: a peer that saw us go takes only a newer state. */
  readonly renewPresence?: (() => void) | undefined;
  /** The whole document, to replace the log with. Given on the desktop only. */
  readonly snapshot?: (() => Uint8Array) | undefined;
  readonly compactAfterFrames?: number | undefined;
  readonly onStatus?: ((status: SyncStatus) => void) | undefined;
}

export interface SealedRoom extends SealedRoomOptions {
  readonly known: RelayKnowledgeWriter;
  readonly held: HeldUpdates;
  readonly chain: FrameChain;
  readonly intake: FrameIntake;
  readonly logPlace: () => LogPlace;
  /** Frames and bytes in the log since its snapshot, as far as we saw them. */
  readonly sinceSnapshot: { frames: number; bytes: number };
  readonly status: () => SyncStatus;
  readonly change: (change: Partial<SyncStatus>) => void;
  readonly ignore: (word: IgnoredWord) => void;
  /** A new socket takes over; the answer tells whether it is still the newest. */
  readonly takeOver: () => () => boolean;
}

export const createSealedRoom = (options: SealedRoomOptions): SealedRoom => {
  const known = createRelayKnowledge();
  const held = createHeldUpdates();
  const chain = createFrameChain(options.deviceId, options.randomBytes(STREAM_BYTES));
  let status = INITIAL_STATUS;
  let newest = 0;

  const change = (part: Partial<SyncStatus>): void => {
    status = { ...status, ...part };
    options.onStatus?.(status);
  };
  const ignore = (word: IgnoredWord): void =>
    change({ ignored: { ...status.ignored, [word]: (status.ignored[word] ?? 0) + 1 } });

  return {
    ...options,
    known,
    held,
    chain,
    intake: createFrameIntake({ doc: options.doc, keys: options.keys, known, held, ignore }),
    logPlace: () => ({ cursor: 0, transcript: startTranscript(options.keys.roomId, known.logId) }),
    sinceSnapshot: { frames: 0, bytes: 0 },
    status: () => status,
    change,
    ignore,
    takeOver: () => {
      const mine = ++newest;
      return () => mine === newest;
    },
  };
};
