/**
 * Frames that a relay, or anybody without the keys, could make: none may open (T2, R5, R6).
 * 1. Bits, truncations, inserted and doubled bytes, parts of two frames in one, header, nonce, commitment and body
 *    swapped between frames of other kinds, rooms and epochs, plain garbage behind a good header.
 * 2. A mutation that gives back a frame of this room is left out of the count: it is a replay, which the frame's
 *    place in the log shows and not its seal.
 */
import {
  createDeviceKeys,
  createEpochKeys,
  createFrameChain,
  FRAME_KIND,
  redact,
  sealFrame,
  STREAM_BYTES,
  unsealFrame,
  type EpochKeys,
  type FrameKind,
} from "@deskhand/doc-schema/crypto";
import { concatBytes, FRAME_HEADER_BYTES } from "@deskhand/doc-schema/wire";
import { pick, type Random } from "../sim/random.ts";
import { mutateBytes } from "./byte-mutations.ts";

export interface FrameReport {
  readonly tried: number;
  /** Left out: the mutation gave back a frame as it was. */
  readonly unchanged: number;
  readonly accepted: number;
  readonly threw: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds of the longest call. */
  readonly longest: number;
  /** The first few frames that were accepted or made it throw. */
  readonly faults: readonly { readonly fault: string; readonly frame: Uint8Array }[];
}

/** The kinds, as the module that seals them lists them. */
const KINDS = Object.keys(FRAME_KIND) as readonly FrameKind[]; // its own keys
const NONCE_BYTES = 24;
const COMMIT_BYTES = 32;
const BODY_LENGTHS = [0, 1, 100, 180, 700, 5_000] as const;
const KEPT_FAULTS = 5;

interface Frames {
  readonly keys: EpochKeys;
  /** Of this room and epoch. */
  readonly own: readonly Uint8Array[];
  /** Of other rooms, and of this root key in another epoch. */
  readonly others: readonly Uint8Array[];
}

export const sealOneOfEach = (random: Random, lengths: readonly number[] = BODY_LENGTHS): Frames => {
  const rootKey = redact("root-key", random.bytes(32));
  const sealWith = (keys: EpochKeys): Uint8Array[] => {
    const { deviceId } = createDeviceKeys(random.bytes(32), random.bytes(32));
    const chain = createFrameChain(deviceId, random.bytes(STREAM_BYTES));
    return KINDS.flatMap((kind) =>
      lengths
        .filter((length) => kind !== "presence" || length < 300)
        .map((length) => {
          const place = { cursor: random.below(2 ** 31), transcript: random.bytes(32) };
          return sealFrame(keys, chain, { kind, body: random.bytes(length), ...place }, random.bytes);
        }),
    );
  };
  const keys = createEpochKeys(rootKey, 7);
  return {
    keys,
    own: sealWith(keys),
    others: [
      ...sealWith(createEpochKeys(rootKey, 8)),
      ...sealWith(createEpochKeys(redact("root-key", random.bytes(32)), 7)),
    ],
  };
};

/** The parts of a frame, each of them taken from one of several. */
const recombine = (frames: readonly Uint8Array[], random: Random): Uint8Array => {
  const edges = [0, 4, 8, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + NONCE_BYTES];
  const ends = [...edges.slice(1), FRAME_HEADER_BYTES + NONCE_BYTES + COMMIT_BYTES];
  const parts = edges.map((from, at) => pick(random, frames).subarray(from, ends[at]));
  return concatBytes(...parts, pick(random, frames).subarray(ends.at(-1)));
};

const mutate = ({ own, others }: Frames, random: Random): Uint8Array => {
  const frame = pick(random, own);
  switch (random.below(8)) {
    case 0:
      return pick(random, others);
    case 1:
      return recombine([frame, pick(random, own)], random);
    case 2:
      return recombine([frame, pick(random, own), pick(random, others)], random);
    case 3:
      return concatBytes(frame.subarray(0, FRAME_HEADER_BYTES), random.bytes(random.below(900)));
    case 4:
      return random.bytes(random.below(900));
    case 5: {
      // Behind the commitment: what only the cipher notices.
      const changed = Uint8Array.from(frame);
      const start = FRAME_HEADER_BYTES + NONCE_BYTES + COMMIT_BYTES;
      const at = start + random.below(changed.length - start);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    }
    default:
      return mutateBytes(frame, pick(random, own), random);
  }
};

const isOneOf = (frames: readonly Uint8Array[], frame: Uint8Array): boolean =>
  frames.some((own) => Buffer.compare(own, frame) === 0);

export const fuzzFrames = (random: Random, count: number): FrameReport => {
  const frames = sealOneOfEach(random);
  const refused: Record<string, number> = {};
  const faults: { fault: string; frame: Uint8Array }[] = [];
  const keep = (fault: string, frame: Uint8Array): void => {
    if (faults.length < KEPT_FAULTS) faults.push({ fault, frame });
  };
  let [unchanged, accepted, threw, longest] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const frame = mutate(frames, random);
    const start = performance.now();
    try {
      const unsealed = unsealFrame(frames.keys, frame);
      if (!unsealed.ok) refused[unsealed.error.type] = (refused[unsealed.error.type] ?? 0) + 1;
      else if (isOneOf(frames.own, frame)) unchanged++;
      else {
        accepted++;
        keep("accepted", frame);
      }
    } catch (error) {
      threw++;
      keep(String(error), frame);
    }
    longest = Math.max(longest, performance.now() - start);
  }
  return { tried: count, unchanged, accepted, threw, refused, longest, faults };
};

export interface ExhaustiveReport {
  readonly flips: number;
  readonly truncations: number;
  readonly accepted: number;
}

/** Each single bit, and each length, of one frame of each kind. */
export const flipEveryBit = (random: Random): ExhaustiveReport => {
  const { keys, own } = sealOneOfEach(random, [180]);
  let [flips, truncations, accepted] = [0, 0, 0];
  for (const frame of own) {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = Uint8Array.from(frame);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      flips++;
      if (unsealFrame(keys, changed).ok) accepted++;
    }
    for (let length = 0; length < frame.length; length++) {
      truncations++;
      if (unsealFrame(keys, frame.subarray(0, length)).ok) accepted++;
    }
  }
  return { flips, truncations, accepted };
};
