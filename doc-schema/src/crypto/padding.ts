/**
 * Sizes that tell little: like Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019) a size
 * keeps its first significant bits alone, but fewer of them where habits show.
 *   padded = u32 length | bytes | zeros
 * 1. At least 256 bytes; presence always 512, so that states cannot be told apart by size.
 * 2. Below 1 MiB there are 60 sizes, where Padmé has 256. What people do (below 64 KiB) has two sizes an octave:
 *    20 % more on average, 50 % at most. What tells only how large the document is (from 256 KiB) has sixteen:
 *    2.3 % more on average, 6.3 % at most.
 * 3. Removing it accepts exactly what adding it makes.
 */
import { concatBytes, createByteReader, err, ok, uint32, type Result } from "../wire/index.ts";

export const MIN_PADDED_BYTES = 256;
export const PRESENCE_PADDED_BYTES = 512;
const LENGTH_BYTES = 4;

/** Significant bits behind the first one: 1 below 2^16, then 2 and 3, and 4 from 2^18 on. */
const keptBits = (exponent: number): number => Math.min(4, Math.max(1, exponent - 14));

/** The next size of the ladder for a size below 2^30, at least `floor`. */
export const paddedLength = (size: number, floor = MIN_PADDED_BYTES): number => {
  const length = Math.max(size, floor);
  const exponent = 31 - Math.clz32(length);
  const mask = (1 << (exponent - keptBits(exponent))) - 1;
  return (length + mask) & ~mask;
};

export const addPadding = (bytes: Uint8Array, floor = MIN_PADDED_BYTES): Uint8Array => {
  const size = LENGTH_BYTES + bytes.length;
  return concatBytes(uint32(bytes.length), bytes, new Uint8Array(paddedLength(size, floor) - size));
};

export const removePadding = (
  padded: Uint8Array,
  floor = MIN_PADDED_BYTES,
): Result<Uint8Array, { readonly type: "bad-padding" }> => {
  const reader = createByteReader(padded);
  const bytes = reader.bytes(reader.uint32());
  const zeros = reader.rest();
  const exact = paddedLength(LENGTH_BYTES + bytes.length, floor) === padded.length;
  return reader.intact && exact && zeros.every((byte) => byte === 0)
    ? ok(bytes)
    : err({ type: "bad-padding" });
};
