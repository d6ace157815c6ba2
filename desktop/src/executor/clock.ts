/** Time, as the executor takes it: handed in, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Returns what stops it. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

/** Node's timers hold 31 bits; a longer wait is looked at again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, Math.min(milliseconds, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** A signal for waits that nothing cuts short. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Ends after `milliseconds`, or at once when `signal` is aborted. */
export const sleep = (clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = (): void => {
      stop();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const stop = clock.after(milliseconds, finish);
    signal.addEventListener("abort", finish);
  });
