/** A log and devices that read and write it, without a relay: for tests of what its history shows. */
import {
  createDeviceKeys,
  frameHash,
  unsealFrame,
  type DeviceId,
  type FrameKind,
  type UnsealedFrame,
} from "@deskhand/doc-schema/crypto";
import { expect } from "vitest";
import { createLogHistory, type HistoryFault } from "../../../../doc-schema/src/sync/log-history.ts";
import { createAuthor, type FrameAuthor } from "./frame-author.ts";
import { bytes, freshKeys } from "./room-harness.ts";

export const historyKeys = freshKeys();
export const NOTHING = Uint8Array.of(0, 0);

export interface Entry {
  readonly seq: number;
  readonly frame: Uint8Array;
  readonly isSnapshot: boolean;
}

/** An honest log; a test may then lie about it. */
export const createLog = (logId = bytes(16)) => {
  let entries: Entry[] = [];
  let head = 0;
  return {
    logId,
    head: () => head,
    entries: (): readonly Entry[] => entries,
    after: (cursor: number): readonly Entry[] => entries.filter(({ seq }) => seq > cursor),
    append: (frame: Uint8Array): number => {
      head++;
      entries.push({ seq: head, frame, isSnapshot: false });
      return head;
    },
    compact: (upto: number, frame: Uint8Array): void => {
      entries = [{ seq: upto, frame, isSnapshot: true }, ...entries.filter(({ seq }) => seq > upto)];
    },
  };
};
export type Log = ReturnType<typeof createLog>;

export const openedOf = (frame: Uint8Array): UnsealedFrame | undefined => {
  const unsealed = unsealFrame(historyKeys, frame);
  return unsealed.ok ? unsealed.value : undefined;
};

/** A device with its own view of the log, which writes as connectRoom does. */
export const createDevice = (log: Log, history = createLogHistory(historyKeys.roomId)) => {
  const { deviceId } = createDeviceKeys(bytes(32), bytes(32));
  let author: FrameAuthor = createAuthor(historyKeys, log.logId, deviceId);
  let sent: { readonly seq: number; readonly frame: Uint8Array } | undefined;
  const place = () => {
    const transcript = history.transcriptAt(history.position);
    if (transcript === undefined) throw new Error("no transcript");
    return { cursor: history.position, transcript };
  };
  const read = ({ seq, frame, isSnapshot }: Entry): HistoryFault | undefined =>
    (isSnapshot ? history.readSnapshot : history.readFrame)(seq, frameHash(frame), openedOf(frame));
  const seal = (kind: FrameKind): Uint8Array => author.seal(kind, NOTHING, place());
  return {
    deviceId,
    history,
    place,
    read,
    seal,
    reads: (entries: readonly Entry[]): HistoryFault | undefined =>
      entries.map(read).find((fault) => fault !== undefined),
    /** A new socket: replay after our position, LIVE, and the check at its end. */
    connects: (to = log): HistoryFault | string | undefined => {
      author = createAuthor(historyKeys, to.logId, deviceId);
      const met = history.meet(to.logId, to.head());
      if (met !== "same-log") return met;
      return (
        to
          .after(history.position)
          .map(read)
          .find((fault) => fault !== undefined) ?? history.endReplay(to.head())
      );
    },
    /** Reads all, sends an update, and hears of all before it and of its ACK, in the order of the log. */
    writes: (to = log, meanwhile: () => void = () => {}): HistoryFault | undefined => {
      const fault = to
        .after(history.position)
        .map(read)
        .find((found) => found !== undefined);
      if (fault !== undefined) return fault;
      const frame = seal("update");
      meanwhile();
      const seq = to.append(frame);
      sent = { seq, frame };
      const before = to
        .after(history.position)
        .filter((entry) => entry.seq < seq)
        .map(read);
      return before.find((found) => found !== undefined) ?? history.readOwn(seq, frameHash(frame));
    },
    hearsAckAgain: (): HistoryFault | undefined => sent && history.readOwn(sent.seq, frameHash(sent.frame)),
    claim: () => ({ deviceId, ...place() }),
    hears: (claim: { deviceId: DeviceId; cursor: number; transcript: Uint8Array }, now = 0) =>
      history.hear(claim, now),
  };
};

/** Two live devices that wrote by turns. */
export const converse = (rounds = 3) => {
  const log = createLog();
  const [a, b] = [createDevice(log), createDevice(log)];
  expect([a.connects(), b.connects()]).toEqual([undefined, undefined]);
  for (let round = 0; round < rounds; round++) {
    expect(a.writes()).toBe(undefined);
    expect(b.writes()).toBe(undefined);
  }
  expect(a.reads(log.after(a.history.position))).toBe(undefined);
  return { log, a, b };
};
export const renumber = (entries: readonly Entry[]): readonly Entry[] =>
  entries.map((entry, i) => ({ ...entry, seq: i + 1 }));
/** What a device that reads this from its start says of it. */
export const verdictOn = (
  log: Log,
  entries: readonly Entry[],
  head = log.head(),
): HistoryFault | undefined => {
  const reader = createDevice(log);
  reader.history.meet(log.logId, head);
  return reader.reads(entries) ?? reader.history.endReplay(head);
};
