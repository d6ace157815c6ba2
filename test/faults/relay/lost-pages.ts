/**
 * An fsync that fails and takes its bytes with it, as no tracer can make it fail: under the disk there is no room left, so
 * that the kernel drops what it was to write. It can still be read, and later fsyncs pass over it. Then there is room
 * again, the frame is sent once more, and the power goes: what was acknowledged must be there.
 */
import path from "node:path";
import { createRoomKeys, frameOf, join } from "../../unit/sync-server/relay-client.ts";
import type { RelayProcess } from "../../unit/sync-server/relay-process.ts";
import { createCuttableDisk, type CuttableDisk } from "./cuttable-disk.ts";
import { checkIntegrity, noFindings, noteRefusedStart, type Findings } from "./examination.ts";
import type { Bench } from "./relay-under-test.ts";
import { readRoom } from "./stored-room.ts";

export interface LostPagesFigures extends Findings {
  acked: number;
  /** Frames refused because the disk failed. */
  refused: number;
  /** Starts that ended in a sentence because the disk failed still. */
  sentences: number;
}

/** What happens between the failure and the moment at which there is room again. */
const STORIES = [
  "goes on",
  "tries again in vain",
  "is stopped",
  "is killed",
  "is killed and starts in vain",
] as const;

const EARLIER_BYTES = 150_000;
const MAX_EARLIER = 4;
/** More than is left under the disk: it fails in the middle of one commit, not behind one that was acknowledged. */
const LARGE_BYTES = 900_000;
const VAIN_TRIES = 3;

export const runLostPages = async (bench: Bench, rounds: number): Promise<LostPagesFigures> => {
  const figures = { ...noFindings(), acked: 0, refused: 0, sentences: 0 };
  let round = 0;
  for (let tries = 0; round < rounds && tries < rounds * 2; tries++) {
    const story = STORIES[round % STORIES.length] ?? "goes on";
    const disk = createCuttableDisk(bench.folder());
    try {
      if (await failOnce({ bench, disk, story, earlier: 1 + (round % MAX_EARLIER), figures })) round += 1;
    } finally {
      await bench.killAll();
      disk.close();
    }
  }
  if (round < rounds) figures.complaints.push(`the disk failed only ${round} times`);
  return figures;
};

interface Round {
  readonly bench: Bench;
  readonly disk: CuttableDisk;
  readonly story: (typeof STORIES)[number];
  /** Frames that are acknowledged before. */
  readonly earlier: number;
  readonly figures: LostPagesFigures;
}

/**
 * @returns false when the disk did not fail: one time in fifty what lies below takes the frame, says so to an fsync, and
 * loses it all the same. A disk that lies shows nothing about the relay.
 */
const failOnce = async ({ bench, disk, story, earlier, figures }: Round): Promise<boolean> => {
  const dataDir = path.join(disk.folder, "relay");
  const room = createRoomKeys();
  const acked = new Map<number, Uint8Array>();
  let relay: RelayProcess = bench.spawn(dataDir);

  /** A socket of its own for each, so that none is slowed down. @returns whether it was acknowledged */
  const append = async (frame: Uint8Array): Promise<boolean> => {
    const { client } = await join(await relay.url, room, { after: acked.size });
    client.send({ type: "append", clientSeq: 1, frame });
    const answer = await client.nextOf("ack", "refused");
    client.socket.terminate();
    if (answer.type === "ack") acked.set(answer.seq, frame);
    else figures.refused += 1;
    return answer.type === "ack";
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    relay.kill(signal);
    await relay.exited;
  };

  for (let at = 0; at < earlier; at++)
    await append(frameOf(room, `earlier ${at} ${"x".repeat(EARLIER_BYTES)}`));
  const large = frameOf(room, `large ${"y".repeat(LARGE_BYTES)}`);
  const makeRoom = disk.fillBelow();
  if (await append(large)) return false;
  if (story === "tries again in vain") for (let tries = 0; tries < VAIN_TRIES; tries++) await append(large);
  const isStopped = story === "is stopped";
  const isKilled = story === "is killed" || story === "is killed and starts in vain";
  if (isStopped || isKilled) await end(isStopped ? "SIGTERM" : "SIGKILL");
  if (story === "is killed and starts in vain") {
    relay = bench.spawn(dataDir);
    await relay.url.catch(() => (figures.sentences += 1));
    await end("SIGKILL");
  }
  makeRoom();
  if (isStopped || isKilled) relay = bench.spawn(dataDir);
  if (!(await append(large))) figures.complaints.push("the relay did not recover");
  figures.acked += acked.size;

  const cut = disk.cut();
  cut.mount();
  const found = path.join(cut.folder, "relay");
  const again = bench.spawn(found);
  try {
    const { frames } = await readRoom(await again.url, room);
    const bySeq = new Map(frames.map(({ seq, frame }) => [seq, Buffer.from(frame)]));
    for (const [seq, frame] of acked) if (bySeq.get(seq)?.equals(frame) !== true) figures.lost += 1;
  } catch (error) {
    noteRefusedStart(figures, error);
  }
  again.kill("SIGKILL");
  await again.exited;
  checkIntegrity(found, bench.folder(), figures);
  cut.unmount();
  return true;
};
