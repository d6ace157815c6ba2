/** At most one call in so many milliseconds; the last value always gets through. */
import type { Clock } from "./clock.ts";

export interface Throttle<Value> {
  readonly push: (value: Value) => void;
  /** Forgets what has not got through. */
  readonly clear: () => void;
}

export const createThrottle = <Value>(
  clock: Clock,
  everyMs: number,
  run: (value: Value) => void,
): Throttle<Value> => {
  let waiting: { readonly value: Value } | undefined;
  let stopTimer: (() => void) | undefined;
  const flush = (): void => {
    stopTimer = undefined;
    if (waiting === undefined) return;
    const { value } = waiting;
    waiting = undefined;
    stopTimer = clock.after(everyMs, flush);
    run(value);
  };
  return {
    push: (value) => {
      waiting = { value };
      if (stopTimer === undefined) flush();
    },
    clear: () => {
      waiting = undefined;
    },
  };
};
