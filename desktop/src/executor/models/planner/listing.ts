/**
 * Reads what `list_folder` and `search_files` answered. Lines of another form are passed over, and a list that was
 * cut says so: nothing is taken for complete that is not.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { parsePath } from "../../policy/path-scope.ts";
import { ask, type Answer, type Call, type Plan, type Scene } from "./plan.ts";

export interface Entry {
  readonly kind: "file" | "folder";
  readonly bytes: number;
  /** Local time, ISO 8601. */
  readonly modified: string;
  /** Relative to the grant, "/" between parts. */
  readonly path: string;
}

/** A grant's name and a path in it, "" for itself. */
export interface FolderAt {
  readonly folder: string;
  readonly path: string;
}

export interface Listing {
  readonly entries: readonly Entry[];
  /** The tool saw more than it could tell. */
  readonly isCut: boolean;
  /** Files that no tool takes by name: it holds characters that cannot be seen, or is longer than is told. */
  readonly unnamable: number;
}

/** About 1,000 entries each. */
const MOST_PAGES = 24;

/** All that lies in a folder, page after page. */
export function* listAll(at: FolderAt, isRecursive: boolean, { say }: Scene): Plan<Result<Listing, string>> {
  const entries: Entry[] = [];
  let unnamable = 0;
  for (let page = 0, offset = 0; page < MOST_PAGES; page++) {
    const { name, input } = listCall(at, isRecursive);
    const answer = yield* ask(name, offset === 0 ? input : { ...input, offset });
    if (answer.failed) return err(say.failed(answer.content, 0));
    const listing = readListing(answer);
    entries.push(...listing.entries);
    unnamable += listing.unnamable;
    const next = Number(GO_ON.exec(answer.content)?.groups?.["next"] ?? 0);
    if (next <= offset) return ok({ entries, isCut: false, unnamable });
    offset = next;
  }
  return ok({ entries, isCut: true, unnamable });
}

const GO_ON = /\nOnly \d+ to \d+ are shown; go on with offset (?<next>\d+), .*$/;

export const listCall = ({ folder, path }: FolderAt, isRecursive = false): Call => ({
  name: "list_folder",
  input: { folder, ...(path === "" ? {} : { path }), ...(isRecursive ? { recursive: true } : {}) },
});

export const readListing = ({ content }: Answer): Listing => {
  const [head = "", ...lines] = content.split(/\r?\n/);
  const found = lines.flatMap((line): Entry[] => {
    const [kind, bytes, modified = "", ...path] = line.split("\t");
    if ((kind !== "file" && kind !== "folder") || path.length === 0) return [];
    return [{ kind, bytes: Number(bytes) || 0, modified, path: path.join("\t").replace(/\/$/, "") }];
  });
  const entries = found.filter(({ path }) => isNamable(path));
  const total = Number(/^\D*?(?<total>\d[\d,]*)/.exec(head)?.groups?.["total"]?.replaceAll(",", ""));
  return { entries, isCut: total > found.length, unnamable: found.length - entries.length };
};

/** Lists show what cannot be seen as "\\u{200b}" and cut names after 200 characters: neither is a name any more. */
const isNamable = (path: string): boolean =>
  parsePath(path).ok && !path.split("/").some((part) => part.length > 200 && part.endsWith("…"));

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
export const join = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** Names that are taken, in either case: two names that differ in case only are one on most disks. */
const folded = (path: string): string => path.normalize("NFC").toLowerCase();

/** `path`, or the same with " (2)", " (3)" … before its extension when that is taken; takes it. */
export const takePath = (path: string, taken: Set<string>): string => {
  const name = baseName(path);
  const dot = name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length;
  let free = path;
  for (let n = 2; taken.has(folded(free)); n++)
    free = join(parentOf(path), `${name.slice(0, dot)} (${n})${name.slice(dot)}`);
  taken.add(folded(free));
  return free;
};

export const takenPaths = (entries: readonly Entry[]): Set<string> =>
  new Set(entries.map(({ path }) => folded(path)));
/** The same but for upper and lower case. */
export const isSamePath = (one: string, other: string): boolean => folded(one) === folded(other);
