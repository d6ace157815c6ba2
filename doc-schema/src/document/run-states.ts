/** [RU1] The states of a run and every allowed change; anything else is a bug and throws. */
export const RUN_STATES = [
  "queued",
  "running",
  "waiting",
  "done",
  "failed",
  "cancelled",
  "interrupted",
] as const;
export type RunState = (typeof RUN_STATES)[number];

const NEXT: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ["running", "cancelled", "failed"],
  running: ["waiting", "done", "failed", "cancelled", "interrupted"],
  waiting: ["running", "done", "failed", "cancelled", "interrupted"],
  done: [],
  failed: [],
  cancelled: [],
  interrupted: ["running", "cancelled"],
};

export const isFinal = (state: RunState): boolean => NEXT[state].length === 0;

export const assertTransition = (from: RunState, to: RunState): void => {
  if (!NEXT[from].includes(to)) throw new Error(`[RU1] a run cannot go from ${from} to ${to}`);
};
