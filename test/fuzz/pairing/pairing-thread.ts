/** One thread of simulated pairings: answers each seed with how its ceremony ended. */
import { parentPort, workerData } from "node:worker_threads";
import { installLoadHooks } from "../../sim/load-hooks.ts";
import { installVirtualGlobals } from "../../sim/virtual-globals.ts";
import { PLANTS, type PlantName } from "./plants.ts";

export interface ThreadInput {
  readonly plant?: PlantName | undefined;
}

// `as`: pairing.ts is the only one that starts this thread
const { plant } = workerData as ThreadInput;
const unmet = installLoadHooks(plant === undefined ? [] : [PLANTS[plant]]);
const globals = installVirtualGlobals();
// Only now: libraries keep what they find of clock and timers when they are loaded.
const { runCeremony } = await import("./run-ceremony.ts");
if (unmet().length > 0) throw new Error(`the planted bug "${plant}" met no file`);

parentPort?.on("message", (seed: number) => {
  void runCeremony(seed, globals).then((result) => parentPort?.postMessage(result, []));
});
