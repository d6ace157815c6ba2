/**
 * A schedule's rule as a person chooses it, and as the record says it: a cron pattern of five fields, a local time, or
 * "manual". Every pattern that the form can make is read back into the form; others stay as they were written.
 */
export type RuleForm =
  | { readonly type: "hourly"; readonly minute: number }
  | { readonly type: "daily" | "weekdays"; readonly time: string }
  /** 0 = Sunday. */
  | { readonly type: "weekly"; readonly time: string; readonly weekday: number }
  /** Days after the 28th do not come in every month. */
  | { readonly type: "monthly"; readonly time: string; readonly day: number }
  /** "2026-11-21T15:00" by the clock of the schedule's time zone. */
  | { readonly type: "once"; readonly at: string }
  | { readonly type: "manual" }
  | { readonly type: "pattern"; readonly pattern: string };

export const RULE_TYPES = [
  "hourly",
  "daily",
  "weekdays",
  "weekly",
  "monthly",
  "once",
  "manual",
  "pattern",
] as const satisfies readonly RuleForm["type"][];

export const writeRule = (form: RuleForm): string => {
  switch (form.type) {
    case "hourly":
      return `${form.minute} * * * *`;
    case "daily":
      return `${minuteHour(form.time)} * * *`;
    case "weekdays":
      return `${minuteHour(form.time)} * * 1-5`;
    case "weekly":
      return `${minuteHour(form.time)} * * ${form.weekday}`;
    case "monthly":
      return `${minuteHour(form.time)} ${form.day} * *`;
    case "once":
      return form.at;
    case "manual":
      return "manual";
    case "pattern":
      return form.pattern.trim();
  }
};

export const readRule = (rule: string): RuleForm => {
  if (rule === "manual") return { type: "manual" };
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(rule)) return { type: "once", at: rule.slice(0, 16) };
  const [, minute, hour, day, month, weekday] = FIELDS.exec(rule) ?? [];
  if (minute === undefined || month !== "*") return { type: "pattern", pattern: rule };
  if (hour === "*" && day === "*" && weekday === "*") return { type: "hourly", minute: Number(minute) };
  if (hour === undefined || hour === "*") return { type: "pattern", pattern: rule };
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (day === "*" && weekday === "*") return { type: "daily", time };
  if (day === "*" && weekday === "1-5") return { type: "weekdays", time };
  if (day === "*" && weekday !== undefined && /^[0-6]$/.test(weekday))
    return { type: "weekly", time, weekday: Number(weekday) };
  return weekday === "*" && day !== undefined && /^\d+$/.test(day)
    ? { type: "monthly", time, day: Number(day) }
    : { type: "pattern", pattern: rule };
};

/** Minute, hour, day, month, weekday. */
const FIELDS = /^(\d{1,2}) (\d{1,2}|\*) (\S+) (\S+) (\S+)$/;

/** "08:05" → "5 8". */
const minuteHour = (time: string): string => {
  const [hour, minute] = time.split(":").map(Number);
  return `${minute ?? 0} ${hour ?? 0}`;
};

const two = (value: number): string => String(value).padStart(2, "0");

/** The same kind of rule as it begins when it is chosen anew. */
export const newRule = (type: RuleForm["type"], before: RuleForm, now: Date): RuleForm => {
  const time = "time" in before ? before.time : "08:00";
  switch (type) {
    case "hourly":
      return { type, minute: 0 };
    case "daily":
    case "weekdays":
      return { type, time };
    case "weekly":
      return { type, time, weekday: 1 };
    case "monthly":
      return { type, time, day: 1 };
    case "once": {
      const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
      const [year, month, day] = [tomorrow.getFullYear(), tomorrow.getMonth() + 1, tomorrow.getDate()];
      return { type, at: `${year}-${two(month)}-${two(day)}T${time}` };
    }
    case "manual":
      return { type };
    case "pattern":
      return { type, pattern: writeRule(before) };
  }
};
