/**
 * What the planner says, in English; chinese.ts says the same. Each sentence tells what happened, what is safe and
 * what to do, and counts only what tools have answered.
 */
import type { Declined } from "./decline.ts";
import type { Overview } from "./list.ts";
import { baseName } from "./listing.ts";
import { nameText, plainSentence } from "./name-text.ts";
import type { QuarterBy } from "./quarter.ts";
import { formatBytes, listed, quotedText } from "./show.ts";
import type { Kind } from "./words.ts";

const plural = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const counted = ({ english: [one, many] }: Kind, n: number): string => plural(n, one, many);
const folders = (n: number): string => plural(n, "folder", "folders");
const together = (names: readonly string[]): string => names.map(nameText).join(", ");
const theFolders = (names: readonly string[]): string =>
  names.length === 0 ? "" : ` I may use: ${together(names)}.`;

const ABLE = `I can:
- organise files by date or type: "Organize the screenshots in Downloads by date"
- sort, rename and number files: "Sort and rename the photos in Photos by date"
- find and gather files: "Find all invoices and copy them into Invoices 2026"
- sum up sheets (.xlsx, .csv), by quarter or week: "Extract the Q3 figures from budget.xlsx", "Make a weekly report from Data"
- pick the main sentences of documents: "Summarise the documents in Notes"
- list folders, read files, delete files by a pattern: "Delete *.tmp in Downloads"`;

const DECLINED: Readonly<Record<Declined, string>> = {
  send: "I don't send, share or post anything: nothing leaves this computer through me.",
  buy: "I don't buy, book or pay for anything.",
  secrets: "I don't look for passwords, keys or card numbers.",
  everything:
    "I don't delete everything. Say which files by their kind or by a pattern, like “Delete *.tmp in Downloads”.",
  outside: "I only work in the folders that were allowed on the computer, nowhere else.",
  web: "I have no access to the web.",
  programs: "I don't install, start or stop programs, and I don't change the computer's settings.",
  schedule: "I can't set up something that repeats from a message. Schedules are made in the app.",
};

