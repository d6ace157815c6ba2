/**
 * A bucket that may go into debt. Nothing that was received is thrown away: the socket is simply not read until
 * the debt is paid off, and TCP slows the sender down.
 */

export interface TokenBucket {
  /** Takes `cost` and returns how long to stop reading (milliseconds, 0 when there is no debt). */
  take(cost: number): number;
}

/** Starts full with `burst`, gains `perSecond`. `now` is in milliseconds and must not go backwards. */
export const createTokenBucket = (burst: number, perSecond: number, now: () => number): TokenBucket => {
  let tokens = burst;
  let filledAt = now();
  return {
    take: (cost) => {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond) - cost;
      filledAt = at;
      return tokens >= 0 ? 0 : Math.ceil((-tokens / perSecond) * 1000);
    },
  };
};
