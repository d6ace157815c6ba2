/** [R20] The path races of test/security/path-races.ts, in small. */
import { existsSync } from "node:fs";
import os from "node:os";
import { expect, test } from "vitest";
import { race } from "../../../security/path-race.ts";

const under = existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();

test("[R20] 3,000 opens, creates, renames and deletes against a swapping link: none gets out", async () => {
  const { escapes, through, refused } = await race({ operations: 3000, under });
  expect(escapes).toBe(0);
  expect(through + refused).toBe(3000);
  expect(through).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
