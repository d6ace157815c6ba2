/**
 * `npm run test:faults [-- name … [flags]]`: what breaks in the middle. Without a name, every suite; flags are the
 * suites'. Exits 1 when one fails.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const SUITES = ["blobs", "clock", "executor", "jetstream", "relay", "sockets"] as const;

const words = process.argv.slice(2);
const firstFlag = words.findIndex((word) => word.startsWith("-"));
const wanted = firstFlag === -1 ? words : words.slice(0, firstFlag);
const flags = words.slice(wanted.length);
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite === name));
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join('", "')}". There are: ${SUITES.join(", ")}.`);
  process.exit(2);
}
const failed = SUITES.filter((suite) => wanted.length === 0 || wanted.includes(suite)).filter((suite) => {
  console.log(`── ${suite}`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${suite}.ts`), ...flags], {
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
