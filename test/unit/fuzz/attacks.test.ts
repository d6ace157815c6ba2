/** The corpus of named attacks, and a few mutants of what `npm run test:fuzz` runs by the million. */
import { describe, expect, test } from "vitest";
import { ATTACKS, tryAttack } from "../../fuzz/attacks.ts";
import { fuzzFrames, flipEveryBit } from "../../fuzz/frames.ts";
import { fuzzUpdates } from "../../fuzz/updates.ts";
import { createRandom } from "../../sim/random.ts";

const SEED = 35_036_037;

describe("attacks by authenticated nonsense", () => {
  test("R9 there are at least twenty, each with a name of its own", () => {
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
    expect(ATTACKS.length).toBeGreaterThanOrEqual(20);
  });

  test.each(ATTACKS)("[T34, T35, T36] $name is refused: $word", (attack) => {
    expect(tryAttack(attack)).toEqual({ word: attack.word, isUnchanged: true });
  });
});

describe("mutants", () => {
  test("R7 3,000 updates: nothing thrown by what passed, nothing half applied", () => {
    const report = fuzzUpdates(createRandom(SEED), 3_000);
    expect(report).toMatchObject({ threw: 0, half: 0, faults: [] });
    expect(report.taken).toBeGreaterThan(300);
    expect(Object.keys(report.refused).length).toBeGreaterThan(6);
  });

  test("[T2] R5 3,000 frames: none accepted, nothing thrown", () => {
    const report = fuzzFrames(createRandom(SEED), 3_000);
    expect(report).toMatchObject({ accepted: 0, threw: 0, faults: [] });
    expect(Object.keys(report.refused).length).toBeGreaterThan(4);
  });

  test("[T2] R6 every flipped bit and every truncation of a frame of each kind is refused", () => {
    const { flips, truncations, accepted } = flipEveryBit(createRandom(SEED));
    expect(accepted).toBe(0);
    expect(flips).toBeGreaterThan(10_000);
    expect(truncations).toBeGreaterThan(1_000);
  });
});
