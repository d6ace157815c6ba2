/**
 * What the relay promises when its process, its disk or its power goes. `npm run test:faults -- relay [flags]`:
 *   --kills N  --cuts N  --calls K   how often; K is the last call that is made to fail (1000, 100, 100)
 *   --only kills,cuts,lost,calls,full   some of it
 *   --seed N                         of the moments at which it is killed
 *   --plant ack-before-commit | fsync-does-nothing   a relay that breaks its promise: the suite must fail
 * Needs root, loop devices, strace and xfsprogs. Prints the figures as one JSON object; exits 1 when one is bad.
 */
import { parseArgs } from "node:util";
import { ensurePackages } from "../../scripts/system-packages.ts";
import { createCuttableDisk } from "./relay/cuttable-disk.ts";
import { noFindings, type Findings } from "./relay/examination.ts";
import { FAULTS, runFailingCalls } from "./relay/failing-calls.ts";
import { runFullDisk } from "./relay/full-disk.ts";
import { runKills } from "./relay/kills.ts";
import { runLostPages } from "./relay/lost-pages.ts";
import { runPowerCuts, runReacknowledged } from "./relay/power-cuts.ts";
import { createBench, PLANTS } from "./relay/relay-under-test.ts";
import { createRandom } from "../sim/random.ts";

const KILL_LANES = 2;
const CALL_LANES = 3;
/** A start makes few calls, so the appends see to it that there are as many as are to fail. */
const APPENDS_BEYOND = 20;
const REACKNOWLEDGED = 12;
const LOST_PAGES = 20;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    cuts: { type: "string", default: "100" },
    calls: { type: "string", default: "100" },
    only: { type: "string", default: "kills,cuts,lost,calls,full" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    plant: { type: "string" },
  },
});
const missing = ensurePackages();
if (missing !== undefined) throw new Error(missing);
const plant = PLANTS.find((name) => name === values.plant);
if (values.plant !== undefined && plant === undefined) throw new Error(`plants: ${PLANTS.join(", ")}`);
const parts = new Set(values.only.split(","));
const random = createRandom(Number(values.seed)).next;
const bench = createBench();

const results: Record<string, Findings> = {};
const run = async (name: string, work: () => Promise<Findings>): Promise<void> => {
  const startedAt = performance.now();
  const findings = await work().catch((error: unknown) => {
    const broken = noFindings();
    broken.complaints.push(`the suite could not go on: ${String(error).slice(0, 300)}`);
    return broken;
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  results[name] = findings;
  const { complaints, ...figures } = findings;
  const plain = Object.fromEntries(
    Object.entries<unknown>({ ...figures }).map(([key, value]) => [
      key,
      value instanceof Set ? [...value] : value,
    ]),
  );
  process.stdout.write(
    `${JSON.stringify({ part: name, ...plain, complaints: complaints.length, seconds })}\n`,
  );
  for (const complaint of complaints.slice(0, 5)) process.stdout.write(`  ${complaint}\n`);
};

process.stdout.write(`seed ${values.seed}${plant === undefined ? "" : `, planted: ${plant}`}\n`);
if (parts.has("kills")) {
  await run("kill -9", () =>
    runKills({ bench, kills: Number(values.kills), lanes: KILL_LANES, plant, random }),
  );
}
let letGo: (() => void) | undefined;
if (parts.has("cuts")) {
  const disk = createCuttableDisk(bench.folder());
  letGo = () => disk.close();
  await run("power cuts", () => runPowerCuts({ bench, disk, cuts: Number(values.cuts), plant, random }));
  await run("killed at the k-th fsync, acknowledged again, power cut", () =>
    runReacknowledged({ bench, disk, upTo: Math.min(REACKNOWLEDGED, Number(values.cuts)) }),
  );
}
if (parts.has("lost")) {
  await run("failed fsync, its bytes lost, power cut", () => runLostPages(bench, LOST_PAGES));
}
if (parts.has("calls")) {
  const last = Number(values.calls);
  const calls = Array.from({ length: last }, (_, i) => i + 1);
  for (const fault of FAULTS) {
    const appends = last + APPENDS_BEYOND;
    const options = { bench, fault, calls, appends, chunks: Math.ceil(last / 4), lanes: CALL_LANES };
    await run(`${fault} at call 1 to ${last}`, async () => {
      const figures = await runFailingCalls(options);
      const missed = last - figures.injected;
      if (missed > 0) figures.complaints.push(`${missed} of the calls were never made`);
      return figures;
    });
  }
}
if (parts.has("full")) {
  await run("disk full", () => runFullDisk(bench, 0));
  await run("disk below the low-water mark", () => runFullDisk(bench, 2));
}
await bench.close(letGo);
const isGood = Object.values(results).every(
  ({ lost, chunksLost, refusedStarts, complaints }) =>
    lost + chunksLost + refusedStarts + complaints.length === 0,
);
process.exitCode = isGood ? 0 : 1;
