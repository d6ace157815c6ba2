/**
 * Looks for words where they must not be: in every file below a folder and in the whole writable memory of a process,
 * as UTF-8, UTF-16, base64 (at each of the three alignments) and hex.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import path from "node:path";

/** Base64 of `word` as it looks inside longer base64, `shift` bytes after a group's start. */
const base64Inside = (word: string, shift: number): string => {
  const encoded = Buffer.from("\0".repeat(shift) + word)
    .toString("base64")
    .replace(/=+$/, "");
  // The first and last characters also carry bits of their neighbours.
  return encoded.slice(shift === 0 ? 0 : shift + 1, -1);
};

export const encodingsOf = (word: string): readonly Buffer[] => [
  Buffer.from(word, "utf8"),
  Buffer.from(word, "utf16le"),
  Buffer.from(word, "utf16le").swap16(),
  ...[0, 1, 2].map((shift) => Buffer.from(base64Inside(word, shift))),
  Buffer.from(Buffer.from(word).toString("hex")),
  Buffer.from(Buffer.from(word).toString("hex").toUpperCase()),
];

/** What all words begin with: bytes without it, in any encoding, hold none of them. */
const stemOf = (words: readonly string[]): string => {
  const [first = ""] = words;
  let length = first.length;
  while (!words.every((word) => word.startsWith(first.slice(0, length)))) length--;
  return first.slice(0, length);
};

/** Shorter stems occur by chance, in base64 above all. */
const MIN_STEM = 8;

/** The words that occur in the bytes, in any encoding. */
const wordsIn = (bytes: Buffer, words: readonly string[]): readonly string[] => {
  const isIn = (word: string): boolean => encodingsOf(word).some((needle) => bytes.includes(needle));
  const stem = stemOf(words);
  if (stem.length >= MIN_STEM && !isIn(stem)) return [];
  return words.filter(isIn);
};

export const wordsInFiles = (folder: string, words: readonly string[]): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => wordsIn(readFileSync(path.join(entry.parentPath, entry.name)), words));

/** Overlap of two reads, so that a word on their border is found: longer than any encoding of a word. */
const OVERLAP = 4096;
const CHUNK = 16 * 1024 * 1024;

/** Reads /proc/PID/mem (Linux; the process is a child of ours). */
export const wordsInMemory = (pid: number, words: readonly string[]): readonly string[] => {
  const found = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (region === null) continue;
      const end = Number.parseInt(region[2] ?? "", 16);
      for (let at = Number.parseInt(region[1] ?? "", 16); at < end; at += CHUNK - OVERLAP) {
        const length = readRegion(memory, buffer, at, Math.min(CHUNK, end - at));
        for (const word of wordsIn(buffer.subarray(0, length), words)) found.add(word);
      }
    }
  } finally {
    closeSync(memory);
  }
  return [...found];
};

/** A region may have been unmapped since the list was read; then there is nothing in it to find. */
const readRegion = (memory: number, buffer: Buffer, at: number, length: number): number => {
  try {
    return readSync(memory, buffer, 0, length, at);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EIO" || error.code === "EFAULT"))
      return 0;
    throw error;
  }
};
