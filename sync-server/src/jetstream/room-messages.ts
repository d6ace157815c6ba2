/**
 * What the stream holds of a room, byte for byte.
 *
 *   log   version u8 = 1 | kind u8 (1 frames, 2 closing) | logId 16 | batch 8 | first v
 *         | snapshot: streamSeq v | upto v | bytes v        the present one, zeros for none
 *         | count v | (earlier message v)* newest first     where the log before it stands in the stream, up to 16
 *         | count v | (length v | frame)*                   one in a closing message, maybe none in the others
 *   snap  version u8 = 1 | upto v | count v | (hash 16)*    of the frames up to `upto`, from the snapshot before on
 *         | frame *
 *
 * `first` is the room's number of the first frame; a closing frame has none, there it is the head + 1.
 *
 * A log message counts only if it continues the last one that counts: `earlier` begins with that one's number. So of two
 * that nodes wrote at once the first in the stream counts, for every reader, and whoever wrote a message that counts
 * knew exactly the state before it.
 */
import { concatBytes, createByteReader, err, ok, varUint, type Result } from "@deskhand/doc-schema/wire";

export interface SnapshotPlace {
  /** Where it stands in the stream; 0: there is none. */
  readonly streamSeq: number;
  readonly upto: number;
  /** Of its frame. */
  readonly bytes: number;
}

export const NO_SNAPSHOT: SnapshotPlace = { streamSeq: 0, upto: 0, bytes: 0 };

export interface LogMessage {
  readonly kind: "frames" | "closing";
  readonly logId: Uint8Array;
  /** 8 random bytes: whose message this is, and which. */
  readonly batch: Uint8Array;
  readonly first: number;
  readonly snapshot: SnapshotPlace;
  readonly earlier: readonly number[];
  readonly frames: readonly Uint8Array[];
}

export interface SnapMessage {
  readonly upto: number;
  /** Of the frames `upto - hashes.length + 1` to `upto`. */
  readonly hashes: readonly Uint8Array[];
  readonly frame: Uint8Array;
}

export type Unreadable = { readonly type: "unreadable"; readonly detail: string };

const VERSION = 1;
const KINDS = { frames: 1, closing: 2 } as const;
export const LOG_ID_BYTES = 16;
export const BATCH_BYTES = 8;
export const HASH_BYTES = 16;
/** So many messages back can be read at once. */
export const EARLIER = 16;

const UNREADABLE: Unreadable = { type: "unreadable", detail: "the stream holds a message of another kind" };

export const writeLogMessage = (message: LogMessage): Uint8Array =>
  concatBytes(
    Uint8Array.of(VERSION, KINDS[message.kind]),
    message.logId,
    message.batch,
    varUint(message.first),
    varUint(message.snapshot.streamSeq),
    varUint(message.snapshot.upto),
    varUint(message.snapshot.bytes),
    varUint(message.earlier.length),
    ...message.earlier.map(varUint),
    varUint(message.frames.length),
    ...message.frames.flatMap((frame) => [varUint(frame.length), frame]),
  );

/** The frames are views on `bytes`. */
export const readLogMessage = (bytes: Uint8Array): Result<LogMessage, Unreadable> => {
  const reader = createByteReader(bytes);
  const version = reader.uint8();
  const kind = reader.uint8();
  const logId = reader.bytes(LOG_ID_BYTES);
  const batch = reader.bytes(BATCH_BYTES);
  const first = reader.varUint();
  const snapshot = { streamSeq: reader.varUint(), upto: reader.varUint(), bytes: reader.varUint() };
  const earlier = times(Math.min(reader.varUint(), EARLIER), () => reader.varUint());
  const frames = times(Math.min(reader.varUint(), bytes.length), () => reader.bytes(reader.varUint()));
  if (version !== VERSION || !reader.finished || (kind !== KINDS.frames && kind !== KINDS.closing)) {
    return err(UNREADABLE);
  }
  return ok({
    kind: kind === KINDS.frames ? "frames" : "closing",
    logId,
    batch,
    first,
    snapshot,
    earlier,
    frames,
  });
};

export const writeSnapMessage = ({ upto, hashes, frame }: SnapMessage): Uint8Array =>
  concatBytes(Uint8Array.of(VERSION), varUint(upto), varUint(hashes.length), ...hashes, frame);

/** The frame is a view on `bytes`. */
export const readSnapMessage = (bytes: Uint8Array): Result<SnapMessage, Unreadable> => {
  const reader = createByteReader(bytes);
  const version = reader.uint8();
  const upto = reader.varUint();
  const hashes = times(Math.min(reader.varUint(), bytes.length), () => reader.bytes(HASH_BYTES));
  const frame = reader.rest();
  return reader.intact && version === VERSION ? ok({ upto, hashes, frame }) : err(UNREADABLE);
};

const times = <Value>(count: number, make: () => Value): readonly Value[] =>
  Array.from({ length: count }, make);
