/** Wall time of a piece of work, as the median of several rounds: one slow round on a shared machine says nothing. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};

/** @returns milliseconds */
export const timeOf = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

/** Median milliseconds over `rounds`, after one round that warms up. */
export const medianTime = (rounds: number, work: () => void): number => {
  work();
  return median(Array.from({ length: rounds }, () => timeOf(work)));
};

/**
 * Two ways of the same work, in turns, so that what else the machine does hits both.
 * @returns median milliseconds of each
 */
export const interleaved = (
  rounds: number,
  ours: () => void,
  theirs: () => void,
): { readonly ours: number; readonly theirs: number } => {
  ours();
  theirs();
  const times = Array.from({ length: rounds }, () => ({ ours: timeOf(ours), theirs: timeOf(theirs) }));
  return { ours: median(times.map((time) => time.ours)), theirs: median(times.map((time) => time.theirs)) };
};

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export const until = async (what: string, holds: () => boolean, timeoutMs = 120_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not reached: ${what}`);
    await wait(5);
  }
};
