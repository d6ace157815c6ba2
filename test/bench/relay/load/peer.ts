/** A client of one room of some relay: does the adaptor's handshake and tells what arrives. */
import { openFrameClient, type FrameClient } from "./frame-client.ts";
import type { RelayProcess } from "./process.ts";

/** What a message from the relay is. `progress`: how many updates the room had up to this one. */
export type Incoming =
  | { readonly type: "update"; readonly progress: number; readonly update?: () => Uint8Array }
  | { readonly type: "state"; readonly update: () => Uint8Array }
  | { readonly type: "ack"; readonly upto: number }
  | { readonly type: "synced" }
  | { readonly type: "answer"; readonly message: Uint8Array }
  | { readonly type: "other" };

/** One client's side of a relay's protocol. */
export interface Dialect {
  /** What is sent once the socket is open. */
  readonly hello: () => readonly Uint8Array[];
  readonly read: (message: Buffer) => Incoming;
  readonly encode: (update: Uint8Array) => Uint8Array;
  /** What replaces the log up to `upto`, one ACK each; absent where the relay merges by itself. */
  readonly compact?: (state: Uint8Array, upto: number) => readonly Uint8Array[];
}

export interface Adaptor {
  readonly name: string;
  /** Keeps documents over a restart. */
  readonly stores: boolean;
  readonly start: (folder: string) => Promise<RelayProcess>;
  /** Where a client of `room` connects. */
  readonly address: (relay: RelayProcess, room: string) => string;
  readonly dialect: (relay: RelayProcess, room: string) => Dialect;
}

export interface Peer {
  readonly socket: FrameClient;
  readonly dialect: Dialect;
  readonly send: (update: Uint8Array) => void;
  onUpdate: (incoming: Extract<Incoming, { type: "update" | "state" }>) => void;
  onAck: (upto: number) => void;
}

/** Settles when the relay says that the room is complete. */
export const joinRoom = (
  adaptor: Adaptor,
  relay: RelayProcess,
  room: string,
  onUpdate: Peer["onUpdate"] = () => {},
): Promise<Peer> =>
  new Promise((resolve, reject) => {
    const dialect = adaptor.dialect(relay, room);
    const socket = openFrameClient(adaptor.address(relay, room), {
      onClose: () => reject(new Error(`${adaptor.name}: closed before it was synced`)),
      onMessage: (message) => {
        const incoming = dialect.read(message);
        if (incoming.type === "answer") socket.send(incoming.message);
        else if (incoming.type === "ack") peer.onAck(incoming.upto);
        else if (incoming.type === "update") peer.onUpdate(incoming);
        else if (incoming.type === "state") {
          peer.onUpdate(incoming);
          resolve(peer);
        } else if (incoming.type === "synced") resolve(peer);
      },
    });
    const peer: Peer = {
      socket,
      dialect,
      send: (update) => socket.send(dialect.encode(update)),
      onUpdate,
      onAck: () => {},
    };
    socket.opened.then(() => {
      for (const message of dialect.hello()) socket.send(message);
    }, reject);
  });
