import { describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  parseRule,
  SHORTEST_INTERVAL_MS,
  type Rule,
} from "../../../../desktop/src/executor/schedules/rule.ts";
import { DAY, HOUR, MINUTE } from "./schedule-world.ts";

const ruleOf = (text: string, timeZone: string): Rule => {
  const rule = parseRule(text, timeZone);
  if (!rule.ok) throw new Error(rule.error);
  return rule.value;
};
const nextOf = (text: string, timeZone: string, from: string, count: number): readonly string[] =>
  ruleOf(text, timeZone)
    .next(Date.parse(from), count)
    .map((time) => new Date(time).toISOString().slice(0, 16));

describe("what is refused", () => {
  test.each([
    ["", "UTC", "bad-rule"],
    ["0 8 * *", "UTC", "bad-rule"],
    ["0 0 8 * * *", "UTC", "bad-rule"],
    ["61 8 * * *", "UTC", "bad-rule"],
    ["0 8 * * XYZ", "UTC", "bad-rule"],
    ["? 8 * * *", "UTC", "bad-rule"],
    ["@daily", "UTC", "bad-rule"],
    ["every morning", "UTC", "bad-rule"],
    ["2026-02-30T08:00", "UTC", "bad-rule"],
    ["2026-11-21T25:00", "UTC", "bad-rule"],
    ["0 0 30 2 *", "UTC", "never"],
    ["* * * * *", "UTC", "too-often"],
    ["*/4 * * * *", "UTC", "too-often"],
    ["0,4 8 * * *", "UTC", "too-often"],
    ["2,58 8-9 1 1 *", "UTC", "too-often"],
    ["0 8 * * *", "", "bad-time-zone"],
    ["0 8 * * *", "+08:00", "bad-time-zone"],
    ["0 8 * * *", "Nowhere/City", "bad-time-zone"],
  ])("%j in %j: %s", (rule, timeZone, word) => {
    expect(parseRule(rule, timeZone)).toEqual({ ok: false, error: word });
  });

  test("five minutes apart is not too often, also from hour to hour and from day to day", () => {
    for (const rule of ["*/5 * * * *", "0,5,55 * * * *", "58,3 23,0 * * *", "2,58 8 * * *"])
      expect(parseRule(rule, "Asia/Taipei").ok).toBe(true);
  });
});

describe("[R15] summer time", () => {
  test("a time that the day does not have runs once, at the end of the gap", () => {
    expect(nextOf("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2)).toEqual([
      "2026-03-29T01:00",
      "2026-03-30T00:30",
    ]);
    expect(nextOf("2026-03-29T02:30", "Europe/Berlin", "2026-03-28T12:00Z", 2)).toHaveLength(1);
  });

  test("a time that the day has twice runs the first time only, also in a list of hours", () => {
    expect(nextOf("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", 2)).toEqual([
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
    expect(nextOf("30 1,13 * * *", "America/New_York", "2026-11-01T00:00Z", 3)).toEqual([
      "2026-11-01T05:30",
      "2026-11-01T18:30",
      "2026-11-02T06:30",
    ]);
    expect(nextOf("2026-10-25T02:30", "Europe/Berlin", "2026-10-24T12:00Z", 2)).toEqual(["2026-10-25T00:30"]);
  });

  test("half hours go on through both", () => {
    expect(nextOf("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:10Z", 3)).toEqual([
      "2026-03-29T00:30",
      "2026-03-29T01:00",
      "2026-03-29T01:30",
    ]);
    expect(nextOf("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:40Z", 4)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T00:30",
      "2026-10-25T01:00",
      "2026-10-25T01:30",
    ]);
  });

  test("a zone whose summer time is half an hour", () => {
    expect(nextOf("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00Z", 3)).toEqual([
      "2026-10-02T15:45",
      "2026-10-03T15:30",
      "2026-10-04T15:15",
    ]);
  });
});

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Taipei",
  "Africa/Casablanca",
  "Pacific/Auckland",
  "UTC",
];
const cron = fc.oneof(
  fc.constantFrom("*/5 * * * *", "*/30 * * * *", "0 * * * *", "0 8 * * 1-5", "30 2,14 * * *", "0 0 1 * *"),
  fc
    .tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }))
    .map(([minute, hour]) => `${minute} ${hour} * * *`),
);
/** Within three days of a change of clocks in 2026. */
const around = fc
  .tuple(
    fc.constantFrom(
      "2026-03-08",
      "2026-03-29",
      "2026-04-05",
      "2026-09-27",
      "2026-10-04",
      "2026-10-25",
      "2026-11-01",
    ),
    fc.integer({ min: -3 * DAY, max: 3 * DAY }),
  )
  .map(([day, by]) => Date.parse(day) + by);

test("[R15] looking back finds exactly what looking ahead had promised", () => {
  fc.assert(
    fc.property(cron, fc.constantFrom(...zones), around, (text, timeZone, from) => {
      const rule = ruleOf(text, timeZone);
      const times = rule.next(from, 40);
      expect(times.length).toBeGreaterThan(0);
      expect(times.map((time) => rule.latest(time))).toEqual(times);
      expect(times.slice(1).map((time) => rule.latest(time - 1))).toEqual(times.slice(0, -1));
      const apart = times.slice(1).map((time, at) => time - (times[at] ?? time));
      expect(Math.min(...apart)).toBeGreaterThanOrEqual(SHORTEST_INTERVAL_MS);
      expect(times[0]).toBeGreaterThan(from);
      expect(rule.latest(from) ?? 0).toBeLessThanOrEqual(from);
    }),
    { numRuns: 150 },
  );
});

test("a daily time comes once on each day of its zone, through a whole year", () => {
  for (const timeZone of zones)
    for (const hour of [0, 1, 2, 3]) {
      const times = ruleOf(`30 ${hour} * * *`, timeZone).next(Date.UTC(2026, 0, 1, 12), 365);
      const days = times.map((time) => new Date(time).toLocaleDateString("en-CA", { timeZone }));
      expect(new Set(days).size).toBe(365);
      for (const [at, time] of times.entries()) {
        const apart = time - (times[at - 1] ?? time - DAY);
        expect(apart).toBeGreaterThanOrEqual(DAY - 2 * HOUR - MINUTE);
        expect(apart).toBeLessThanOrEqual(DAY + 2 * HOUR + MINUTE);
      }
    }
});
