/**
 * What a document is read into, and why it could not be: the words between the tools and the thread that reads.
 * Plain data throughout, so that it crosses threads by structured clone.
 */

/** An error is shown as the sheet shows it ("#DIV/0!"); a date is "2026-07-01", "2026-07-01T10:30:00" or "10:30:00". */
export type Cell = string | number | boolean | null;
export interface Sheet {
  readonly name: string;
  /** Without empty rows and cells at the end; rows may differ in length. */
  readonly rows: readonly (readonly Cell[])[];
  /** Rows, columns or cells beyond the bounds were left out. */
  readonly isCut: boolean;
  /** Of a CSV, whose cells are all texts: what stands between its fields. */
  readonly delimiter?: string;
}

export type Extraction =
  | { readonly type: "text"; readonly text: string; readonly isCut: boolean }
  | { readonly type: "sheets"; readonly sheets: readonly Sheet[] };

/**
 * "old-format": .doc, .xls, or a file locked by a password, which look alike. "no-text": a PDF of pictures, or bytes
 * that are neither text nor a document. "swollen": a bomb, or beyond what is read. "damaged": the reader gave up.
 */
export interface ExtractProblem {
  readonly type: "old-format" | "encrypted" | "no-text" | "swollen" | "damaged";
  /** The parser's own words. */
  readonly why?: string;
}

/** What is wanted of a file: its text, or its rows. */
export type Wanted = "text" | "sheets";

/** Beyond these a document is read in part and says so: more is no use to a model or a phone. */
export const MOST_CHARACTERS = 8_000_000;
export const MOST_PAGES = 400;
export const MOST_ROWS = 100_000;
export const MOST_COLUMNS = 256;
export const MOST_CELLS = 2_000_000;
