/**
 * The changes of one step as a person is told of them: by files. Folders that it made on the way count only where it
 * made nothing else.
 * A file's place among the step's files never changes: records are only ever added.
 */
import type { Step, TakenBack } from "@deskhand/doc-schema/document";
import type { LeftAlone } from "../ledger-records.ts";
import type { ChangeRecord } from "./change.ts";
import type { UndoneItem } from "./reversal.ts";

/** A step's names stay in the document for as long as its task: about a third of a kilobyte. */
const MOST_NAMED = 16;
const MOST_NAMED_BYTES = 384;
const MOST_LEFT_NAMED = 5;
const MOST_PATH_CHARACTERS = 80;

const isFile = ({ kind }: ChangeRecord): boolean => kind !== "make-folder";

export const filesOf = (changes: readonly ChangeRecord[]): readonly ChangeRecord[] => {
  const files = changes.filter(isFile);
  return files.length === 0 ? changes : files;
};

/** The step's `files`; undefined where it changed one, which the step itself names. */
export const stepFiles = (changes: readonly ChangeRecord[]): Step["files"] => {
  const files = changes.filter(isFile);
  if (files.length < 2) return undefined;
  const first: string[] = [];
  let bytes = 0;
  for (const { path } of files.slice(0, MOST_NAMED)) {
    bytes += Buffer.byteLength(path);
    if (bytes > MOST_NAMED_BYTES) break;
    first.push(path);
  }
  return { count: files.length, first };
};

/** Undefined while no undo has come to the step. */
export const takenBackOf = (
  changes: readonly ChangeRecord[],
  leftAlone: readonly LeftAlone[],
  triedAt: number | undefined,
): TakenBack | undefined => {
  const times = changes.flatMap(({ undoneAt }) => undoneAt ?? []);
  if (changes.length === 0 || (times.length === 0 && triedAt === undefined)) return undefined;
  const files = filesOf(changes);
  const named = stepFiles(changes)?.first.length ?? 0;
  const placeOf = (changeId: string): number => files.findIndex(({ id }) => id === changeId);
  const stands = new Set(changes.filter(({ undoneAt }) => undoneAt === undefined).map(({ id }) => id));
  const left = leftAlone.filter(({ changeId }) => stands.has(changeId));
  const standing = files.filter(({ id }) => stands.has(id)).length;
  return {
    at: Math.max(
      triedAt ?? 0,
      times.reduce((latest, at) => Math.max(latest, at), 0),
    ),
    back: files.length - standing,
    left: standing,
    files: files.slice(0, named).flatMap(({ id }, place) => (stands.has(id) ? [] : [place])),
    ...(left.length === 0
      ? {}
      : {
          leftAlone: left.map(({ changeId, path, why }) => {
            const file = placeOf(changeId);
            return { path, why, ...(file >= 0 && file < named ? { file } : {}) };
          }),
        }),
  };
};

/**
 * The first that are not back, in the order of the changes. Folders are named only where no file is: they stay because
 * of it. @param items as undo tried them, the last change first
 */
export const leftAloneOf = (items: readonly UndoneItem[]): readonly LeftAlone[] => {
  const left = items.filter(({ outcome }) => outcome !== "undone" && outcome !== "already-undone");
  const files = left.filter(({ change }) => isFile(change));
  return (files.length === 0 ? left : files)
    .toReversed()
    .slice(0, MOST_LEFT_NAMED)
    .map(({ change, why = "failed" }) => ({ changeId: change.id, path: shortened(change.path), why }));
};

/** What is left alone after one more file was tried. @param now undefined: it is back */
export const leftAloneAfter = (
  before: readonly LeftAlone[],
  changeId: string,
  now: LeftAlone | undefined,
): readonly LeftAlone[] =>
  [...before.filter((one) => one.changeId !== changeId), ...(now === undefined ? [] : [now])].slice(
    -MOST_LEFT_NAMED,
  );

/** The end of a path says which file it is. */
const shortened = (path: string): string =>
  path.length <= MOST_PATH_CHARACTERS ? path : `…${path.slice(1 - MOST_PATH_CHARACTERS).toWellFormed()}`;
