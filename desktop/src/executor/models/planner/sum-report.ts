/**
 * "Sum up the sales sheets in Reports": sums of every number column, by group and by file, as a Markdown or text file
 * beside the sheets.
 * 1. Never a sum of half a file: a sheet that could not be read whole is named and ends the report.
 * 2. An earlier report is never written over.
 */
import { summarise } from "./sums.ts";
import { markdownReport, textReport } from "./report-text.ts";
import type { Intent } from "./intent.ts";
import { baseName, join, takenPaths, takePath, type Entry } from "./listing.ts";
import { findFiles, placeName, type Place, type PlaceWish } from "./place.ts";
import { ask, told, type Plan, type Scene } from "./plan.ts";
import { commonFolder, fileNameIn, globIn, isWished, type Sentence } from "./sentence.ts";
import { isSheet, readTables } from "./tables.ts";
import { COLUMN_ALIASES } from "./words.ts";

export interface CsvReportRequest {
  /** A file name or pattern. */
  readonly glob?: string;
  /** A word that the sheets' names hold; when none does, all sheets are meant. */
  readonly keyword?: string;
  /** The column to group by, as said. */
  readonly groupBy?: string;
  readonly format: "markdown" | "text";
  readonly place: PlaceWish;
}

const STRONG = /\b(?:sum|total|add) (?:up|of)?\b|\b(?:sum|totals?|subtotals?)\b|加總|合計|總計|小計|總和/i;
const WEAK =
  /\b(?:summari[sz]e|summary|report|aggregate|analy[sz]e|crunch|compute|calculate)\b|摘要|總結|統計|彙整|彙總|匯總|報告|報表|分析|計算|整理成/i;
const SHEET =
  /\bcsvs?\b|\b(?:spread)?sheets?\b|\btables?\b|\bsales\b|\bfigures\b|\bnumbers\b|\.csv\b|csv|[\p{Script=Han}]表|試算表|數據|銷售/iu;
const GROUP_BY =
  /\b(?:by|per)\s+(?:(?:the|each)\s+)?(?<english>[\p{L}][\p{L}\p{N}_-]*(?: id| name| type| group)?)(?=\s|$|[.,;?])|(?:按|依|照)照?\s*(?<chinese>[\p{L}\p{N}_]+?)(?=加總|合計|總計|統計|分組|匯總|彙總|彙整|小計|計算|摘要|報告|報表|做|產生|整理|的|，|。|\s|$)/iu;
const KEYWORD =
  /\b(?<english>[\p{L}\p{N}_-]+)\s+(?:csvs?|(?:spread)?sheets?|tables?|figures|numbers|data)\b|(?<chinese>銷售|費用|支出|收入|庫存|訂單|發票)/iu;
const NO_KEYWORD = /^(?:the|all|my|our|these|those|every|each|csv|of|some|up|excel|summari[sz]e|sum|total)$/i;

const recognise = ({ rest, place, isBeyond }: Sentence): CsvReportRequest | undefined => {
  const isAsked = STRONG.test(rest) || (WEAK.test(rest) && SHEET.test(rest));
  const glob = globIn(rest) ?? fileNameIn(rest);
  if (!isAsked || isBeyond || (glob !== undefined && !/\.(?:csv|tsv|xlsx|xlsm)$/i.test(glob)))
    return undefined;
  const group = GROUP_BY.exec(rest)?.groups;
  const groupBy = group?.["english"] ?? group?.["chinese"];
  const named = KEYWORD.exec(rest)?.groups;
  const keyword = COLUMN_ALIASES.get(named?.["chinese"] ?? "") ?? named?.["english"];
  const name = place ?? commonFolder(rest);
  return {
    ...(glob === undefined ? {} : { glob }),
    ...(keyword === undefined || NO_KEYWORD.test(keyword) ? {} : { keyword: keyword.toLowerCase() }),
    ...(groupBy === undefined ? {} : { groupBy }),
    format: /\b(?:plain[- ])?text\b|\.txt\b|純文字|文字檔|文字報告/i.test(rest) ? "text" : "markdown",
    place: name === undefined ? {} : { name, ...(place === undefined ? { isGuess: true } : {}) },
  };
};

function* plan(request: CsvReportRequest, scene: Scene): Plan {
  const { say } = scene;
  const found = yield* findFiles(request.place, isSheet, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const name = placeName(place);
  const sheets = wished(request, entries.filter(isSheet));
  if (sheets.length === 0) return say.noSheets(name, request.glob);
  const tables = yield* readTables(place.folder, sheets, scene);
  if (!tables.ok) return tables.error;
  const isGroup = columnMatcher(request.groupBy);
  const summary = summarise(tables.value, isGroup);
  if (summary.columns.length === 0) return say.noNumbers(sheets.map(({ path }) => baseName(path)));
  if (isGroup !== undefined && summary.groupedBy === undefined)
    return say.noColumn(request.groupBy ?? "", [...new Set(tables.value.flatMap(({ header }) => header))]);

  const title = titleOf(request, place, sheets);
  const report = request.format === "text" ? textReport : markdownReport;
  const text = report(title, summary, scene);
  if (!place.isWritable) return `${say.reportUnsaved(name)}\n\n${text}`;
  const extension = request.format === "text" ? "txt" : "md";
  const path = takePath(join(place.path, `${title}.${extension}`), takenPaths(entries));
  const intro = say.willReport(sheets.length, summary.total.rows, baseName(path));
  const written = yield* ask("write_file", { folder: place.folder, path, text }, intro);
  const body = markdownReport("", { ...summary, tables: [] }, scene);
  return told(
    written.failed ? { done: 0, failure: written } : { done: 1 },
    `${say.reported(placeName({ folder: place.folder, path }), sheets.length, summary.total.rows)}\n\n${body}`,
    scene,
  );
}

const wished = ({ glob, keyword }: CsvReportRequest, sheets: readonly Entry[]): readonly Entry[] => {
  if (glob !== undefined) {
    const isOne = isWished({ type: "glob", glob });
    return sheets.filter(({ path }) => isOne(baseName(path)));
  }
  const named = sheets.filter(
    ({ path }) => keyword !== undefined && baseName(path).toLowerCase().includes(keyword),
  );
  return named.length > 0 ? named : sheets;
};

/** "region" and 地區 are one. */
const columnMatcher = (said: string | undefined): ((header: string) => boolean) | undefined => {
  if (said === undefined) return undefined;
  const names = new Set([said, COLUMN_ALIASES.get(said) ?? said].map((name) => name.toLowerCase()));
  return (header) =>
    names.has(header.toLowerCase()) || names.has((COLUMN_ALIASES.get(header) ?? "").toLowerCase());
};

const titleOf = ({ glob, keyword }: CsvReportRequest, place: Place, sheets: readonly Entry[]): string => {
  const [only] = sheets;
  if (only !== undefined && sheets.length === 1)
    return `${baseName(only.path).replace(/\.\w+$/, "")} summary`;
  const isNamed =
    glob === undefined &&
    keyword !== undefined &&
    sheets.every(({ path }) => baseName(path).toLowerCase().includes(keyword));
  return `${isNamed ? keyword : baseName(placeName(place))} summary`;
};

export const CSV_REPORT: Intent<CsvReportRequest> = { name: "csv-report", recognise, plan };
