/**
 * `kill -9` of the relay process at any moment of its life, again and again over one data folder: in its start, in the
 * replay, between a write and its fsync. After each, everything that was acknowledged must be there under its number.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  checkIntegrity,
  createLedgers,
  examine,
  noFindings,
  noteRefusedStart,
  promisedBy,
  type Findings,
} from "./examination.ts";
import { startLoad } from "./load.ts";
import type { Bench, Plant } from "./relay-under-test.ts";

export interface KillOptions {
  readonly bench: Bench;
  readonly kills: number;
  /** Relays with a data folder of their own, side by side. */
  readonly lanes: number;
  readonly plant?: Plant | undefined;
  readonly random: () => number;
}

export interface KillFigures extends Findings {
  killedWhileStarting: number;
  acked: number;
  chunks: number;
}

const ROOMS = 3;
const MAX_LIFE_MS = 150;
const MAX_START_MS = 250;
/** One in so many is killed before it listens. */
const KILL_WHILE_STARTING = 8;
const LIVES_A_CHECK = 10;

export const runKills = async ({ bench, kills, lanes, plant, random }: KillOptions): Promise<KillFigures> => {
  const figures = { ...noFindings(), killedWhileStarting: 0, acked: 0, chunks: 0 };

  const runLane = async (lives: number): Promise<void> => {
    const dataDir = bench.folder();
    const ledgers = createLedgers(ROOMS);

    const settle = async (url: string): Promise<void> => {
      const stored = await examine(url, ledgers, promisedBy(ledgers), figures);
      for (const [i, room] of stored.entries()) ledgers.rooms[i]?.settle(room);
    };

    /** Chunks wait while many frames come: every other life leaves them room. */
    const live = async (url: string, life: number, end: () => void): Promise<void> => {
      const load = startLoad(url, life % 2 === 0 ? ledgers.rooms : ledgers.rooms.slice(0, 1));
      const putting = ledgers.blobs.load(url);
      await sleep(random() * MAX_LIFE_MS);
      end();
      await Promise.all([load.finished, putting]);
      figures.acked += load.acks();
      figures.complaints.push(...load.complaints());
    };

    for (let life = 0; life < lives; life++) {
      const relay = bench.spawn(dataDir, { plant });
      const kill = (): void => relay.kill("SIGKILL");
      if (life > 0 && random() < 1 / KILL_WHILE_STARTING) {
        figures.killedWhileStarting += 1;
        await sleep(random() * MAX_START_MS);
      } else {
        const url = await relay.url.catch((error: unknown) => noteRefusedStart(figures, error));
        if (url === undefined) continue;
        await settle(url);
        await live(url, life, kill);
      }
      kill();
      await relay.exited;
      if (life % LIVES_A_CHECK === 0) checkIntegrity(dataDir, bench.folder(), figures);
    }
    const last = bench.spawn(dataDir);
    await settle(await last.url);
    last.kill("SIGTERM");
    await last.exited;
    checkIntegrity(dataDir, bench.folder(), figures);
    figures.chunks += ledgers.blobs.stored();
  };

  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(Math.floor((kills + lane) / lanes))));
  return figures;
};
