/**
 * Reads what `list_folder` and `search_files` answered. Lines of another form are passed over, and a list that was
 * cut says so: nothing is taken for complete that is not.
 */
import type { Answer } from "./plan.ts";

export interface Entry {
  readonly kind: "file" | "folder";
  readonly bytes: number;
  /** Local time, ISO 8601. */
  readonly modified: string;
  /** Relative to the grant, "/" between parts. */
  readonly path: string;
}

export interface Listing {
  readonly entries: readonly Entry[];
  /** The tool saw more than it could tell. */
  readonly isCut: boolean;
}

export const readListing = ({ content }: Answer): Listing => {
  const [head = "", ...lines] = content.split(/\r?\n/);
  const entries = lines.flatMap((line): Entry[] => {
    const [kind, bytes, modified = "", ...path] = line.split("\t");
    if ((kind !== "file" && kind !== "folder") || path.length === 0) return [];
    return [{ kind, bytes: Number(bytes) || 0, modified, path: path.join("\t").replace(/\/$/, "") }];
  });
  const total = Number(/^\D*?(?<total>\d[\d,]*)/.exec(head)?.groups?.["total"]?.replaceAll(",", ""));
  return { entries, isCut: total > entries.length };
};

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
