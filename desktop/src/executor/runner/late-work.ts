/**
 * Work of tools that did not end in time after a stop. The person is told that it is unknown; until it has really
 * ended, nothing else touches files: no undo, no other run, no end of this process.
 */
import type { RunId } from "@deskhand/doc-schema/document";

export interface LateWork {
  readonly add: (runId: RunId, work: Promise<unknown>) => void;
  readonly isUnderWay: () => boolean;
  /** Resolves when the late work of the run, or of all runs, is over. */
  readonly settled: (runId?: RunId) => Promise<void>;
  /** Called each time when some has ended. */
  readonly onSettled: (listener: () => void) => void;
}

export const createLateWork = (): LateWork => {
  const underWay = new Map<Promise<unknown>, RunId>();
  const listeners: (() => void)[] = [];
  return {
    add: (runId, work) => {
      underWay.set(work, runId);
      const ended = (): void => {
        underWay.delete(work);
        for (const listener of listeners) listener();
      };
      void work.then(ended, ended);
    },
    isUnderWay: () => underWay.size > 0,
    settled: async (runId) => {
      const waited = [...underWay].filter(([, id]) => runId === undefined || id === runId);
      await Promise.allSettled(waited.map(([work]) => work));
    },
    onSettled: (listener) => void listeners.push(listener),
  };
};
