/** A text sought in 100,000 files, beside ripgrep with the same settings. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { median, timeOf } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";
import { call, openDesk } from "./desk.ts";

const FOLDERS = 500;
const FILES_EACH = 200;
const ROUNDS = 9;
/** In so many of the files. */
const HITS = 50;
const WANTED = "needle in the hay";

export const measureSearching = async (report: Report): Promise<void> => {
  const desk = await openDesk({ search: [[call("search_files", { text: WANTED })]] });
  try {
    fill(desk.work);
    const settings = ["--no-config", "--hidden", "--no-ignore", "--ignore-case", "--fixed-strings"];
    const ripgrep = (): void => {
      const found = spawnSync("rg", [...settings, "--line-number", "-e", WANTED, "."], { cwd: desk.work });
      if (found.stdout.toString().trim().split("\n").length !== HITS)
        throw new Error("ripgrep found something else");
    };
    ripgrep();
    const times: { readonly ours: number; readonly theirs: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [ours = Number.NaN] = await desk.run("search");
      times.push({ ours, theirs: timeOf(ripgrep) });
    }
    const ours = median(times.map((time) => time.ours));
    const theirs = median(times.map((time) => time.theirs));
    report.add(`ripgrep over ${FOLDERS * FILES_EACH} files`, theirs, "ms");
    report.add("search_files, a whole turn", ours, "ms");
    report.atMost("search_files: times ripgrep", ours / theirs, 1.2, "×");
  } finally {
    await desk.remove();
  }
};

const fill = (work: string): void => {
  const every = (FOLDERS * FILES_EACH) / HITS;
  for (let folder = 0; folder < FOLDERS; folder++) {
    mkdirSync(path.join(work, `folder-${folder}`));
    for (let at = 0; at < FILES_EACH; at++) {
      const number = folder * FILES_EACH + at;
      const line = `${number} `.padEnd(64, "straw ");
      const text = `${line}\n`.repeat(12) + (number % every === 0 ? `a ${WANTED}\n` : "");
      writeFileSync(path.join(work, `folder-${folder}`, `${at}.txt`), text);
    }
  }
};
