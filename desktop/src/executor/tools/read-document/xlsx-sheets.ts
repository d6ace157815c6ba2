/** The sheets of a workbook as typed cells. Values are those that were saved: no formula is ever computed. */
import * as XLSX from "@e965/xlsx";
import { MOST_CELLS, MOST_COLUMNS, MOST_ROWS, type Cell, type Sheet } from "./extraction.ts";
import type { OfficePackage } from "./office-package.ts";

export const xlsxSheets = ({ bytes }: OfficePackage): readonly Sheet[] => {
  const workbook = XLSX.read(bytes, {
    type: "buffer",
    dense: true,
    cellDates: true,
    UTC: true,
    cellFormula: false,
    cellHTML: false,
    sheetRows: MOST_ROWS + 1,
  });
  let left = MOST_CELLS;
  return workbook.SheetNames.map((name): Sheet => {
    const data = workbook.Sheets[name]?.["!data"] ?? [];
    const rows: Cell[][] = [];
    let isCut = data.length > MOST_ROWS;
    for (const found of data.slice(0, MOST_ROWS)) {
      // Rows and cells that were never written are holes.
      const cells = withoutEmptyEnd(Array.from(found ?? [], cellOf));
      isCut ||= cells.length > MOST_COLUMNS;
      rows.push(cells.slice(0, MOST_COLUMNS));
      left -= cells.length;
      if (left < 0) break;
    }
    return { name, rows: withoutEmptyRows(rows), isCut: isCut || left < 0 };
  });
};

const cellOf = (cell: XLSX.CellObject | undefined): Cell => {
  if (cell?.v === undefined) return null;
  const { t, v, w } = cell;
  if (t === "e") return w ?? "#ERROR!";
  if (v instanceof Date) return dateOf(v);
  // As many digits as a spreadsheet shows: 0.1 + 0.2 is 0.3 there.
  return typeof v === "number" ? Number(v.toPrecision(15)) : v;
};

/** With `UTC`, the parts that the sheet shows are the UTC parts; a time alone lies before 1900. */
const dateOf = (date: Date): string => {
  if (Number.isNaN(date.getTime())) return "";
  const [day = "", time = ""] = new Date(Math.round(date.getTime() / 1000) * 1000)
    .toISOString()
    .split(/T|\./);
  if (date.getUTCFullYear() < 1900) return time;
  return time === "00:00:00" ? day : `${day}T${time}`;
};

const withoutEmptyEnd = (cells: readonly Cell[]): readonly Cell[] =>
  cells.slice(0, cells.findLastIndex((cell) => cell !== null && cell !== "") + 1);

const withoutEmptyRows = (rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] =>
  rows.slice(0, rows.findLastIndex((row) => row.length > 0) + 1);
