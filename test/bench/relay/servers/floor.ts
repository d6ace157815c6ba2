/** The floor: a bare `ws` server that passes every message to the other sockets of the room. It stores nothing. */
import { WebSocketServer, type WebSocket } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  perMessageDeflate: false,
});
const rooms = new Map<string, Set<WebSocket>>();
server.on("connection", (socket, request) => {
  const name = request.url ?? "";
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(name);
  });
  socket.on("message", (message: Buffer) => {
    for (const other of room) if (other !== socket) other.send(message);
  });
  socket.send(Buffer.of(5));
});
server.on("listening", () => console.log("ready"));
