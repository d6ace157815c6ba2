/** Days, quarters and weeks as people and sheets write them. */
import { describe, expect, test } from "vitest";
import {
  quarterIn,
  readMoment,
  weekBefore,
  weekDays,
  weekIn,
  weekName,
  weekOf,
} from "../../../../desktop/src/executor/models/planner/periods.ts";
import { mainSentences } from "../../../../desktop/src/executor/models/planner/main-sentences.ts";
import { nameText } from "../../../../desktop/src/executor/models/planner/name-text.ts";

test.each([
  ["Q3 2026", { quarter: 3, year: 2026 }],
  ["2026Q3", { quarter: 3, year: 2026 }],
  ["2026-Q1", { quarter: 1, year: 2026 }],
  ["3Q26 figures", { quarter: 3 }],
  ["the second quarter of 2025", { quarter: 2, year: 2025 }],
  ["4th quarter", { quarter: 4 }],
  ["第三季", { quarter: 3 }],
  ["115年第2季", { quarter: 2, year: 2026 }],
  ["2026 年第 4 季", { quarter: 4, year: 2026 }],
  ["三季度", { quarter: 3 }],
  ["這一季", undefined],
  ["Q5", undefined],
  ["FAQ1", undefined],
  ["a quarter of the files", undefined],
])("the quarter in %s", (text, quarter) => {
  expect(quarterIn(text)).toEqual(quarter);
});

test.each([
  ["2026-07-01", { year: 2026, month: 7, day: 1 }],
  ["2026/7/1", { year: 2026, month: 7, day: 1 }],
  ["2026-07-01T10:30:00", { year: 2026, month: 7, day: 1 }],
  ["2026-07", { year: 2026, month: 7 }],
  ["7/31/2026", { year: 2026, month: 7, day: 31 }],
  ["Jul 2026", { year: 2026, month: 7 }],
  ["Jul-26", { year: 2026, month: 7 }],
  ["July", { month: 7 }],
  ["3 Mar 2026", { year: 2026, month: 3, day: 3 }],
  ["2026年7月1日", { year: 2026, month: 7, day: 1 }],
  ["115/07/01", { year: 2026, month: 7, day: 1 }],
  ["七月", { month: 7 }],
  ["十二月", { month: 12 }],
  ["2026-13-01", undefined],
  ["Marketing", undefined],
  ["1234", undefined],
  ["", undefined],
])("the day in %s", (cell, moment) => {
  expect(readMoment(cell)).toEqual(moment);
});

describe("weeks are those of ISO 8601", () => {
  test.each([
    [{ year: 2026, month: 1, day: 1 }, "2026-W01"],
    [{ year: 2027, month: 1, day: 1 }, "2026-W53"],
    [{ year: 2025, month: 12, day: 29 }, "2026-W01"],
    [{ year: 2026, month: 11, day: 22 }, "2026-W47"],
    [{ year: 2026, month: 11, day: 23 }, "2026-W48"],
  ])("%j is in %s", (day, name) => {
    const week = weekOf(day);
    expect(week && weekName(week)).toBe(name);
  });
  test("the days of a week, and the week before the first", () => {
    expect(weekDays({ year: 2026, week: 47 })).toEqual(["2026-11-16", "2026-11-22"]);
    expect(weekBefore({ year: 2026, week: 1 })).toEqual({ year: 2025, week: 52 });
    expect(weekOf({ month: 7, year: 2026 })).toBeUndefined();
  });
  test("the week that a request names", () => {
    expect(weekIn("report for week 46 of 2026")).toEqual({ week: 46 });
    expect(weekIn("W07 2026")).toEqual({ week: 7, year: 2026 });
    expect(weekIn("the week of 2026-11-18")).toEqual({ week: 47, year: 2026 });
    expect(weekIn("第46週")).toEqual({ week: 46 });
    expect(weekIn("weekly report")).toBeUndefined();
    expect(weekIn("week 60")).toBeUndefined();
  });
});

describe("main sentences", () => {
  test("are those of the text, in its order, without headings, tables and repeats", () => {
    const text =
      "# Posters\n\nThe posters are late. Birds sing.\n\n| posters | posters |\n\nThe printer says the posters come on 3 May.\n\n" +
      "Birds sing.\n\n- The posters cost 12.5 euros each.";
    expect(mainSentences(text, 3)).toEqual([
      "The posters are late.",
      "The printer says the posters come on 3 May.",
      "The posters cost 12.5 euros each.",
    ]);
  });
  test("Chinese is cut at its own marks and joined across line ends", () => {
    expect(
      mainSentences("海報的預算是一千\n二百元。午餐不錯，大家都說好吃。海報的預算已經確認。", 2),
    ).toEqual(["海報的預算是一千二百元。", "海報的預算已經確認。"]);
  });
  test("a text without sentences has none", () => {
    expect(mainSentences("# Title\n\n| a | b |\n", 3)).toEqual([]);
  });
});

test("names are shown and never act", () => {
  expect(nameText("plan_2026-11 (final).pdf")).toBe("plan_2026-11 (final).pdf");
  expect(nameText("**x**")).toBe("`**x**`");
  expect(nameText("`a``b`")).toBe("``` `a``b` ```");
  expect(nameText("www.example.org")).toBe("`www.example.org`");
  expect(nameText("- list")).toBe("`- list`");
});
