/**
 * Runs seeds in a thread of its own, whose globals and modules belong to the simulated worlds: they are taken over
 * before any library is loaded.
 */
import { parentPort, workerData } from "node:worker_threads";
import { installLoadHooks } from "./load-hooks.ts";
import { installVirtualGlobals } from "./virtual-globals.ts";
import { PLANTS, type Plant, type PlantName } from "./plants.ts";
import type { SeedResult } from "./run-seed.ts";

export interface ThreadInput {
  readonly plant?: PlantName | undefined;
  readonly isTracing?: boolean;
}

/** To the thread: the next seed. From it: what came of one. */
export type ThreadAnswer = SeedResult;

// `as`: main.ts is the only one that starts this thread
const { plant: name, isTracing = false } = workerData as ThreadInput;
const plant: Plant | undefined = name === undefined ? undefined : PLANTS[name];
const unmet = installLoadHooks(plant?.patches ?? []);
const globals = installVirtualGlobals();
const { runSeed } = await import("./run-seed.ts");
const { createCast } = await import("./people.ts");
const [missed] = unmet();
if (missed !== undefined) throw new Error(`the planted bug ${name} met no file ${missed.file}`);

const cast = createCast();
const run = async (seed: number): Promise<void> => {
  const answer: ThreadAnswer = await runSeed({ seed, cast, globals, plant, isTracing });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer);
};
parentPort?.on("message", (seed: number) => void run(seed));
