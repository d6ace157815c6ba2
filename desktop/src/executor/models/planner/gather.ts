/**
 * "Find all invoices and copy them into Invoices 2026": files from anywhere below a folder come together in one.
 * 1. Copies unless the person says move; no file takes another's name: a taken one gets " (2)".
 * 2. What lies in the target already stays as it is and is not gathered again.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Intent } from "./intent.ts";
import { baseName, join, listAll, takenPaths, takePath, type Entry, type FolderAt } from "./listing.ts";
import { findPlace, placeName, remarks, type Found, type PlaceWish } from "./place.ts";
import { ask, change, told, type Plan, type Scene } from "./plan.ts";
import {
  commonFolder,
  filesIn,
  isWished,
  QUOTED,
  readSentence,
  withoutQuotes,
  wishKind,
  type FileWish,
  type Sentence,
} from "./sentence.ts";
import { BEYOND } from "./words.ts";

export interface GatherRequest {
  readonly isMove: boolean;
  /** The folder that they come into, new or not. */
  readonly target: string;
  /** Files of a kind or pattern, or those with a word in the name or in the text. */
  readonly files?: FileWish;
  readonly term?: string;
  readonly place: PlaceWish;
}

const GATHER = /\b(?:gather|collect|bring together|pull together|round up)\b|收集|蒐集|集中|彙集|聚集/i;
const FIND = /\b(?:find|search for|look for|locate|take|get)\b|找出|找到|搜尋|尋找|找|把|將/i;
const CARRY = /\b(?:copy|move|put|place|store|bring|save)\b|複製|拷貝|移到|移動|移至|搬到|放到|放進|放在/i;
const MOVE = /\b(?:move)\b|移到|移動|移至|搬到|搬/i;
const TARGET =
  /\b(?:(?:in ?to|to)\s+(?:(?:a|an|the|one|my|new|single)\s+)*(?:folder|directory)?\s*(?:(?:called|named)\s+)?|in(?:side)?\s+(?:(?:a|an|one|the|new)\s+)+(?:folder|directory)\s+(?:called|named)\s+)(?<english>"[^"]+"|“[^”]+”|'[^']+'|[\p{L}\p{N}][\p{L}\p{N} _-]*?)(?:\s+(?:folder|directory))?(?:\s+(?:from|in)\s+(?<source>.+?))?\s*[.!?]?$/iu;
const CHINESE_TARGET =
  /(?:到|進|至|在|入)\s*(?:一個|新的?|名為|叫做?|叫)*(?:資料夾)?\s*(?:「(?<quoted>[^」]+)」|(?<bare>[\p{L}\p{N}][\p{L}\p{N} _-]*?))\s*(?:的?(?:新)?資料夾|裡面?|裡|中|內)*\s*[。！]?$/u;
const ABOUT =
  /\b(?:about|mention(?:ing|s)?|containing|with the word|regarding|related to|on the topic of|for)\s+(?<english>"[^"]+"|“[^”]+”|'[^']+'|[\p{L}\p{N}][\p{L}\p{N} _-]*)|(?:提到|關於|有關|包含|含有|寫著)\s*(?:「(?<quoted>[^」]+)」|(?<chinese>[\p{L}\p{N}]+?))(?:的|有關)/iu;
const THING =
  /\b(?:gather|collect|find|search for|look for|locate|copy|move|take|get|round up)\s+(?:together\s+)?(?:(?:all|every|my|the|of|any)\s+)*(?<english>[\p{L}\p{N}][\p{L}\p{N}_-]*?)s?(?:\s+(?:files?|documents?))?\s*(?=$|\s(?:and|in|from|into|to)\b|[,.])|(?:把|將|找出|收集|蒐集|集中)\s*(?:所有|全部)?(?:的)?\s*(?<chinese>[\p{Script=Han}A-Za-z0-9]+?)(?=複製|拷貝|移|搬|放|收集|蒐集|集中|彙集|都|，|,|$)/iu;

