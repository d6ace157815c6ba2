/** Changes of bytes that know nothing of what they mean. */
import { concatBytes } from "@deskhand/doc-schema/wire";
import { pick, type Random } from "../sim/random.ts";

/** Numbers at which decoders go wrong: ends of varint bytes, of 32 bits and of safe integers. */
export const EDGE_NUMBERS = [
  0,
  1,
  2,
  127,
  128,
  255,
  16_383,
  16_384,
  2 ** 20,
  2 ** 20 + 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 2,
  Number.MAX_SAFE_INTEGER,
] as const;

const cut = (bytes: Uint8Array, random: Random): readonly [Uint8Array, Uint8Array] => {
  const at = random.below(bytes.length + 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
};

const MUTATIONS: readonly ((bytes: Uint8Array, other: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, _other, random) => {
    const changed = Uint8Array.from(bytes);
    for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left--) {
      const at = random.below(changed.length);
      changed[at] = random.chance(0.5) ? random.below(256) : (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },
  (bytes, _other, random) => cut(bytes, random)[0],
  (bytes, _other, random) => cut(bytes, random)[1],
  (bytes, other, random) => concatBytes(cut(bytes, random)[0], cut(other, random)[1]),
  (bytes, _other, random) => {
    const [before, after] = cut(bytes, random);
    return concatBytes(before, random.bytes(1 + random.below(9)), after);
  },
  (bytes, _other, random) => {
    const [before, after] = cut(bytes, random);
    return concatBytes(before, after.subarray(random.below(9)));
  },
  (bytes, _other, random) => {
    const [before, after] = cut(bytes, random);
    return concatBytes(before, after.subarray(0, 1 + random.below(16)), after);
  },
  (bytes, other) => concatBytes(bytes, other),
];

/** `bytes` with one change; some take a part of `other`. It may come out unchanged. */
export const mutateBytes = (bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array =>
  pick(random, MUTATIONS)(bytes, other, random);
