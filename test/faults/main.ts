/** `npm run test:faults [-- name …]`: what breaks in the middle. Without a name, every suite. Exits 1 when one fails. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const SUITES = ["blobs"] as const;

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite === name));
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join('", "')}". There are: ${SUITES.join(", ")}.`);
  process.exit(2);
}
const failed = SUITES.filter((suite) => wanted.length === 0 || wanted.includes(suite)).filter((suite) => {
  console.log(`── ${suite}`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${suite}.ts`)], {
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
