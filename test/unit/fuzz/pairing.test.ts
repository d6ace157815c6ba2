/** A few of the pairings that `node test/fuzz/pairing.ts` plays by the ten thousand, in a process of their own: their
 * clock and timers are virtual. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const SCRIPT = path.join(import.meta.dirname, "../../fuzz/pairing.ts");
const play = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [SCRIPT, ...args])).stdout; // fails where the script exits with 1

test("[T21] [T22] R25 each way to pair, and to steal a pairing, twice: nobody wrong is let in", async () => {
  const output = await play("--ceremonies", "36");
  expect(output).toContain("36 ceremonies");
  expect(output).toContain(": 0 wrong");
  expect(output).toContain("honest: 2 played: admitted 2");
});

test("the same seed plays the same pairing", async () => {
  const traceOf = async (seed: string): Promise<string> =>
    /trace \w+/.exec(await play("--seed", seed))?.[0] ?? "";
  const trace = await traceOf("7");
  expect(trace).toMatch(/^trace \w{16}$/);
  expect(await traceOf("7")).toBe(trace);
  expect(await traceOf("25")).not.toBe(trace);
});
