/**
 * Files as text, and text as the model reads it.
 * UTF-8 alone counts as text: bytes that are not valid UTF-8, or hold NUL, are refused and never guessed at.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { attempt, fault, type Outcome } from "./fault.ts";
import { readWhole, withFile, type OpenFile } from "./file-facts.ts";
import type { Entry } from "./folder-handle.ts";

/** What one result may hold (the contract of ToolOutput). */
export const MAX_CONTENT_BYTES = 64 * 1024;
/** Files that are read whole: far beyond what a model can use, small beside a desktop's memory. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

export interface TextFile {
  readonly file: OpenFile;
  readonly bytes: Uint8Array;
  /** A byte order mark is kept: writing the text back gives the same bytes. */
  readonly text: string;
}

/** Reads a whole text and holds its file open during `work`. */
export const withText = <T>(
  entry: Entry,
  shown: string,
  work: (text: TextFile) => Promise<Outcome<T>>,
): Promise<Outcome<T>> =>
  withFile(entry, shown, async (file) => {
    const text = await textOf(file, shown);
    return text.ok ? work(text.value) : text;
  });

/** Of a file that is held open and that nothing was read from. */
export const textOf = async (file: OpenFile, shown: string): Promise<Outcome<TextFile>> => {
  if (file.facts.byteLength > MAX_TEXT_BYTES)
    return fault("too-large", `${shown} is larger than 16 MB, too large to be read as text.`);
  const bytes = await attempt(shown, () => readWhole(file.handle));
  if (!bytes.ok) return bytes;
  const text = decodeText(bytes.value);
  return text === undefined
    ? fault("not-text", `${shown} is not a text file.`)
    : ok({ file, bytes: bytes.value, text });
};

/** undefined for bytes that are no text. */
const decodeText = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined; // the decoder's word for invalid bytes
    throw error;
  }
};

/** As many of the lines as fit; `room` is kept free for the sentence about the rest. */
export const linesThatFit = (lines: readonly string[], room = 512): readonly string[] => {
  let left = MAX_CONTENT_BYTES - room;
  const end = lines.findIndex((line) => (left -= Buffer.byteLength(line) + 1) < 0);
  return end < 0 ? lines : lines.slice(0, end);
};

/** The beginning of a text, at most `bytes` long, never half a character. */
export const beginningOf = (text: string, bytes: number): string => {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(encoded.subarray(0, bytes))
    .replace(/\uFFFD+$/, "");
};

/** What can be written as UTF-8 without loss. */
export const writableText = (text: string): Outcome<string> =>
  text.isWellFormed()
    ? ok(text)
    : fault("bad-input", "The text holds half a character and cannot be written.");
