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

export const createByteReader = (input: Uint8Array): ByteReader => new InPlaceReader(input);

/**
 * Numbers are read in place. A class, because a reader is made for every message: a closure with accessors costs the
 * relay more than the frame's hash, and so did a view for each byte.
 */
class InPlaceReader implements ByteReader {
  readonly #input: Uint8Array;
  #at = 0;
  #intact = true;

  constructor(input: Uint8Array) {
    this.#input = input;
  }

  uint8(): number {
    const byte = this.#intact ? this.#input[this.#at] : undefined;
    if (byte === undefined) {
      this.#intact = false;
      return 0;
    }
    this.#at += 1;
    return byte;
  }

  uint32(): number {
    let value = 0;
    for (let left = 4; left > 0; left--) value = value * 256 + this.uint8();
    return this.#intact ? value : 0;
  }

  varUint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) this.#intact = false;
      if (byte < 0x80 || !this.#intact) return this.#intact ? value : 0;
    }
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (!this.#intact || length < 0 || end > this.#input.length) {
      this.#intact = false;
      return EMPTY;
    }
    const start = this.#at;
    this.#at = end;
    return this.#input.subarray(start, end);
  }

  rest(): Uint8Array {
    return this.bytes(this.#input.length - this.#at);
  }

  get intact(): boolean {
    return this.#intact;
  }

  get finished(): boolean {
    return this.#intact && this.#at === this.#input.length;
  }
}

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Bytes of `varUint(value)`. */
export const varUintLength = (value: number): number => {
  let length = 1;
  for (let left = value; left > 127; left = Math.floor(left / 128)) length += 1;
  return length;
};

/** Writes `varUint(value)` at `at`. @returns where the next byte goes */
export const setVarUint = (out: Uint8Array, at: number, value: number): number => {
  let left = value;
  let next = at;
  for (; left > 127; left = Math.floor(left / 128)) out[next++] = (left % 128) | 0x80;
  out[next] = left;
  return next + 1;
};

/** lib0 varuint of a safe, non-negative integer. */
export const varUint = (value: number): Uint8Array => {
  const out = new Uint8Array(varUintLength(value));
  setVarUint(out, 0, value);
  return out;
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
