/** [T57] The file that stops everything: at once, at the start, again and again, and never by another name. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { STOP_FILE, watchStopFile } from "../../../../desktop/src/host/stop-file.ts";
import { createBench, until } from "../executor/bench.ts";

const dataFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "deskhand-stop-file-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

test("[T57] each time the file is made everything is stopped once, and the file is taken away", async () => {
  const folder = dataFolder();
  let stops = 0;
  onTestFinished(watchStopFile({ dataFolder: folder, stopAll: () => void stops++ }));
  const file = path.join(folder, STOP_FILE);
  for (const times of [1, 2, 3]) {
    writeFileSync(file, "");
    await until(() => stops === times && !existsSync(file));
  }
  writeFileSync(path.join(folder, "stopped"), "");
  writeFileSync(file, "");
  await until(() => stops === 4 && !existsSync(file));
  expect(existsSync(path.join(folder, "stopped"))).toBe(true);
});

test("[T57] a file that was made while nothing ran counts at the start, and the stop outlives it", async () => {
  const bench = await createBench(() => ({ content: [{ type: "text", text: "Done." }] }));
  onTestFinished(bench.remove);
  const executor = await bench.open();
  const folder = path.join(bench.root, "data");
  writeFileSync(path.join(folder, STOP_FILE), "");
  onTestFinished(watchStopFile({ dataFolder: folder, stopAll: executor.stopAll }));
  expect(executor.status().state).toBe("stopped");
  expect(existsSync(path.join(folder, STOP_FILE))).toBe(false);
  await executor.close();
  const again = await bench.open();
  expect(again.status().state).toBe("stopped");
  again.resume();
  expect(again.status().state).toBe("idle");
});
