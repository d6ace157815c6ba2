/**
 * A thread whose old part lies in segments, shown as if it had never left the document.
 * 1. Live and loaded entries are one list without a double: what still is in the document counts.
 * 2. [AR1] No hole: what is older than the newest segment that is not loaded waits until it is.
 */
import { isBefore, type ArchiveReference, type SegmentId, type ThreadId } from "../document/index.ts";
import type { TimelineEntry } from "./timeline.ts";

export interface HistoryFacts {
  readonly threadId: ThreadId;
  /** All that the document names, of whatever thread. */
  readonly references: readonly ArchiveReference[];
  readonly loaded: ReadonlySet<SegmentId>;
}

const waiting = ({ threadId, references, loaded }: HistoryFacts): readonly ArchiveReference[] =>
  references.filter((reference) => reference.threadId === threadId && !loaded.has(reference.id));

const earliest = (ids: readonly string[]): string => ids.reduce((a, b) => (isBefore(b, a) ? b : a));
const latest = (ids: readonly string[]): string => ids.reduce((a, b) => (isBefore(a, b) ? b : a));

/**
 * What to load to show more of the past: the newest segment that is missing, and those that reach into its range.
 * Empty when all is loaded.
 */
export const nextSegments = (facts: HistoryFacts): readonly ArchiveReference[] => {
  const missing = waiting(facts);
  if (missing.length === 0) return [];
  let from = latest(missing.map(({ toId }) => toId));
  let batch: readonly ArchiveReference[] = [];
  for (;;) {
    const edge = from;
    const reached = missing.filter(({ toId }) => !isBefore(toId, edge));
    if (reached.length === batch.length) return batch;
    batch = reached;
    from = earliest(batch.map(({ fromId }) => fromId));
  }
};

export interface HistoryTimeline {
  readonly entries: readonly TimelineEntry[];
  /** There is more to load. */
  readonly hasMore: boolean;
}

/**
 * @param live the timeline of the document
 * @param older the timeline of the loaded segments (`historyOf`)
 */
export const historyTimeline = (
  live: readonly TimelineEntry[],
  older: readonly TimelineEntry[],
  facts: HistoryFacts,
): HistoryTimeline => {
  const missing = waiting(facts);
  const edge = missing.length === 0 ? undefined : latest(missing.map(({ toId }) => toId));
  const entriesById = new Map<string, TimelineEntry>();
  const unreadable: TimelineEntry[] = [];
  for (const entry of [...live, ...older])
    if (entry.type === "unreadable") unreadable.push(entry);
    else if (!entriesById.has(entry.id)) entriesById.set(entry.id, entry);
  const whole = [...entriesById.values()]
    .filter(({ id }) => edge === undefined || isBefore(edge, id))
    .sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
  return { entries: [...unreadable, ...whole], hasMore: edge !== undefined };
};