export const ENGLISH = {
  many: ({ english }: Kind): string => english[1],
  words: {
    rows: "rows",
    total: "Total",
    blank: "(blank)",
    file: "file",
    thisWeek: "this week",
    weekBefore: "week before",
    change: "change",
  },
  by: (column: string): string => `By ${nameText(column)}`,

  noFolders: (): string => "I may not use any folder yet. Grant one on the computer, then ask again.",
  whichFolder: (names: readonly string[]): string =>
    `Which folder do you mean? It could be: ${together(names)}.`,
  whichFile: (names: readonly string[]): string =>
    `There are several files of that name: ${together(names)}. Say which one.`,
  noSuchFolder: (name: string, names: readonly string[]): string =>
    `I can't see a folder called "${nameText(name)}".${theFolders(names)}`,
  readOnly: (place: string): string => `I may only read ${nameText(place)}, so nothing was changed.`,
  denied: (done: number): string =>
    done === 0
      ? "You didn't allow it, so nothing was changed."
      : `You didn't allow the rest. ${plural(done, "file was", "files were")} done before that and can be undone.`,
  failed: (why: string, done: number): string =>
    `That didn't work: ${plainSentence(why.trim()) || "no answer came."}${done === 0 ? "" : ` Before that, ${plural(done, "file was", "files were")} done.`}`,
  moreThere: (): string => " The folder holds more than I can see at once; ask again for the rest.",
  cut: (): string => "\n\nThe folder holds more than I can see at once: these counts are of its first part.",

  leftAlone: (n: number): string =>
    ` I left ${plural(n, "entry", "entries")} alone whose ${n === 1 ? "name holds" : "names hold"} characters that cannot be seen or used.`,

  nothingFound: (places: readonly string[]): string =>
    `I found nothing to do that with in ${together(places)}.`,
  nothingToSort: (kind: Kind, place: string): string =>
    `There are no ${kind.english[1]} to sort directly in ${nameText(place)}. Nothing was changed.`,
  willSort: (kind: Kind, files: number, targets: number, days: number): string =>
    `I found ${counted(kind, files)}${days === 0 ? "" : ` from ${plural(days, "day", "days")}`}. I'll move ${files === 1 ? "it" : "them"} into ${folders(targets)}.`,
  sorted: (
    kind: Kind,
    files: number,
    place: string,
    counts: readonly (readonly [string, number])[],
  ): string =>
    `Done: ${counted(kind, files)} in ${nameText(place)} ${files === 1 ? "is" : "are"} now in ${folders(counts.length)}: ${listed(
      counts.map(([name, n]) => `${nameText(name)} (${n})`),
      "more",
    )}.`,

  noneToDelete: (glob: string | undefined, kind: Kind, place: string): string =>
    `There are no ${glob === undefined ? kind.english[1] : `files like ${nameText(glob)}`} in ${nameText(place)}. Nothing was changed.`,
  willDelete: (kind: Kind, names: readonly string[], place: string): string =>
    `I found ${counted(kind, names.length)} in ${nameText(place)}: ${listed(names.map(nameText), "more")}. I'll put ${names.length === 1 ? "it" : "them"} in the trash.`,
  deleted: (kind: Kind, n: number, place: string): string =>
    `Done: ${counted(kind, n)} from ${nameText(place)} ${n === 1 ? "is" : "are"} in the trash and can be put back.`,

  noneToRename: (glob: string | undefined, kind: Kind, place: string): string =>
    `There are no ${glob === undefined ? kind.english[1] : `files like ${nameText(glob)}`} in ${nameText(place)}. Nothing was changed.`,
  unclearName: (): string =>
    'The new name is not clear to me, so nothing was changed. Say it like "rename IMG_* to Holiday-*".',
  alreadyNamed: (place: string): string =>
    `The files in ${nameText(place)} have these names already. Nothing was changed.`,
  willRename: (n: number, from: string, to: string): string =>
    `I'll rename ${plural(n, "file", "files")}, such as ${nameText(from)} to ${nameText(to)}.`,
  renamed: (n: number, place: string): string =>
    `Done: ${plural(n, "file", "files")} in ${nameText(place)} renamed.`,

  notFound: (what: string, places: readonly string[]): string =>
    `I found nothing for "${nameText(what)}" in ${together(places)}.`,
  found: (what: string, hits: readonly string[], places: readonly string[]): string =>
    `I found ${plural(hits.length, "match", "matches")} for "${nameText(what)}" in ${together(places)}:\n\n${listed(hits, "more", 30, "\n")}`,
  picture: (file: string): string => `Here is ${nameText(file)}: you find it among the files of this task.`,
  text: (file: string, content: string): string =>
    `${nameText(file)} says:\n\n${quotedText(content, "… and more")}`,

  overview: (place: string, of: Overview, isSummary: boolean, locale: string): string => {
    if (of.files.length + of.folders.length === 0) return `There is nothing to show in ${nameText(place)}.`;
    const lines = of.types.map(
      ({ type, count, bytes }) =>
        `- ${type}: ${plural(count, "file", "files")}, ${formatBytes(bytes, locale)}`,
    );
    const below = isSummary ? " (with the folders below it)" : "";
    const parts = [
      `${nameText(place)}${below} holds ${plural(of.files.length, "file", "files")} (${formatBytes(of.bytes, locale)}) and ${folders(of.folders.length)}.`,
      lines.join("\n"),
      [
        of.newest === undefined
          ? ""
          : `Newest: ${nameText(baseName(of.newest.path))} (${of.newest.modified.slice(0, 10)}).`,
        of.largest === undefined
          ? ""
          : `Largest: ${nameText(baseName(of.largest.path))} (${formatBytes(of.largest.bytes, locale)}).`,
      ].join(" "),
      isSummary
        ? ""
        : listed(
            [
              ...of.folders.map(({ path }) => `${nameText(baseName(path))}/`),
              ...of.files.map(({ path }) => nameText(baseName(path))),
            ],
            "more",
            40,
            "\n",
          ),
    ];
    return parts.filter((part) => part.trim() !== "").join("\n\n");
  },

  noSheets: (place: string, glob: string | undefined): string =>
    `There is no ${glob === undefined ? "sheet" : `sheet like ${nameText(glob)}`} in ${nameText(place)}. I read .xlsx and .csv files.`,
  sheetTooLong: (name: string): string =>
    `I could not read ${nameText(name)} to its end, so I added nothing up. Nothing was changed.`,
  sheetUnreadable: (name: string, why: string): string =>
    `${nameText(name)} is not a sheet that I can read (${plainSentence(why)}). Nothing was changed.`,
  noNumbers: (names: readonly string[]): string =>
    `There is no column of numbers to add up in ${together(names)}.`,
  noColumn: (column: string, header: readonly string[]): string =>
    `There is no column "${nameText(column)}". The columns are: ${together(header)}.`,
  willReport: (sheets: number, rows: number, name: string): string =>
    `I read ${plural(sheets, "sheet", "sheets")} with ${plural(rows, "row", "rows")}. I'll write the sums to ${nameText(name)}.`,
  reported: (path: string, sheets: number, rows: number): string =>
    `Done: I added up ${plural(rows, "row", "rows")} from ${plural(sheets, "sheet", "sheets")}. The report is in ${nameText(path)}.`,
  reportUnsaved: (place: string): string =>
    `I may only read ${nameText(place)}, so the report stands here and in no file.`,
  reportSource: (names: readonly string[], rows: number): string =>
    `From ${plural(rows, "row", "rows")} in ${together(names)}.`,
  totalsLeftOut: (n: number): string => `${plural(n, "row", "rows")} of totals in the sheets left out.`,

  whichQuarter: (): string => "Which quarter do you mean? Say it like “Q3 2026”. Nothing was changed.",
  whichYear: (quarter: string, years: readonly number[]): string =>
    `There are figures of ${quarter} for ${years.join(" and ")}. Say which year, like “${quarter} ${years.at(-1) ?? ""}”. Nothing was changed.`,
  noQuarter: (quarter: string, names: readonly string[]): string =>
    `I found no figures of ${quarter} in ${together(names)}: no date, column or sheet says that quarter. Nothing was changed.`,
  quarterBy: (by: QuarterBy, quarter: string): string =>
    ({
      dates: `I took the rows whose dates lie in ${quarter}.`,
      rows: `I took the rows that are marked ${quarter}.`,
      column: `I took the column of ${quarter}.`,
      months: `I took the columns of the three months of ${quarter}.`,
      name: `I took what is named after ${quarter} or a month of it.`,
    })[by],
  quarterDone: (quarter: string, rows: number, path: string): string =>
    `Done: the figures of ${quarter} (${plural(rows, "row", "rows")}) are in ${nameText(path)}.`,
  rowsOf: (name: string): string => `Rows of ${nameText(name)}`,
  more: (rest: number): string => `… and ${rest.toLocaleString("en")} more.`,

  weekSpan: (week: string, monday: string, sunday: string): string => `${week} (${monday} to ${sunday})`,
  weeklyTitle: (span: string): string => `Weekly report ${span}`,
  weeklyDone: (span: string, path: string, isNewest: boolean): string =>
    `Done: the report of ${span}${isNewest ? ", the newest week in the files," : ""} is in ${nameText(path)}.`,
  noDates: (names: readonly string[]): string =>
    `I found no dates in ${together(names)}, so I can't tell the weeks apart. Nothing was changed.`,
  noWeek: (span: string, newest: string): string =>
    `There are no figures of ${span}; the newest week in the files is ${newest}. Nothing was changed.`,
  withoutDates: (names: readonly string[]): string =>
    `Left out, because they hold no dates: ${together(names)}.`,

  noDocuments: (place: string): string =>
    `There are no documents that I can read in ${nameText(place)} (.docx, .pdf, .md, .txt). Nothing was changed.`,
  digest: (n: number): string =>
    `These sentences stand word for word in the ${n === 1 ? "document" : "documents"}. I picked them by counting words: I don't understand them and may miss the point.`,
  noSentences: (): string => "There are no whole sentences in it.",
  firstPart: (): string => "(From its first part; the document is longer.)",
  willDigest: (name: string): string => `I'll write the sentences to ${nameText(name)}.`,
  digestSaved: (path: string): string => `Done: the sentences are in ${nameText(path)}.`,

  willGather: (what: string, names: readonly string[], target: string, isMove: boolean): string =>
    `I found ${plural(names.length, "file", "files")} for "${nameText(what)}": ${listed(names.map(nameText), "more")}. I'll ${isMove ? "move" : "copy"} ${names.length === 1 ? "it" : "them"} into ${nameText(target)}.`,
  gathered: (n: number, target: string, isMove: boolean): string =>
    `Done: ${plural(n, "file was", "files were")} ${isMove ? "moved" : "copied"} into ${nameText(target)}.`,

  declined: (what: Declined, names: readonly string[]): string =>
    `${DECLINED[what]} Nothing was changed.${theFolders(names)}`,

  noTool: (name: string): string =>
    `I would need the tool ${nameText(name)}, which is off here. Nothing was changed.`,
  changedMeanwhile: (): string =>
    "What I may use changed while I was working, so I stopped. What is done stays done; ask again for the rest.",
  unheard: (texts: readonly string[]): string =>
    `I did not understand what you added meanwhile: "${texts.join('", "')}".`,
  help: (names: readonly string[]): string =>
    `I am the planner built into Deskhand: no model key, no network, a fixed set of tasks. ${ABLE}\n\n${theFolders(names).trim() || "I may not use any folder yet."}`,
  unknown: (names: readonly string[]): string =>
    `I did not understand that, and nothing was changed. I am the planner built into Deskhand: no model key, no network, only plain requests. ${ABLE}\n\nFor anything else, add a model key on the computer.${theFolders(names)}`,
};

export type Sentences = typeof ENGLISH;
