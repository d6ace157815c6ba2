/**
 * Work of tools that did not end in time after a stop. The person is told that it is unknown; until it has really
 * ended it keeps its locks: nothing else touches its files, no undo and no other run, and this process does not end.
 */
import type { RunId } from "@deskhand/doc-schema/document";

export interface LateWork {
  readonly add: (runId: RunId, work: Promise<unknown>) => void;
  readonly isUnderWay: () => boolean;
  /** Resolves when the late work of the run, or of all runs, is over. */
  readonly settled: (runId?: RunId) => Promise<void>;
}

export const createLateWork = (): LateWork => {
  const underWay = new Map<Promise<unknown>, RunId>();
  return {
    add: (runId, work) => {
      underWay.set(work, runId);
      const ended = (): void => void underWay.delete(work);
      void work.then(ended, ended);
    },
    isUnderWay: () => underWay.size > 0,
    settled: async (runId) => {
      const waited = [...underWay].filter(([, id]) => runId === undefined || id === runId);
      await Promise.allSettled(waited.map(([work]) => work));
    },
  };
};
