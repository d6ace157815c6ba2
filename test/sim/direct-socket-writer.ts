/**
 * What a simulated relay's session writes with: each message at once, to a socket that knows messages and no bytes.
 * The relay's own writer packs those of one tick into WebSocket frames; the simulated network carries no such frames,
 * and that packing keeps the order is tested over real sockets.
 */
import type { createSocketWriter as createPackingWriter } from "../../sync-server/src/socket-writer.ts";

export const createSocketWriter: typeof createPackingWriter = (socket) => ({
  send: (start, rest, written) => {
    const message = rest === undefined ? start : Buffer.concat([start, rest]);
    if (written === undefined) socket.send(message);
    else socket.send(message, () => written());
  },
  flush: () => {},
  bufferedBytes: () => socket.bufferedAmount,
});
