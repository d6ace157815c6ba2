/** Runs seeds in a thread of its own, whose globals belong to the simulated worlds. */
import { parentPort, workerData } from "node:worker_threads";
import { installVirtualGlobals } from "./virtual-globals.ts";

const globals = installVirtualGlobals();
const { runSeed } = await import("./run-seed.ts");
const { createCast } = await import("./people.ts");
const { PLANTS } = await import("./plants.ts");
