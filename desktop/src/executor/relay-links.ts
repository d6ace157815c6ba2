/** This desktop's ways to its relays: one sealed connection each on the same document, one presence for all. */
import { WebSocket } from "ws";
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
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import type { Clock } from "./clock.ts";
import type { LiveStep } from "./runner/run-ports.ts";

/** `ws` with what a hostile relay could use switched off: no inflating, no message larger than ours may be (T12). */
class PlainWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  }
}

export interface RelayLinks {
  readonly awareness: Awareness;
  /** The same link when it is there already. */
  readonly connect: (relayUrl: string) => RoomConnection;
  readonly disconnect: (relayUrl: string) => void;
  readonly links: () => ReadonlyMap<string, RoomConnection>;
  readonly showLive: (live: LiveStep | undefined) => void;
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
  const here: PresenceState = {
    deviceId,
    role: "executor",
    appVersion,
    onlineSince: clock.now(),
    power: "awake",
  };
  writePresence(awareness, here);
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
    showLive: (live) => {
      if (isClosed) return;
      writePresence(awareness, live === undefined ? here : { ...here, step: stepText(live, clock.now()) });
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

const stepText = ({ runId, step, done, total }: LiveStep, at: number): NonNullable<PresenceState["step"]> => {
  const what = step.object === undefined ? step.kind : `${step.kind} ${step.object}`;
  const howFar = done === undefined ? "" : total === undefined ? ` ${done}` : ` ${done}/${total}`;
  return { runId, text: `${what}${howFar}`, at };
};
