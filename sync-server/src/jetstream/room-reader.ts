/**
 * Reading a room out of the stream. Each message of a log says where the 16 before it stand, so the log is read from its
 * end, 16 messages a round, without a consumer (which costs a server 184 kB and 5 ms each).
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { LogPage } from "../room-log.ts";
import type { Away, JetStream, StoredMessage } from "./jetstream-api.ts";
import {
  EARLIER,
  readLogMessage,
  readSnapMessage,
  type LogMessage,
  type SnapMessage,
  type Unreadable,
} from "./room-messages.ts";
import type { RoomTail, TailMessage } from "./room-tail.ts";

export interface Placed<Message> {
  readonly streamSeq: number;
  readonly message: Message;
}
export type ReadFault = Away | Unreadable;
/** A message that was there a moment ago was deleted by a compaction. */
export type PageFault = ReadFault | { readonly type: "compacted" };

const parsed = <Message>(
  stored: StoredMessage,
  parse: (bytes: Uint8Array) => Result<Message, Unreadable>,
): Result<Placed<Message>, Unreadable> => {
  const message = parse(stored.data);
  return message.ok ? ok({ streamSeq: stored.seq, message: message.value }) : message;
};

/** Of messages in order, of which the first counts, those that count. */
export const countingOf = (placed: readonly Placed<LogMessage>[]): readonly Placed<LogMessage>[] => {
  const counting: Placed<LogMessage>[] = [];
  for (const one of placed) {
    const last = counting.at(-1);
    if (last === undefined || one.message.earlier[0] === last.streamSeq) counting.push(one);
  }
  return counting;
};

/** Undefined when there is none such. */
export const readSnapshot = async (
  jetStream: JetStream,
  streamSeq: number,
): Promise<Result<SnapMessage | undefined, ReadFault>> => {
  const stored = await jetStream.messageAt(streamSeq);
  if (!stored.ok || stored.value === undefined) return stored.ok ? ok(undefined) : stored;
  return readSnapMessage(stored.value.data);
};

/**
 * What the log holds beyond the stream's number `after`, in order; of messages that do not count maybe only some. All
 * that the last one builds on counts: it is read backwards, by its links. Whether the last one counts shows only what
 * lies between it and what it builds on: that is read forwards.
 */
export const readBeyond = async (
  jetStream: JetStream,
  subject: string,
  after: number,
): Promise<Result<readonly Placed<LogMessage>[], ReadFault>> => {
  const last = await jetStream.lastOf(subject);
  if (!last.ok) return last;
  if (last.value === undefined || last.value.seq <= after) return ok([]);
  const newest = parsed(last.value, readLogMessage);
  if (!newest.ok) return newest;
  const chain = await readChain(jetStream, newest.value, after);
  if (!chain.ok) return chain;
  const found = [...chain.value];
  for (let from = Math.max(after, newest.value.message.earlier[0] ?? 0) + 1; ;) {
    const next = await jetStream.nextOf(subject, from);
    if (!next.ok) return next;
    if (next.value === undefined) return ok(found);
    const placed = parsed(next.value, readLogMessage);
    if (!placed.ok) return placed;
    found.push(placed.value);
    from = next.value.seq + 1;
  }
};

/** What `newest` builds on beyond `after`, oldest first, as far back as it was not deleted. */
const readChain = async (
  jetStream: JetStream,
  newest: Placed<LogMessage>,
  after: number,
): Promise<Result<readonly Placed<LogMessage>[], ReadFault>> => {
  const newestFirst: Placed<LogMessage>[] = [];
  for (;;) {
    const { earlier } = (newestFirst.at(-1) ?? newest).message;
    const wanted = earlier.filter((seq) => seq > after);
    const found = await Promise.all(wanted.map((seq) => jetStream.messageAt(seq)));
    for (const one of found) {
      if (!one.ok) return one;
      if (one.value === undefined) return ok(newestFirst.toReversed());
      const placed = parsed(one.value, readLogMessage);
      if (!placed.ok) return placed;
      newestFirst.push(placed.value);
    }
    if (wanted.length < EARLIER) return ok(newestFirst.toReversed());
  }
};

/** The frames after the room's number `after` that lie above the snapshot, up to about `maxBytes`. */
export const readFrames = async (
  jetStream: JetStream,
  tail: RoomTail,
  after: number,
  maxBytes: number,
): Promise<Result<LogPage["frames"], PageFault>> => {
  const wanted = messagesFor(tail.messages(), after, maxBytes);
  const found = await Promise.all(wanted.map(({ streamSeq }) => jetStream.messageAt(streamSeq)));
  const frames: LogPage["frames"][number][] = [];
  let bytes = 0;
  for (const one of found) {
    if (!one.ok) return one;
    if (one.value === undefined) return err({ type: "compacted" });
    const placed = parsed(one.value, readLogMessage);
    if (!placed.ok) return placed;
    const { first, frames: held } = placed.value.message;
    for (const [at, frame] of held.entries()) {
      if (first + at <= after) continue;
      if (bytes >= maxBytes) return ok(frames);
      frames.push({ seq: first + at, frame });
      bytes += frame.length;
    }
  }
  return ok(frames);
};

/** At most as many as are asked for at once. */
const messagesFor = (
  messages: readonly TailMessage[],
  after: number,
  maxBytes: number,
): readonly TailMessage[] => {
  const wanted: TailMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (message.first + message.sizes.length - 1 <= after) continue;
    if (bytes >= maxBytes || wanted.length >= EARLIER) break;
    wanted.push(message);
    bytes += message.sizes.reduce((sum, size, at) => sum + (message.first + at > after ? size : 0), 0);
  }
  return wanted;
};
