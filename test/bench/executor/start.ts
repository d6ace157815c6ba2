/** From the start of the process to "ready", on a workspace that has worked before. */
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startChild } from "../../journeys/support/child.ts";
import { median } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";

const ROUNDS = 7;

export const measureStart = async (report: Report): Promise<void> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-bench-start-"));
  const folder = path.join(root, "Work");
  mkdirSync(folder);
  const args = ["--data", path.join(root, "data"), "--folder", folder, "--relay", "http://127.0.0.1:9"];
  const start = async (): Promise<number> => {
    const from = performance.now();
    const child = startChild("desktop/src/headless.ts", args, {
      DESKHAND_LOG: "json",
      ANTHROPIC_API_KEY: "",
    });
    await child.line(/"ready"/);
    const time = performance.now() - from;
    await child.end();
    return time;
  };
  try {
    report.add("first start to ready, keys and workspace made", await start(), "ms");
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await start());
    report.atMost("start to ready", median(times) / 1000, 1.5, "s");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};
