/** Every rule that the form makes is one that the executor reads, and comes back into the form. */
import { newRule, readRule, RULE_TYPES, writeRule, type RuleForm } from "@deskhand/mobile/shared-ui";
import { describe, expect, test } from "vitest";
import { parseRule } from "../../../../desktop/src/executor/schedules/rule.ts";

const FORMS: readonly (readonly [RuleForm, string])[] = [
  [{ type: "hourly", minute: 15 }, "15 * * * *"],
  [{ type: "daily", time: "08:05" }, "5 8 * * *"],
  [{ type: "weekdays", time: "00:00" }, "0 0 * * 1-5"],
  [{ type: "weekly", time: "23:59", weekday: 0 }, "59 23 * * 0"],
  [{ type: "monthly", time: "07:30", day: 31 }, "30 7 31 * *"],
  [{ type: "once", at: "2030-02-28T15:00" }, "2030-02-28T15:00"],
  [{ type: "manual" }, "manual"],
  [{ type: "pattern", pattern: "*/30 9-17 * * 1-5" }, "*/30 9-17 * * 1-5"],
];

describe("a schedule's rule", () => {
  test.each(FORMS)("%j is %s, and back", (form, rule) => {
    expect(writeRule(form)).toBe(rule);
    expect(readRule(rule)).toEqual(form);
    expect(parseRule(rule, "Asia/Taipei").ok).toBe(true);
  });
  test.each(["0 8 1 1 *", "0 8 * * MON", "0 8 1 * 1", "a b c d e", ""])(
    "%j is no choice of the form and stays as it was written",
    (rule) => expect(readRule(rule)).toEqual({ type: "pattern", pattern: rule }),
  );
  test.each(RULE_TYPES)("%s, chosen anew, is a rule at once", (type) => {
    const form = newRule(type, { type: "daily", time: "09:30" }, new Date(2030, 11, 31));
    expect(form.type).toBe(type);
    expect(parseRule(writeRule(form), "UTC").ok).toBe(true);
    expect("time" in form ? form.time : "09:30").toBe("09:30");
  });
});
