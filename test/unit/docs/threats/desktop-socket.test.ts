/** T12, on the desktop: its own socket neither asks for compression nor takes what is too large. */
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { PlainWebSocket } from "../../../../desktop/src/executor/plain-web-socket.ts";

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A relay that would compress, and sends one message of so many bytes. */
const relayThatSends = async (length: number) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
  servers.push(server);
  let offered: string | undefined;
  server.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    offered = request.headers["sec-websocket-extensions"];
    socket.send(new Uint8Array(length));
  });
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `ws://127.0.0.1:${port}`, offered: () => offered };
};

test("[T12] the desktop offers no compression and takes the largest message", async () => {
  const relay = await relayThatSends(MAX_MESSAGE_BYTES);
  const socket = new PlainWebSocket(relay.url);
  const data = await new Promise<Buffer>((received) => socket.once("message", received));
  expect(data.length).toBe(MAX_MESSAGE_BYTES);
  expect(relay.offered()).toBeUndefined();
  socket.terminate();
});

test("[T12] a byte more ends its socket", async () => {
  const relay = await relayThatSends(MAX_MESSAGE_BYTES + 1);
  const socket = new PlainWebSocket(relay.url);
  const messages: unknown[] = [];
  socket.on("message", (data) => messages.push(data));
  const [error] = await Promise.all([
    new Promise<Error>((failed) => socket.once("error", failed)),
    new Promise((closed) => socket.once("close", closed)),
  ]);
  expect(error.message).toContain("Max payload size exceeded");
  expect(messages).toEqual([]);
});
