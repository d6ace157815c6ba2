/**
 * From a file's bytes to its text or its rows, by what the bytes are and never by the file's name.
 * Readers throw on what they cannot read; here that becomes a word. Each is loaded when it is needed: a thread lives for
 * one document, and loading all of them takes longer than reading it.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import {
  MOST_CHARACTERS,
  type Cell,
  type Extraction,
  type ExtractProblem,
  type Sheet,
  type Wanted,
} from "./extraction.ts";

export const extract = async (
  bytes: Uint8Array,
  wanted: Wanted,
): Promise<Result<Extraction, ExtractProblem>> => {
  try {
    return await read(bytes, wanted);
  } catch (error) {
    // whatever a reader of foreign bytes throws: its thread ends with it
    return err({ type: "damaged", ...(error instanceof Error ? { why: error.message } : {}) });
  }
};

const read = async (bytes: Uint8Array, wanted: Wanted): Promise<Result<Extraction, ExtractProblem>> => {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
  if (head.includes("%PDF-")) return (await import("./pdf-text.ts")).pdfText(bytes);
  if (head.startsWith("\xD0\xCF\x11\xE0")) return err({ type: "old-format" });
  if (head.startsWith("PK\x03\x04")) return readOffice(bytes, wanted);
  const text = decodeText(bytes);
  if (text === undefined) return err({ type: "no-text" });
  if (wanted === "sheets")
    return ok({ type: "sheets", sheets: [(await import("./csv-sheet.ts")).csvSheet(text)] });
  return ok({ type: "text", text: text.slice(0, MOST_CHARACTERS), isCut: text.length > MOST_CHARACTERS });
};

const readOffice = async (bytes: Uint8Array, wanted: Wanted): Promise<Result<Extraction, ExtractProblem>> => {
  const opened = await (await import("./office-package.ts")).readPackage(bytes);
  if (!opened.ok) return opened;
  const { names } = opened.value;
  if (names.has("word/document.xml"))
    return ok(await (await import("./docx-text.ts")).docxText(opened.value));
  if (!names.has("xl/workbook.xml")) return err({ type: "no-text" });
  const sheets = (await import("./xlsx-sheets.ts")).xlsxSheets(opened.value);
  return ok(wanted === "sheets" ? { type: "sheets", sheets } : sheetsAsText(sheets));
};

/** Each sheet as a Markdown table under its name. */
const sheetsAsText = (sheets: readonly Sheet[]): Extraction => {
  const parts = sheets.map(({ name, rows }) => {
    const width = rows.reduce((most, row) => Math.max(most, row.length), 1);
    const lines = rows.map(
      (row) => `| ${Array.from({ length: width }, (_, at) => shown(row[at])).join(" | ")} |`,
    );
    lines.splice(1, 0, `|${" --- |".repeat(width)}`);
    return `## ${name}\n\n${rows.length === 0 ? "" : lines.join("\n")}`;
  });
  const text = parts.join("\n\n");
  const isCut = text.length > MOST_CHARACTERS || sheets.some((sheet) => sheet.isCut);
  return { type: "text", text: text.slice(0, MOST_CHARACTERS), isCut };
};

const shown = (cell: Cell | undefined): string =>
  `${cell ?? ""}`.replaceAll(/\s+/g, " ").replaceAll("|", String.raw`\|`);

/** UTF-8; UTF-16 where its mark says so; else Big5, in which spreadsheets in Taiwan are saved as CSV. */
const decodeText = (bytes: Uint8Array): string | undefined => {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decode(bytes, "utf-16le");
  if (first === 0xfe && second === 0xff) return decode(bytes, "utf-16be");
  return bytes.includes(0) ? undefined : (decode(bytes, "utf-8") ?? decode(bytes, "big5"));
};

const decode = (bytes: Uint8Array, code: string): string | undefined => {
  try {
    return new TextDecoder(code, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // the decoder's word for invalid bytes
    throw error;
  }
};
