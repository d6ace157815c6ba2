import type { Adaptor } from "../load/peer.ts";
import { progressOf } from "../load/documents.ts";
import { startServer } from "../load/process.ts";

/** Bare `ws`, no storage. */
export const floor: Adaptor = {
  name: "bare ws",
  stores: false,
  start: () => startServer("test/bench/relay/servers/floor.ts", {}, /^ready/),
  address: ({ url }, room) => `${url}/${room}`,
  dialect: () => ({
    hello: () => [],
    read: (message) =>
      message[0] === 5 ? { type: "synced" } : { type: "update", progress: progressOf(message) },
    encode: (update) => Buffer.concat([Buffer.of(1), update]),
  }),
};
