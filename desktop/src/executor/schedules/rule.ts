/**
 * When a schedule runs: a cron pattern of five fields, one local time, or only by hand; always in a time zone.
 * 1. A rule that is accepted has a next time, and its times are at least five minutes apart.
 * 2. Summer time: "at 02:30" runs once on each day, at the first minute after the gap when there is no 02:30, and
 *    the first time when there are two. "Every half hour" runs as often as the day has half hours.
 * 3. What `latest` and `next` say depends on the rule and the instant that is asked for, on nothing else.
 */
import { Cron } from "croner";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";

export interface Rule {
  readonly type: "cron" | "once" | "manual";
  /** The newest time that is not after `instant`; all in milliseconds since 1970. */
  readonly latest: (instant: number) => number | undefined;
  /** The next times after `instant`, at most `count`. */
  readonly next: (instant: number, count: number) => readonly number[];
}

export type RuleError = "bad-rule" | "bad-time-zone" | "too-often" | "never";

/** A run takes minutes, and people look at what comes of it. */
export const SHORTEST_INTERVAL_MS = 5 * 60_000;

/** Reads each pair of rule and time zone once: counting the times of a day takes milliseconds. */
export const createRules = (): ((rule: string, timeZone: string) => Result<Rule, RuleError>) => {
  const known = new Map<string, Result<Rule, RuleError>>();
  return (rule, timeZone) => {
    const key = `${timeZone} ${rule}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const read = parseRule(rule, timeZone);
    known.set(key, read);
    return read;
  };
};

export const parseRule = (rule: string, timeZone: string): Result<Rule, RuleError> => {
  if (!isTimeZone(timeZone)) return err("bad-time-zone");
  if (rule === "manual") return ok(MANUAL);
  return LOCAL_TIME.test(rule) ? parseOnce(rule, timeZone) : parseCron(rule, timeZone);
};

const MANUAL: Rule = { type: "manual", latest: () => undefined, next: () => [] };

/** Offsets such as "+08:00" know no summer time. */
const isTimeZone = (name: string): boolean => {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

const parseOnce = (text: string, timeZone: string): Result<Rule, RuleError> => {
  const whole = text.length === 16 ? `${text}:00` : text;
  const asUtc = new Date(`${whole}Z`);
  // The thirtieth of February would be read as the second of March.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(whole)) return err("bad-rule");
  const time = new Cron(whole, { timezone: timeZone, paused: true, allowPast: true }).nextRun(new Date(0));
  if (time === null) return err("never");
  const at = time.getTime();
  return ok({
    type: "once",
    latest: (instant) => (at <= instant ? at : undefined),
    next: (instant, count) => (at > instant && count > 0 ? [at] : []),
  });
};

/** Five fields of digits, names and `* , - / L W #`: no seconds, no nicknames, no "?", which stands for "now". */
const FIVE_FIELDS = /^[0-9A-Za-z*,/#-]+( [0-9A-Za-z*,/#-]+){4}$/;

const parseCron = (text: string, timeZone: string): Result<Rule, RuleError> => {
  const pattern = text.trim().replaceAll(/\s+/g, " ");
  if (!FIVE_FIELDS.test(pattern)) return err("bad-rule");
  const cron = readPattern(pattern, timeZone);
  if (cron === undefined) return err("bad-rule");
  if (cron.nextRun(new Date(0)) === null) return err("never");
  if (isTooOften(pattern)) return err("too-often");
  const next = (instant: number, count: number): readonly number[] =>
    cron.nextRuns(count, new Date(wholeSecond(instant))).map((time) => time.getTime());
  const find = (instant: number): Between => {
    const latest = cron.previousRuns(1, new Date(wholeSecond(instant) + 1000))[0]?.getTime();
    return { from: latest ?? instant, latest, next: next(instant, 1)[0] };
  };
  let last: Between | undefined;
  const between = (instant: number): Between => {
    if (last === undefined || instant < last.from || instant >= (last.next ?? Infinity)) last = find(instant);
    return last;
  };
  return ok({
    type: "cron",
    latest: (instant) => between(instant).latest,
    next: (instant, count) => (count === 1 ? [between(instant).next ?? []].flat() : next(instant, count)),
  });
};

/** Two neighbouring times. They are kept until one has passed: finding them takes longer than all the rest of a look. */
interface Between {
  /** From here on, and until `next`, this is the answer. */
  readonly from: number;
  readonly latest: number | undefined;
  readonly next: number | undefined;
}

/** Croner looks from second to second, and its times are whole minutes. */
const wholeSecond = (instant: number): number => Math.floor(instant / 1000) * 1000;

const readPattern = (pattern: string, timezone: string): Cron | undefined => {
  try {
    return new Cron(pattern, { timezone, paused: true, mode: "5-part", fixedTimeRule: "no-wildcard" });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
};

/** Its minutes and hours on a day and the next, whatever the days: as if it ran daily. */
const isTooOften = (pattern: string): boolean => {
  const [minute, hour] = pattern.split(" ");
  const daily = readPattern(`${minute} ${hour} * * *`, "UTC");
  const mostADay = (24 * 3600_000) / SHORTEST_INTERVAL_MS;
  const times = (daily?.nextRuns(mostADay + 1, new Date(0)) ?? []).map((time) => time.getTime());
  return times.some((time, at) => at > 0 && time - (times[at - 1] ?? 0) < SHORTEST_INTERVAL_MS);
};
