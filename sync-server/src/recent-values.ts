/** Values that were used lately, up to a total weight: the one that was used longest ago goes first. */

export interface RecentValues<Value> {
  get(key: string): Value | undefined;
  /** Puts it in front, with its present weight. */
  put(key: string, value: Value, weight: number): void;
  forget(key: string): void;
  clear(): void;
}

export const createRecentValues = <Value>(maxWeight: number): RecentValues<Value> => {
  /** Longest ago first. */
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  let total = 0;
  const forget = (key: string): void => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };
  return {
    get: (key) => entries.get(key)?.value,
    put: (key, value, weight) => {
      forget(key);
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= maxWeight || oldest === key) break;
        forget(oldest);
      }
    },
    forget,
    clear: () => {
      entries.clear();
      total = 0;
    },
  };
};
