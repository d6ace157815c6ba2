/**
 * "Delete *.tmp in Downloads": puts files of a pattern or kind in the trash.
 * 1. Only files that the request names by pattern, kind or name; folders never.
 * 2. A condition that cannot be checked ("older than a month") makes it no request of ours.
 */
import type { Intent } from "./intent.ts";
import { ok } from "@deskhand/doc-schema/wire";
import { baseName, listAll, parentOf, type Entry } from "./listing.ts";
import { findFiles, findPlace, placeName, remarks, type PlaceWish } from "./place.ts";
import { change, told, type Plan, type Scene } from "./plan.ts";
import { commonFolder, filesIn, isWished, wishKind, type FileWish, type Sentence } from "./sentence.ts";
import { RECURSIVE } from "./words.ts";

export interface DeleteRequest {
  readonly files: FileWish;
  readonly isRecursive: boolean;
  readonly place: PlaceWish;
}

const VERB =
  /\b(?:delete|remove|trash|erase|bin|get rid of|throw away|throw out)\b|刪除|刪掉|刪去|移除|丟掉|清掉|清除|丟到垃圾桶/i;
/** "Remove the prefix" is another matter. */
const NOT_FILES = /\b(?:prefix|suffix|duplicates?|spaces?|lines?|columns?|rows?|folders?)\b|前綴|字首|字尾/i;

const recognise = ({ rest, text, place, isBeyond }: Sentence): DeleteRequest | undefined => {
  if (!VERB.test(rest) || isBeyond) return undefined;
  const isRecursive = RECURSIVE.test(text);
  if (NOT_FILES.test(rest.replace(RECURSIVE, ""))) return undefined;
  const files = filesIn(rest);
  if (files === undefined) return undefined;
  if (files.type === "glob" && files.glob.includes("/"))
    return {
      files: { type: "glob", glob: baseName(files.glob) },
      isRecursive,
      place: { name: parentOf(files.glob) },
    };
  const name = place ?? commonFolder(rest);
  return { files, isRecursive, place: name === undefined ? {} : { name } };
};

function* plan({ files, isRecursive, place: wish }: DeleteRequest, scene: Scene): Plan {
  const { say } = scene;
  const isOne = isWished(files);
  const isMeant = (entry: Entry): boolean => entry.kind === "file" && isOne(baseName(entry.path));
  const isAll = files.type === "kind" && files.id === "all";
  const found = isRecursive
    ? yield* findBelow(wish, scene)
    : yield* findFiles(wish, isAll ? undefined : isMeant, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const name = placeName(place);
  const paths = entries.filter(isMeant).map(({ path }) => path);
  const kind = wishKind(files);
  if (paths.length === 0)
    return (
      say.noneToDelete(files.type === "glob" ? files.glob : undefined, kind, name) +
      remarks(found.value, scene)
    );
  if (!place.isWritable) return say.readOnly(name);
  const changed = yield* change(
    paths,
    (part) => ({ name: "trash_files", input: { folder: place.folder, paths: part } }),
    say.willDelete(kind, paths.map(baseName), name),
  );
  return told(changed, say.deleted(kind, paths.length, name) + remarks(found.value, scene), scene);
}

function* findBelow(wish: PlaceWish, scene: Scene): ReturnType<typeof findFiles> {
  const place = yield* findPlace(wish, scene);
  if (!place.ok) return place;
  const listing = yield* listAll(place.value, true, scene);
  return listing.ok ? ok({ place: place.value, ...listing.value }) : listing;
}

export const DELETE: Intent<DeleteRequest> = { name: "delete", recognise, plan };
