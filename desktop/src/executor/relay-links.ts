/** This desktop's ways to its relays in one epoch: one sealed connection each on the same document, one presence for all. */
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { DeviceId, EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  connectRelays,
  writePresence,
  type PresenceState,
  type RoomConnection,
  type SyncStatus,
} from "@deskhand/doc-schema/sync";
import type { Clock } from "./clock.ts";
import type { Alarms } from "./epoch/alarms.ts";
import type { CursorFiles } from "./epoch/cursor-files.ts";
import { PlainWebSocket } from "./plain-web-socket.ts";
import type { LiveStep } from "./runner/run-ports.ts";

export interface RelayLinks {
  readonly awareness: Awareness;
  /** What this computer says of itself; the next epoch's links begin with it. */
  readonly presence: () => PresenceState;
  readonly connect: (relayUrl: string) => void;
  readonly disconnect: (relayUrl: string) => void;
  /** undefined: not connected with this relay. */
  readonly of: (relayUrl: string) => RoomConnection | undefined;
  /** Newest first; the presence has room for two. */
  readonly showLive: (live: readonly LiveStep[]) => void;
  /** Tells the phones whether this computer is awake; it stays so until the next word. */
  readonly announce: (power: PresenceState["power"]) => void;
  readonly close: () => void;
}

export interface RelayLinksPorts {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  readonly presence: PresenceState;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly cursors: CursorFiles;
  readonly guard: Alarms["guard"];
  readonly onContradiction: Alarms["onContradiction"];
  readonly onStatus: (relayUrl: string, status: SyncStatus) => void;
  /** Somebody closed the room on this relay. */
  readonly onMoved: (body: Uint8Array, epoch: number) => void;
}

export const createRelayLinks = (ports: RelayLinksPorts): RelayLinks => {
  const { doc, keys, deviceId, clock, cursors, randomBytes } = ports;
  let isClosed = false;
  const relays = connectRelays({
    doc,
    keys,
    deviceId,
    relayUrls: [],
    randomBytes,
    now: clock.now,
    timers: clock,
    WebSocket: PlainWebSocket,
    snapshot: () => Y.encodeStateAsUpdate(doc),
    guard: (update, device, relayUrl) => ports.guard(relayUrl, update, device),
    onContradiction: ports.onContradiction,
    resume: cursors.load,
    onResumable: (relayUrl, resume) => isClosed || cursors.save(relayUrl, resume),
    onMoved: (body) => isClosed || ports.onMoved(body, keys.epoch),
    onStatus: (relayUrl, status) => isClosed || ports.onStatus(relayUrl, status),
  });
  let here = ports.presence;
  const show = (next: PresenceState): void => {
    here = next;
    if (!isClosed) writePresence(relays.awareness, here);
  };
  show(here);
  return {
    awareness: relays.awareness,
    presence: () => here,
    connect: (relayUrl) => isClosed || relays.setRelays([...relays.links().keys(), relayUrl]),
    disconnect: (relayUrl) => {
      relays.setRelays([...relays.links().keys()].filter((url) => url !== relayUrl));
      cursors.forget(relayUrl);
    },
    of: (relayUrl) => relays.links().get(relayUrl),
    announce: (power) => show({ ...here, power }),
    showLive: (live) => {
      const { step: _, also: __, ...idle } = here;
      const [step, also] = live.map((one) => stepText(one, clock.now()));
      show({ ...idle, ...(step === undefined ? {} : { step }), ...(also === undefined ? {} : { also }) });
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      relays.destroy();
    },
  };
};

/** Names and numbers only: the phone says what is done with them in its own language. */
const stepText = ({ runId, step, done, total }: LiveStep, at: number): NonNullable<PresenceState["step"]> => {
  const howFar = done === undefined ? "" : total === undefined ? ` ${done}` : ` ${done}/${total}`;
  return { runId, text: `${step.object ?? step.kind}${howFar}`, at };
};
