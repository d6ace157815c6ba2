/**
 * Days, months, quarters and weeks, as sheets and requests write them. Nothing here knows what day it is: a period is
 * one that is named, or one that the figures themselves hold.
 */
import type { Table } from "./sums.ts";

export interface Moment {
  readonly year?: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day?: number;
}

export interface Quarter {
  /** 1 to 4. */
  readonly quarter: number;
  readonly year?: number;
}

const NUMBERS = "一二三四";
const ORDINALS = ["first", "second", "third", "fourth"];
const QUARTER =
  /(?<![A-Za-z])(?:Q(?<q>[1-4])|(?<before>[1-4])Q)(?![A-Za-z])|(?<![這上下每該那本])(?:第\s*)?(?<han>[一二三四1-4])\s*季|\b(?<word>first|second|third|fourth)\s+quarter|\b(?<ordinal>[1-4])(?:st|nd|rd|th)\s+quarter|\bquarter\s+(?<n>[1-4])\b/iu;
const YEAR = /(?<!\d)(?<year>20\d\d)(?!\d)|(?<!\d)(?<minguo>1[0-2]\d)\s*年/;

/** "2026", or a year of the Republic of China: 115年 is 2026. */
export const yearIn = (text: string): number | undefined => {
  const { year, minguo } = YEAR.exec(text)?.groups ?? {};
  return year === undefined ? (minguo === undefined ? undefined : Number(minguo) + 1911) : Number(year);
};

export const quarterIn = (text: string): Quarter | undefined => {
  const found = QUARTER.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { q, before, han = "", word, ordinal, n } = found;
  const digit = q ?? before ?? ordinal ?? n ?? (/\d/.test(han) ? han : undefined);
  const quarter =
    digit === undefined
      ? (word === undefined ? NUMBERS.indexOf(han) : ORDINALS.indexOf(word.toLowerCase())) + 1
      : Number(digit);
  const year = yearIn(text);
  return { quarter, ...(year === undefined ? {} : { year }) };
};

/** "Q3 2026". */
export const quarterName = ({ quarter, year }: Quarter): string =>
  `Q${quarter}${year === undefined ? "" : ` ${year}`}`;

export const isIn = ({ month, year }: Moment, wanted: Quarter): boolean =>
  Math.ceil(month / 3) === wanted.quarter &&
  (wanted.year === undefined || year === undefined || year === wanted.year);

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const HAN_MONTHS = "一 二 三 四 五 六 七 八 九 十 十一 十二".split(" ");
const YEAR_FIRST =
  /^(?<year>20\d\d|19\d\d|1[0-2]\d)\s*[-/.年]\s*(?<month>\d{1,2})(?:\s*[-/.月]\s*(?<day>\d{1,2})?日?)?(?:[T ].*)?$/;
