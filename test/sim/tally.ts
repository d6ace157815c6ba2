/** What happened in how many worlds, for the summary. */
export const COUNTED = [
  "seeds",
  "events",
  "records",
  "cuts",
  "halfOpen",
  "partitions",
  "deviceCrashes",
  "relayRestarts",
  "lostDisks",
  "fullDisks",
  "failedWrites",
  "early",
  "takenBack",
  "compactions",
  "resumed",
  "rotations",
  "hostile",
  "alarms",
] as const;
export type Counted = (typeof COUNTED)[number];
export type Counts = Readonly<Record<Counted, number>>;

export interface Tally {
  readonly add: (what: Counted, by?: number) => void;
  readonly counts: () => Counts;
}

// `as`: the entries have the keys of COUNTED
const zeros = (): Record<Counted, number> =>
  Object.fromEntries(COUNTED.map((what) => [what, 0])) as Record<Counted, number>;

export const createTally = (): Tally => {
  const counts = zeros();
  return {
    add: (what, by = 1) => {
      counts[what] += by;
    },
    counts: () => ({ ...counts }),
  };
};

export const addCounts = (all: readonly Counts[]): Counts => {
  const sum = createTally();
  for (const counts of all) for (const what of COUNTED) sum.add(what, counts[what]);
  return sum.counts();
};
