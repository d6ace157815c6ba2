/** From one client to another, one small update at a time. */
import { wait } from "../../lib/measure.ts";
import { smallUpdates } from "../load/documents.ts";
import { joinRoom, type Adaptor } from "../load/peer.ts";
import type { RelayProcess } from "../load/process.ts";

export interface Latency {
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
}

const WARM_UP = 40;
const SAMPLES = 400;
const EVERY_MS = 12;

export const measureLatency = async (adaptor: Adaptor, relay: RelayProcess): Promise<Latency> => {
  const sender = await joinRoom(adaptor, relay, "latency");
  const receiver = await joinRoom(adaptor, relay, "latency");
  const sentAt: number[] = [];
  const took: number[] = [];
  receiver.onUpdate = (incoming) => {
    if (incoming.type !== "update") return;
    const index = incoming.progress - 1;
    took[index] ??= performance.now() - (sentAt[index] ?? Number.NaN);
  };
  for (const update of smallUpdates(WARM_UP + SAMPLES)) {
    const message = sender.dialect.encode(update);
    sentAt.push(performance.now());
    sender.socket.send(message);
    await wait(EVERY_MS);
  }
  await wait(300);
  sender.socket.close();
  receiver.socket.close();
  const samples = took
    .slice(WARM_UP)
    .filter((time) => Number.isFinite(time))
    .toSorted((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor(samples.length * share)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
};
