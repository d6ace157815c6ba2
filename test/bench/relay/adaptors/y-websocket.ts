/** `@y/websocket-server` 0.1.1, in memory or with its LevelDB store. */
import path from "node:path";
import { progressOf } from "../load/documents.ts";
import type { Adaptor } from "../load/peer.ts";
import { startServer } from "../load/process.ts";
import { emptyStep2, step1, updateIn, updateMessage } from "../load/y-messages.ts";

const yWebsocket = (name: string, env: (folder: string) => Readonly<Record<string, string>>): Adaptor => ({
  name,
  stores: Object.keys(env("")).length > 0,
  start: (folder) =>
    startServer("node_modules/@y/websocket-server/src/server.js", env(folder), /^running at/),
  address: ({ url }, room) => `${url}/${room}`,
  dialect: () => ({
    hello: () => [step1()],
    read: (message) => {
      if (message[0] !== 0) return { type: "other" };
      if (message[1] === 0) return { type: "answer", message: emptyStep2() };
      const update = (): Uint8Array => updateIn(message, 1);
      return message[1] === 1
        ? { type: "state", update }
        : { type: "update", progress: progressOf(message), update };
    },
    encode: updateMessage,
  }),
});

export const yWebsocketMemory = yWebsocket("y-websocket, memory", () => ({}));
export const yWebsocketLevel = yWebsocket("y-websocket, LevelDB", (folder) => ({
  YPERSISTENCE: path.join(folder, "leveldb"),
}));
