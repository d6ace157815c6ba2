/** Our relay: SQLite with synchronous=FULL, the whole handshake, real sealed frames, ACK after the commit. */
import {
  createDeviceKeys,
  createEpochKeys,
  redact,
  signRelayAuth,
  unsealFrame,
} from "@deskhand/doc-schema/crypto";
import { NONCE_BYTES, parseRelayMessage, writeClientMessage } from "@deskhand/doc-schema/wire";
import { createHash, randomBytes } from "node:crypto";
import { splitUpdate } from "../../../../doc-schema/src/sync/update-batches.ts";
import { RELAY_NODE_FLAGS } from "../../../../scripts/relay-flags.ts";
import { createSealer } from "../../lib/sealer.ts";
import type { Adaptor, Incoming } from "../load/peer.ts";
import { startServer } from "../load/process.ts";

const device = createDeviceKeys(new Uint8Array(32).fill(3), new Uint8Array(32).fill(4));

/** As our client compacts a document beyond one frame: its pieces as updates, then this as the snapshot. */
const EMPTY_UPDATE = Uint8Array.of(0, 0);

/** Each room has keys of its own, as in life. */
export const keysOf = (room: string): ReturnType<typeof createEpochKeys> =>
  createEpochKeys(redact("root-key", createHash("sha256").update(room).digest()), 1);

export const deskhand: Adaptor = {
  name: "deskhand, SQLite FULL",
  stores: true,
  start: (folder) =>
    startServer("test/bench/relay/servers/deskhand.ts", { DATA: folder }, /^ready/, RELAY_NODE_FLAGS),
  address: ({ url }) => `${url}/sync`,
  dialect: ({ url }, room) => {
    const keys = keysOf(room);
    const seal = createSealer(keys, device.deviceId);
    const clientNonce = randomBytes(NONCE_BYTES);
    let clientSeq = 0;
    const proof = (serverNonce: Uint8Array): Uint8Array => {
      const time = Math.floor(Date.now() / 1000);
      const signature = signRelayAuth(keys, { origin: url, serverNonce, clientNonce, time });
      return writeClientMessage({ type: "auth", authKey: keys.authKey, time, after: 0, signature });
    };
    const append = (update: Uint8Array): Uint8Array => {
      clientSeq += 1;
      return writeClientMessage({ type: "append", clientSeq, frame: seal("update", update) });
    };
    const opened = (frame: Uint8Array) => (): Uint8Array => {
      const unsealed = unsealFrame(keys, frame);
      if (!unsealed.ok) throw new Error(unsealed.error.type);
      return unsealed.value.body;
    };
    return {
      hello: () => [writeClientMessage({ type: "hello", roomId: keys.roomId, nonce: clientNonce })],
      read: (bytes): Incoming => {
        const parsed = parseRelayMessage(bytes);
        if (!parsed.ok) throw new Error("not a message of the relay");
        const message = parsed.value;
        switch (message.type) {
          case "challenge":
            return { type: "answer", message: proof(message.nonce) };
          case "early":
          case "frame":
            return { type: "update", progress: message.seq, update: opened(message.frame) };
          case "snapshot":
            return { type: "update", progress: message.upto, update: opened(message.frame) };
          case "live":
            return { type: "synced" };
          case "ack":
            return { type: "ack", upto: message.seq };
          case "refused":
            throw new Error(`refused: ${message.code}`);
          default:
            return { type: "other" };
        }
      },
      encode: append,
      compact: (state, upto) => {
        const pieces = splitUpdate(state).map(append);
        clientSeq += 1;
        const frame = seal("snapshot", EMPTY_UPDATE);
        return [...pieces, writeClientMessage({ type: "compact", clientSeq, upto, frame })];
      },
    };
  },
};
