/**
 * Finds the folder that a request means. A name is first a grant, then a folder directly in one; what is ambiguous or
 * unknown is said with what may be used, never guessed.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import {
  baseName,
  join,
  listAll,
  listCall,
  parentOf,
  readListing,
  takenPaths,
  type Entry,
  type FolderAt,
  type Listing,
} from "./listing.ts";
import { type Answer, type Plan, type Scene } from "./plan.ts";
import { FOLDER_ALIASES } from "./words.ts";

export interface Place extends FolderAt {
  readonly isWritable: boolean;
}

/** As the request names it. */
export interface PlaceWish {
  readonly name?: string;
  /** The name is a guess from a bare word: when there is no such folder, none was named. */
  readonly isGuess?: boolean;
}

/** As a person reads it: "Downloads", "Deskhand demo/Downloads". */
export const placeName = ({ folder, path }: FolderAt): string => (path === "" ? folder : join(folder, path));

/** Ends in a sentence for the person when there is no one place. */
export function* findPlace(wish: PlaceWish, scene: Scene): Plan<Result<Place, string>> {
  const { folders, say } = scene;
  const names = folders.map(({ name }) => name);
  if (folders.length === 0) return err(say.noFolders());
  if (wish.name === undefined) {
    const [only] = folders;
    return only !== undefined && folders.length === 1
      ? ok({ folder: only.name, path: "", isWritable: only.isWritable })
      : err(say.whichFolder(names));
  }
  const [first = "", ...below] = wish.name.split("/").filter((part) => part !== "");
  const grants = folders.filter(({ name }) => isSameName(name, first));
  const [grant] = grants;
  if (grant !== undefined && grants.length === 1)
    return ok({ folder: grant.name, path: below.join("/"), isWritable: grant.isWritable });

  const answers = yield { calls: folders.map(({ name }) => listCall({ folder: name, path: "" })) };
  const inside = folders.flatMap(({ name, isWritable }, at) =>
    entriesOf(answers[at])
      .filter(({ kind }) => kind === "folder")
      .map(({ path }): Place => ({ folder: name, path, isWritable })),
  );
  const found = inside.filter(({ path }) => isSameName(path, first));
  const [place] = found;
  if (place !== undefined && found.length === 1)
    return ok({ ...place, path: [place.path, ...below].join("/") });
  if (found.length > 1) return err(say.whichFolder(found.map(placeName)));
  if (wish.isGuess === true) return yield* findPlace({}, scene);
  const failed = answers.find((answer) => answer.failed);
  if (failed !== undefined && inside.length === 0) return err(say.failed(failed.content, 0));
  return err(say.noSuchFolder(wish.name, [...names, ...inside.map(placeName)]));
}

/** A place and what lies directly in it. */
export interface Found extends Listing {
  readonly place: Place;
}

/**
 * The place and its entries. Where no place is named and `isMeant` says what is sought: the one folder that holds such
 * files, wherever in the grants it is.
 */
export function* findFiles(
  wish: PlaceWish,
  isMeant: ((entry: Entry) => boolean) | undefined,
  scene: Scene,
): Plan<Result<Found, string>> {
  if (wish.name === undefined && isMeant !== undefined) return yield* searchGrants(isMeant, scene);
  const place = yield* findPlace(wish, scene);
  if (!place.ok) return place;
  const listing = yield* listAll(place.value, false, scene);
  return listing.ok ? ok({ place: place.value, ...listing.value }) : listing;
}

function* searchGrants(isMeant: (entry: Entry) => boolean, scene: Scene): Plan<Result<Found, string>> {
  const { folders, say } = scene;
  if (folders.length === 0) return err(say.noFolders());
  const holders: Found[] = [];
  for (const { name: folder, isWritable } of folders) {
    const listing = yield* listAll({ folder, path: "" }, true, scene);
    if (!listing.ok) return listing;
    const { entries } = listing.value;
    const meant = entries.filter((entry) => entry.kind === "file" && isMeant(entry));
    for (const path of new Set(meant.map((entry) => parentOf(entry.path))))
      holders.push({
        ...listing.value,
        place: { folder, path, isWritable },
        entries: entries.filter((entry) => parentOf(entry.path) === path),
      });
  }
  const [holder] = holders;
  if (holder === undefined) return err(say.nothingFound(folders.map(({ name }) => name)));
  return holders.length === 1
    ? ok(holder)
    : err(say.whichFolder(holders.map(({ place }) => placeName(place))));
}

/** Names that are taken in a place and in those of its folders that something is to come into. */
export function* takenIn(
  { place, entries }: Found,
  homes: ReadonlySet<string>,
  scene: Scene,
): Plan<Set<string>> {
  const taken = takenPaths(entries);
  for (const { kind, path } of entries) {
    if (kind !== "folder" || !homes.has(path)) continue;
    const inside = yield* listAll({ folder: place.folder, path }, false, scene);
    // A folder that cannot be listed is the move's affair: it refuses what is taken.
    if (inside.ok) for (const name of takenPaths(inside.value.entries)) taken.add(name);
  }
  return taken;
}

/** What a sentence about a folder must not leave out. */
export const remarks = ({ isCut, unnamable }: Omit<Listing, "entries">, { say }: Scene): string =>
  (isCut ? say.moreThere() : "") + (unnamable > 0 ? say.leftAlone(unnamable) : "");

const entriesOf = (answer: Answer | undefined): readonly Entry[] =>
  answer === undefined || answer.failed ? [] : readListing(answer).entries;

/** In either case, with or without the plural's s, in Chinese or English. */
const isSameName = (path: string, said: string): boolean => {
  const name = plain(baseName(path));
  return name === plain(said) || name === plain(FOLDER_ALIASES.get(said) ?? said);
};
const plain = (text: string): string => text.normalize("NFC").toLowerCase().replace(/s$/, "");
