/**
 * A disk that is really full: a tmpfs of a few MiB under the data folder. The clients are told, reading goes on, nothing
 * acknowledged is lost, and when there is room again the relay writes again by itself.
 */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { createLedgers, examine, noFindings, promisedBy, type Findings } from "./examination.ts";
import { join } from "../../unit/sync-server/relay-client.ts";
import type { Bench } from "./relay-under-test.ts";
import type { RoomLedger } from "./room-ledger.ts";

const DISK_MIB = 16;
const BALLAST_BYTES = 6 * 2 ** 20;
/** Enough to be sure that the disk is full long before. */
const MAX_FRAMES = 20_000;

export interface FullDiskFigures extends Findings {
  /** Frames and chunks acknowledged until the disk was full. */
  framesBefore: number;
  chunksBefore: number;
  /** What frames and chunks were refused with when it was full. */
  readonly codes: Set<string>;
  /** Acknowledged again once there was room. */
  framesAfter: number;
  chunksAfter: number;
  /** What /readyz said while the disk was full, and afterwards. */
  readonly ready: number[];
}

/** Appends until a frame is refused, at most `count`. @returns how many were acknowledged */
const appendUntilRefused = async (
  url: string,
  ledger: RoomLedger,
  count: number,
  codes: Set<string>,
): Promise<number> => {
  let { client } = await join(url, ledger.keys, { after: ledger.knownUpto() });
  for (let i = 0; i < count; i++) {
    // A socket may send 200 at once; a new one is quicker than to wait.
    if (i % 150 === 149) {
      client.socket.terminate();
      ({ client } = await join(url, ledger.keys, { after: ledger.knownUpto() }));
    }
    const n = ledger.outbox()[0] ?? ledger.nextFrame();
    client.send({ type: "append", clientSeq: i + 1, frame: ledger.frame(n) });
    const answer = await client.nextOf("ack", "refused");
    if (answer.type === "refused") {
      codes.add(answer.code);
      client.socket.terminate();
      return i;
    }
    ledger.noteAck(n, answer.seq);
  }
  client.socket.terminate();
  return count;
};

const readiness = async (url: string): Promise<number> => (await fetch(`${url}/readyz`)).status;

/** `minFreeMib`: 0 lets the disk itself refuse; more is the low-water mark, which refuses before. */
export const runFullDisk = async (bench: Bench, minFreeMib: number): Promise<FullDiskFigures> => {
  const figures: FullDiskFigures = {
    ...noFindings(),
    framesBefore: 0,
    chunksBefore: 0,
    codes: new Set(),
    framesAfter: 0,
    chunksAfter: 0,
    ready: [],
  };
  const dataDir = bench.folder();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", dataDir]);
  try {
    const ballast = joinPath(dataDir, "ballast");
    writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
    const ledgers = createLedgers(1);
    const { blobs } = ledgers;
    const relay = bench.spawn(dataDir, { minFreeMib });
    const url = await relay.url;
    await blobs.load(url, () => blobs.stored() > 20);
    for (const ledger of ledgers.rooms) {
      figures.framesBefore += await appendUntilRefused(url, ledger, MAX_FRAMES, figures.codes);
    }
    await blobs.load(url, () => blobs.denials().size > 0);
    for (const code of blobs.denials()) figures.codes.add(`chunk ${code}`);
    figures.chunksBefore = blobs.stored();
    figures.ready.push(await readiness(url));
    await examine(url, ledgers, promisedBy(ledgers), figures);

    rmSync(ballast);
    for (const ledger of ledgers.rooms) {
      figures.framesAfter += await appendUntilRefused(url, ledger, 100, figures.codes);
    }
    await blobs.load(url, () => blobs.stored() >= figures.chunksBefore + 5);
    figures.chunksAfter = blobs.stored() - figures.chunksBefore;
    figures.ready.push(await readiness(url));
    relay.kill("SIGKILL");
    await relay.exited;
    const again = bench.spawn(dataDir, { minFreeMib });
    await examine(await again.url, ledgers, promisedBy(ledgers), figures);
    again.kill("SIGKILL");
    await again.exited;
  } finally {
    await bench.killAll();
    execFileSync("umount", [dataDir]);
  }
  return figures;
};
