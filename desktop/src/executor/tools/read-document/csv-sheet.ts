/** A CSV as one sheet. It has no types: every cell is the text that stands there. */
import { parse } from "csv-parse/sync";
import { MOST_CELLS, MOST_COLUMNS, MOST_ROWS, type Sheet } from "./extraction.ts";

/** Throws csv-parse's error, whose message says what is wrong and where. */
export const csvSheet = (text: string): Sheet => {
  const delimiter = delimiterOf(text);
  // Without `columns`, csv-parse gives arrays of strings.
  const records: string[][] = parse(text, {
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
    to: MOST_ROWS + 1,
  });
  let left = MOST_CELLS;
  const rows = records
    .slice(0, MOST_ROWS)
    .map((row) => row.slice(0, MOST_COLUMNS))
    .filter((row) => (left -= row.length) >= 0);
  const isCut = rows.length < records.length || records.some((row) => row.length > MOST_COLUMNS);
  return { name: "", rows, isCut, delimiter };
};

const delimiterOf = (text: string): string => {
  const [head = ""] = text.split(/\r?\n/, 1);
  const bare = head.replaceAll(/"[^"]*"/g, "");
  const count = (mark: string): number => bare.split(mark).length - 1;
  return [",", ";", "\t", "|"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
};
