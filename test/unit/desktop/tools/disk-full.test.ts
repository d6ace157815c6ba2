/** A disk that is really full: 1 MB of memory, mounted for one process alone. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

/** A mount that only `program` sees, as root or, elsewhere, in a user namespace. */
const withSmallDisk = (folder: string, program: readonly string[]): ReturnType<typeof spawnSync> => {
  const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
  return spawnSync("unshare", [...asRoot, "--mount", "sh", "-c", script, folder, ...program], {
    encoding: "utf8",
  });
};

test("disk-full leaves nothing half-written, and work goes on when there is room again", () => {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-full-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [small, large] = [path.join(root, "small"), path.join(root, "large")];
  for (const folder of [small, large]) mkdirSync(folder);
  const child = path.join(import.meta.dirname, "small-disk-process.ts");
  const { status, stdout, stderr } = withSmallDisk(small, [process.execPath, child, small, large]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(JSON.parse(String(stdout))).toEqual({
    create: "disk-full",
    overwrite: "disk-full",
    edit: "disk-full",
    first: "ok",
    "no room for the previous bytes": "disk-full",
    "no room for what is trashed": "disk-full",
    "no room for the undo records": "disk-full",
    "with room again": "ok",
  });
});