const recognise = ({ text }: Sentence): GatherRequest | undefined => {
  const isAsked =
    GATHER.test(text) || (FIND.test(text) && /\band\b|，|,|並|再|然後|到|進/.test(text) && CARRY.test(text));
  if (!isAsked && !/^(?:copy|move)\b|^(?:複製|移動)/i.test(text)) return undefined;
  const found = targetIn(text);
  if (found === undefined) return undefined;
  const { target, before } = found;
  const { rest, place } = readSentence(before);
  if (BEYOND.test(before.replaceAll(QUOTED, " "))) return undefined;
  const about = ABOUT.exec(rest)?.groups;
  const thing = THING.exec(rest)?.groups;
  const term = about?.["english"] ?? about?.["quoted"] ?? about?.["chinese"];
  const files = filesIn(rest.replaceAll(QUOTED, " "));
  const word = thing?.["english"] ?? thing?.["chinese"];
  const name = place ?? commonFolder(rest);
  const where: PlaceWish = name === undefined ? {} : { name };
  const base = { isMove: MOVE.test(text) && !/\bcopy\b|複製|拷貝/i.test(text), target, place: where };
  if (term !== undefined) return { ...base, term: withoutQuotes(term) };
  if (files !== undefined && (files.type === "glob" || files.id !== "all")) return { ...base, files };
  return word === undefined || /^(?:files?|every(?:thing)?|all|them|it|檔案|所有|全部|東西)$/i.test(word)
    ? undefined
    : { ...base, term: singular(word) };
};

/** "invoices" also means "invoice 7.pdf". */
const singular = (word: string): string => (/[a-z]{3}s$/i.test(word) ? word.slice(0, -1) : word);

const targetIn = (text: string): { readonly target: string; readonly before: string } | undefined => {
  const [match, groups] = lastOf(text);
  if (match === undefined) return undefined;
  const said = withoutQuotes(groups["english"] ?? groups["quoted"] ?? groups["bare"] ?? "");
  const target = said.replace(/^(?:新的?)?(?:資料夾)/, "").trim();
  if (target === "" || /^(?:one|a|new|folder|place|one place|them|it|一起|同一)$/i.test(target))
    return undefined;
  const source = groups["source"];
  const before = text.slice(0, match.index) + (source === undefined ? "" : ` in ${source}`);
  return {
    target,
    before: before
      .replace(
        /[，,]?\s*(?:and\s+)?(?:(?:copy|move|put|place|store|bring|save)(?:\s+(?:them|it|all|these|those))?(?:\s+all)?)\s*$/i,
        "",
      )
      .trim(),
  };
};

const lastOf = (
  text: string,
): readonly [RegExpExecArray | undefined, Readonly<Record<string, string | undefined>>] => {
  const chinese = CHINESE_TARGET.exec(text);
  const into = /\b(?:in ?to|to)\b(?!.*\b(?:in ?to|to)\b)/i.exec(text);
  const tail = into === null ? text : text.slice(into.index);
  const english = TARGET.exec(tail);
  if (english !== null) {
    english.index += text.length - tail.length;
    return [english, english.groups ?? {}];
  }
  return chinese === null ? [undefined, {}] : [chinese, chinese.groups ?? {}];
};

