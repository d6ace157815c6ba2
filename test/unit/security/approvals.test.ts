/** A few of the histories of `npm run test:security -- approvals`, and three of its planted bugs. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = path.join(import.meta.dirname, "../../security/approvals/main.ts");
/** Rejects when the program ends with another code than 0. */
const run = async (...flags: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [PROGRAM, ...flags])).stdout;

test("[T50] [T51] [R23] an effect happens exactly for a valid, unspent, unexpired allow without a deny, wherever the machine dies", async () => {
  expect(await run("--histories", "300", "--no-plants")).toContain("300 histories");
});

test.each(["spent-in-memory", "no-expiry", "revoked-counts"])(
  "[T50] [R23] the histories find the planted bug %s",
  async (plant) => {
    expect(await run("--plant", plant)).toContain("found at");
  },
);
