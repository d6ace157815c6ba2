/** "Find files named invoice", "find 'Acme' in Reports": by name, by content, or both where the request leaves it open. */
import type { Intent } from "./intent.ts";
import { globToRegExp } from "./glob.ts";
import { baseName, listAll, type FolderAt } from "./listing.ts";
import { nameText } from "./name-text.ts";
import { findPlace, placeName, type PlaceWish } from "./place.ts";
import { NO_ANSWER, type Answer, type Call, type Plan, type Scene } from "./plan.ts";
import {
  filesIn,
  isWished,
  QUOTED,
  withoutQuotes,
  wishKind,
  type FileWish,
  type Sentence,
} from "./sentence.ts";

export interface FindRequest {
  /** By name (a pattern), by content, by either, or all files of a kind. */
  readonly by: "name" | "text" | "either" | "kind";
  /** Not for "kind". */
  readonly term?: string;
  readonly files?: FileWish;
  readonly place: PlaceWish;
}

const VERB =
  /^(?:find|search|look for|locate|where (?:is|are)|which files?)\b|(?:尋找|查找|找出|找到|搜尋|搜索|找|哪些檔案|哪個檔案)/i;
const BY_NAME =
  /\b(?:named|called|name (?:contains?|containing|has|with|like|is)|names? containing|with the name)\s+(?<english>.+)$|(?:檔案名稱|檔名|名稱|名字)(?:中|裡)?(?:包含|含有|含|有|是|為|叫)?\s*(?<chinese>[^，。]+)|(?:叫做|叫|名為)\s*(?<called>[^，。]+)/i;
const BY_TEXT =
  /\b(?:contain(?:ing|s)?|mention(?:ing|s)?|include|including|with the (?:text|words?|phrase)|that says?|saying|about|search(?: the files)? for)\s+(?<english>.+)$|(?:內容)?(?:包含|含有|提到|寫著|內容有|內容是)\s*(?<chinese>[^，。]+)/i;
const ANYTHING =
  /^(?:find|search(?: for)?|look for|locate|where (?:is|are))\s+(?<english>.+)$|(?:尋找|查找|找出|找到|搜尋|搜索|找)\s*(?<chinese>[^，。]+)/i;

const recognise = ({ rest, place }: Sentence): FindRequest | undefined => {
  if (!VERB.test(rest)) return undefined;
  const where = place === undefined ? {} : { name: place };
  for (const [by, pattern] of [
    ["name", BY_NAME],
    ["text", BY_TEXT],
  ] as const) {
    const term = termOf(pattern, rest);
    if (term !== "") return { by, term, place: where };
  }
  const files = filesIn(rest.replaceAll(QUOTED, " "));
  if (files?.type === "kind" && files.id !== "all") return { by: "kind", files, place: where };
  const glob = filesIn(rest);
  if (glob?.type === "glob") return { by: "name", term: glob.glob, place: where };
  const term = termOf(ANYTHING, rest);
  return term === "" ? undefined : { by: "either", term, place: where };
};

const termOf = (pattern: RegExp, text: string): string => {
  const groups = pattern.exec(text)?.groups;
  const said = groups?.["english"] ?? groups?.["chinese"] ?? groups?.["called"] ?? "";
  const [quoted] = said.match(QUOTED) ?? [];
  const bare = said
    .replace(/[?.!。？！]+$/, "")
    .replace(/的?(?:檔案|文件|圖片|資料)$/, "")
    .replace(/^(?:(?:the|all|my|any|every|files?|word|text|phrase|for)\s+)+/i, "")
    .replace(/^(?:all|any|every|my|the)?\s*files?$/i, "");
  return withoutQuotes(quoted ?? bare);
};

function* plan(request: FindRequest, scene: Scene): Plan {
  const { say, folders } = scene;
  const named = request.place.name === undefined ? undefined : yield* findPlace(request.place, scene);
  if (named !== undefined && !named.ok) return named.error;
  const places =
    named === undefined ? folders.map(({ name }) => ({ folder: name, path: "" })) : [named.value];
  if (places.length === 0) return say.noFolders();
  if (request.by === "kind") return yield* findKind(request.files ?? EVERYTHING, places, scene);
  const searches = places.flatMap((place) => searchCalls(request, place).map((call) => ({ place, call })));
  const answers = yield { calls: searches.map(({ call }) => call) };
  const failed = answers.find((answer) => answer.failed);
  if (failed !== undefined) return say.failed(failed.content, 0);

  const hits = searches.flatMap(({ place, call }, at) =>
    hitsOf(request, place, call, answers[at] ?? NO_ANSWER),
  );
  const what = request.term ?? "";
  const where = places.map(placeName);
  return hits.length === 0 ? say.notFound(what, where) : say.found(what, [...new Set(hits)], where);
}

const EVERYTHING: FileWish = { type: "kind", id: "all" };

function* findKind(files: FileWish, places: readonly FolderAt[], scene: Scene): Plan {
  const { say } = scene;
  const isOne = isWished(files);
  const hits: string[] = [];
  for (const place of places) {
    const listing = yield* listAll(place, true, scene);
    if (!listing.ok) return listing.error;
    const meant = listing.value.entries.filter(({ kind, path }) => kind === "file" && isOne(baseName(path)));
    hits.push(...meant.map(({ path }) => nameText(placeName({ folder: place.folder, path }))));
  }
  const [what, where] = [say.many(wishKind(files)), places.map(placeName)];
  return hits.length === 0 ? say.notFound(what, where) : say.found(what, hits, where);
}

const searchCalls = ({ by, term = "" }: FindRequest, place: FolderAt): readonly Call[] => {
  const input = { folder: place.folder, ...(place.path === "" ? {} : { path: place.path }) };
  const byName: Call = { name: "search_files", input: { ...input, name: nameGlob(term) } };
  const byText: Call = { name: "search_files", input: { ...input, text: term } };
  return by === "name" ? [byName] : by === "text" ? [byText] : [byName, byText];
};

const nameGlob = (term: string): string => (/[*?]/.test(term) ? term : `*${term}*`);

const TEXT_HIT = /^(?<path>.+?):(?<line>\d+):\s?(?<text>.*)$/;

/** What search_files says besides its hits. */
const REMARK = /^(?:Nothing was found\.|Only the first .* shown; there is more\.)$/;

/** As Markdown list items, without their dash. */
const hitsOf = (
  { term = "" }: FindRequest,
  { folder }: FolderAt,
  { input }: Call,
  answer: Answer,
): readonly string[] => {
  const shown = (path: string): string => nameText(placeName({ folder, path }));
  const lines = answer.content.split(/\r?\n/).filter((line) => line.trim() !== "" && !REMARK.test(line));
  if (input["text"] !== undefined)
    return lines.flatMap((line) => {
      const hit = TEXT_HIT.exec(line)?.groups;
      return hit === undefined
        ? []
        : [`${shown(hit["path"] ?? "")}:${hit["line"]}: ${nameText(hit["text"]?.trim() ?? "")}`];
    });
  const pattern = globToRegExp(nameGlob(term));
  return lines.filter((line) => pattern.test(baseName(line))).map(shown);
};

export const FIND: Intent<FindRequest> = { name: "find", recognise, plan };
