/**
 * "Make a weekly report from the data files in Data": what the figures of one week are, beside those of the week before.
 * 1. The week is the one that is named, else the newest in the files; which one it is, is said with its days.
 * 2. Files without dates are named and left out, never counted into some week.
 */
import { subtract, formatDecimal, ZERO, type Decimal } from "./decimal.ts";
import type { Intent } from "./intent.ts";
import { baseName } from "./listing.ts";
import { cellText, nameText } from "./name-text.ts";
import { datesOf, readMoment, weekBefore, weekDays, weekIn, weekName, weekOf, type Week } from "./periods.ts";
import type { Plan, Scene } from "./plan.ts";
import type { Sentence } from "./sentence.ts";
import { findSheets, saveReport, sheetWish, type SheetWish } from "./sheets.ts";
import { summarise, type Group, type Table } from "./sums.ts";

export interface WeeklyRequest extends SheetWish {
  /** Without a year: of the newest year in the files. */
  readonly week?: { readonly week: number; readonly year?: number };
}

const ASKED =
  /\bweekly\b.*\b(?:report|summary|overview|figures|numbers|update|digest|status)\b|\b(?:report|summary|overview|figures|numbers|update)\b.*\b(?:week|w\d{1,2})\b|\bweek(?:'s|\s+\d{1,2}'?s?)?\s+(?:report|summary|overview|figures|numbers)\b|(?:週報|周報)|(?:每|本|這|上|一|該)?[週周](?:的)?(?:報告|報表|摘要|總結|數據|彙整)|第\s*\d{1,2}\s*[週周]/i;
/** "Every Monday: a weekly report" is a schedule, which is another's. */
const REPEATED = /\bevery\b|\beach (?:week|monday)\b|每(?:週|周|逢)(?:一|二|三|四|五|六|日|天)|定期|排程/i;

const recognise = (sentence: Sentence): WeeklyRequest | undefined => {
  const { text } = sentence;
  if (!ASKED.test(text) || REPEATED.test(text)) return undefined;
  const wish = sheetWish(sentence);
  const week = weekIn(text);
  return wish === undefined ? undefined : { ...wish, ...(week === undefined ? {} : { week }) };
};

interface Kind {
  /** Tables of one header are one. */
  readonly tables: readonly Table[];
  /** By table and row. */
  readonly weeks: readonly (readonly (Week | undefined)[])[];
}

function* plan({ week: wanted, ...wish }: WeeklyRequest, scene: Scene): Plan {
  const { say } = scene;
  const sheets = yield* findSheets(wish, scene);
  if (!sheets.ok) return sheets.error;
  const { found, files, tables } = sheets.value;
  const dated = tables.map((table) => ({ table, weeks: weeksOf(table) }));
  const undatedNames = dated.flatMap(({ table, weeks }) => (weeks === undefined ? [table.name] : []));
  const all = dated.flatMap(({ weeks }) => (weeks ?? []).flatMap((week) => week ?? []));
  const newest = all.toSorted((a, b) => (weekName(a) < weekName(b) ? 1 : -1))[0];
  if (newest === undefined) return say.noDates(files.map(({ path }) => baseName(path)));
  const week = wanted === undefined ? newest : { week: wanted.week, year: wanted.year ?? newest.year };
  const [monday, sunday] = weekDays(week);
  const span = say.weekSpan(weekName(week), monday, sunday);
  if (!all.some((one) => weekName(one) === weekName(week))) return say.noWeek(span, weekName(newest));

  const kinds = [...Map.groupBy(dated, ({ table }) => table.header.join("\n")).values()].map((of): Kind => ({
    tables: of.flatMap(({ table, weeks }) => (weeks === undefined ? [] : [table])),
    weeks: of.flatMap(({ weeks }) => (weeks === undefined ? [] : [weeks])),
  }));
  const sections = kinds.flatMap((kind) => section(kind, week, scene));
  if (sections.length === 0) return say.noNumbers(files.map(({ path }) => baseName(path)));
  const leftOut = undatedNames.length === 0 ? "" : say.withoutDates(undatedNames);
  const body = [...sections, leftOut].filter((part) => part !== "").join("\n\n");
  const title = `weekly report ${weekName(week)}`;
  return yield* saveReport(
    {
      title,
      extension: "md",
      text: `# ${say.weeklyTitle(span)}\n\n${body}\n`,
      willWrite: (name) =>
        say.willReport(
          files.length,
          tables.reduce((sum, { rows }) => sum + rows.length, 0),
          name,
        ),
      written: (path) => say.weeklyDone(span, path, wanted === undefined),
      body,
    },
    found,
    scene,
  );
}

/** One a row; by the file's name where the table has no dates; undefined when neither tells. */
const weeksOf = (table: Table): readonly (Week | undefined)[] | undefined => {
  const dated = datesOf(table);
  if (dated !== undefined) {
    const weeks = dated.moments.map((moment) => (moment === undefined ? undefined : weekOf(moment)));
    if (weeks.some((week) => week !== undefined)) return weeks;
  }
  const day = /(?<!\d)20\d\d-\d\d-\d\d(?!\d)/.exec(table.name)?.[0];
  const moment = readMoment(day ?? "");
  const ofDay = moment === undefined ? undefined : weekOf(moment);
  const named = ofDay ?? weekIn(table.name);
  if (named?.year === undefined) return undefined;
  const week: Week = { week: named.week, year: named.year };
  return table.rows.map(() => week);
};

const section = ({ tables, weeks }: Kind, week: Week, { say, locale }: Scene): readonly string[] => {
  const whole = summarise(tables);
  if (whole.columns.length === 0) return [];
  const of = (wanted: Week): Group => {
    const part = tables.map((table, at) => ({
      ...table,
      rows: table.rows.filter((_, row) => {
        const one = weeks[at]?.[row];
        return one !== undefined && weekName(one) === weekName(wanted);
      }),
    }));
    const { columns, total } = summarise(part);
    // A column that holds nothing in this week is no column of numbers in it.
    return { ...total, sums: whole.columns.map((name) => total.sums[columns.indexOf(name)] ?? ZERO) };
  };
  const [now, before] = [of(week), of(weekBefore(week))];
  const amount = (value: Decimal): string => formatDecimal(value, locale);
  const rows = whole.columns.map((column, at) => {
    const [a, b] = [now.sums[at] ?? ZERO, before.sums[at] ?? ZERO];
    const change = subtract(a, b);
    const sign = change.units > 0n ? "+" : "";
    return [column, amount(a), ...(before.rows === 0 ? ["–", "–"] : [amount(b), `${sign}${amount(change)}`])];
  });
  const counts = [say.words.rows, `${now.rows}`, before.rows === 0 ? "–" : `${before.rows}`, ""];
  const head = ["", say.words.thisWeek, say.words.weekBefore, say.words.change];
  const lines = [
    head,
    ["---", "---:", "---:", "---:"],
    ...[...rows, counts].map((cells) => cells.map(cellText)),
  ];
  const names = tables.map(({ name }) => nameText(name)).join(", ");
  return [`## ${names}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`];
};

export const WEEKLY: Intent<WeeklyRequest> = { name: "weekly", recognise, plan };
