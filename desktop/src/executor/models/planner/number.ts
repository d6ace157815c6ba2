/**
 * "Sort and rename the photos in Photos by date", "number the scans as Contract": new names by date and number, in the
 * order of the dates, in the same folder or in folders of their dates.
 * 1. The number begins anew each day; with a name of its own it counts through.
 * 2. No file takes another's name, also none that keeps its place.
 */
import { fileDate } from "./dates.ts";
import type { Intent } from "./intent.ts";
import { baseName, isSamePath, join, takePath, type Entry } from "./listing.ts";
import { findFiles, placeName, remarks, takenIn, type PlaceWish } from "./place.ts";
import { change, told, type Plan, type Scene } from "./plan.ts";
import {
  commonFolder,
  filesIn,
  isWished,
  withoutQuotes,
  wishKind,
  type FileWish,
  type Sentence,
} from "./sentence.ts";
import { extensionOf } from "./words.ts";

export interface NumberRequest {
  readonly files: FileWish;
  /** "Holiday 001.jpg"; absent: "2026-11-02 001.jpg". */
  readonly name?: string;
  /** Also into a folder for each month. */
  readonly isSorted: boolean;
  readonly place: PlaceWish;
}

const RENAME = /\brename\b|重新命名|改名|更名|命名/i;
const BY_DATE =
  /\b(?:by|after|with|to|using|according to)\s+(?:(?:the|their|its)\s+)?(?:(?:date|day)(?:s|\s+(?:taken|modified|created))?|when they were taken)\b|(?:按|依|照|用|以)照?(?:拍攝)?(?:的)?(?:日期|時間|拍攝日)/i;
/** An order: "the number of files" and "the numbers in budget.xlsx" rename nothing. */
const NUMBER =
  /^(?:re)?number\s+(?:the|my|all|every|these)\b|^enumerate\b|^(?:把|將|幫|給|為|請|依序)?(?!.*(?:找|搜尋|列出|顯示|查)).*(?:編號|編上號碼|加上號碼|加流水號)(?:$|[，。！,]|並|和)/i;
const IN_ORDER = /\b(?:number(?:s|ed|ing)?|sequential(?:ly)?|in (?:sequence|order))\b|依序|流水號|編號/i;
const SORT =
  /\b(?:sort|organi[sz]e|group|arrange|file)\b|\binto (?:\w+ )?(?:sub)?folders\b|整理|分類|歸類|歸檔|排序/i;
const CALLED =
  /\b(?:as|called|named|to)\s+(?<english>"[^"]+"|“[^”]+”|'[^']+'|[\p{Lu}\p{N}][\p{L}\p{N}_-]*(?: [\p{Lu}\p{N}][\p{L}\p{N}_-]*)*)(?:\s+(?:0*1|001)\b.*)?(?=\s|$|[,.])|(?:命名為|改名為|叫做?|改成|名稱為)\s*(?:「(?<quoted>[^」]+)」|(?<chinese>[\p{L}\p{N}_-]+?))(?=加|的|和|並|，|。|\s|$)/u;

const recognise = ({ rest, text, place, isBeyond }: Sentence): NumberRequest | undefined => {
  if (isBeyond || /[*]/.test(rest)) return undefined;
  const isByDate = RENAME.test(rest) && (BY_DATE.test(rest) || IN_ORDER.test(rest));
  if (!isByDate && !NUMBER.test(rest)) return undefined;
  const files = filesIn(rest);
  const called = CALLED.exec(rest)?.groups;
  const name = withoutQuotes(called?.["english"] ?? called?.["quoted"] ?? called?.["chinese"] ?? "");
  const where = place ?? commonFolder(text);
  if (files === undefined && where === undefined) return undefined;
  return {
    files: files ?? { type: "kind", id: "all" },
    ...(name === "" || /[/\\]/.test(name) ? {} : { name }),
    isSorted: RENAME.test(rest) && SORT.test(rest),
    place: where === undefined ? {} : { name: where },
  };
};

function* plan({ files, name, isSorted, place: wish }: NumberRequest, scene: Scene): Plan {
  const { say } = scene;
  const isOne = isWished(files);
  const isMeant = (entry: Entry): boolean => entry.kind === "file" && isOne(baseName(entry.path));
  const isAll = files.type === "kind" && files.id === "all";
  const found = yield* findFiles(wish, isAll ? undefined : isMeant, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const folder = placeName(place);
  const sources = entries.filter(isMeant).toSorted(byDate);
  if (sources.length === 0)
    return (
      say.noneToRename(files.type === "glob" ? files.glob : undefined, wishKind(files), folder) +
      remarks(found.value, scene)
    );
  if (!place.isWritable) return say.readOnly(folder);

  const homeOf = (source: Entry): string =>
    isSorted ? join(place.path, fileDate(source).slice(0, 7)) : place.path;
  const taken = yield* takenIn(found.value, new Set(sources.map(homeOf)), scene);
  const newNames = numbered(sources, name);
  const moves = sources.flatMap((source, at) => {
    const [from, to] = [source.path, join(homeOf(source), newNames[at] ?? "")];
    return isSamePath(from, to) ? [] : [{ from, to: takePath(to, taken) }];
  });
  const [first] = moves;
  if (first === undefined) return say.alreadyNamed(folder);
  const changed = yield* change(
    moves,
    (part) => ({ name: "move_files", input: { folder: place.folder, moves: part } }),
    say.willRename(
      moves.length,
      baseName(first.from),
      first.to.slice(place.path === "" ? 0 : place.path.length + 1),
    ),
  );
  return told(changed, say.renamed(moves.length, folder) + remarks(found.value, scene), scene);
}

/** By day, then by the time of the last change, then by name. */
const byDate = (one: Entry, other: Entry): number => {
  const [a, b] = [one, other].map((entry) => [fileDate(entry), entry.modified, entry.path].join("\n"));
  return (a ?? "") < (b ?? "") ? -1 : 1;
};

const numbered = (sources: readonly Entry[], name: string | undefined): readonly string[] => {
  const counts = new Map<string, number>();
  const width = Math.max(3, `${sources.length}`.length);
  return sources.map((entry) => {
    const start = name ?? fileDate(entry);
    const n = (counts.get(start) ?? 0) + 1;
    counts.set(start, n);
    const extension = extensionOf(baseName(entry.path));
    return `${start} ${`${n}`.padStart(width, "0")}${extension === "" ? "" : `.${extension}`}`;
  });
};

export const NUMBER_FILES: Intent<NumberRequest> = { name: "number", recognise, plan };
