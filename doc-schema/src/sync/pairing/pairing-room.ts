/** Both ends of a pairing join its room alike: on every relay that the code names. */
import type * as Y from "yjs";
import { createEpochKeys, type DeviceId, type RootKey } from "../../crypto/index.ts";
import type { SyncPorts } from "../ports.ts";
import { connectRoom } from "../workspace-connection.ts";
import { PAIRING_EPOCH } from "./pairing-document.ts";

export interface PairingRoomInput {
  readonly ports: SyncPorts;
  readonly doc: Y.Doc;
  readonly pairingKey: RootKey;
  readonly deviceId: DeviceId;
  readonly relayUrls: readonly string[];
  /** Some relay is live: the document is as it is there. */
  readonly onLive?: () => void;
}

/** Returns what leaves it. */
export const joinPairingRoom = (input: PairingRoomInput): (() => void) => {
  const { ports, doc, deviceId, onLive } = input;
  const keys = createEpochKeys(input.pairingKey, PAIRING_EPOCH);
  const connections = input.relayUrls.map((relayUrl) =>
    connectRoom({
      ...ports,
      doc,
      keys,
      deviceId,
      relayUrl,
      onStatus: ({ phase }) => phase === "live" && onLive?.(),
    }),
  );
  return () => {
    for (const connection of connections) connection.destroy();
  };
};
