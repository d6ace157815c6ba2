/**
 * Sums the columns of tables.
 * 1. Every number is exact (decimal.ts); a row of totals in the file is left out of the sums and counted.
 * 2. Columns that only look like numbers (years, ids, codes, percentages) are not summed.
 */
import { add, decimalMark, readDecimal, ZERO, type Decimal, type DecimalMark } from "./decimal.ts";

export interface Table {
  /** Of the file, and of the sheet where the file has several. */
  readonly name: string;
  /** "" for a CSV. */
  readonly sheet: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly usualMark: DecimalMark;
}

type TableRow = readonly [table: Table, row: readonly string[]];

export interface Group {
  readonly key: string;
  readonly rows: number;
  /** One sum for each of `Summary.columns`. */
  readonly sums: readonly Decimal[];
}

export interface Summary {
  /** The number columns, in the order of the first table. */
  readonly columns: readonly string[];
  /** The column of the groups, when there is one. */
  readonly groupedBy?: string;
  readonly groups: readonly Group[];
  /** One a table; `key` is its name. */
  readonly tables: readonly Group[];
  readonly total: Group;
  /** Rows that were totals themselves. */
  readonly leftOut: number;
}

const NOT_A_QUANTITY =
  /^(?:year|month|day|date|week|quarter|id|.*[ _-]id|no\.?|nr\.?|number|code|zip|postcode|postal code|phone|sku|ean|isbn|#)$|年|月份|日期|編號|代碼|代號|電話|郵遞區號|序號/i;
const TOTAL_ROW = /^(?:(?:grand |sub)?total|sum|合計|總計|小計|總和|加總)\s*:?$/i;

/** `by`: the wished column of the groups; else the first text column whose values repeat. */
export const summarise = (tables: readonly Table[], by?: (header: string) => boolean): Summary => {
  const counted = tables.map((table) => ({ ...table, rows: table.rows.filter((row) => !isTotal(row)) }));
  const header = [...new Set(counted.flatMap((table) => table.header))];
  const numbers = header.filter((column) => isNumeric(column, counted));
  const columns = numbers.filter((column) => by?.(column) !== true);
  const groupedBy = by === undefined ? firstRepeating(header, numbers, counted) : header.find(by);
  const records = counted.flatMap((table) => table.rows.map((row): TableRow => [table, row]));
  const readers = columns.map((column) => amountReader(column, counted));
  const groupOf = (key: string, of: readonly TableRow[]): Group => ({
    key,
    rows: of.length,
    sums: readers.map((amount) => of.map(amount).reduce(add, ZERO)),
  });
  const cellOf = ([table, row]: TableRow): string =>
    groupedBy === undefined ? "" : (row[table.header.indexOf(groupedBy)] ?? "");
  const groups =
    groupedBy === undefined ? [] : [...Map.groupBy(records, cellOf)].map(([key, of]) => groupOf(key, of));
  return {
    columns,
    ...(groupedBy === undefined ? {} : { groupedBy }),
    groups: groups.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    tables: counted.map((table) =>
      groupOf(
        table.name,
        records.filter(([of]) => of === table),
      ),
    ),
    total: groupOf("", records),
    leftOut: tables.reduce((sum, { rows }) => sum + rows.length, 0) - records.length,
  };
};

const isTotal = (row: readonly string[]): boolean => TOTAL_ROW.test(row.find((cell) => cell !== "") ?? "");

const cellsOf = ({ header, rows }: Table, column: string): readonly string[] => {
  const at = header.indexOf(column);
  return at < 0 ? [] : rows.map((row) => row[at] ?? "").filter((cell) => cell !== "");
};

/** In every table that has the column. */
const isNumeric = (column: string, tables: readonly Table[]): boolean => {
  if (column === "" || NOT_A_QUANTITY.test(column)) return false;
  const filled = tables.filter((table) => cellsOf(table, column).length > 0);
  return (
    filled.length > 0 &&
    filled.every((table) => decimalMark(cellsOf(table, column), table.usualMark) !== undefined)
  );
};

/** One look at a column decides how its numbers are written; then cell by cell. */
const amountReader = (column: string, tables: readonly Table[]): ((record: TableRow) => Decimal) => {
  const marks = new Map(
    tables.map((table) => [table, decimalMark(cellsOf(table, column), table.usualMark)] as const),
  );
  return ([table, row]) => {
    const cell = row[table.header.indexOf(column)] ?? "";
    const mark = marks.get(table);
    return cell === "" || mark === undefined ? ZERO : readDecimal(cell, mark);
  };
};

const firstRepeating = (
  header: readonly string[],
  numbers: readonly string[],
  tables: readonly Table[],
): string | undefined =>
  header.find((column) => {
    const cells = tables.flatMap((table) => cellsOf(table, column));
    return column !== "" && !numbers.includes(column) && new Set(cells).size < cells.length;
  });
