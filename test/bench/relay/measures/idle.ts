/** What a room costs in memory that holds a document of 100 kB and two silent clients. */
import { wait } from "../../lib/measure.ts";
import { chatOfBytes } from "../load/documents.ts";
import { joinRoom, type Adaptor, type Peer } from "../load/peer.ts";
import type { RelayProcess } from "../load/process.ts";

const DOCUMENT_BYTES = 100_000;

/**
 * What the later rooms add to the first tenth, which pays for what a process has once: compiled code, heap, caches.
 * @returns bytes a room
 */
export const measureIdle = async (adaptor: Adaptor, relay: RelayProcess, rooms: number): Promise<number> => {
  const { state } = chatOfBytes(DOCUMENT_BYTES);
  const first = Math.ceil(rooms / 10);
  const peers: Peer[] = [];
  const fill = async (from: number, to: number): Promise<number> => {
    for (let room = from; room < to; room++) peers.push(...(await fillRoom(adaptor, relay, room, state)));
    await wait(3_000); // what is stored later is stored by then
    return settled(relay);
  };
  const before = await fill(0, first);
  const after = await fill(first, rooms);
  for (const peer of peers) peer.socket.close();
  return (after - before) / (rooms - first);
};

const fillRoom = async (
  adaptor: Adaptor,
  relay: RelayProcess,
  room: number,
  state: Uint8Array,
): Promise<readonly Peer[]> => {
  const sender = await joinRoom(adaptor, relay, `idle-${room}`);
  const arrived = Promise.withResolvers<void>();
  const receiver = await joinRoom(adaptor, relay, `idle-${room}`);
  receiver.onUpdate = () => arrived.resolve();
  sender.send(state);
  await arrived.promise;
  return [sender, receiver];
};

/** Resident bytes once they stay within 1 MB. */
const settled = async (relay: RelayProcess): Promise<number> => {
  let last = relay.rss();
  for (let look = 0; look < 20; look++) {
    await wait(700);
    const now = relay.rss();
    if (Math.abs(now - last) < 1e6) return now;
    last = now;
  }
  return last;
};
