import { expect, it } from "vitest";
import { createTokenBucket } from "../../../sync-server/src/token-bucket.ts";

it("[T14] gives the burst at once, then asks for the time that pays the debt, and never fills beyond the burst", () => {
  let now = 0;
  const bucket = createTokenBucket(3, 10, () => now);
  expect([1, 2, 3, 4, 5].map(() => bucket.take(1))).toEqual([0, 0, 0, 100, 200]);
  now += 200;
  expect(bucket.take(1)).toBe(100);
  now += 3_600_000;
  expect([1, 2, 3, 4].map(() => bucket.take(1))).toEqual([0, 0, 0, 100]);
});
