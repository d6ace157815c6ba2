/**
 * "Extract the Q3 figures from budget.xlsx and summarise them": the rows or columns of one quarter, and their sums.
 * 1. How the quarter was found is said: by a column of dates, by columns of its name or months, or by the sheet's name.
 * 2. Where figures of several years are there and none is named, it asks; it adds up no two years.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Intent } from "./intent.ts";
import { baseName } from "./listing.ts";
import { datesOf, isIn, quarterIn, quarterName, readMoment, yearIn, type Quarter } from "./periods.ts";
import type { Plan, Scene } from "./plan.ts";
import { markdownReport, markdownTable } from "./report-text.ts";
import { fileNameIn, type Sentence } from "./sentence.ts";
import { findSheets, saveReport, sheetsName, sheetWish, type SheetWish } from "./sheets.ts";
import { summarise, type Table } from "./sums.ts";

export interface QuarterRequest extends SheetWish {
  /** Absent: a quarter is meant and not named. */
  readonly quarter?: Quarter;
}

const VERB =
  /\b(?:extract|pull|get|take|show|give|find|fetch|list|collect|summari[sz]e|summary|report|sum|total|add up|calculate|what (?:are|were|was|is)|how (?:much|many|did))\b|抓|擷取|截取|取出|提取|找出|列出|整理|摘要|總結|統計|彙整|加總|合計|計算|報告|多少|給我/i;
const FIGURES =
  /\b(?:figures?|numbers?|data|results?|sales|revenue|expenses?|costs?|budget|totals?|sums?|rows?|sheets?|report|summary|summari[sz]e)\b|\.(?:csv|tsv|xlsx|xlsm)\b|數字|數據|資料|金額|業績|銷售|營收|費用|支出|收入|預算|報表|試算表|表/i;
const A_QUARTER = /\bquarter(?:ly)?\b|(?:上一?|這一?|本|該|每)季|季度|季報/i;

const recognise = (sentence: Sentence): QuarterRequest | undefined => {
  const { text, isBeyond } = sentence;
  // "Q1.csv" is a file of that name.
  const said = text.replace(fileNameIn(text) ?? "", " ");
  const quarter = quarterIn(said);
  if (quarter === undefined && !A_QUARTER.test(said)) return undefined;
  if (!VERB.test(text) || !FIGURES.test(text) || isBeyond) return undefined;
  const wish = sheetWish(sentence);
  return wish === undefined ? undefined : { ...wish, ...(quarter === undefined ? {} : { quarter }) };
};

/** How a quarter is told in a table. */
export type QuarterBy = "dates" | "column" | "months" | "rows" | "name";
interface Picked {
  readonly table: Table;
  readonly by: QuarterBy;
  readonly years: readonly number[];
}

function* plan({ quarter, ...wish }: QuarterRequest, scene: Scene): Plan {
  const { say } = scene;
  if (quarter === undefined) return say.whichQuarter();
  const sheets = yield* findSheets(wish, scene);
  if (!sheets.ok) return sheets.error;
  const { found, files, tables } = sheets.value;
  const names = files.map(({ path }) => baseName(path));
  const picked = pickFrom(tables, quarter, scene);
  if (!picked.ok) return picked.error;
  const [first, ...others] = picked.value;
  if (first === undefined) return say.noQuarter(quarterName(quarter), names);
  const [year] = first.years;
  const named = quarterName({ ...quarter, ...(year === undefined ? {} : { year }) });
  const parts = [first, ...others].map(({ table }) => table);
  const summary = summarise(parts, usefulGroup(parts));
  if (summary.columns.length === 0) return say.noNumbers(names);

  const title = `${sheetsName(wish, sheets.value)} ${named}`;
  const how = say.quarterBy(first.by, named);
  const rows = parts.map((table) => `## ${say.rowsOf(table.name)}\n\n${markdownTable(table, say.more)}`);
  return yield* saveReport(
    {
      title,
      extension: "md",
      text: `${markdownReport(title, summary, scene)}\n${how}\n\n${rows.join("\n\n")}\n`,
      willWrite: (name) => say.willReport(parts.length, summary.total.rows, name),
      written: (path) => `${say.quarterDone(named, summary.total.rows, path)} ${how}`,
      body: markdownReport("", { ...summary, tables: [] }, scene),
    },
    found,
    scene,
  );
}

/** From the tables that tell dates, where there are any: a column "Q3" elsewhere would count the same figures twice. */
const pickFrom = (
  tables: readonly Table[],
  quarter: Quarter,
  { say }: Scene,
): Result<readonly Picked[], string> => {
  const all = tables.flatMap((table) => {
    const found = pick(table, quarter);
    return found === undefined || found.table.rows.length === 0 ? [] : [found];
  });
  const best = ORDER.find((by) => all.some((one) => one.by === by));
  const picked = all.filter(({ by }) => by === best);
  const years = distinct(picked.flatMap((one) => one.years));
  return quarter.year === undefined && years.length > 1
    ? err(say.whichYear(quarterName(quarter), years))
    : ok(picked);
};
const ORDER: readonly QuarterBy[] = ["dates", "rows", "column", "months", "name"];

const pick = (table: Table, quarter: Quarter): Picked | undefined => {
  const dated = datesOf(table);
  if (dated !== undefined) {
    const isWanted = table.rows.map((_, at) => {
      const moment = dated.moments[at];
      return moment !== undefined && isIn(moment, quarter);
    });
    const years = dated.moments.flatMap((moment, at) =>
      isWanted[at] === true && moment?.year !== undefined ? [moment.year] : [],
    );
    return { table: rowsOf(table, (at) => isWanted[at] === true), by: "dates", years: distinct(years) };
  }
  return pickRows(table, quarter) ?? pickColumns(table, quarter) ?? pickNamed(table, quarter);
};

