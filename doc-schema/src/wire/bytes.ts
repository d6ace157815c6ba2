/**
 * Reading and writing of outside bytes.
 * 1. A reader never throws and never reads past its end: after the first fault it stays failed.
 * 2. Unsigned varints are those of lib0 (seven bits a byte, low first) and at most 2^53 - 1.
 */

export interface ByteReader {
  uint8(): number;
  uint32(): number;
  /** lib0 varuint. */
  varUint(): number;
  /** Exactly `length` bytes, a view on the input. */
  bytes(length: number): Uint8Array;
  /** What is left, a view on the input. */
  rest(): Uint8Array;
  /** True while nothing was read past the end or malformed. */
  readonly intact: boolean;
  /** True when intact and nothing is left. */
  readonly finished: boolean;
}

const EMPTY = new Uint8Array(0);

export const createByteReader = (input: Uint8Array): ByteReader => {
  let at = 0;
  let intact = true;
  const take = (length: number): Uint8Array | undefined => {
    if (!intact || length < 0 || at + length > input.length) {
      intact = false;
      return undefined;
    }
    at += length;
    return input.subarray(at - length, at);
  };
  return {
    uint8: () => take(1)?.[0] ?? 0,
    uint32: () => (take(4) ?? EMPTY).reduce((sum, byte) => sum * 256 + byte, 0),
    varUint: () => {
      let value = 0;
      let scale = 1;
      for (;;) {
        const byte = take(1)?.[0];
        if (byte === undefined) return 0;
        value += (byte & 0x7f) * scale;
        if (!Number.isSafeInteger(value)) intact = false;
        if (byte < 0x80 || !intact) return intact ? value : 0;
        scale *= 128;
      }
    },
    bytes: (length) => take(length) ?? EMPTY,
    rest: () => take(input.length - at) ?? EMPTY,
    get intact() {
      return intact;
    },
    get finished() {
      return intact && at === input.length;
    },
  };
};

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** lib0 varuint of a safe, non-negative integer. */
export const varUint = (value: number): Uint8Array => {
  const out: number[] = [];
  let left = value;
  while (left > 127) {
    out.push((left % 128) | 0x80);
    left = Math.floor(left / 128);
  }
  out.push(left);
  return Uint8Array.from(out);
};

/** Big-endian u32. */
export const uint32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** Compares without leaving early, so that the time does not tell where two values differ. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
};
