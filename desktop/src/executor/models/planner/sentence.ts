/**
 * Reads of a sentence what every intent needs: the place it names, and the files that it is about.
 * 1. Nothing here decides what to do; the intents do, each from the same reading.
 * 2. The place is cut out before the rest is read, so that "the Photos in Reports" is about Reports.
 */
import { globToRegExp } from "./glob.ts";
import {
  ALL_FILES,
  BEYOND,
  COMMON_FOLDERS,
  extensionOf,
  HARMLESS_NEGATION,
  isKnownExtension,
  KINDS,
  POLITE,
  type Kind,
} from "./words.ts";

export interface Sentence {
  readonly text: string;
  /** The text without its place. */
  readonly rest: string;
  /** A folder that is plainly named ("in Downloads", 下載裡), as written; may be a path. */
  readonly place?: string;
  /** It sets a condition that cannot be checked ("older than a month"). */
  readonly isBeyond: boolean;
}

/** Which files a request is about. */
export type FileWish =
  | { readonly type: "glob"; readonly glob: string }
  | { readonly type: "kind"; readonly id: string };

export const readSentence = (said: string): Sentence => {
  const spaced = said.normalize("NFC").replaceAll("’", "'").replace(HARMLESS_NEGATION, " ");
  const text = spaced.replaceAll(/\s+/g, " ").trim().replace(POLITE, "");
  const found = englishPlace(text) ?? chinesePlace(text);
  const rest = found === undefined ? text : text.slice(0, found.from) + " " + text.slice(found.to);
  return {
    text,
    rest: rest.replaceAll(/\s+/g, " ").trim(),
    ...(found === undefined || found.name === "" ? {} : { place: found.name }),
    isBeyond: BEYOND.test(rest.replaceAll(QUOTED, " ")),
  };
};

interface FoundPlace {
  /** "" when the place is "this folder". */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const ENGLISH_PLACE = new RegExp(
  String.raw`\b(?<preposition>in|inside|within|under|from|of|on(?=\s+(?:my |the )?desktop\b))\s+(?:(?:the|my|our|this|that|folder)\s+)*` +
    String.raw`(?<name>"[^"]+"|“[^”]+”|[\p{L}\p{N}_(](?:(?!\b(?:in|inside|from|by|to|of)\b).)*?)(?<folder>\s+(?:folder|directory))?` +
    String.raw`(?=\s*$|\s*[.?!,;:。？！，；：](?:\s|$)|\s(?:by|to|and|into|with|that|which|as|named|called|containing|mentioning|whose|for|per|in|inside|from|then|including|where|recursively|starting|ending|except|excluding|unless|but|other|apart|if|older|newer|larger|bigger|smaller|before|after|since|until|not)\b)`,
  "giu",
);
const NO_PLACE =
  /^(?:it|here|there|them|order|(?:sub)?folders?|directory|groups?|date|type|(?:the )?names?|file ?names?|my computer|total|detail|full|markdown|text|(?:.* )?quarter(?: 20\d\d)?|q[1-4](?: 20\d\d)?|week(?: \d+)?|20\d\d)$|^(?:dated|separate|monthly|daily|yearly|all|each|every)\b/i;
/** After "of" stands more often a thing than a place: "a report of the sales sheets". */
const A_THING = /[*?]|\.[a-z]\w{1,4}$|\b(?:csvs?|sheets?|tables?|files?|columns?|data|sales|sums?)\b/i;

const englishPlace = (text: string): FoundPlace | undefined => {
  for (const match of [...text.matchAll(ENGLISH_PLACE)].toReversed()) {
    const { preposition = "", name: written = "" } = match.groups ?? {};
    const name = withoutQuotes(written);
    const isThing =
      preposition.toLowerCase() === "of" &&
      (A_THING.test(name) || KINDS.some(({ words }) => words.test(name)));
    if (isThing || /[*]/.test(name) || isFileName(name)) continue;
    const isHere = /^(?:folder|directory|here)$/i.test(name);
    if (!isHere && NO_PLACE.test(name)) continue;
    return { name: isHere ? "" : name, from: match.index, to: match.index + match[0].length };
  }
  return undefined;
};

/** "The figures in budget.xlsx": a file is no folder. */
const isFileName = (name: string): boolean => !name.includes("/") && isKnownExtension(extensionOf(name));

const CHINESE_PLACE =
  /(?:「(?<quoted>[^」]+)」|(?<latin>(?<![\w.])[A-Za-z0-9][\w .\-/]*?)|(?<han>\p{Script=Han}+?))\s*(?:(?:資料夾|文件夾|目錄)(?:裡面|裡|裏|里|內|中|下|上)?|裡面|裡|裏|(?:內|中|上)(?=的|有|找|搜|，|\s|$))/gu;
const LEADING_WORDS =
  /^(?:請|麻煩|幫我|幫忙|可以|能不能|把|將|在|從|到|於|列出|列表|顯示|看看|看一下|看|查看|打開|讀取|讀|刪除|刪掉|移除|清除|清掉|丟掉|整理|分類|歸類|歸檔|搜尋|查找|尋找|找出|找到|找|摘要|總結|統計|加總|合計|彙整|重新命名|改名|我的|這個|那個|所有|全部|一下|的|資料夾|目錄)+/u;

const NO_CHINESE_PLACE = /^(?:檔案)?(?:名稱|檔名|名字|內容)$/;

const chinesePlace = (text: string): FoundPlace | undefined => {
  for (const match of text.matchAll(CHINESE_PLACE)) {
    const { quoted, latin, han } = match.groups ?? {};
    const written = quoted ?? latin ?? han ?? "";
    const name = han === undefined ? written.trim() : written.replace(LEADING_WORDS, "");
    if (NO_CHINESE_PLACE.test(name) || isFileName(name)) continue;
    const from = match.index + (han === undefined ? 0 : written.length - name.length);
    return { name, from, to: match.index + match[0].length };
  }
  return undefined;
};

/** A folder that many computers have and that stands there without "in": "organise Downloads". */
export const commonFolder = (text: string): string | undefined => COMMON_FOLDERS.exec(text)?.[0];

export const QUOTED = /"[^"]+"|“[^”]+”|「[^」]+」|『[^』]+』|(?<![\p{L}\p{N}])'[^']+'(?![\p{L}\p{N}])/gu;

