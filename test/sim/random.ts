/**
 * All chance of a simulated world comes from one seed (sfc32, by Chris Doty-Humphrey): the same seed gives the same
 * world. A fork is a stream of its own, so that what one part draws does not change what another one gets.
 */
export interface Random {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  /** A whole number, 0 ≤ n < limit. */
  readonly below: (limit: number) => number;
  /** A whole number, from ≤ n ≤ to. */
  readonly between: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly bytes: (length: number) => Uint8Array;
  readonly fork: () => Random;
}

export const createRandom = (seed: number): Random => {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const word = (): number => {
    const out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const next = (): number => word() / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    bytes: (length) => {
      const out = new Uint8Array(length);
      for (let i = 0, left = 0; i < length; i++) {
        if (i % 4 === 0) left = word();
        out[i] = left;
        left >>>= 8;
      }
      return out;
    },
    fork: () => createRandom(word() * 2 ** 20 + (word() >>> 12)),
  };
};

export const pick = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
};
