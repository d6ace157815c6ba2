/** A few of the faults that `npm run test:faults -- relay` goes through by the thousand, and the fault it must find. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runFailingCalls } from "../../faults/relay/failing-calls.ts";
import { runKills } from "../../faults/relay/kills.ts";
import { createBench, watching, type Bench } from "../../faults/relay/relay-under-test.ts";
import { createRandom } from "../../sim/random.ts";
import { openBlobs } from "./blob-client.ts";
import { chunkOf } from "./blob-store-suite.ts";
import { createRoomKeys, frameOf, join } from "./relay-client.ts";

const open: Bench[] = [];
const newBench = (): Bench => {
  const bench = createBench();
  open.push(bench);
  return bench;
};
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

const random = createRandom(7).next;
const NOTHING_BROKEN = { lost: 0, chunksLost: 0, refusedStarts: 0, complaints: [] };

describe("[R1] kill -9 of the relay", () => {
  it("loses nothing that was acknowledged, and it always starts again", async () => {
    const figures = await runKills({ bench: newBench(), kills: 5, lanes: 1, random });
    expect(figures).toMatchObject(NOTHING_BROKEN);
    expect(figures.acked).toBeGreaterThan(0);
  });

  it("loses frames when they are acknowledged before they are stored: the suite can fail", async () => {
    const bench = newBench();
    const plant = "ack-before-commit";
    let lost = 0;
    const complaints: string[] = [];
    for (let tries = 0; tries < 10 && lost === 0; tries++) {
      const figures = await runKills({ bench, kills: 3, lanes: 1, plant, random });
      lost = figures.lost;
      complaints.push(...figures.complaints);
    }
    expect(lost).toBeGreaterThan(0);
    expect(complaints.join()).toContain("is not there");
  });
});

describe("[R1] [R2] what a killed relay had written and not synced", () => {
  /** The files and folders that a relay syncs, by what `work` makes it do after it was killed. */
  const syncedAfterKill = async (
    before: (url: string) => Promise<unknown>,
    work: (url: string) => Promise<unknown>,
  ): Promise<string> => {
    const bench = newBench();
    const [dataDir, report] = [bench.folder(), path.join(bench.folder(), "calls")];
    const killed = bench.spawn(dataDir);
    await before(await killed.url);
    killed.kill("SIGKILL");
    await killed.exited;
    const again = bench.spawn(dataDir, { under: watching("fsync", report) });
    await work(await again.url);
    await bench.killAll();
    return readFileSync(report, "utf8");
  };

  it("is on the disk before a frame of it is called known", async () => {
    const room = createRoomKeys();
    const append = async (url: string) => (await join(url, room)).client.append(frameOf(room, "kept"));
    expect(await syncedAfterKill(append, append)).toMatch(/fsync\(\d+<.*relay\.db-wal>\) += 0/);
  });

  it.each(["put", "have"] as const)(
    "is on the disk before a chunk of it is said to be there by %s",
    async (by) => {
      const room = createRoomKeys();
      const chunk = chunkOf(5_000);
      const put = async (url: string) =>
        (await openBlobs(url, room)).ask({ type: "put", request: 1, ...chunk });
      const have = async (url: string) =>
        (await openBlobs(url, room)).ask({ type: "have", request: 1, ids: [chunk.id] });
      const calls = await syncedAfterKill(put, by === "put" ? put : have);
      const hex = Buffer.from(room.roomId).toString("hex");
      const shelf = Buffer.from(chunk.id).toString("hex").slice(0, 2);
      for (const folder of [`${hex}/${shelf}`, hex, "blobs"]) {
        expect(calls).toMatch(new RegExp(`fsync\\(\\d+<.*/${folder}>\\) += 0`));
      }
    },
  );
});

describe("[R13] [R14] a disk that fails at one call", () => {
  it.each([
    ["fsync:error=EIO", [3, 14]],
    ["pwrite64:error=ENOSPC", [20, 90]],
  ] as const)("%s: the client is told, nothing is lost, and it goes on", async (fault, calls) => {
    const options = { bench: newBench(), fault, calls, appends: 40, chunks: 3, lanes: 2 };
    const figures = await runFailingCalls(options);
    expect(figures).toMatchObject({ ...NOTHING_BROKEN, injected: 2 });
    expect([...figures.codes]).toContain("read-only");
  });
});
