/**
 * What a graded task is: a wish in both languages, the files that lie there, and what must be there afterwards.
 * Everything that is not named as changed must keep its name and its bytes, in every granted folder.
 */
import type { Block, SheetRows } from "../fixtures/documents.ts";

/** A text; or a document that is made of data; `modified` is local time. */
export type StartFile =
  | string
  | { readonly text: string; readonly modified: string }
  | { readonly docx: readonly Block[] }
  | { readonly xlsx: Readonly<Record<string, SheetRows>> }
  | { readonly pdf: readonly (readonly string[])[] }
  | { readonly hex: string };

/** "Grant/path" → file. */
export type StartFiles = Readonly<Record<string, StartFile>>;

/** Pieces that a text holds, the same in both languages or in each its own. */
export type Pieces = readonly string[] | { readonly en: readonly string[]; readonly zh: readonly string[] };

export interface Outcome {
  /** From where to where, each "Grant/path"; the bytes stay. */
  readonly moved?: Readonly<Record<string, string>>;
  /** The same, and the file stays where it was. */
  readonly copied?: Readonly<Record<string, string>>;
  readonly trashed?: readonly string[];
  /** New files, by what they hold. */
  readonly made?: Readonly<Record<string, Pieces>>;
  /** What the last words hold. */
  readonly reply: Pieces;
  /** How often the person is asked; default never. */
  readonly approvals?: number;
}

export interface Grader {
  readonly id: string;
  readonly says: { readonly en: readonly string[]; readonly zh: readonly string[] };
  readonly files: StartFiles;
  /** Folders that may only be read. */
  readonly readOnly?: readonly string[];
  /** The person's answer to every approval; default yes. */
  readonly answer?: "allow" | "deny";
  readonly outcome: Outcome;
}

export type Language = "en" | "zh";
export const LOCALES: Readonly<Record<Language, string>> = { en: "en", zh: "zh-Hant" };
export const piecesIn = (pieces: Pieces, language: Language): readonly string[] =>
  "en" in pieces ? pieces[language] : pieces;