export const withoutQuotes = (text: string): string =>
  text
    .trim()
    .replace(/^["“「『'‘]/, "")
    .replace(/["”」』'’]$/, "")
    .trim();

/** A file name that is written out, in quotes or with a Latin extension. */
export const fileNameIn = (text: string): string | undefined => {
  const quoted = (text.match(QUOTED) ?? []).map(withoutQuotes).find((part) => /\.\w{1,5}$/.test(part));
  const latin =
    /(?<![\p{Script=Han}\w.*])[A-Za-z0-9_][\w\-()]*(?:\.[\w\-()]+)*\.[a-z]\w{1,4}(?![\w.])/iu.exec(text)?.[0];
  const han = /[\p{Script=Han}\w][\p{Script=Han}\w\-()]*\.(?<extension>[a-z]\w{1,4})(?![\w.])/iu.exec(
    text,
  )?.[0];
  return quoted ?? latin ?? han?.replace(LEADING_WORDS, "");
};

const GLOB = /(?<=^|[\s「"'“])[^\s「」"'“”，,。]*(?:\*|\?(?=[\w.*]))[^\s「」"'“”，,。的]*/u;

/** The first pattern with a star. */
export const globIn = (text: string): string | undefined =>
  GLOB.exec(text)?.[0].replace(/(?:檔案?|[.?!])+$/u, "");

export const filesIn = (text: string): FileWish | undefined => {
  const glob = globIn(text) ?? extensionGlob(text) ?? fileNameIn(text);
  if (glob !== undefined) return { type: "glob", glob };
  const kind = [...KINDS, ALL_FILES].find(({ words }) => words.test(text));
  return kind === undefined ? undefined : { type: "kind", id: kind.id };
};

/** "the zip files", ".tmp files", 「zip 檔」. */
const extensionGlob = (text: string): string | undefined => {
  const words = text.matchAll(/\.?(?<![\w*])(?<word>[a-z][a-z0-9]{0,4})(?:[ -]files?\b|\s*(?:檔案|檔))/gi);
  for (const { groups } of words) {
    const word = groups?.["word"] ?? "";
    if (isKnownExtension(word) && word.toLowerCase() !== "pdf") return `*.${word.toLowerCase()}`;
  }
  return undefined;
};

const kindOf = (id: string): Kind => KINDS.find((kind) => kind.id === id) ?? ALL_FILES;

/** Whether a file of this name (without its folder) is meant. */
export const isWished = (wish: FileWish): ((name: string) => boolean) => {
  if (wish.type === "kind") return kindOf(wish.id).isOne;
  const pattern = globToRegExp(wish.glob);
  return (name) => pattern.test(name);
};

/** The words for what is wished. */
export const wishKind = (wish: FileWish): Kind => (wish.type === "kind" ? kindOf(wish.id) : ALL_FILES);
