/** Both ends of a pairing join its room alike: on every relay that the code names. */
import * as Y from "yjs";
import { createEpochKeys, type DeviceId, type RootKey } from "../../crypto/index.ts";
import type { SyncPorts } from "../ports.ts";
import { connectRoom } from "../workspace-connection.ts";
import { PAIRING_EPOCH } from "./pairing-document.ts";

/** A relay that does not answer by then keeps its log until it expires there (milliseconds). */
const CLOSING_MS = 5_000;

export interface PairingRoomInput {
  readonly ports: SyncPorts;
  readonly doc: Y.Doc;
  readonly pairingKey: RootKey;
  readonly deviceId: DeviceId;
  readonly relayUrls: readonly string[];
  /** Some relay is live: the document is as it is there. Called at every change while it is. */
  readonly onLive?: () => void;
  /** The other side has closed the room: nothing more will come. */
  readonly onClosed?: () => void;
}

export interface PairingRoom {
  /** Some relay has all that this side has written. */
  readonly isDelivered: () => boolean;
  readonly leave: () => void;
  /** Has each relay forget the room, and leaves it. */
  readonly closeForGood: () => void;
}

export const joinPairingRoom = (input: PairingRoomInput): PairingRoom => {
  const { ports, doc, deviceId, onLive, onClosed } = input;
  const keys = createEpochKeys(input.pairingKey, PAIRING_EPOCH);
  const connections = input.relayUrls.map((relayUrl) =>
    connectRoom({
      ...ports,
      doc,
      keys,
      deviceId,
      relayUrl,
      onStatus: ({ phase }) => phase === "live" && onLive?.(),
      onMoved: () => onClosed?.(),
    }),
  );
  const leave = (): void => {
    for (const connection of connections) connection.destroy();
  };
  return {
    isDelivered: () => {
      const written = Y.getState(doc.store, doc.clientID);
      return written === 0 || connections.some(({ known }) => known.covers(doc.clientID, written - 1));
    },
    leave,
    closeForGood: () => {
      const stopWaiting = ports.timers.after(CLOSING_MS, leave);
      void Promise.all(connections.map(({ closeRoom }) => closeRoom(new Uint8Array(0)))).then(() => {
        stopWaiting();
        leave();
      });
    },
  };
};
