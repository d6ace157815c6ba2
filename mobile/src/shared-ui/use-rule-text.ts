/** A schedule's rule in words: "Every weekday at 08:00". */
import type { Schedule } from "@deskhand/doc-schema/document";
import { readRule } from "./schedule-rule.ts";
import { useLocale, useText } from "./texts.tsx";

/** The fourth of January 1970 was a Sunday. */
const SUNDAY = 3;

export const useRuleText = (): ((schedule: Pick<Schedule, "rule">) => string) => {
  const say = useText();
  const locale = useLocale();
  return ({ rule }) => {
    const form = readRule(rule);
    switch (form.type) {
      case "hourly":
        return say("rule.hourly", { minute: form.minute });
      case "daily":
      case "weekdays":
        return say(`rule.${form.type}`, { time: form.time });
      case "weekly":
        return say("rule.weekly", { time: form.time, weekday: weekdayName(form.weekday, locale) });
      case "monthly":
        return say("rule.monthly", { time: form.time, day: form.day });
      case "once":
        return say("rule.once", { time: form.at.replace("T", " ") });
      case "manual":
        return say("rule.manual");
      case "pattern":
        return say("rule.pattern", { pattern: form.pattern });
    }
  };
};

/** @param weekday 0 = Sunday */
export const weekdayName = (weekday: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(
    new Date(Date.UTC(1970, 0, 1 + SUNDAY + weekday)),
  );
