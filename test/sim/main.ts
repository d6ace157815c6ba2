/**
 * The simulator: `node test/sim/main.ts [--seeds 1000] [--from 1] [--seed N [--trace]] [--plant NAME] [--plants]`.
 * Exits with 1 when a seed fails, and names the command that plays it again. With --plants: when one of the planted
 * bugs is not found.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { PLANTS, type Plant, type PlantName } from "./plants.ts";
import { addCounts, COUNTED, type Counts } from "./tally.ts";
import type { ThreadAnswer, ThreadInput } from "./sim-thread.ts";

/** A planted bug must show within so many seeds. */
const PLANT_SEEDS = 300;
const SHOWN_FAILURES = 5;
const SHOWN_EVENTS = 40;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    plant: { type: "string" },
    plants: { type: "boolean", default: false },
    threads: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} needs a whole number, not ${text}`);
  return value;
};
const parsePlant = (name: string): PlantName => {
  const found = plantNames.find((known) => known === name);
  if (found === undefined) throw new Error(`--plant is one of ${plantNames.join(", ")}`);
  return found;
};
// `as`: the keys of PLANTS are its type
const plantNames = Object.keys(PLANTS) as readonly PlantName[];

interface Batch {
  readonly from: number;
  readonly count: number;
  readonly plant?: PlantName | undefined;
  readonly isTracing?: boolean;
  /** Ends the batch at the first failure. */
  readonly untilFailure?: boolean;
}

interface BatchResult {
  readonly counts: Counts;
  readonly failures: readonly ThreadAnswer[];
  readonly hashes: ReadonlyMap<number, string>;
}

const threadCount = Math.max(
  1,
  values.threads === undefined ? Math.min(2, availableParallelism()) : wholeNumber("threads", values.threads),
);

/** Seeds go to whichever thread is free; the result does not depend on which. */
const runBatch = async ({
  from,
  count,
  plant,
  isTracing = false,
  untilFailure = false,
}: Batch): Promise<BatchResult> => {
  const input: ThreadInput = { plant, isTracing };
  const answers: ThreadAnswer[] = [];
  let next = from;
  let isOver = false;
  const runThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL("./sim-thread.ts", import.meta.url), { workerData: input });
      const giveNext = (): void => {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        if (!isOver && next < from + count) thread.postMessage(next++);
        else void thread.terminate().then(() => resolve());
      };
      thread.on("message", (answer: ThreadAnswer) => {
        answers.push(answer);
        if (answer.violation !== undefined && untilFailure) isOver = true;
        giveNext();
      });
      thread.on("error", reject);
      giveNext();
    });
  await Promise.all(Array.from({ length: Math.min(threadCount, count) }, runThread));
  return {
    counts: addCounts(answers.map((answer) => answer.counts)),
    failures: answers.filter((answer) => answer.violation !== undefined).sort((a, b) => a.seed - b.seed),
    hashes: new Map(answers.map(({ seed, hash }) => [seed, hash])),
  };
};

const printFailure = ({ seed, violation, recent = [] }: ThreadAnswer, plant: PlantName | undefined): void => {
  const flags = plant === undefined ? "" : ` --plant ${plant}`;
  console.log(`\nseed ${seed} breaks: ${violation?.invariant}\n  ${violation?.detail}`);
  console.log(
    recent
      .slice(-SHOWN_EVENTS)
      .map((line) => `    ${line}`)
      .join("\n"),
  );
  console.log(`  again: node test/sim/main.ts --seed ${seed} --trace${flags}`);
};

const printCounts = (counts: Counts, seconds: number): void =>
  console.log(
    values.json
      ? JSON.stringify({ ...counts, seconds })
      : `\n${COUNTED.map((what) => `${what} ${counts[what].toLocaleString("en")}`).join(", ")}; ${seconds.toFixed(1)} s`,
  );

const runSeeds = async (): Promise<boolean> => {
  const plant = values.plant === undefined ? undefined : parsePlant(values.plant);
  const isOne = values.seed !== undefined;
  const from = wholeNumber("from", values.seed ?? values.from);
  const count = isOne ? 1 : wholeNumber("seeds", values.seeds);
  const startedAt = performance.now();
  const { counts, failures, hashes } = await runBatch({ from, count, plant, isTracing: values.trace });
  for (const failure of failures.slice(0, SHOWN_FAILURES)) printFailure(failure, plant);
  printCounts(counts, (performance.now() - startedAt) / 1000);
  if (isOne) console.log(`trace ${hashes.get(from)}`);
  console.log(
    failures.length === 0
      ? "no seed fails"
      : `${failures.length} seeds fail: ${failures.map(({ seed }) => seed).join(" ")}`,
  );
  return failures.length === 0;
};

/** The first seed that fails with the bug and not without it. */
const findPlant = async (plant: PlantName): Promise<ThreadAnswer | undefined> => {
  const end = wholeNumber("from", values.from) + PLANT_SEEDS;
  for (let from = wholeNumber("from", values.from); from < end;) {
    const { failures } = await runBatch({ from, count: end - from, plant, untilFailure: true });
    const [first] = failures;
    if (first === undefined) return undefined;
    const sound = await runBatch({ from: first.seed, count: 1 });
    if (sound.failures.length === 0) return first;
    from = first.seed + 1;
  }
  return undefined;
};

const runPlants = async (): Promise<boolean> => {
  let areAllFound = true;
  for (const plant of plantNames) {
    const { says }: Plant = PLANTS[plant];
    const first = await findPlant(plant);
    console.log(
      first === undefined
        ? `NOT FOUND  ${plant} (${says}) in ${PLANT_SEEDS} seeds`
        : `found      ${plant} (${says}): seed ${first.seed}, ${first.violation?.invariant}`,
    );
    if (first === undefined) areAllFound = false;
  }
  return areAllFound;
};

process.exitCode = (await (values.plants ? runPlants() : runSeeds())) ? 0 : 1;
