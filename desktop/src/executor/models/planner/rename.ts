/**
 * "Rename *.jpeg to *.jpg in Photos", a prefix or a suffix: new names in the same folder.
 * 1. What a star stood for is carried over; a new name that stays unclear renames nothing.
 * 2. No file takes another's name: a taken one gets " (2)".
 */
import { globToRegExp } from "./glob.ts";
import type { Intent } from "./intent.ts";
import { baseName, isSamePath, join, parentOf, takenPaths, takePath, type Entry } from "./listing.ts";
import { findFiles, placeName, remarks, type PlaceWish } from "./place.ts";
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

export type Naming =
  | { readonly type: "pattern"; readonly to: string }
  | { readonly type: "prefix"; readonly text: string }
  | { readonly type: "suffix"; readonly text: string };

export interface RenameRequest {
  readonly files: FileWish;
  readonly naming: Naming;
  readonly place: PlaceWish;
}

const PATTERN =
  /\brename\s+(?<from>.+?)\s+(?:to|into|as)\s+(?<to>.+)$|(?:把|將)?\s*(?<source>[^，。]+?)\s*(?:重新命名|改名|更名|改)(?:為|成|叫)?\s*(?<target>[^，。\s][^，。]*)$/i;
const ADDED = String.raw`(?<text>"[^"]+"|“[^”]+”|'[^']+'|\S+)`;
const AFFIXES: readonly RegExp[] = [
  new RegExp(
    String.raw`\badd\s+(?:the\s+|a\s+)?(?<where>prefix|suffix)\s+${ADDED}\s+to\s+(?<files>.+)$`,
    "i",
  ),
  new RegExp(
    String.raw`\badd\s+${ADDED}\s+as\s+(?:the\s+|a\s+)?(?<where>prefix|suffix)\s+(?:to|for|of)\s+(?<files>.+)$`,
    "i",
  ),
  new RegExp(String.raw`\b(?<where>prefix|suffix)\s+(?<files>.+?)\s+with\s+${ADDED}\s*$`, "i"),
  /(?<files>.*?)(?:的)?(?:檔名|名稱|檔案名稱)?(?<where>前|後)面?(?:都)?加上?\s*(?<text>「[^」]+」|[^\s，。]+)/,
];

const recognise = ({ rest, place, isBeyond }: Sentence): RenameRequest | undefined => {
  if (isBeyond) return undefined;
  const name = place ?? commonFolder(rest);
  const where = name === undefined ? {} : { name };
  for (const affix of AFFIXES) {
    const { where: side = "", text = "", files = "" } = affix.exec(rest)?.groups ?? {};
    if (text === "") continue;
    return {
      files: filesIn(files) ?? { type: "kind", id: "all" },
      naming: { type: /prefix|前/i.test(side) ? "prefix" : "suffix", text: withoutQuotes(text) },
      place: where,
    };
  }
  const groups = PATTERN.exec(rest)?.groups;
  const files = filesIn(groups?.["from"] ?? groups?.["source"] ?? "");
  const to = withoutQuotes((groups?.["to"] ?? groups?.["target"] ?? "").replace(/[.。!！]+$/, ""));
  if (files?.type !== "glob" || to === "") return undefined;
  return { files, naming: { type: "pattern", to }, place: where };
};

function* plan({ files, naming, place: wish }: RenameRequest, scene: Scene): Plan {
  const { say } = scene;
  const isOne = isWished(files);
  const isMeant = (entry: Entry): boolean => entry.kind === "file" && isOne(baseName(entry.path));
  const isAll = files.type === "kind" && files.id === "all";
  const found = yield* findFiles(wish, isAll ? undefined : isMeant, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const folder = placeName(place);
  const sources = entries.filter(isMeant).map(({ path }) => path);
  const kind = wishKind(files);
  if (sources.length === 0)
    return (
      say.noneToRename(files.type === "glob" ? files.glob : undefined, kind, folder) +
      remarks(found.value, scene)
    );
  if (!place.isWritable) return say.readOnly(folder);

  const taken = takenPaths(entries);
  const moves: { readonly from: string; readonly to: string }[] = [];
  for (const from of sources) {
    const name = newName(baseName(from), files, naming);
    if (name === undefined || name === "" || /[/\\]/.test(name)) return say.unclearName();
    if (name === baseName(from)) continue;
    const to = join(parentOf(from), name);
    moves.push({ from, to: isSamePath(from, to) ? to : takePath(to, taken) });
  }
  const [first] = moves;
  if (first === undefined) return say.alreadyNamed(folder);
  const changed = yield* change(
    moves,
    (part) => ({ name: "move_files", input: { folder: place.folder, moves: part } }),
    say.willRename(moves.length, baseName(first.from), baseName(first.to)),
  );
  return told(changed, say.renamed(moves.length, folder) + remarks(found.value, scene), scene);
}

/** Undefined when the pattern does not say what the new name is. */
const newName = (name: string, files: FileWish, naming: Naming): string | undefined => {
  const dot = name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length;
  if (naming.type === "prefix") return naming.text + name;
  if (naming.type === "suffix") return name.slice(0, dot) + naming.text + name.slice(dot);
  if (files.type !== "glob") return undefined;
  const kept = globToRegExp(files.glob).exec(name)?.slice(1) ?? [];
  const parts = naming.to.split("*");
  if (parts.length === 1) {
    if (kept.length === 0) return naming.to;
    const isExtension = /^\*\.\w+$/.test(files.glob) && /^\.?\w{1,5}$/.test(naming.to);
    return isExtension ? `${name.slice(0, dot)}.${naming.to.replace(/^\./, "")}` : undefined;
  }
  if (parts.length - 1 > kept.length) return undefined;
  return parts.map((part, at) => part + (at < parts.length - 1 ? (kept[at] ?? "") : "")).join("");
};

export const RENAME: Intent<RenameRequest> = { name: "rename", recognise, plan };
