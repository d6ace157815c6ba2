/**
 * `npm run test:security -- approvals [--histories 50000] [--from 1] [--threads 2] [--no-plants] [--seed N] [--plant NAME]`
 * (Shows 4, [R23]).
 * Generated histories of questions and answers on the executor's own gate, ledger, intake, epochs and runner: an effect
 * happens exactly when a valid, unspent, unexpired allow stands and no deny does, and never twice, wherever the machine
 * dies. Then each planted bug must be found. Exits 1 when a history goes wrong or a bug is not found.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { isPlantName, PLANTS, type PlantName } from "./plants.ts";
import type { ThreadInput, ThreadReport } from "./thread.ts";

/** A planted bug must show within so many histories. */
const PLANT_HISTORIES = 3000;
const SHOWN = 3;

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "50000" },
    "no-plants": { type: "boolean", default: false },
    from: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    seed: { type: "string" },
    plant: { type: "string" },
  },
});
const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`a whole number is needed, not ${text}`);
  return value;
};

const runThread = (input: ThreadInput): Promise<ThreadReport> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData: input });
    thread.once("message", (report: ThreadReport) => resolve(report));
    thread.once("error", reject);
  });

/** The first ones whole, the others by their seeds. */
const showWrong = ({ wrong }: ThreadReport, plant?: PlantName): void => {
  for (const { seed, wrong: found } of wrong.slice(0, SHOWN)) {
    console.log(`history ${seed}: ${found?.what}\n${found?.steps.map((step) => `    ${step}`).join("\n")}`);
    const flags = plant === undefined ? "" : ` --plant ${plant}`;
    console.log(`  again: npm run test:security -- approvals --seed ${seed}${flags}`);
  }
  if (wrong.length > SHOWN) console.log("also:", ...wrong.slice(SHOWN).map(({ seed }) => seed));
};

const playAll = async (from: number, count: number, most: number): Promise<boolean> => {
  const startedAt = performance.now();
  const threads = Math.max(1, Math.min(most, count));
  const shares = Array.from({ length: threads }, (_, at) => {
    const begin = Math.floor((count * at) / threads);
    return { from: from + begin, count: Math.floor((count * (at + 1)) / threads) - begin, untilWrong: false };
  });
  const reports = await Promise.all(shares.map(runThread));
  for (const report of reports) showWrong(report);
  const sum = (pick: (report: ThreadReport) => number): string =>
    reports.reduce((total, report) => total + pick(report), 0).toLocaleString("en");
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${sum(({ played }) => played)} histories, ${sum(({ asked }) => asked)} questions, ` +
      `${sum(({ executed }) => executed)} effects, ${sum(({ deaths }) => deaths)} deaths; ` +
      `${sum(({ wrong }) => wrong.length)} went wrong; ${seconds} s`,
  );
  return reports.every(({ wrong, executed }) => wrong.length === 0 && executed > 0);
};

/** Found: a history goes wrong with the bug. That it goes right without is what the others show. */
const findPlant = async (plant: PlantName): Promise<boolean> => {
  const report = await runThread({ from: 1, count: PLANT_HISTORIES, plant, untilWrong: true });
  const [first] = report.wrong;
  console.log(
    `${plant}: ${PLANTS[plant].says}: ${first === undefined ? "NOT FOUND" : `found at ${first.seed} (${first.wrong?.what})`}`,
  );
  return first !== undefined;
};

const playOne = async (seed: number, plant: PlantName | undefined): Promise<boolean> => {
  const report = await runThread({ from: seed, count: 1, plant, untilWrong: true });
  showWrong(report, plant);
  if (report.wrong.length === 0) console.log(`history ${seed} goes by the rules`);
  return report.wrong.length === 0;
};

const { plant, seed } = values;
if (plant !== undefined && !isPlantName(plant))
  throw new Error(`--plant is one of ${Object.keys(PLANTS).join(", ")}`);
let isGood: boolean;
if (seed !== undefined) isGood = await playOne(wholeNumber(seed), plant);
else if (plant !== undefined) isGood = await findPlant(plant);
else {
  const { from, histories, threads } = values;
  isGood = await playAll(wholeNumber(from), wholeNumber(histories), wholeNumber(threads));
  const sought = values["no-plants"] ? [] : Object.keys(PLANTS).filter(isPlantName);
  for (const name of sought) if (!(await findPlant(name))) isGood = false;
}
process.exitCode = isGood ? 0 : 1;
