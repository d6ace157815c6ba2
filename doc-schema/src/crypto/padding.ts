/**
 * Sizes that tell little: Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019).
 *   padded = u32 length | bytes | zeros
 * 1. At least 256 bytes; presence always 512, so that states cannot be told apart by size.
 * 2. Beyond that a size keeps log2(log2 n) significant bits: at most 12 % overhead.
 * 3. Removing it accepts exactly what adding it makes.
 */
import { concatBytes, createByteReader, err, ok, uint32, type Result } from "../wire/index.ts";

export const MIN_PADDED_BYTES = 256;
export const PRESENCE_PADDED_BYTES = 512;
const LENGTH_BYTES = 4;

/** Padmé of a size below 2^31, at least `floor`. */
export const paddedLength = (size: number, floor = MIN_PADDED_BYTES): number => {
  const length = Math.max(size, floor);
  const exponent = 31 - Math.clz32(length);
  const kept = 32 - Math.clz32(exponent);
  const mask = (1 << (exponent - kept)) - 1;
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
