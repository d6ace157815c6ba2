/**
 * "Organize the screenshots in Downloads by date": moves files into folders named after their date or type.
 * 1. Only files directly in the folder move; what already lies in a folder stays.
 * 2. No file takes another's name: a taken one gets " (2)".
 */
import { fileDate, readSpan, type DateUnit } from "./dates.ts";
import type { Intent } from "./intent.ts";
import { baseName, join, parentOf, takePath, type Entry } from "./listing.ts";
import { findFiles, placeName, remarks, takenIn, type Found, type PlaceWish } from "./place.ts";
import { change, told, type Plan, type Scene } from "./plan.ts";
import { commonFolder, filesIn, isWished, wishKind, type FileWish, type Sentence } from "./sentence.ts";
import { typeOf } from "./words.ts";

export interface OrganiseRequest {
  readonly by: "date" | "type";
  /** Absent: days for a span under 60 days, else months. */
  readonly unit?: DateUnit;
  readonly files: FileWish;
  readonly place: PlaceWish;
}

const VERB =
  /\b(?:organi[sz]e|sort|arrange|group|tidy(?: up)?|clean up|categori[sz]e|declutter|order(?= (?:the|my|all)\b))\b|整理|分類|歸類|歸檔|排列|收拾/i;
const INTO_FOLDERS = /\b(?:put|move|file)\b.*\bfolders?\b|(?:放|移)(?:到|進).*資料夾/i;
const BY_DATE =
  /\b(?:by|per|according to|for each)\s+(?:\w+\s+)?(?:dates?|days?|months?|years?|time)\b|\b(?:dated|daily|monthly|yearly) (?:sub)?folders\b|\binto (?:days|months|years)\b|\bchronological|(?:按|依|照|用|以|每)照?[^，。]{0,4}?(?:日期|時間|日|天|月|年)/i;
const BY_TYPE =
  /\b(?:by|per|according to|for each)\s+(?:(?:the|their|file)\s+)*(?:file ?)?(?:types?|kinds?|extensions?|formats?)\b|(?:按|依|照|用|以)照?[^，。]{0,4}?(?:類型|種類|類別|格式|副檔名)/i;
const BY_OTHER = /\bby\s+\w|(?:按|依)照?\S/i;
const UNITS: readonly (readonly [DateUnit, RegExp])[] = [
  ["day", /\b(?:days?|daily)\b|(?:按|依|照|每)照?(?:日(?!期)|天)/i],
  ["month", /\b(?:months?|monthly)\b|(?:按|依|照|每)照?(?:個)?月/i],
  ["year", /\b(?:years?|yearly)\b|(?:按|依|照|每)照?年/i],
];
const OBJECT =
  /\b(?:organi[sz]e|sort|arrange|group|tidy(?: up)?|clean up|categori[sz]e|declutter)\s+(?:up\s+)?(?:(?:the|my|our)\s+)*(?<english>(?!by\b|into\b).+?)(?:\s+(?:folder|directory))?(?:\s+(?:by|into|per|according)\b.*)?[.!]?$|(?:把|將)(?<chinese>[^，。]+?)(?:按|依|照|整理|分類|歸)|(?:整理|分類)(?:我的)?\s*(?<after>[^，。按依照]+)/i;

const recognise = ({ rest, place, isBeyond }: Sentence): OrganiseRequest | undefined => {
  const by = BY_DATE.test(rest) ? "date" : BY_TYPE.test(rest) ? "type" : undefined;
  const isAsked = VERB.test(rest) || (by !== undefined && INTO_FOLDERS.test(rest));
  if (!isAsked || isBeyond || (by === undefined && BY_OTHER.test(rest))) return undefined;
  const files = filesIn(rest);
  const object = OBJECT.exec(rest)?.groups;
  const bare =
    files === undefined ? (object?.["english"] ?? object?.["chinese"] ?? object?.["after"]) : undefined;
  const name = place ?? commonFolder(rest) ?? bare?.trim();
  const unit = UNITS.find(([, words]) => words.test(rest))?.[0];
  return {
    by: by ?? (isDated(files) ? "date" : "type"),
    ...(by === "date" && unit !== undefined ? { unit } : {}),
    files: files ?? { type: "kind", id: "all" },
    place: name === undefined ? {} : { name },
  };
};

/** What is sorted by date where nothing is said. */
const isDated = (files: FileWish | undefined): boolean =>
  files?.type === "kind" && ["screenshots", "photos", "images", "videos"].includes(files.id);

function* plan(request: OrganiseRequest, scene: Scene): Plan {
  const { say } = scene;
  const kind = wishKind(request.files);
  const isMeant = meant(request);
  const isAll = request.files.type === "kind" && request.files.id === "all";
  const found = yield* findFiles(request.place, isAll ? undefined : isMeant, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const name = placeName(place);
  const files = entries.filter((entry) => entry.kind === "file" && isMeant(entry));
  if (files.length === 0) return say.nothingToSort(kind, name) + remarks(found.value, scene);
  if (!place.isWritable) return say.readOnly(name);

  const groups = Map.groupBy(files, keyer(request, files));
  const targets = [...groups.keys()].sort();
  const moves = yield* movesInto(groups, found.value, scene);
  const intro = say.willSort(kind, files.length, targets.length, spanOf(files, request));
  const changed = yield* change(
    moves,
    (part) => ({ name: "move_files", input: { folder: place.folder, moves: part } }),
    intro,
  );
  const counts = targets.map((target): readonly [string, number] => [
    target,
    groups.get(target)?.length ?? 0,
  ]);
  return told(changed, say.sorted(kind, files.length, name, counts) + remarks(found.value, scene), scene);
}

/** Wished for, and not yet in the folder that it would go to. */
const meant = (request: OrganiseRequest): ((entry: Entry) => boolean) => {
  const isOne = isWished(request.files);
  return (entry) => {
    const parent = baseName(parentOf(entry.path));
    const date = fileDate(entry);
    const homes = request.by === "type" ? [typeOf(entry.path)] : [date, date.slice(0, 7), date.slice(0, 4)];
    return isOne(baseName(entry.path)) && !homes.includes(parent);
  };
};

const keyer = (request: OrganiseRequest, files: readonly Entry[]): ((entry: Entry) => string) => {
  if (request.by === "type") return ({ path }) => typeOf(baseName(path));
  const unit = request.unit ?? (readSpan(files).days < 60 ? "day" : "month");
  const length = { day: 10, month: 7, year: 4 }[unit];
  return (entry) => fileDate(entry).slice(0, length);
};

const spanOf = (files: readonly Entry[], { by }: OrganiseRequest): number =>
  by === "date" ? new Set(files.map(fileDate)).size : 0;

/** Looks into the folders that are there already, so that no name is taken twice. */
function* movesInto(
  groups: ReadonlyMap<string, readonly Entry[]>,
  found: Found,
  scene: Scene,
): Plan<readonly { readonly from: string; readonly to: string }[]> {
  const { place } = found;
  const homes = new Set([...groups.keys()].map((key) => join(place.path, key)));
  const taken = yield* takenIn(found, homes, scene);
  return [...groups].flatMap(([key, files]) =>
    files.map(({ path: from }) => ({
      from,
      to: takePath(join(join(place.path, key), baseName(from)), taken),
    })),
  );
}

export const ORGANISE: Intent<OrganiseRequest> = { name: "organise", recognise, plan };