const YEAR_LAST = /^(?<one>\d{1,2})[-/.](?<two>\d{1,2})[-/.](?<year>20\d\d)(?:[T ].*)?$/;
const NAMED =
  /^(?:(?<before>\d{1,2})\s+)?(?<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?(?:\s+(?<day>\d{1,2})(?:st|nd|rd|th)?)?(?:[,\s-]+(?<year>20\d\d|\d\d))?$/i;
const HAN =
  /^(?:(?<year>20\d\d|1[0-2]\d)年)?(?<month>[一二三四五六七八九十]{1,2}|\d{1,2})月(?:份|(?<day>\d{1,2})日)?$/;

/** `isDayFirst` settles "3/4/2026". */
export const readMoment = (cell: string, isDayFirst = false): Moment | undefined => {
  const text = cell.trim();
  const first = YEAR_FIRST.exec(text)?.groups;
  if (first !== undefined) return moment(first["year"], first["month"], first["day"]);
  const last = YEAR_LAST.exec(text)?.groups;
  if (last !== undefined) {
    const { one, two, year } = last;
    return isDayFirst ? moment(year, two, one) : moment(year, one, two);
  }
  const named = NAMED.exec(text)?.groups;
  const month = MONTHS.indexOf(named?.["name"]?.toLowerCase() ?? "") + 1;
  if (named !== undefined && month > 0) {
    const { year, day, before } = named;
    return moment(year?.length === 2 ? `20${year}` : year, `${month}`, day ?? before);
  }
  const han = HAN.exec(text)?.groups;
  const said = han?.["month"] ?? "";
  if (han !== undefined)
    return moment(han["year"], /\d/.test(said) ? said : `${HAN_MONTHS.indexOf(said) + 1}`, han["day"]);
  return undefined;
};

const moment = (year: string | undefined, month = "", day: string | undefined): Moment | undefined => {
  const [m, d] = [Number(month), Number(day ?? 1)];
  if (m < 1 || m > 12 || d < 1 || d > 31) return undefined;
  const y = year === undefined ? undefined : Number(year) < 1900 ? Number(year) + 1911 : Number(year);
  return { ...(y === undefined ? {} : { year: y }), month: m, ...(day === undefined ? {} : { day: d }) };
};

export interface Dated {
  /** Which column says it. */
  readonly column: string;
  /** One a row. */
  readonly moments: readonly (Moment | undefined)[];
}

const MONTH_HEADER = /^(?:month|月|月份)$/i;
const YEAR_HEADER = /^(?:year|年|年度|年份)$/i;
/** So many cells of a column must be dates; the others are blanks and remarks. */
const MOST_OF = 0.8;

/** The first column of dates; a month without a year takes it from a column of years, else from the table's name. */
export const datesOf = ({ header, rows, name, sheet }: Table): Dated | undefined => {
  const years = header.findIndex((column) => YEAR_HEADER.test(column));
  const elsewhere = yearIn(sheet) ?? yearIn(name);
  for (const [at, column] of header.entries()) {
    const cells = rows.map((row) => row[at] ?? "");
    const filled = cells.filter((cell) => cell !== "");
    const isDayFirst = filled.some(
      (cell) => Number(/^(\d{1,2})[-/.]\d{1,2}[-/.]\d{4}/.exec(cell)?.[1] ?? 0) > 12,
    );
    const read = (cell: string): Moment | undefined =>
      MONTH_HEADER.test(column) && /^\d{1,2}$/.test(cell)
        ? moment(undefined, cell, undefined)
        : readMoment(cell, isDayFirst);
    const found = cells.map(read);
    const count = found.filter((one) => one !== undefined).length;
    if (count === 0 || count < filled.length * MOST_OF) continue;
    const moments = found.map((one, row): Moment | undefined => {
      if (one === undefined || one.year !== undefined) return one;
      const year = yearIn(rows[row]?.[years] ?? "") ?? elsewhere;
      return year === undefined ? one : { ...one, year };
    });
    return { column, moments };
  }
  return undefined;
};

export interface Week {
  readonly year: number;
  /** ISO 8601: 1 to 53, from Monday. */
  readonly week: number;
}

const DAY_MS = 86_400_000;

/** undefined for a month without a day. */
export const weekOf = ({ year, month, day }: Moment): Week | undefined => {
  if (year === undefined || day === undefined) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  // The Thursday of a week lies in the week's year.
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  const start = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return {
    year: thursday.getUTCFullYear(),
    week: Math.ceil(((thursday.getTime() - start) / DAY_MS + 1) / 7),
  };
};

export const mondayOf = ({ year, week }: Week): Date => {
  const fourth = new Date(Date.UTC(year, 0, 4)); // always in week 1
  return new Date(fourth.getTime() + ((week - 1) * 7 + 1 - (fourth.getUTCDay() || 7)) * DAY_MS);
};

export const weekBefore = (week: Week): Week => {
  const date = new Date(mondayOf(week).getTime() - 7 * DAY_MS);
  const before = weekOf({
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  });
  return before ?? week;
};

/** Sorts as time goes. */
export const weekName = ({ year, week }: Week): string => `${year}-W${String(week).padStart(2, "0")}`;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** "2026-11-16", "2026-11-22". */
export const weekDays = (week: Week): readonly [monday: string, sunday: string] => {
  const monday = mondayOf(week).getTime();
  return [dayOf(monday), dayOf(monday + 6 * DAY_MS)];
};

const WEEK =
  /(?:(?<year>20\d\d)[- ]?)?(?<![A-Za-z])W(?:eek)?\s?(?<week>0?\d|[1-5]\d)(?!\d)(?:,?\s+(?<after>20\d\d))?|第\s*(?<han>[1-5]?\d)\s*[週周]/i;
const WEEK_OF =
  /\bweek (?:of|from|starting)\s+(?<date>20\d\d-\d\d-\d\d)|(?<han>20\d\d-\d\d-\d\d)\s*(?:那|這|該)?(?:一)?[週周]/i;

/** A week without its year is of the newest year in the figures. */
export const weekIn = (text: string): { readonly week: number; readonly year?: number } | undefined => {
  const { date, han: day } = WEEK_OF.exec(text)?.groups ?? {};
  const of = readMoment(date ?? day ?? "");
  if (of !== undefined) return weekOf(of);
  const { year, week, after, han } = WEEK.exec(text)?.groups ?? {};
  const n = Number(week ?? han ?? 0);
  if (n < 1 || n > 53) return undefined;
  const said = year ?? after;
  return { week: n, ...(said === undefined ? {} : { year: Number(said) }) };
};
