/** One thread of the fuzz: does its share of one job, and answers with the report. */
import { parentPort, workerData } from "node:worker_threads";
import { createRandom } from "../sim/random.ts";
import { fuzzForeignWrites } from "./foreign-writes.ts";
import { fuzzFrames } from "./frames.ts";
import { fuzzUpdates } from "./updates.ts";

export const JOBS = { frames: fuzzFrames, updates: fuzzUpdates, writes: fuzzForeignWrites } as const;
export type Job = keyof typeof JOBS;
export type ReportOf<Name extends Job> = ReturnType<(typeof JOBS)[Name]>;

export interface ThreadInput {
  readonly job: Job;
  readonly seed: number;
  readonly count: number;
}

// `as`: main.ts, which alone starts this thread, gives it
const { job, seed, count } = workerData as ThreadInput;
const report: ReportOf<Job> = JOBS[job](createRandom(seed), count);
parentPort?.postMessage(report, []);
