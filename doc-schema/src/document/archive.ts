/**
 * Which finished tasks may leave the document, and how they leave it.
 * 1. A task goes whole, with its messages, replies, runs, approvals, decisions, orders, questions and artifacts. None
 *    goes that is pending, waiting, undoable, named by a schedule, or that this version cannot read in full.
 * 2. [AR1] The rows go and the reference comes in one transaction, and only if the document still holds exactly what the
 *    segment holds. The caller has stored the sealed segment before.
 */
import type * as Y from "yjs";
import { canonicalText, type JsonValue } from "../crypto/index.ts";
import { err, ok, type Result } from "../wire/index.ts";
import {
  ARCHIVED_ROOTS,
  lineToText,
  SEGMENT_BYTES,
  type ArchivedRoot,
  type Segment,
  type SegmentLine,
} from "./archive-segment.ts";
import { createTaskBundles, type Bundle } from "./task-bundles.ts";
import { isBefore, type ThreadId } from "./ids.ts";
import { rootsOf } from "./roots.ts";
import type { ArchiveReference } from "./rows.ts";
import { putArchiveReference } from "./write-rows.ts";

export interface ArchiveOptions {
  /** So many of the newest tasks and lone messages of each thread stay. */
  readonly keepNewest: number;
  /** What ended less than so long ago stays (milliseconds). */
  readonly olderThan: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What was changed less than so long ago and can be undone stays (milliseconds). */
  readonly undoWindow?: number;
  /** About how large a segment becomes. */
  readonly segmentBytes?: number;
}

/** Previous bytes are kept for 30 days. */
export const UNDO_WINDOW_MS = 30 * 24 * 3600 * 1000;

/** Orders and answers that name nothing go along after so long: the executor has handled or refused them by then. */
export const LOOSE_MS = 30 * 24 * 3600 * 1000;

/** The next segment, oldest entries first, of the first thread that has one; undefined when nothing may go. */
export const selectForArchive = (doc: Y.Doc, options: ArchiveOptions): Segment | undefined => {
  const bundles = createTaskBundles(doc);
  for (const threadId of bundles.threadIds) {
    const all = bundles.ofThread(threadId);
    const mayGo = all
      .slice(0, Math.max(0, all.length - options.keepNewest))
      .filter((bundle) => isFinished(bundle, options));
    const taken = upTo(mayGo, options.segmentBytes ?? SEGMENT_BYTES);
    if (taken.length === 0) continue;
    const loose = bundles.loose.filter(({ createdAt }) => options.now - createdAt >= LOOSE_MS);
    return segmentOf(
      threadId,
      taken,
      loose.map(({ line }) => line),
    );
  }
  return undefined;
};

const isFinished = (
  { endedAt, isOpen, isUndoable }: Bundle,
  { now, olderThan, undoWindow = UNDO_WINDOW_MS }: ArchiveOptions,
): boolean => {
  if (isOpen || endedAt === undefined) return false;
  const age = now - endedAt;
  return age >= olderThan && !(isUndoable && age < undoWindow);
};

const upTo = (bundles: readonly Bundle[], segmentBytes: number): readonly Bundle[] => {
  let bytes = 0;
  return bundles.filter(({ lines }, at) => {
    if (at > 0 && bytes >= segmentBytes) return false;
    for (const line of lines) bytes += lineToText(line).length;
    return true;
  });
};

const rank = (line: SegmentLine): number => ARCHIVED_ROOTS.indexOf(line.root);

const segmentOf = (
  threadId: ThreadId,
  bundles: readonly Bundle[],
  loose: readonly SegmentLine[],
): Segment => {
  const shown = bundles.flatMap(({ shownIds }) => shownIds).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const lines = bundles
    .flatMap((bundle) => bundle.lines)
    .concat(loose)
    .sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
  return { threadId, fromId: shown[0] ?? "", toId: shown.at(-1) ?? "", lines };
};

export type RemovalError =
  /** The reference is of another segment. */
  | { readonly type: "wrong-reference" }
  /** This row is not the one that was archived, or came later: select again. */
  | { readonly type: "changed"; readonly root: ArchivedRoot; readonly key: string };

/** Takes the segment's rows out of the document and puts its reference in. Rows that are gone already are no error. */
export const removeArchived = (
  doc: Y.Doc,
  segment: Segment,
  reference: ArchiveReference,
): Result<void, RemovalError> => {
  const { threadId, fromId, toId, lines } = segment;
  const fits =
    reference.threadId === threadId &&
    reference.fromId === fromId &&
    reference.toId === toId &&
    reference.count === lines.length;
  if (!fits) return err({ type: "wrong-reference" });
  const archived = new Set(lines.map(lineToText));
  const ids = new Set(
    lines.filter(({ root }) => root === "tasks" || root === "messages").map(({ key }) => key),
  );
  const bundles = createTaskBundles(doc);
  const own = bundles.ofThread(threadId).filter((bundle) => ids.has(bundle.id));
  const loose = bundles.loose.filter(({ line }) => archived.has(lineToText(line)));
  const present = [...own, { lines: loose.map(({ line }) => line) }].flatMap((bundle) => bundle.lines);
  const changed = present.find((line) => !archived.has(lineToText(line)));
  if (changed !== undefined) return err({ type: "changed", root: changed.root, key: changed.key });
  doc.transact(() => {
    removeLines(doc, threadId, present);
    putArchiveReference(doc, reference);
  });
  return ok(undefined);
};

const removeLines = (doc: Y.Doc, threadId: ThreadId, lines: readonly SegmentLine[]): void => {
  const roots = rootsOf(doc);
  const byRoot = Map.groupBy(lines, ({ root }) => root);
  for (const [root, group] of byRoot) {
    if (root === "messages") {
      const texts = new Set<unknown>(group.map(({ value }) => value));
      removeWhere(roots.messages(threadId), (text) => texts.has(text));
    } else if (root === "replies") {
      const rows = new Set(group.map(({ value }) => canonicalText(value)));
      removeWhere(roots.replies(threadId), (row) => rows.has(canonicalText(row.toJSON() as JsonValue))); // rows are JSON
    } else for (const { key } of group) roots[root].delete(key);
  }
};

/** Neighbours go together: one deletion each run of them, from the end. */
const removeWhere = <Value>(array: Y.Array<Value>, isGone: (value: Value) => boolean): void => {
  const gone = array.toArray().map(isGone);
  for (let end = gone.length; end > 0; end--) {
    if (!gone[end - 1]) continue;
    let start = end - 1;
    while (start > 0 && gone[start - 1]) start--;
    array.delete(start, end - start);
    end = start + 1;
  }
};
