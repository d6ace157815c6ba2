/** Plays histories in a thread of its own, whose source may hold a planted bug: that is put in before anything loads. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { installLoadHooks } from "../../sim/load-hooks.ts";
import { PLANTS, type PlantName } from "./plants.ts";
import type { PlayedHistory } from "./play.ts";

export interface ThreadInput {
  readonly from: number;
  readonly count: number;
  readonly plant?: PlantName | undefined;
  /** Ends at the first history that goes wrong. */
  readonly untilWrong: boolean;
}

export interface ThreadReport {
  readonly played: number;
  readonly executed: number;
  readonly asked: number;
  readonly deaths: number;
  readonly wrong: readonly PlayedHistory[];
}

const { from, count, plant, untilWrong } = workerData as ThreadInput; // main.ts is the only one that starts this
const unmet = installLoadHooks(plant === undefined ? [] : PLANTS[plant].patches);
const { playHistory } = await import("./play.ts");
const [missed] = unmet();
if (missed !== undefined) throw new Error(`the planted bug ${plant} met no file ${missed.file}`);

/** In memory where there is such a disk: what is looked at is the order of things, not the disk's speed. */
const under = existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
const folder = mkdtempSync(path.join(under, "deskhand-approvals-"));
let [played, executed, asked, deaths] = [0, 0, 0, 0];
const wrong: PlayedHistory[] = [];
try {
  for (let seed = from; seed < from + count; seed++) {
    const history = await playHistory(seed, folder);
    played++;
    executed += history.executed;
    asked += history.asked;
    deaths += history.deaths;
    if (history.wrong === undefined) continue;
    wrong.push(history);
    if (untilWrong) break;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const report: ThreadReport = { played, executed, asked, deaths, wrong };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(report);
