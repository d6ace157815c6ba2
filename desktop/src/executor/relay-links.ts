/** This desktop's ways to its relays: one sealed connection each on the same document, one presence for all. */
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { DeviceId, EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  connectRoom,
  writePresence,
  type PresenceState,
  type RoomConnection,
  type SyncStatus,
} from "@deskhand/doc-schema/sync";
import type { Clock } from "./clock.ts";
import { PlainWebSocket } from "./plain-web-socket.ts";
import type { LiveStep } from "./runner/run-ports.ts";

export interface RelayLinks {
  readonly awareness: Awareness;
  /** The same link when it is there already. */
  readonly connect: (relayUrl: string) => RoomConnection;
  readonly disconnect: (relayUrl: string) => void;
  readonly links: () => ReadonlyMap<string, RoomConnection>;
  readonly showLive: (live: LiveStep | undefined) => void;
  /** Tells the phones whether this computer is awake; it stays so until the next word. */
  readonly announce: (power: PresenceState["power"]) => void;
  readonly close: () => void;
}

export interface RelayLinksPorts {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  readonly appVersion: string;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly onStatus: (relayUrl: string, status: SyncStatus) => void;
}

export const createRelayLinks = (ports: RelayLinksPorts): RelayLinks => {
  const { doc, keys, deviceId, appVersion, clock, randomBytes } = ports;
  const awareness = new Awareness(doc);
  const links = new Map<string, RoomConnection>();
  let isClosed = false;
  let here: PresenceState = {
    deviceId,
    role: "executor",
    appVersion,
    onlineSince: clock.now(),
    power: "awake",
  };
  const show = (next: PresenceState): void => {
    here = next;
    if (!isClosed) writePresence(awareness, here);
  };
  show(here);
  const disconnect = (relayUrl: string): void => {
    links.get(relayUrl)?.destroy();
    links.delete(relayUrl);
  };
  return {
    awareness,
    disconnect,
    links: () => links,
    connect: (relayUrl) => {
      const known = links.get(relayUrl);
      if (known !== undefined) return known;
      const link = connectRoom({
        doc,
        keys,
        deviceId,
        relayUrl,
        awareness,
        randomBytes,
        now: clock.now,
        timers: clock,
        WebSocket: PlainWebSocket,
        snapshot: () => Y.encodeStateAsUpdate(doc),
        onStatus: (status) => ports.onStatus(relayUrl, status),
      });
      links.set(relayUrl, link);
      return link;
    },
    announce: (power) => show({ ...here, power }),
    showLive: (live) => {
      const { step: _, ...idle } = here;
      show(live === undefined ? idle : { ...idle, step: stepText(live, clock.now()) });
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      awareness.setLocalState(null);
      for (const relayUrl of links.keys()) disconnect(relayUrl);
      awareness.destroy();
    },
  };
};

/** Names and numbers only: the phone says what is done with them in its own language. */
const stepText = ({ runId, step, done, total }: LiveStep, at: number): NonNullable<PresenceState["step"]> => {
  const howFar = done === undefined ? "" : total === undefined ? ` ${done}` : ` ${done}/${total}`;
  return { runId, text: `${step.object ?? step.kind}${howFar}`, at };
};
