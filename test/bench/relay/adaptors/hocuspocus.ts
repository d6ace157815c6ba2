/** `@hocuspocus/server` 4 on SQLite. On its wire every message opens with the document's name. */
import * as encoding from "lib0/encoding";
import { progressOf } from "../load/documents.ts";
import type { Adaptor } from "../load/peer.ts";
import { startServer } from "../load/process.ts";
import { emptyStep2, step1, updateIn, updateMessage } from "../load/y-messages.ts";

const AUTH = 2;
const SYNC_STATUS = 8;
/** Hocuspocus marks what answers a sync with a type of its own. */
const SYNC_REPLY = 4;

const named = (room: string, body: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarString(encoder, room);
    encoding.writeUint8Array(encoder, body);
  });

const auth = (room: string): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarString(encoder, room);
    encoding.writeVarUint(encoder, AUTH);
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarString(encoder, "token");
    encoding.writeVarString(encoder, "4.7.0");
  });

export const hocuspocus: Adaptor = {
  name: "hocuspocus, SQLite",
  stores: true,
  start: (folder) => startServer("test/bench/relay/servers/hocuspocus.ts", { DATA: folder }, /^ready/),
  address: ({ url }) => `${url}/`,
  dialect: (_relay, room) => {
    let acked = 0;
    return {
      hello: () => [auth(room), named(room, step1())],
      read: (message) => {
        const at = 1 + (message[0] ?? 0); // names are ASCII and shorter than 128
        if (message[at] === SYNC_STATUS) return { type: "ack", upto: ++acked };
        if (message[at] !== 0 && message[at] !== SYNC_REPLY) return { type: "other" };
        if (message[at + 1] === 0) return { type: "answer", message: named(room, emptyStep2()) };
        const update = (): Uint8Array => updateIn(message, at + 1);
        return message[at + 1] === 1
          ? { type: "state", update }
          : { type: "update", progress: progressOf(message), update };
      },
      encode: (update) => named(room, updateMessage(update)),
    };
  },
};
