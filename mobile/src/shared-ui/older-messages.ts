/**
 * Older messages: segments of the archive, loaded on request and shown before the live thread.
 * 1. [AR1] No hole is shown: what is older than a segment that is not here waits until it is.
 * 2. A segment that cannot be loaded says why, and can be tried again; what is shown stays.
 */
import {
  historyOf,
  readArchive,
  type Segment,
  type SegmentId,
  type ThreadId,
} from "@deskhand/doc-schema/document";
import {
  historyTimeline,
  nextSegments,
  taskViews,
  timeline,
  type HistoryFacts,
  type TaskView,
  type TimelineEntry,
} from "@deskhand/doc-schema/views";
import * as Y from "yjs";
import type { SegmentProblem, Workspace } from "./workspace.ts";

export type LoadState =
  | { readonly type: "idle" }
  /** From 0 to 1. */
  | { readonly type: "loading"; readonly fraction: number }
  | { readonly type: "failed"; readonly problem: SegmentProblem["type"] };

export interface OlderMessages {
  /** The thread with all that is loaded before it. */
  readonly extend: (threadId: ThreadId, live: readonly TimelineEntry[]) => readonly TimelineEntry[];
  /** There is more to load. As of the last `extend`. */
  readonly hasMore: () => boolean;
  readonly state: () => LoadState;
  /** True when something came. */
  readonly load: () => Promise<boolean>;
  /** Of what is loaded. */
  readonly tasks: () => readonly TaskView[];
  readonly doc: () => Y.Doc;
}

/** @param onChange after each change of the state or of what is loaded */
export const createOlderMessages = (workspace: Workspace, onChange: () => void): OlderMessages => {
  const segments = new Map<SegmentId, Segment>();
  let doc = new Y.Doc();
  let tasks: readonly TaskView[] = [];
  let entries: readonly TimelineEntry[] = [];
  let hasMore = false;
  let state: LoadState = { type: "idle" };
  let thread: ThreadId | undefined;

  const change = (next: LoadState): void => {
    state = next;
    onChange();
  };
  const factsOf = (threadId: ThreadId): HistoryFacts => ({
    threadId,
    references: readArchive(workspace.doc).entries,
    loaded: new Set(segments.keys()),
  });
  const show = (threadId: ThreadId): void => {
    doc.destroy();
    doc = historyOf([...segments.values()]);
    tasks = taskViews({ doc, registry: workspace.registry(), isAtRelay: () => true });
    entries = timeline(doc, threadId, tasks);
  };
  return {
    extend: (threadId, live) => {
      thread = threadId;
      const all = historyTimeline(live, entries, factsOf(threadId));
      ({ hasMore } = all);
      return all.entries;
    },
    hasMore: () => hasMore && workspace.loadSegment !== undefined,
    state: () => state,
    load: async () => {
      if (thread === undefined || workspace.loadSegment === undefined || state.type === "loading")
        return false;
      const wanted = nextSegments(factsOf(thread));
      change({ type: "loading", fraction: 0 });
      for (const [at, reference] of wanted.entries()) {
        const loaded = await workspace.loadSegment(reference, (done, total) =>
          change({ type: "loading", fraction: (at + done / Math.max(1, total)) / wanted.length }),
        );
        if (!loaded.ok) {
          change({ type: "failed", problem: loaded.error.type });
          return false;
        }
        segments.set(reference.id, loaded.value);
      }
      show(thread);
      change({ type: "idle" });
      return wanted.length > 0;
    },
    tasks: () => tasks,
    doc: () => doc,
  };
};
