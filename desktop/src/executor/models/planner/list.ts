/** "What is in Downloads?", "summarise Reports": counts and sizes by type, the newest, the largest, and the names. */
import type { Intent } from "./intent.ts";
import { baseName, listAll, type Entry } from "./listing.ts";
import { findPlace, placeName, type PlaceWish } from "./place.ts";
import type { Plan, Scene } from "./plan.ts";
import { commonFolder, filesIn, isWished, type FileWish, type Sentence } from "./sentence.ts";
import { typeOf, type TypeFolder } from "./words.ts";

export interface ListRequest {
  /** A summary looks into folders below and names only the newest and largest. */
  readonly isSummary: boolean;
  /** Only these. */
  readonly files?: FileWish;
  readonly place: PlaceWish;
}

const SUMMARY =
  /\b(?:summari[sz]e|summary|overview|describe|how much space|how many)\b|摘要|總結|概況|概要|統計|多少/i;
const LIST = /^(?:list|show(?: me)?|give me)\b|\bcontents?\b|列出|列表|有什麼|有哪些|看看|顯示|查看|內容/i;
/** What is left of "what files are there in Downloads?" without its place. */
const WHAT =
  /^(?:what(?:'s| is| are| files (?:are|do i have)| do (?:i|we) have)|what)(?: there| inside)?\s*\??$/i;
const OBJECT =
  /^(?:list|show(?: me)?|give me|summari[sz]e|describe)\s+(?:(?:the|my|our|an?|all|contents?|overview|summary|of)\s+)*(?<english>.+?)(?:\s+(?:folder|directory|contents?))?[.?!]?$|(?:列出|看看|顯示|查看|摘要|總結|概況|把)\s*(?:我的)?(?<chinese>[^，。？做的]+)/i;

const recognise = ({ rest, place, text }: Sentence): ListRequest | undefined => {
  const isSummary = SUMMARY.test(rest);
  if (!isSummary && !LIST.test(rest) && !WHAT.test(rest)) return undefined;
  if (/^what\b/i.test(rest) && !WHAT.test(rest)) return undefined;
  const files = filesIn(rest);
  const filter = files === undefined || (files.type === "kind" && files.id === "all") ? {} : { files };
  if (place !== undefined) return { isSummary, ...filter, place: { name: place } };
  const object = OBJECT.exec(rest)?.groups;
  const isHere = rest !== text || files !== undefined;
  const bare =
    commonFolder(rest) ?? (isHere ? undefined : (object?.["english"] ?? object?.["chinese"])?.trim());
  return { isSummary, ...filter, place: bare === undefined ? {} : { name: bare } };
};

function* plan({ isSummary, files, place: wish }: ListRequest, scene: Scene): Plan {
  const { say } = scene;
  const place = yield* findPlace(wish, scene);
  if (!place.ok) return place.error;
  const listing = yield* listAll(place.value, isSummary, scene);
  if (!listing.ok) return listing.error;
  const { entries, isCut, unnamable } = listing.value;
  const isOne = files === undefined ? () => true : isWished(files);
  const found = entries.filter(({ kind, path }) =>
    kind === "file" ? isOne(baseName(path)) : files === undefined,
  );
  return (
    say.overview(placeName(place.value), overviewOf(found), isSummary, scene.locale) +
    (isCut ? say.cut() : "") +
    (unnamable > 0 ? `\n\n${say.leftAlone(unnamable).trim()}` : "")
  );
}

export interface Overview {
  readonly files: readonly Entry[];
  readonly folders: readonly Entry[];
  readonly bytes: number;
  /** The most frequent first. */
  readonly types: readonly { readonly type: TypeFolder; readonly count: number; readonly bytes: number }[];
  readonly newest?: Entry;
  readonly largest?: Entry;
}

const bytesOf = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes, 0);

const overviewOf = (entries: readonly Entry[]): Overview => {
  const files = entries.filter(({ kind }) => kind === "file");
  const types = [...Map.groupBy(files, ({ path }) => typeOf(path))].map(([type, of]) => ({
    type,
    count: of.length,
    bytes: bytesOf(of),
  }));
  const newest = files.toSorted((a, b) => (a.modified < b.modified ? 1 : -1))[0];
  const largest = files.toSorted((a, b) => b.bytes - a.bytes)[0];
  return {
    files,
    folders: entries.filter(({ kind }) => kind === "folder"),
    bytes: bytesOf(files),
    types: types.toSorted((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
    ...(newest === undefined ? {} : { newest }),
    ...(largest === undefined ? {} : { largest }),
  };
};

export const LIST_FOLDER: Intent<ListRequest> = { name: "list", recognise, plan };
