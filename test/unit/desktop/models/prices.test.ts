import { describe, expect, test } from "vitest";
import { microDollarsOf } from "../../../../desktop/src/executor/models/prices.ts";

const NOVEMBER = Date.parse("2026-11-21");
const MILLION = 1_000_000;
const cost = (model: string, use: object, at = NOVEMBER): number | undefined =>
  microDollarsOf(model, { inputTokens: 0, outputTokens: 0, ...use }, at);

describe("what a turn costs", () => {
  test("input, output, cache: each at its own rate", () => {
    expect(cost("claude-sonnet-5-5", { inputTokens: MILLION })).toBe(2_000_000);
    expect(cost("claude-sonnet-5-5", { outputTokens: MILLION })).toBe(10_000_000);
    expect(cost("claude-sonnet-5-5", { cacheReadTokens: MILLION })).toBe(100_000);
    expect(cost("claude-sonnet-5-5", { inputTokens: MILLION, cacheWriteTokens: MILLION })).toBe(2_500_000);
  });

  test("the price of the day counts: reading Sonnet's cache became cheaper on 7 October 2026", () => {
    const read = { cacheReadTokens: MILLION };
    expect(cost("claude-sonnet-5-5", read, Date.parse("2026-10-06T23:59:59Z"))).toBe(200_000);
    expect(cost("claude-sonnet-5-5", read, Date.parse("2026-10-07T00:00:00Z"))).toBe(100_000);
  });

  test("a long request pays the long rates for all of its tokens, the cached ones count towards it", () => {
    expect(cost("claude-haiku-5-5", { inputTokens: 100_000, outputTokens: 1000 })).toBe(10_500);
    expect(
      cost("claude-haiku-5-5", { inputTokens: 1000, cacheReadTokens: 100_000, outputTokens: 1000 }),
    ).toBe(500 + 5000 + 2500);
  });

  test("a day in the name is the same model; a model that is not known has no price", () => {
    expect(cost("claude-haiku-4-5-20251001", { inputTokens: MILLION })).toBe(1_000_000);
    expect(cost("claude-sonnet-9", { inputTokens: MILLION })).toBeUndefined();
    expect(cost("llama3.3:70b", { inputTokens: MILLION })).toBeUndefined();
  });
});