/** A column whose cells are quarters. */
const pickRows = (table: Table, quarter: Quarter): Picked | undefined => {
  const yearAt = table.header.findIndex((column) => /^(?:year|年度?|年份)$/i.test(column));
  const at = table.header.findIndex((column, column_) => {
    const filled = table.rows.map((row) => row[column_] ?? "").filter((cell) => cell !== "");
    const isNamed = /^(?:quarter|qtr|季|季度|季別)$/i.test(column);
    const isOne = (cell: string): boolean =>
      cell.length < 16 && (quarterIn(cell) !== undefined || (isNamed && /^[1-4]$/.test(cell)));
    return filled.length > 0 && filled.filter(isOne).length >= filled.length * 0.8;
  });
  if (at < 0) return undefined;
  const told = table.rows.map((row): Quarter | undefined => {
    const cell = row[at] ?? "";
    const one = /^[1-4]$/.test(cell) ? { quarter: Number(cell) } : quarterIn(cell);
    const year = one?.year ?? yearIn(row[yearAt] ?? "") ?? yearIn(table.sheet) ?? yearIn(table.name);
    return one === undefined ? undefined : { ...one, ...(year === undefined ? {} : { year }) };
  });
  const isWanted = (row: number): boolean => isSame(told[row], quarter);
  const years = told.flatMap((one, row) => (isWanted(row) && one?.year !== undefined ? [one.year] : []));
  return { table: rowsOf(table, isWanted), by: "rows", years: distinct(years) };
};

/** Columns that are called after the quarter, else after its months; what is no figure of a period stays beside them. */
const pickColumns = (table: Table, quarter: Quarter): Picked | undefined => {
  const quarters = table.header.map((column) => (column.length < 24 ? quarterIn(column) : undefined));
  const months = table.header.map((column) => readMoment(column));
  const year = yearIn(table.sheet) ?? yearIn(table.name);
  const yearsOf = (found: readonly (number | undefined)[]): readonly number[] =>
    distinct(found.flatMap((one) => one ?? year ?? []));
  const byQuarter = quarters.map((one) => isSame(one, quarter));
  if (byQuarter.includes(true)) {
    const years = yearsOf(quarters.filter((_, at) => byQuarter[at]).map((one) => one?.year));
    return {
      table: columnsOf(table, (at) => byQuarter[at] === true || (!quarters[at] && !months[at])),
      by: "column",
      years,
    };
  }
  const byMonth = months.map((one) => one !== undefined && isIn(one, quarter));
  if (!byMonth.includes(true)) return undefined;
  const years = yearsOf(months.filter((_, at) => byMonth[at]).map((one) => one?.year));
  return {
    table: columnsOf(table, (at) => byMonth[at] === true || (!months[at] && !quarters[at])),
    by: "months",
    years,
  };
};

/** The sheet or the file is called after that quarter, or after a month or day of it. */
const pickNamed = (table: Table, quarter: Quarter): Picked | undefined => {
  const told = quarterIn(table.sheet) ?? quarterIn(table.name) ?? quarterOfDay(table.name);
  return isSame(told, quarter)
    ? { table, by: "name", years: told?.year === undefined ? [] : [told.year] }
    : undefined;
};

/** "sales-2026-08.csv" */
const quarterOfDay = (name: string): Quarter | undefined => {
  const moment = readMoment(/(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)/.exec(name)?.[0] ?? "");
  return moment?.year === undefined ? undefined : { quarter: Math.ceil(moment.month / 3), year: moment.year };
};

const isSame = (told: Quarter | undefined, wanted: Quarter): boolean =>
  told?.quarter === wanted.quarter &&
  (told.year === undefined || wanted.year === undefined || told.year === wanted.year);

const distinct = (years: readonly number[]): readonly number[] =>
  [...new Set(years)].sort((one, other) => one - other);
const rowsOf = (table: Table, isWanted: (row: number) => boolean): Table => ({
  ...table,
  rows: table.rows.filter((_, row) => isWanted(row)),
});
/** A column of totals over other periods ("Total", 合計) is of no one quarter. */
const columnsOf = ({ header, rows, ...table }: Table, isWanted: (column: number) => boolean): Table => {
  const kept = header.flatMap((column, at) =>
    isWanted(at) && !/^(?:total|sum|year|合計|總計|全年|小計)/i.test(column) ? [at] : [],
  );
  const only = (row: readonly string[]): readonly string[] => kept.map((at) => row[at] ?? "");
  return { ...table, header: only(header), rows: rows.map(only) };
};

/** The first column of words that repeat and are no dates; with none, no groups. */
const usefulGroup = (tables: readonly Table[]): ((header: string) => boolean) => {
  const dates = new Set(tables.flatMap((table) => datesOf(table)?.column ?? []));
  const header = [...new Set(tables.flatMap((table) => table.header))];
  const column = header.find((name) => {
    const cells = tables.flatMap(({ header: own, rows }) => rows.map((row) => row[own.indexOf(name)] ?? ""));
    const filled = cells.filter((cell) => cell !== "");
    const isWords = filled.length > 0 && filled.every((cell) => !/\d/.test(cell));
    return !dates.has(name) && isWords && new Set(filled).size < filled.length;
  });
  return (name) => name === column;
};

export const QUARTER: Intent<QuarterRequest> = { name: "quarter", recognise, plan };
