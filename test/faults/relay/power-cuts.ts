/**
 * The power goes at any moment while devices write. Before every other cut the relay is also killed and started again:
 * what it then finds in the page cache is not yet on the disk, and must not be acknowledged as if it were.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRoomKeys, join } from "../../unit/sync-server/relay-client.ts";
import type { CuttableDisk } from "./cuttable-disk.ts";
import {
  checkIntegrity,
  createLedgers,
  examine,
  noFindings,
  noteRefusedStart,
  promisedBy,
  type Findings,
  type Ledgers,
} from "./examination.ts";
import { startLoad } from "./load.ts";
import { tracing, type Bench, type Plant } from "./relay-under-test.ts";
import { readRoom } from "./stored-room.ts";

export interface CutOptions {
  readonly bench: Bench;
  readonly disk: CuttableDisk;
  readonly cuts: number;
  readonly plant?: Plant | undefined;
  readonly random: () => number;
}

export interface CutFigures extends Findings {
  acked: number;
  chunks: number;
}

const ROOMS = 2;
const MAX_LOAD_MS = 150;

/** Cuts the power now; a relay is started on what is left, and judged by what was acknowledged before. */
const cutAndExamine = async (
  { bench, disk }: Pick<CutOptions, "bench" | "disk">,
  name: string,
  ledgers: Ledgers,
  findings: Findings,
): Promise<void> => {
  const promised = promisedBy(ledgers);
  const cut = disk.cut();
  cut.mount();
  const dataDir = path.join(cut.folder, name);
  mkdirSync(dataDir, { recursive: true });
  const relay = bench.spawn(dataDir);
  try {
    await examine(await relay.url, ledgers, promised, findings);
  } catch (error) {
    noteRefusedStart(findings, error);
  }
  relay.kill("SIGKILL");
  await relay.exited;
  checkIntegrity(dataDir, bench.folder(), findings);
  cut.unmount();
};

export const runPowerCuts = async (options: CutOptions): Promise<CutFigures> => {
  const { bench, disk, cuts, plant, random } = options;
  const dataDir = path.join(disk.folder, "relay");
  const ledgers = createLedgers(ROOMS);
  const figures = { ...noFindings(), acked: 0, chunks: 0 };

  const writeAll = async (url: string, beforeEnd: () => Promise<void>): Promise<void> => {
    let isOver = false;
    const load = startLoad(url, ledgers.rooms);
    const putting = ledgers.blobs.load(url, () => isOver);
    await sleep(random() * MAX_LOAD_MS);
    await beforeEnd();
    isOver = true;
    await Promise.all([load.finished, putting]);
    figures.acked += load.acks();
    figures.complaints.push(...load.complaints());
  };

  let relay = bench.spawn(dataDir, { plant });
  for (let round = 0; round < cuts; round++) {
    for (const ledger of ledgers.rooms) ledger.settle(await readRoom(await relay.url, ledger.keys));
    if (round % 2 === 1) {
      await writeAll(await relay.url, async () => relay.kill("SIGKILL"));
      await relay.exited;
      relay = bench.spawn(dataDir, { plant });
    }
    await writeAll(await relay.url, () => cutAndExamine(options, "relay", ledgers, figures));
  }
  relay.kill("SIGKILL");
  await relay.exited;
  figures.chunks = ledgers.blobs.stored();
  return figures;
};

/**
 * The relay is killed when it asks for its k-th fsync, so that the write before it is in the page cache only. Started
 * again it is sent the same once more and nothing else, says that it has it, and the power goes. Once with frames and
 * once with chunks: each would carry the other to the disk.
 */
export const runReacknowledged = async ({
  upTo,
  ...options
}: Pick<CutOptions, "bench" | "disk"> & { readonly upTo: number }): Promise<CutFigures> => {
  const { bench, disk } = options;
  const figures = { ...noFindings(), acked: 0, chunks: 0 };
  const killThenCut = async (k: number, name: string, write: Write): Promise<void> => {
    const dataDir = path.join(disk.folder, name);
    const ledgers = createLedgers(1);
    const first = bench.spawn(dataDir);
    await readRoom(await first.url, createRoomKeys());
    first.kill("SIGTERM");
    await first.exited;
    const killed = bench.spawn(dataDir, { under: tracing(`fsync:signal=KILL:when=${k}`, "/dev/null") });
    await killed.url.then(
      (url) => write(url, ledgers, false),
      () => {},
    ); // with a small k it dies before it listens
    killed.kill("SIGKILL");
    await killed.exited;
    const again = bench.spawn(dataDir);
    await write(await again.url, ledgers, true);
    await cutAndExamine(options, name, ledgers, figures);
    again.kill("SIGKILL");
    await again.exited;
    figures.acked += ledgers.rooms.reduce((sum, room) => sum + room.promises().acked.size, 0);
    figures.chunks += ledgers.blobs.stored();
  };
  for (let k = 1; k <= upTo; k++) {
    await killThenCut(k, `frames-${k}`, (url, { rooms }) => appendOneByOne(url, rooms, upTo));
    await killThenCut(k, `chunks-${k}`, (url, { blobs }, isAgain) =>
      blobs.load(url, () => isAgain || blobs.stored() >= upTo, 1),
    );
  }
  return figures;
};

type Write = (url: string, ledgers: Ledgers, isAgain: boolean) => Promise<void>;

/** What has no ACK yet; without such, `count` new ones: so each is a commit of its own. */
const appendOneByOne = async (url: string, rooms: Ledgers["rooms"], count: number): Promise<void> => {
  for (const ledger of rooms) {
    const waiting = ledger.outbox();
    try {
      const { client } = await join(url, ledger.keys);
      for (let i = 0; i < (waiting.length || count); i++) {
        const n = waiting[i] ?? ledger.nextFrame();
        const { seq } = await client.append(ledger.frame(n));
        ledger.noteAck(n, seq);
      }
    } catch {
      return; // killed in the middle, as it was to be
    }
  }
};
