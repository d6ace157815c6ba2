/** Messages of random bytes on sockets that have proven nothing, many at once on each. */
import { randomBytes } from "node:crypto";
import { clientFrame, openFrameClient } from "../../bench/relay/load/frame-client.ts";

const A_SOCKET = 500;
const AT_ONCE = 20;
const MAX_BYTES = 200;

/** The relay closes a socket at its first bad message; the rest of what was sent still has to be thrown away. */
export const sendGarbage = async (url: string, messages: number): Promise<void> => {
  const noise = randomBytes(A_SOCKET + MAX_BYTES);
  const burst = Buffer.concat(
    Array.from({ length: A_SOCKET }, (_, at) =>
      clientFrame(noise.subarray(at, at + ((at * 37) % MAX_BYTES))),
    ),
  );
  let left = Math.ceil(messages / A_SOCKET);
  const run = async (lane: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await sendBurst(url, burst, `127.8.${lane}.${(left % 250) + 1}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => run(lane)));
};

const sendBurst = (url: string, burst: Uint8Array, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = openFrameClient(`${url}/sync`, { onMessage: () => {}, onClose: () => resolve() }, address);
    socket.opened.then(() => socket.sendPrepared(burst), reject);
  });