function* plan(request: GatherRequest, scene: Scene): Plan {
  const { say } = scene;
  const found = yield* findAll(request, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  if (!place.isWritable) return say.readOnly(placeName(place));
  const target = join(place.path, request.target);
  const isInside = ({ path }: Entry): boolean => path.startsWith(`${target}/`);
  const meant = entries.filter((entry) => !isInside(entry));
  const what = request.term ?? say.many(wishKind(request.files ?? { type: "kind", id: "all" }));
  if (meant.length === 0) return say.notFound(what, [placeName(place)]) + remarks(found.value, scene);

  const there = yield* listAll({ folder: place.folder, path: target }, false, scene);
  // A target that is not there yet is a new folder.
  const taken = there.ok ? takenPaths(there.value.entries) : new Set<string>();
  const items = meant.map(({ path: from }) => ({ from, to: takePath(join(target, baseName(from)), taken) }));
  const [tool, field] = request.isMove ? ["move_files", "moves"] : ["copy_files", "copies"];
  const shown = placeName({ folder: place.folder, path: target });
  const changed = yield* change(
    items,
    (part) => ({ name: tool, input: { folder: place.folder, [field]: part } }),
    say.willGather(
      what,
      meant.map(({ path }) => baseName(path)),
      shown,
      request.isMove,
    ),
  );
  return told(
    changed,
    say.gathered(items.length, shown, request.isMove) + remarks(found.value, scene),
    scene,
  );
}

/** Below the named folder, or below the one grant that holds any. */
function* findAll(request: GatherRequest, scene: Scene): Plan<Result<Found, string>> {
  const { folders, say } = scene;
  if (folders.length === 0) return err(say.noFolders());
  const named = request.place.name === undefined ? undefined : yield* findPlace(request.place, scene);
  if (named !== undefined && !named.ok) return named;
  const places =
    named === undefined
      ? folders.map(({ name, isWritable }) => ({ folder: name, path: "", isWritable }))
      : [named.value];
  const holders: Found[] = [];
  let unnamable = 0;
  for (const place of places) {
    const listing = yield* listAll(place, true, scene);
    if (!listing.ok) return listing;
    const meant = yield* meantBy(request, place, scene);
    if (!meant.ok) return meant;
    const { isMeant, isCut } = meant.value;
    const entries = listing.value.entries.filter(
      (entry) => entry.kind === "file" && isShown(entry) && isMeant(entry),
    );
    unnamable += listing.value.unnamable;
    if (entries.length > 0)
      holders.push({ ...listing.value, isCut: isCut || listing.value.isCut, place, entries });
  }
  const [holder] = holders;
  const names = places.map(placeName);
  if (holder === undefined) {
    const what = request.term ?? say.many(wishKind(request.files ?? { type: "kind", id: "all" }));
    return err(say.notFound(what, names) + remarks({ isCut: false, unnamable }, scene));
  }
  return holders.length === 1
    ? ok(holder)
    : err(say.whichFolder(holders.map(({ place }) => placeName(place))));
}

const isShown = ({ path }: Entry): boolean => !/(?:^|\/)[.~]/.test(path);

interface Meant {
  readonly isMeant: (entry: Entry) => boolean;
  /** The search found more than it told. */
  readonly isCut: boolean;
}

function* meantBy(
  { files, term }: GatherRequest,
  place: FolderAt,
  { say }: Scene,
): Plan<Result<Meant, string>> {
  if (term === undefined) {
    const isOne = isWished(files ?? { type: "kind", id: "all" });
    return ok({ isMeant: ({ path }: Entry) => isOne(baseName(path)), isCut: false });
  }
  const input = {
    folder: place.folder,
    ...(place.path === "" ? {} : { path: place.path }),
    text: term,
    limit: 2_000,
  };
  const answer = yield* ask("search_files", input);
  if (answer.failed) return err(say.failed(answer.content, 0));
  const inText = new Set(pathsOf(answer.content));
  const word = term.toLowerCase();
  return ok({
    isMeant: ({ path }: Entry) => baseName(path).toLowerCase().includes(word) || inText.has(path),
    isCut: /\nOnly the first \d+ lines are shown/.test(answer.content),
  });
}

const pathsOf = (content: string): readonly string[] =>
  content.split(/\r?\n/).flatMap((line) => /^(?<path>.+?):\d+:/.exec(line)?.groups?.["path"] ?? []);

export const GATHER_FILES: Intent<GatherRequest> = { name: "gather", recognise, plan };
