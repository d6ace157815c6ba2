/**
 * A part of `npm run test:security -- hostile`: every so manieth sequence (no multiple of three: those
 * are the parts of one path).
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = path.join(import.meta.dirname, "../../security/hostile/main.ts");

test("[T40] [T41] [T46] [T47] [T54] a hostile model writes nothing outside, sends nothing unasked, finds no secret", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "--every", "89"]);
  expect(stdout).toContain("wrong: 0");
}, 300_000);
