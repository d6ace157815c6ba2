/**
 * `npm run test:security -- stops [--stops 1000] [--seed N]` (Shows 5, [R24]): stops at random moments of busy runs, from
 * a phone, the window, the tray and the file. From outside it is looked at whether anything is written, run or dialled
 * later than a second after the stop was received. Stops outlive a restart until somebody resumes. Exits 1 otherwise.
 */
import { parseArgs } from "node:util";
import { createRandom } from "../../sim/random.ts";
import { stopAgainAndAgain, type StopsReport } from "./stop-worker.ts";

/** Executors at once; each waits most of its time. */
const WORKERS = 6;

const { values } = parseArgs({
  options: { stops: { type: "string", default: "1000" }, seed: { type: "string" } },
});
const stops = Number(values.stops);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const random = createRandom(seed);
const workers = Math.min(WORKERS, stops);
const startedAt = performance.now();
console.log(`seed ${seed}`);
const reports: readonly StopsReport[] = await Promise.all(
  Array.from({ length: workers }, (_, at) => {
    const share = Math.floor((stops * (at + 1)) / workers) - Math.floor((stops * at) / workers);
    return stopAgainAndAgain(share, random.below(2 ** 31));
  }),
);
const late = reports.flatMap((report) => report.late);
for (const line of late.slice(0, 10)) console.log(`  ${line}`);
const sum = (pick: (report: StopsReport) => number): number =>
  reports.reduce((total, report) => total + pick(report), 0);
const slowest = Math.max(...reports.map((report) => report.lastChangeMs));
console.log(
  `${sum((report) => report.stops)} stops, ${sum((report) => report.restarts)} restarts, ` +
    `${sum((report) => report.busy)} met work; the last write came ${Math.round(slowest)} ms after a stop; ` +
    `${late.length} later than a second; ` +
    `${sum((report) => report.unclear)} looks repeated on a busy computer; ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
);
process.exitCode = late.length === 0 && sum((report) => report.busy) > stops / 2 ? 0 : 1;
