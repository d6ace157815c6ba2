/**
 * "Sum up the sales sheets in Reports": sums of every number column, by group and by file, as a Markdown or text file
 * beside the sheets.
 * 1. Never a sum of half a file: a sheet that could not be read whole is named and ends the report.
 * 2. An earlier report is never written over.
 */
import type { Intent } from "./intent.ts";
import { baseName } from "./listing.ts";
import type { Plan, Scene } from "./plan.ts";
import { markdownReport, textReport } from "./report-text.ts";
import type { Sentence } from "./sentence.ts";
import { findSheets, saveReport, sheetsName, sheetWish, type SheetWish } from "./sheets.ts";
import { summarise } from "./sums.ts";
import { COLUMN_ALIASES } from "./words.ts";

export interface SumReportRequest extends SheetWish {
  /** The column to group by, as said. */
  readonly groupBy?: string;
  readonly format: "markdown" | "text";
}

const STRONG = /\b(?:sum|total|add) (?:up|of)?\b|\b(?:sum|totals?|subtotals?)\b|加總|合計|總計|小計|總和/i;
const WEAK =
  /\b(?:summari[sz]e|summary|report|aggregate|analy[sz]e|crunch|compute|calculate)\b|摘要|總結|統計|彙整|彙總|匯總|報告|報表|分析|計算|整理成/i;
const SHEET =
  /\bcsvs?\b|\b(?:spread)?sheets?\b|\btables?\b|\bsales\b|\bfigures\b|\bnumbers\b|\.(?:csv|tsv|xlsx|xlsm)\b|csv|excel|[\p{Script=Han}]表|試算表|數據|銷售/iu;
const GROUP_BY =
  /\b(?:by|per)\s+(?:(?:the|each)\s+)?(?<english>[\p{L}][\p{L}\p{N}_-]*(?: id| name| type| group)?)(?=\s|$|[.,;?])|(?:按|依|照)照?\s*(?<chinese>[\p{L}\p{N}_]+?)(?=加總|合計|總計|統計|分組|匯總|彙總|彙整|小計|計算|摘要|報告|報表|做|產生|整理|的|，|。|\s|$)/iu;

const recognise = (sentence: Sentence): SumReportRequest | undefined => {
  const { rest, isBeyond } = sentence;
  const isAsked = STRONG.test(rest) || (WEAK.test(rest) && SHEET.test(rest));
  const wish = sheetWish(sentence);
  if (!isAsked || isBeyond || wish === undefined) return undefined;
  const group = GROUP_BY.exec(rest)?.groups;
  const groupBy = group?.["english"] ?? group?.["chinese"];
  return {
    ...wish,
    ...(groupBy === undefined ? {} : { groupBy }),
    format: /\b(?:plain[- ])?text\b|\.txt\b|純文字|文字檔|文字報告/i.test(rest) ? "text" : "markdown",
  };
};

function* plan(request: SumReportRequest, scene: Scene): Plan {
  const { say } = scene;
  const sheets = yield* findSheets(request, scene);
  if (!sheets.ok) return sheets.error;
  const { found, files, tables } = sheets.value;
  const isGroup = columnMatcher(request.groupBy);
  const summary = summarise(tables, isGroup);
  if (summary.columns.length === 0) return say.noNumbers(files.map(({ path }) => baseName(path)));
  if (isGroup !== undefined && summary.groupedBy === undefined)
    return say.noColumn(request.groupBy ?? "", [...new Set(tables.flatMap(({ header }) => header))]);

  const title = `${sheetsName(request, sheets.value)} summary`;
  const [extension, toText] =
    request.format === "text" ? (["txt", textReport] as const) : (["md", markdownReport] as const);
  const { rows } = summary.total;
  return yield* saveReport(
    {
      title,
      extension,
      text: toText(title, summary, scene),
      willWrite: (name) => say.willReport(files.length, rows, name),
      written: (path) => say.reported(path, files.length, rows),
      body: markdownReport("", { ...summary, tables: [] }, scene),
    },
    found,
    scene,
  );
}

/** "region" and 地區 are one. */
const columnMatcher = (said: string | undefined): ((header: string) => boolean) | undefined => {
  if (said === undefined) return undefined;
  const names = new Set([said, COLUMN_ALIASES.get(said) ?? said].map((name) => name.toLowerCase()));
  return (header) =>
    names.has(header.toLowerCase()) || names.has((COLUMN_ALIASES.get(header) ?? "").toLowerCase());
};

export const SUM_REPORT: Intent<SumReportRequest> = { name: "sum-report", recognise, plan };
