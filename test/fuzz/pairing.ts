/**
 * Simulated pairings (T21, T22, R25): `node test/fuzz/pairing.ts [--ceremonies 10000] [--from N] [--seed N] [--plants]`.
 * Exits with 1 when one of them lets in whom it must not, says "paired" of a phone that is not, or does not complete
 * where nothing stood in the way; each such seed can be played again by --seed. With --plants: when one of the planted
 * bugs is not found.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { ThreadInput } from "./pairing/pairing-thread.ts";
import { PLANTS, type PlantName } from "./pairing/plants.ts";
import type { CeremonyResult } from "./pairing/run-ceremony.ts";

const THREADS = 2;
const SHOWN_FLAWS = 5;
const SHOWN_EVENTS = 30;
/** A planted bug must show within so many. */
const PLANT_CEREMONIES = 160;

const { values } = parseArgs({
  options: {
    ceremonies: { type: "string", default: "10000" },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    plants: { type: "boolean", default: false },
  },
});
const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} needs a whole number`);
  return value;
};

/** Seeds go to whichever thread is free; the results do not depend on which. */
const play = async (from: number, count: number, plant?: PlantName): Promise<readonly CeremonyResult[]> => {
  const results: CeremonyResult[] = [];
  const workerData: ThreadInput = { plant };
  let next = from;
  const runThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL("./pairing/pairing-thread.ts", import.meta.url), { workerData });
      const giveNext = (): void => {
        if (next < from + count) thread.postMessage(next++, []);
        else void thread.terminate().then(() => resolve());
      };
      thread.on("message", (result: CeremonyResult) => {
        results.push(result);
        giveNext();
      });
      thread.on("error", reject);
      giveNext();
    });
  await Promise.all(Array.from({ length: Math.min(THREADS, count) }, runThread));
  return results.sort((a, b) => a.seed - b.seed);
};

const flawsOf = (results: readonly CeremonyResult[]): readonly CeremonyResult[] =>
  results.filter(({ flaw }) => flaw !== undefined);

const countsOf = (list: readonly string[]): string =>
  [...Map.groupBy(list, (word) => word)]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([word, all]) => `${word} ${all.length}`)
    .join(", ");

const printScenarios = (results: readonly CeremonyResult[]): void => {
  for (const [scenario, played] of Map.groupBy(results, (result) => result.scenario)) {
    const taken = played.reduce((sum, { withdrawn }) => sum + withdrawn, 0);
    const ends = countsOf(played.map((result) => result.end));
    console.log(
      `${scenario}: ${played.length} played: ${ends}` +
        (taken === 0 ? "" : `; ${taken} admissions taken back`),
    );
  }
};

const printFlaw = ({ seed, scenario, flaw, recent = [] }: CeremonyResult): void => {
  console.log(`\nseed ${seed}, ${scenario}: ${flaw}`);
  console.log(
    recent
      .slice(-SHOWN_EVENTS)
      .map((line) => `    ${line}`)
      .join("\n"),
  );
  console.log(`  again: node test/fuzz/pairing.ts --seed ${seed}`);
};

const playSeeds = async (): Promise<boolean> => {
  const start = performance.now();
  const isOne = values.seed !== undefined;
  const count = isOne ? 1 : wholeNumber("ceremonies", values.ceremonies);
  const results = await play(wholeNumber("from", values.seed ?? values.from), count);
  const seconds = (performance.now() - start) / 1000;
  const flaws = flawsOf(results);
  printScenarios(results);
  for (const flaw of flaws.slice(0, SHOWN_FLAWS)) printFlaw(flaw);
  if (isOne) console.log(`trace ${results[0]?.hash}`);
  const rate = Math.round(count / seconds);
  console.log(
    `${count.toLocaleString("en")} ceremonies in ${seconds.toFixed(1)} s, ${rate}/s: ${flaws.length} wrong`,
  );
  return flaws.length === 0;
};

const playPlants = async (): Promise<boolean> => {
  // `as`: its own keys
  const names = Object.keys(PLANTS) as readonly PlantName[];
  let missed = 0;
  for (const name of names) {
    const [first, ...others] = flawsOf(await play(0, PLANT_CEREMONIES, name));
    if (first === undefined) missed++;
    console.log(
      first === undefined
        ? `NOT FOUND: ${name}`
        : `found: ${name}, by ${others.length + 1} of ${PLANT_CEREMONIES}; first seed ${first.seed}: ${first.flaw}`,
    );
  }
  return missed === 0;
};

process.exit((await (values.plants ? playPlants() : playSeeds())) ? 0 : 1);
