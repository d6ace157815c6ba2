/**
 * Frames of one room in a row, as the SQLite log keeps them: hashes, sizes and bodies, each in one piece of bytes.
 * 1. A batch holds consecutive numbers from `first`, at least one.
 * 2. What is taken out of a batch is a view on it.
 */

/** Bytes of SHA-256, and of a frame's length (big-endian). */
export const HASH_BYTES = 32;
export const SIZE_BYTES = 4;

/** A batch is read whole: this much of it lies before what a reader wants, at most, unless one frame is larger. */
const MAX_BATCH_BYTES = 64 * 1024;

export interface FrameBatch {
  readonly first: number;
  readonly hashes: Uint8Array;
  readonly sizes: Uint8Array;
  readonly bodies: Uint8Array;
}

export interface NewFrame {
  /** SHA-256, a character a byte: as a key it costs a third of the bytes. */
  readonly hash: string;
  readonly frame: Uint8Array;
}

/** @param first the number of the first frame */
export const toBatches = (first: number, frames: readonly NewFrame[]): readonly FrameBatch[] => {
  const batches: FrameBatch[] = [];
  let from = 0;
  let bytes = 0;
  frames.forEach(({ frame }, at) => {
    if (at > from && bytes + frame.length > MAX_BATCH_BYTES) {
      batches.push(toBatch(first + from, frames.slice(from, at), bytes));
      from = at;
      bytes = 0;
    }
    bytes += frame.length;
  });
  if (from < frames.length) batches.push(toBatch(first + from, frames.slice(from), bytes));
  return batches;
};

const toBatch = (first: number, frames: readonly NewFrame[], bytes: number): FrameBatch => {
  const hashes = Buffer.allocUnsafe(frames.length * HASH_BYTES);
  const sizes = Buffer.allocUnsafe(frames.length * SIZE_BYTES);
  const [only] = frames;
  const bodies = only !== undefined && frames.length === 1 ? only.frame : Buffer.allocUnsafe(bytes);
  let end = 0;
  frames.forEach(({ hash, frame }, at) => {
    hashes.write(hash, at * HASH_BYTES, "latin1");
    sizes.writeUInt32BE(frame.length, at * SIZE_BYTES);
    if (bodies !== frame) bodies.set(frame, end);
    end += frame.length;
  });
  return { first, hashes, sizes, bodies };
};

export const hashesOf = (hashes: Uint8Array): readonly string[] =>
  Array.from({ length: hashes.length / HASH_BYTES }, (_, at) =>
    asBuffer(hashes).toString("latin1", at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );

/** @returns the bodies in order */
export const bodiesOf = ({ sizes, bodies }: Pick<FrameBatch, "sizes" | "bodies">): readonly Uint8Array[] => {
  let end = 0;
  return Array.from({ length: sizes.length / SIZE_BYTES }, (_, at) => {
    const start = end;
    end += asBuffer(sizes).readUInt32BE(at * SIZE_BYTES);
    return bodies.subarray(start, end);
  });
};

/** What is left of a batch without its first `count` frames. */
export const withoutFirst = (batch: FrameBatch, count: number): FrameBatch => {
  const bytes = bodiesOf(batch)
    .slice(0, count)
    .reduce((sum, body) => sum + body.length, 0);
  return {
    first: batch.first + count,
    hashes: batch.hashes.subarray(count * HASH_BYTES),
    sizes: batch.sizes.subarray(count * SIZE_BYTES),
    bodies: batch.bodies.subarray(bytes),
  };
};

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);
