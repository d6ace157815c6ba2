/** What a room costs in memory that holds a document of 100 kB and two silent clients. */
import { wait } from "../../lib/measure.ts";
import { chatOfBytes } from "../load/documents.ts";
import { joinRoom, type Adaptor, type Peer } from "../load/peer.ts";
import type { RelayProcess } from "../load/process.ts";

const DOCUMENT_BYTES = 100_000;

/** @returns bytes a room */
export const measureIdle = async (adaptor: Adaptor, relay: RelayProcess, rooms: number): Promise<number> => {
  const { state } = chatOfBytes(DOCUMENT_BYTES);
  const empty = await settled(relay);
  const peers: Peer[] = [];
  for (let room = 0; room < rooms; room++) {
    const sender = await joinRoom(adaptor, relay, `idle-${room}`);
    const arrived = Promise.withResolvers<void>();
    const receiver = await joinRoom(adaptor, relay, `idle-${room}`);
    receiver.onUpdate = () => arrived.resolve();
    sender.send(state);
    await arrived.promise;
    peers.push(sender, receiver);
  }
  await wait(3_000);
  const full = await settled(relay);
  for (const peer of peers) peer.socket.close();
  return (full - empty) / rooms;
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
