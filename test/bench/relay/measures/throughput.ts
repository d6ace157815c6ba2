/** Sustained throughput of 100-byte updates: in each room one client sends and one receives. */
import { wait } from "../../lib/measure.ts";
import { smallUpdates } from "../load/documents.ts";
import { clientFrame } from "../load/frame-client.ts";
import { joinRoom, type Adaptor, type Peer } from "../load/peer.ts";
import type { RelayProcess } from "../load/process.ts";

export interface Throughput {
  /** Until the last update has arrived. */
  readonly perSecond: number;
  /** What can go on for long: the CPU time that the relay spends afterwards, to store, counts as time too. */
  readonly sustainedPerSecond: number;
  /** Of the relay, with all that it put off for later. */
  readonly cpuSecondsPer100k: number;
}

const TOTAL = 40_000;
const STALLED_MS = 120_000;

interface Pair {
  readonly sender: Peer;
  readonly receiver: Peer;
  readonly chunks: readonly Uint8Array[];
}

export const measureThroughput = async (
  adaptor: Adaptor,
  relay: RelayProcess,
  rooms: number,
): Promise<Throughput> => {
  const perRoom = TOTAL / rooms;
  const chunk = rooms === 1 ? 100 : 10;
  const window = rooms === 1 ? 2000 : 20;
  const updates = smallUpdates(perRoom);
  const pairs: Pair[] = [];
  for (let room = 0; room < rooms; room++) {
    const sender = await joinRoom(adaptor, relay, `room-${room}`);
    const receiver = await joinRoom(adaptor, relay, `room-${room}`);
    const frames = updates.map((update) => clientFrame(sender.dialect.encode(update)));
    const chunks = Array.from({ length: perRoom / chunk }, (_, index) =>
      Buffer.concat(frames.slice(index * chunk, (index + 1) * chunk)),
    );
    pairs.push({ sender, receiver, chunks });
  }
  await wait(300);
  const cpuBefore = relay.cpu();
  const start = performance.now();
  await Promise.all(pairs.map((pair) => pump(adaptor.name, pair, { perRoom, chunk, window })));
  const seconds = (performance.now() - start) / 1000;
  const cpuAtLast = relay.cpu();
  await untilQuiet(relay);
  const cpuAfter = relay.cpu();
  for (const { sender, receiver } of pairs) {
    sender.socket.close();
    receiver.socket.close();
  }
  return {
    perSecond: TOTAL / seconds,
    sustainedPerSecond: TOTAL / (seconds + cpuAfter - cpuAtLast),
    cpuSecondsPer100k: ((cpuAfter - cpuBefore) / TOTAL) * 100_000,
  };
};

/** Keeps at most `window` updates under way, until the last has arrived. */
const pump = (
  name: string,
  { sender, receiver, chunks }: Pair,
  { perRoom, chunk, window }: { readonly perRoom: number; readonly chunk: number; readonly window: number },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const stalled = setTimeout(() => reject(new Error(`${name}: stalled`)), STALLED_MS);
    let sent = 0;
    let arrived = 0;
    const send = (): void => {
      for (; sent < perRoom && sent - arrived < window; sent += chunk)
        sender.socket.sendPrepared(chunks[sent / chunk] ?? Buffer.alloc(0));
    };
    receiver.onUpdate = (incoming) => {
      if (incoming.type !== "update") return;
      arrived = incoming.progress;
      if (arrived < perRoom) return send();
      clearTimeout(stalled);
      resolve();
    };
    send();
  });

/** Queued and debounced writes are the relay's work too. */
const untilQuiet = async (relay: RelayProcess): Promise<void> => {
  let last = relay.cpu();
  for (let quiet = 0; quiet < 6;) {
    await wait(500);
    const now = relay.cpu();
    quiet = now - last < 0.015 ? quiet + 1 : 0;
    last = now;
  }
};
