/** Which sheets a request is about, and what every report of them has in common: finding, reading, saving. */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { baseName, join, takenPaths, takePath, type Entry } from "./listing.ts";
import { findFiles, placeName, remarks, type Found, type PlaceWish } from "./place.ts";
import { ask, told, type Plan, type Scene } from "./plan.ts";
import { commonFolder, fileNameIn, globIn, isWished, type Sentence } from "./sentence.ts";
import type { Table } from "./sums.ts";
import { isSheet, readTables } from "./tables.ts";
import { COLUMN_ALIASES } from "./words.ts";

export interface SheetWish {
  /** A file name or pattern. */
  readonly glob?: string;
  /** A word that the sheets' names hold; when none does, all sheets are meant. */
  readonly keyword?: string;
  readonly place: PlaceWish;
}

const KEYWORD =
  /\b(?<english>[\p{L}\p{N}_-]+)\s+(?:csvs?|(?:spread)?sheets?|tables?|figures|numbers|data)\b|(?<chinese>銷售|費用|支出|收入|庫存|訂單|發票|預算)/giu;
const NO_KEYWORD =
  /^(?:the|all|my|our|these|those|every|each|csv|of|some|up|excel|summari[sz]e|sum|total|extract|get|pull|q[1-4]|quarter(?:ly)?|week(?:ly)?|20\d\d)$/i;

/** undefined: a file is named that is no sheet. */
export const sheetWish = ({ rest, place }: Sentence): SheetWish | undefined => {
  const glob = globIn(rest) ?? fileNameIn(rest);
  if (glob !== undefined && !/\.(?:csv|tsv|xlsx|xlsm)$/i.test(glob)) return undefined;
  const keyword = [...rest.matchAll(KEYWORD)]
    .map(
      ({ groups }) =>
        COLUMN_ALIASES.get(groups?.["chinese"] ?? "") ?? groups?.["chinese"] ?? groups?.["english"],
    )
    .find((word) => word !== undefined && !NO_KEYWORD.test(word));
  const name = place ?? commonFolder(rest);
  return {
    ...(glob === undefined ? {} : { glob }),
    ...(keyword === undefined ? {} : { keyword: keyword.toLowerCase() }),
    place: name === undefined ? {} : { name, ...(place === undefined ? { isGuess: true } : {}) },
  };
};

export interface FoundSheets {
  readonly found: Found;
  readonly files: readonly Entry[];
  readonly tables: readonly Table[];
}

/** Ends in a sentence for the person when there are none, or one cannot be read whole. */
export function* findSheets(wish: SheetWish, scene: Scene): Plan<Result<FoundSheets, string>> {
  const { say } = scene;
  const { glob } = wish;
  const isNamed = glob === undefined ? () => true : isWished({ type: "glob", glob });
  const isMeant = (entry: Entry): boolean => isSheet(entry) && isNamed(baseName(entry.path));
  const found = yield* findFiles(wish.place, isMeant, scene);
  if (!found.ok) return found;
  const files = ofKeyword(wish, found.value.entries.filter(isMeant));
  const { place } = found.value;
  if (files.length === 0) return err(say.noSheets(placeName(place), glob) + remarks(found.value, scene));
  const tables = yield* readTables(place.folder, files, scene);
  return tables.ok ? ok({ found: found.value, files, tables: tables.value }) : tables;
}

const hasWord = ({ path }: Entry, keyword: string): boolean => baseName(path).toLowerCase().includes(keyword);

const ofKeyword = ({ keyword }: SheetWish, files: readonly Entry[]): readonly Entry[] => {
  const named = keyword === undefined ? [] : files.filter((file) => hasWord(file, keyword));
  return named.length > 0 ? named : files;
};

/** What the sheets have in common: the one file's name, the word in all of them, or the folder. */
export const sheetsName = ({ glob, keyword }: SheetWish, { found, files }: FoundSheets): string => {
  const [only] = files;
  if (only !== undefined && files.length === 1) return baseName(only.path).replace(/\.\w+$/, "");
  const isNamed =
    glob === undefined && keyword !== undefined && files.every((file) => hasWord(file, keyword));
  return isNamed ? keyword : baseName(placeName(found.place));
};

export interface Report {
  /** Of the file, without its extension. */
  readonly title: string;
  readonly extension: "md" | "txt";
  readonly text: string;
  /** Said before it is written: `name` is the file's. */
  readonly willWrite: (name: string) => string;
  /** Said when it is there. */
  readonly written: (path: string) => string;
  /** What the answer shows of it. */
  readonly body: string;
}

/** Writes a report beside what it is about, never over another file. Where only reading is allowed, it is told. */
export function* saveReport(report: Report, { place, entries }: Found, scene: Scene): Plan {
  const { title, extension, text, body } = report;
  if (!place.isWritable) return `${scene.say.reportUnsaved(placeName(place))}\n\n${text}`;
  const path = takePath(join(place.path, `${title}.${extension}`), takenPaths(entries));
  const input = { folder: place.folder, path, text };
  const written = yield* ask("write_file", input, report.willWrite(baseName(path)));
  return told(
    written.failed ? { done: 0, failure: written } : { done: 1 },
    `${report.written(placeName({ folder: place.folder, path }))}\n\n${body}`,
    scene,
  );
}
