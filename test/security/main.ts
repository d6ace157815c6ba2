/**
 * `npm run test:security [-- name …]`: what a hostile model, a hostile phone or an unlucky moment could do to the
 * executor. Without a name, every suite. What stands after the name of a single suite that begins with "--" is its own.
 * Exits 1 when one fails.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

/** Name → the program below this folder. */
const SUITES: ReadonlyMap<string, string> = new Map([
  ["approvals", "approvals/main.ts"],
  ["stops", "stops/main.ts"],
  ["hostile", "hostile/main.ts"],
  ["paths", "path-races.ts"],
]);

const words = process.argv.slice(2);
const firstFlag = words.findIndex((word) => word.startsWith("--"));
const wanted = firstFlag < 0 ? words : words.slice(0, firstFlag);
const flags = firstFlag < 0 ? [] : words.slice(firstFlag);
const unknown = wanted.filter((name) => !SUITES.has(name));
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join('", "')}". There are: ${[...SUITES.keys()].join(", ")}.`);
  process.exit(2);
}
const failed = [...SUITES]
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .filter(([name, program]) => {
    console.log(`── ${name}`);
    const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, program), ...flags], {
      stdio: "inherit",
    });
    return status !== 0;
  })
  .map(([name]) => name);
if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
