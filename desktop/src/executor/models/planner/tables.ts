/**
 * Reads the sheets of files by `read_table`, page by page, into tables of texts.
 * 1. Never half a table: what could not be read to its end is an error with a sentence.
 * 2. Every cell is the text that stands there; a number of a spreadsheet is written out with a point.
 * 3. Rows above the header (a title, a date) are no part of the table.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Table } from "./sums.ts";
import { baseName, type Entry } from "./listing.ts";
import { NO_ANSWER, type Answer, type Plan, type Scene } from "./plan.ts";
import { extensionOf } from "./words.ts";

export const isSheet = ({ kind, path }: Entry): boolean =>
  kind === "file" && /^(?:csv|tsv|xlsx|xlsm)$/.test(extensionOf(path));

/** 64 KB each; a run has about 50 turns. */
const MOST_PAGES = 24;

/** The tables of all files; a sheet without a table in it is passed over. */
export function* readTables(
  folder: string,
  files: readonly Entry[],
  scene: Scene,
): Plan<Result<readonly Table[], string>> {
  const tables: Table[] = [];
  for (const { path } of files) {
    const first = yield* readSheet(folder, path, undefined, scene);
    if (!first.ok) return first;
    const found = [first.value];
    for (const sheet of first.value.sheets.slice(1)) {
      const next = yield* readSheet(folder, path, sheet, scene);
      if (!next.ok) return next;
      found.push(next.value);
    }
    const named = found.flatMap((sheet) => {
      const table = tableOf(baseName(path), sheet);
      return table === undefined ? [] : [table];
    });
    tables.push(
      ...named.map((table) =>
        named.length > 1 ? { ...table, name: `${table.name}: ${table.sheet}` } : table,
      ),
    );
  }
  return ok(tables);
}

interface ReadSheet {
  readonly sheet: string;
  readonly sheets: readonly string[];
  readonly delimiter?: string;
  readonly rows: readonly (readonly string[])[];
}

function* readSheet(
  folder: string,
  path: string,
  sheet: string | undefined,
  { say }: Scene,
): Plan<Result<ReadSheet, string>> {
  const rows: (readonly string[])[] = [];
  const name = baseName(path);
  let head: Head | undefined;
  for (let page = 0, offset = 1; page < MOST_PAGES; page++) {
    const input = {
      folder,
      path,
      ...(sheet === undefined ? {} : { sheet }),
      ...(offset === 1 ? {} : { offset }),
    };
    const [answer = NO_ANSWER] = yield { calls: [{ name: "read_table", input }] };
    if (answer.failed) return err(say.sheetUnreadable(name, answer.content));
    const read = readPage(answer);
    if (read === undefined) return err(say.sheetTooLong(name));
    head ??= read.head;
    rows.push(...read.rows);
    if (read.next === undefined) return head.isCut ? err(say.sheetTooLong(name)) : ok({ ...head, rows });
    offset = read.next;
  }
  return err(say.sheetTooLong(name));
}

interface Head {
  readonly sheet: string;
  readonly sheets: readonly string[];
  readonly delimiter?: string;
  readonly isCut: boolean;
}

interface Page {
  readonly head: Head;
  readonly rows: readonly (readonly string[])[];
  readonly next?: number;
}

/** The form that read-table.ts writes; undefined for any other. */
const readPage = ({ content }: Answer): Page | undefined => {
  const [first, ...lines] = content.split("\n").map(parsed);
  if (!isRecord(first) || typeof first["sheet"] !== "string" || !Array.isArray(first["sheets"]))
    return undefined;
  const last = lines.at(-1);
  const next = isRecord(last) && typeof last["next"] === "number" ? last["next"] : undefined;
  const { sheet, delimiter } = first;
  return {
    head: {
      sheet,
      sheets: first["sheets"].map(String),
      ...(typeof delimiter === "string" ? { delimiter } : {}),
      isCut: first["isCut"] === true,
    },
    rows: lines.flatMap((line) => (Array.isArray(line) ? [line.map(cellText)] : [])),
    ...(next === undefined ? {} : { next }),
  };
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // not one of its lines
  }
};
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const cellText = (cell: unknown): string => {
  if (typeof cell === "string") return cell.trim();
  if (typeof cell === "number") return plainNumber(cell);
  return typeof cell === "boolean" ? String(cell).toUpperCase() : "";
};

/** Without an exponent. */
const plainNumber = (value: number): string => {
  const text = String(value);
  if (!text.includes("e")) return text;
  return Math.abs(value) < 1 ? value.toFixed(20).replace(/0+$/, "") : BigInt(Math.trunc(value)).toString();
};

/** The header is the first row with two filled cells, or the first of all where no row has two. */
const tableOf = (file: string, { sheet, rows, delimiter }: ReadSheet): Table | undefined => {
  const filled = rows.filter((row) => row.some((cell) => cell !== ""));
  const at = Math.max(
    0,
    filled.findIndex((row) => row.filter((cell) => cell !== "").length > 1),
  );
  const [header, ...body] = filled.slice(at);
  if (header === undefined) return undefined;
  return { name: file, sheet, header, rows: body, usualMark: delimiter === ";" ? "," : "." };
};
