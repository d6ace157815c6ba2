/** Over real sockets: a server socket that the writer serves, and a stock `ws` client that reads what it wrote. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSocketWriter } from "../../../sync-server/src/socket-writer.ts";

let server: Server | undefined;
afterEach(() => server?.close());

const connect = async () => {
  server = createServer();
  const accepted = Promise.withResolvers<{ readonly socket: WebSocket; readonly connection: Duplex }>();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request, connection, head) =>
    webSockets.handleUpgrade(request, connection, head, (socket) => accepted.resolve({ socket, connection })),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
  const received: Buffer[] = [];
  client.on("message", (data: Buffer) => received.push(data));
  const closed = once(client, "close");
  const { socket, connection } = await accepted.promise;
  let writes = 0;
  const write = connection.write.bind(connection);
  // `as`: one of the overloads is called, and it is passed on as it came.
  connection.write = ((...input: Parameters<typeof write>) => {
    writes += 1;
    return write(...input);
  }) as typeof connection.write;
  const writer = createSocketWriter(socket, connection);
  return { writer, socket, received, closed, writes: () => writes };
};

describe("what a socket is sent", () => {
  it("arrives whole and in order, whatever its size and however it was packed", async () => {
    const { writer, socket, received, closed } = await connect();
    const sizes = [0, 1, 125, 126, 127, 16_384, 16_385, 65_535, 65_536, 300_000, 5, 60_000, 10_000];
    const messages = [...sizes, ...Array.from({ length: 300 }, (_, i) => i * 7)].map((size) =>
      randomBytes(size),
    );
    for (const message of messages) writer.send(message);
    writer.flush();
    socket.close();
    await closed;
    expect(received.map((message) => message.toString("hex"))).toEqual(
      messages.map((message) => message.toString("hex")),
    );
  });

  it("is one message, whichever two pieces it was given in", async () => {
    const { writer, socket, received, closed } = await connect();
    const sizes = [0, 1, 124, 125, 126, 16_380, 16_384, 65_534, 65_536];
    const pairs = sizes.flatMap((size) => [
      [randomBytes(2), randomBytes(size)] as const,
      [randomBytes(size), randomBytes(2)] as const,
    ]);
    for (const [start, rest] of pairs) writer.send(start, rest);
    writer.flush();
    socket.close();
    await closed;
    expect(received.map((message) => message.toString("hex"))).toEqual(
      pairs.map((pair) => Buffer.concat(pair).toString("hex")),
    );
  });

  it("is one write for the small messages of a tick", async () => {
    const { writer, received, writes, socket, closed } = await connect();
    for (let i = 0; i < 100; i++) writer.send(Buffer.from(`${i}`));
    expect([writes(), writer.bufferedBytes() > 0]).toEqual([0, true]);
    await Promise.resolve();
    expect(writes()).toBe(1);
    socket.close();
    await closed;
    expect(received).toHaveLength(100);
  });

  it("tells when a message has left the process, small or large, and never for a socket that has gone", async () => {
    const { writer, socket } = await connect();
    await Promise.all(
      [10, 100_000].map(
        (size) => new Promise<void>((written) => writer.send(randomBytes(size), undefined, written)),
      ),
    );
    const tooLate: number[] = [];
    writer.send(randomBytes(10), undefined, () => tooLate.push(10));
    socket.terminate();
    writer.send(randomBytes(100_000), undefined, () => tooLate.push(100_000));
    await once(socket, "close");
    expect(tooLate).toEqual([]);
  });

  it("ends with the close: what is sent later does not follow it", async () => {
    const { writer, socket, received, closed } = await connect();
    writer.send(Buffer.from("before"));
    writer.flush();
    socket.close(4000);
    writer.send(Buffer.from("after"));
    const [code] = await closed;
    expect([code, received.map(String)]).toEqual([4000, ["before"]]);
  });
});
