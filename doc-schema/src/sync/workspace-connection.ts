/**
 * A document in a room of one relay: the stock y-websocket provider over the sealed socket.
 * 1. Everything that leaves is sealed; `disableBc` because BroadcastChannel would carry plaintext between tabs.
 * 2. It reconnects for ever, with jitter, so that a relay that restarts is not met by all at once. After a refusal
 *    that trying cannot help it waits a minute.
 * 3. Several relays are several connections on one document; they know nothing of each other.
 */
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import type * as Y from "yjs";
import { bytesToHex, type DeviceId, type EpochKeys } from "../crypto/index.ts";
import type { Result } from "../wire/index.ts";
import { followClientId } from "./client-id.ts";
import type { OwnershipGuard } from "./frame-intake.ts";
import { nothingToStop, type SyncPorts } from "./ports.ts";
import type { RelayKnowledge } from "./relay-knowledge.ts";
import type { CloseRoomError } from "./room-closing.ts";
import { roomUrl } from "./room-url.ts";
import { isFinal } from "./sealed-connection.ts";
import { createSealedRoom } from "./sealed-room.ts";
import { createSealedSocket } from "./sealed-socket.ts";
import type { SyncStatus } from "./sync-status.ts";

/** A person who watches waits no longer than this for a relay that is back (milliseconds). */
const MAX_BACKOFF_MS = 10_000;
const REFUSED_RETRY_MS = 60_000;
/** A relay whose history is broken is asked again after this long. */
const ALARM_RETRY_MS = 30_000;

export interface ConnectRoomInput extends SyncPorts {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  /** Without a path, such as "wss://relay.example". */
  readonly relayUrl: string;
  /** The whole document for compaction; on the desktop only. */
  readonly snapshot?: (() => Uint8Array) | undefined;
  /** Tests lower it; else COMPACT_AFTER_FRAMES. */
  readonly compactAfterFrames?: number | undefined;
  /**
   * What `onResumable` gave last, for this room on this relay; the document is to be loaded from storage before. What
   * does not fit the document, or cannot be read, is ignored: then the whole log is read.
   */
  readonly resume?: Uint8Array | undefined;
  /** Bytes to store for the next start of the app, at most once a second. */
  readonly onResumable?: ((bytes: Uint8Array) => void) | undefined;
  /** False keeps an update of that device out of the document [OW1–OW3]; asked just before it would be applied. */
  readonly guard?: OwnershipGuard | undefined;
  /**
   * Two contents under one name: an update said otherwise what is known, or wrote under our own client id. Who lied is
   * not known. Called while it is on its way in: write nothing then.
   */
  readonly onContradiction?: (() => void) | undefined;
  /** What of an update waits for structs that are missing here: they may never come. The update passed the guard of sync. */
  readonly onUnplaced?: ((update: Uint8Array) => void) | undefined;
  /** The control frame that closed this room: a signed move. Called at each connection that sees it. */
  readonly onMoved?: ((body: Uint8Array) => void) | undefined;
  /** Shared by the connections of several relays; made here if absent. */
  readonly awareness?: Awareness | undefined;
  readonly onStatus?: ((status: SyncStatus) => void) | undefined;
}

export interface RoomConnection {
  readonly provider: WebsocketProvider;
  readonly awareness: Awareness;
  readonly status: () => SyncStatus;
  /** What this relay holds: `known.covers(clientId, clock)` is "at the relay". */
  readonly known: RelayKnowledge;
  /**
   * Ends an alarm: the relay's present log is taken as it is, and what it lacks of our document is sent to it. Nothing
   * happens where there is no alarm.
   */
  readonly acceptHistory: () => void;
  /**
   * Replaces the whole log by a control frame with this body, once all of it has been read, also what waits for structs
   * that are missing; the relay then takes nothing more for this room. Waits for the relay as long as this connection lives.
   */
  readonly closeRoom: (body: Uint8Array) => Promise<Result<void, CloseRoomError>>;
  /** The furthest that a frame of that device, presence too, has shown it to have read this relay's log; else 0. */
  readonly peerCursor: (deviceId: DeviceId) => number;
  /** The log's number by which the relay had the struct at `clock` of a client; undefined: not at the relay. */
  readonly ackedAt: (client: number, clock: number) => number | undefined;
  /** Dials now, instead of when the backoff ends. */
  readonly retryNow: () => void;
  readonly destroy: () => void;
}

export const connectRoom = (input: ConnectRoomInput): RoomConnection => {
  const { doc, keys, relayUrl, randomBytes, timers } = input;
  const awareness = input.awareness ?? new Awareness(doc);
  const url = roomUrl(relayUrl, keys.roomId);
  const room = createSealedRoom({
    ...input,
    url,
    renewPresence: () => {
      followClientId(awareness);
      const state = awareness.getLocalState();
      if (state !== null) awareness.setLocalState(state);
    },
  });
  const provider = new WebsocketProvider(url, bytesToHex(keys.roomId), doc, {
    awareness,
    disableBc: true,
    // The provider uses of a WebSocket what SealedSocket has; the DOM's type demands all of one.
    WebSocketPolyfill: createSealedSocket(room) as unknown as NonNullable<
      ConstructorParameters<typeof WebsocketProvider>[3]
    >["WebSocketPolyfill"],
    shouldReconnect: () => !isFinal(room.status().refusal) && room.status().alarm === undefined,
  });

  let stopWaiting = nothingToStop;
  /** Between half and all of the provider's next step; it takes the smaller of that and `maxBackoffTime`. */
  const jitterBackoff = (): void => {
    const step = Math.min(MAX_BACKOFF_MS, 100 * 2 ** (provider.wsUnsuccessfulReconnects + 1));
    const fraction = (randomBytes(1)[0] ?? 0) / 255;
    provider.maxBackoffTime = step * (0.5 + fraction / 2);
  };
  const retryNow = (): void => {
    stopWaiting();
    provider.connect();
  };
  const waitAfterRefusal = (): void => {
    stopWaiting();
    const { alarm } = room.status();
    stopWaiting = timers.after(alarm === undefined ? REFUSED_RETRY_MS : ALARM_RETRY_MS, retryNow);
  };
  const countOffline = (
    _update: Uint8Array,
    _origin: unknown,
    _doc: Y.Doc,
    { local }: Y.Transaction,
  ): void => {
    const { phase, pending } = room.status();
    if (local && phase !== "live") room.change({ pending: pending + 1 });
  };
  const followClient = (): void => followClientId(awareness);
  provider.on("connection-close", jitterBackoff);
  provider.on("closed", waitAfterRefusal);
  doc.on("update", countOffline);
  doc.on("update", followClient);

  return {
    provider,
    awareness,
    status: room.status,
    known: room.known,
    acceptHistory: () => {
      if (room.status().alarm === undefined) return;
      room.acceptHistory();
      retryNow();
    },
    closeRoom: room.closeRoom,
    peerCursor: (peer) => room.peerCursors.get(peer) ?? 0,
    ackedAt: room.known.ackedAt,
    retryNow,
    destroy: () => {
      stopWaiting();
      followClient(); // the provider says goodbye under the document's client id
      doc.off("update", countOffline);
      doc.off("update", followClient);
      room.closing.end();
      room.resume.stop();
      provider.destroy();
      if (input.awareness === undefined) awareness.destroy();
    },
  };
};
