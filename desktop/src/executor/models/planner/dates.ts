/** The date of a file: the one in its name, else the day it was last modified. Days are the computer's own. */
import { baseName, type Entry } from "./listing.ts";

export type DateUnit = "day" | "month" | "year";

const IN_NAME =
  /(?<!\d)(?<year>(?:19|20)\d\d)(?<gap>[-_. ]?|年)(?<month>0[1-9]|1[0-2])(?:\k<gap>|月)(?<day>0[1-9]|[12]\d|3[01])(?!\d)/;

/** "2026-11-01". */
export const fileDate = ({ path, modified }: Pick<Entry, "path" | "modified">): string => {
  const { year, month, day } = IN_NAME.exec(baseName(path))?.groups ?? {};
  const named = `${year}-${month}-${day}`;
  return year !== undefined && isDay(named) ? named : modified.slice(0, 10);
};

/** 30 February is none. */
const isDay = (day: string): boolean => {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
};

const DAY_MS = 86_400_000;

/** Days from the oldest to the newest file; 0 when they are of one day. */
export const readSpan = (files: readonly Entry[]): { readonly days: number } => {
  const times = files.map((file) => Date.parse(`${fileDate(file)}T00:00:00Z`)).filter((time) => time > 0);
  if (times.length === 0) return { days: 0 };
  const [oldest, newest] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { days: Math.round((newest - oldest) / DAY_MS) };
};
