/**
 * A page of a room's log, as the RoomLog reads it. A compaction by another node may delete messages under it: then the
 * page is read again above the new snapshot.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { LogPage, LogReadError } from "../room-log.ts";
import type { JetStream } from "./jetstream-api.ts";
import { readLogMessage } from "./room-messages.ts";
import { readFrames, readSnapshot, type PageFault } from "./room-reader.ts";
import type { RoomTail } from "./room-tail.ts";
import type { RoomState, RoomView } from "./room-view.ts";

export interface PageSource {
  readonly jetStream: JetStream;
  readonly view: RoomView;
}

export const readPage = async (
  source: PageSource,
  after: number,
  maxBytes: number,
): Promise<Result<LogPage, LogReadError>> => {
  const { view } = source;
  const known = view.state();
  const state = known === undefined ? await view.refresh() : ok(known);
  if (!state.ok) return unreadable(state.error);
  if (after >= state.value.head) return ok({ frames: [] });
  if (state.value.isClosed) return readClosing(source, state.value);
  for (;;) {
    const tail = await view.tail();
    if (!tail.ok) return unreadable(tail.error);
    const { streamSeq } = tail.value.snapshot();
    const page = await readAbove(source, tail.value, after, maxBytes);
    if (page.ok) return page;
    if (page.error.type !== "compacted") return unreadable(page.error);
    const refreshed = await view.catchUp();
    if (!refreshed.ok) return unreadable(refreshed.error);
    const newer = await view.tail();
    const isNewer = newer.ok && newer.value.snapshot().streamSeq > streamSeq;
    if (!isNewer) return err({ type: "unreadable", detail: "the stream lacks a message of the log" });
  }
};

const readAbove = async (
  { jetStream }: PageSource,
  tail: RoomTail,
  after: number,
  maxBytes: number,
): Promise<Result<LogPage, PageFault>> => {
  const { upto, streamSeq } = tail.snapshot();
  if (after >= upto) {
    const frames = await readFrames(jetStream, tail, after, maxBytes);
    return frames.ok ? ok({ frames: frames.value }) : frames;
  }
  const snap = await readSnapshot(jetStream, streamSeq);
  if (!snap.ok) return snap;
  if (snap.value === undefined) return err({ type: "compacted" });
  const { frame } = snap.value;
  const left = maxBytes - frame.length;
  const frames = left > 0 ? await readFrames(jetStream, tail, upto, left) : ok([]);
  return frames.ok ? ok({ snapshot: { upto, frame }, frames: frames.value }) : frames;
};

const readClosing = async (
  { jetStream }: PageSource,
  { head, earlier }: RoomState,
): Promise<Result<LogPage, LogReadError>> => {
  const stored = await jetStream.messageAt(earlier[0] ?? 0);
  if (!stored.ok) return unreadable(stored.error);
  const message = stored.value === undefined ? undefined : readLogMessage(stored.value.data);
  const frame = message?.ok === true ? message.value.frames[0] : undefined;
  if (frame === undefined) return err({ type: "unreadable", detail: "the stream lacks the closing frame" });
  return ok({ snapshot: { upto: head, frame }, frames: [] });
};

const unreadable = ({ detail }: { readonly detail: string }): Result<never, LogReadError> =>
  err({ type: "unreadable", detail });
