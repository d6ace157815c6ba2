/** One relay's log against what frames say of it: no honest relay is accused, and every trick shows. */
import { frameHash } from "@deskhand/doc-schema/crypto";
import { describe, expect, test } from "vitest";
import {
  MAX_REMEMBERED,
  WITHHELD_AFTER_MS,
  type HistoryFault,
} from "../../../../doc-schema/src/sync/log-history.ts";
import { createAuthor } from "./frame-author.ts";
import {
  converse,
  createDevice,
  createLog,
  historyKeys,
  NOTHING,
  openedOf,
  renumber,
  verdictOn,
} from "./log-model.ts";
import { bytes } from "./room-harness.ts";

describe("an honest relay is never accused", () => {
  test("two who write by turns agree, also with a third who joins late", () => {
    const { log, a, b } = converse();
    expect(b.history.confirmed).toBeGreaterThan(0);
    const late = createDevice(log);
    expect(late.connects()).toBe(undefined);
    expect(late.place()).toEqual(a.place());
    expect(late.writes()).toBe(undefined);
    expect(a.reads(log.after(a.history.position))).toBe(undefined);
  });

  test("frames that cross on their way", () => {
    const { log, a, b } = converse();
    const third = createDevice(log);
    expect(third.connects()).toBe(undefined);
    for (let round = 0; round < 5; round++) {
      let inner: HistoryFault | undefined;
      expect(a.writes(log, () => void (inner = b.writes(log, () => void third.writes())))).toBe(undefined);
      expect(inner).toBe(undefined);
    }
    for (const device of [a, b, third])
      expect(device.reads(log.after(device.history.position))).toBe(undefined);
    expect(third.place()).toEqual(a.place());
  });

  test("reconnects, also of both, also after writing into a socket that died before its ACK", () => {
    const { log, a, b } = converse();
    log.append(a.seal("update")); // stored; the ACK was lost with the socket
    expect(a.connects()).toBe(undefined);
    expect(a.writes()).toBe(undefined);
    expect(b.connects()).toBe(undefined);
    expect(b.writes()).toBe(undefined);
    expect(a.connects()).toBe(undefined);
  });

  test("frames that come twice, ACKs of duplicates with an old number, late frames of a dead socket", () => {
    const { log, a, b } = converse();
    expect(a.reads(log.entries())).toBe(undefined);
    expect(b.hearsAckAgain()).toBe(undefined);
    expect(b.writes()).toBe(undefined);
    expect(b.hearsAckAgain()).toBe(undefined);
    expect(a.reads(log.after(2))).toBe(undefined);
  });

  test("a frame that is stored twice in a row, because a relay forgot its hash", () => {
    const { log, a, b } = converse();
    expect(b.writes()).toBe(undefined);
    const [last] = log.entries().slice(-1);
    if (last === undefined) throw new Error("empty");
    log.append(last.frame);
    for (const device of [a, b]) expect(device.reads(log.after(device.history.position))).toBe(undefined);
    expect(b.writes()).toBe(undefined);
    expect(a.reads(log.after(a.history.position))).toBe(undefined);
  });

  test("frames that nobody can open count in the log, and accuse nobody", () => {
    const { log, a, b } = converse();
    log.append(bytes(400));
    expect(a.reads(log.after(a.history.position))).toBe(undefined);
    expect(b.writes()).toBe(undefined);
    expect(a.reads(log.after(a.history.position))).toBe(undefined);
  });

  test.each([2, 4, 6])(
    "compaction up to %i by us and by others, and a snapshot newer than our cursor",
    (upto) => {
      const { log, a, b } = converse();
      const lagging = createDevice(log);
      lagging.history.meet(log.logId, 2);
      expect(lagging.reads(log.entries().slice(0, 2))).toBe(undefined);
      const transcript = a.history.transcriptAt(upto) ?? bytes(0);
      const author = createAuthor(historyKeys, log.logId, a.deviceId);
      log.compact(upto, author.seal("snapshot", NOTHING, { cursor: upto, transcript }));
      expect(lagging.connects()).toBe(undefined);
      expect(b.connects()).toBe(undefined);
      for (const device of [lagging, b, a]) {
        expect(device.connects()).toBe(undefined);
        expect(device.writes()).toBe(undefined);
      }
      const late = createDevice(log);
      expect(late.connects()).toBe(undefined);
      expect(late.place()).toEqual(a.place());
    },
  );

  test("another log id is a relay that lost its disk, and is filled again", () => {
    const { a, b } = converse();
    const empty = createLog();
    expect(a.connects(empty)).toBe("other-log");
    expect(a.connects(empty)).toBe(undefined);
    expect(a.writes(empty)).toBe(undefined);
    expect(b.connects(empty)).toBe("other-log");
    expect(b.connects(empty)).toBe(undefined);
    expect(b.writes(empty)).toBe(undefined);
    expect(a.connects(empty)).toBe(undefined);
  });

  test("going on from stored state; what stands before it is not judged", () => {
    const { log, a, b } = converse();
    const { cursor, transcript } = b.place();
    expect(a.writes()).toBe(undefined);
    const resumed = createDevice(log);
    resumed.history.restore(log.logId, { cursor, transcript });
    expect(resumed.connects()).toBe(undefined);
    expect(resumed.place()).toEqual(a.place());
    log.append(createAuthor(historyKeys, log.logId).update(NOTHING)); // its author had read nothing
    expect(resumed.connects()).toBe(undefined);
  });

  test("presence of peers who are behind, level, and for a moment ahead", () => {
    const { log, a, b } = converse();
    const before = b.claim();
    expect(b.writes()).toBe(undefined);
    for (const claim of [before, b.claim()]) expect(a.hears(claim)).toBe(undefined);
    expect(a.history.overdue(WITHHELD_AFTER_MS - 1)).toBe(undefined);
    expect(a.reads(log.after(a.history.position))).toBe(undefined);
    expect(a.history.overdue(WITHHELD_AFTER_MS)).toBe(undefined);
  });

  test("a log of 10,000 frames is remembered only near its end, and a sender far behind is believed", () => {
    const log = createLog();
    const reader = createDevice(log);
    expect(reader.connects()).toBe(undefined);
    for (let seq = 1; seq <= 2 * MAX_REMEMBERED; seq++) reader.history.readFrame(seq, bytes(32), undefined);
    expect(reader.history.transcriptAt(MAX_REMEMBERED)).toBe(undefined);
    const slow = openedOf(
      createAuthor(historyKeys, log.logId).update(NOTHING, { cursor: 7, transcript: bytes(32) }),
    );
    expect(reader.history.readFrame(2 * MAX_REMEMBERED + 1, bytes(32), slow)).toBe(undefined);
  });
});

describe("a relay that lies is seen", () => {
  test("[T4] a frame left out, with its number", () => {
    const { log } = converse();
    const without = log.entries().filter(({ seq }) => seq !== 3);
    expect(verdictOn(log, without)).toMatchObject({ type: "missing", seq: 4 });
  });

  test.each([1, 2, 3, 4, 5])("[T4] frame %i left out, and the rest renumbered", (left) => {
    const { log, a, b } = converse();
    const without = renumber(log.entries().filter(({ seq }) => seq !== left));
    const fault = verdictOn(log, without, without.length);
    expect(fault).toMatchObject({ type: expect.stringMatching(/missing|fork/) as string });
    expect(fault?.deviceId).toBe(left % 2 === 0 ? a.deviceId : b.deviceId);
  });

  test("[T4] the end left out: nothing crosses, but LIVE or a peer's presence tells", () => {
    const { log, a } = converse();
    const short = log.entries().slice(0, 4);
    expect(verdictOn(log, short)).toMatchObject({ type: "missing", seq: 6 });
    const reader = createDevice(log);
    reader.history.meet(log.logId, 4);
    expect(reader.reads(short) ?? reader.history.endReplay(4)).toBe(undefined);
    expect(reader.hears(a.claim(), 1_000)).toBe(undefined);
    expect(reader.hears(a.claim(), 20_000)).toBe(undefined); // renewing it puts nothing off
    expect(reader.history.overdue(1_000 + WITHHELD_AFTER_MS)).toEqual({
      type: "withheld",
      deviceId: a.deviceId,
      seq: 6,
    });
    reader.history.restart();
    expect(reader.reads(short) ?? reader.history.endReplay(4)).toMatchObject({ type: "withheld" });
  });

  test.each([
    [1, 2],
    [2, 3],
    [1, 4],
    [3, 5],
  ])("frames %i and %i swapped", (one, other) => {
    const { log } = converse();
    const swapped = [...log.entries()];
    const [first, second] = [swapped[one - 1], swapped[other - 1]];
    if (first === undefined || second === undefined) throw new Error("empty");
    swapped[one - 1] = second;
    swapped[other - 1] = first;
    expect(verdictOn(log, renumber(swapped))).toMatchObject({
      type: expect.stringMatching(/missing|fork/) as string,
    });
  });

  test.each([1, 2, 3])("[T3] frame %i repeated elsewhere", (repeated) => {
    const { log } = converse();
    const [again] = log.entries().filter(({ seq }) => seq === repeated);
    if (again === undefined) throw new Error("empty");
    expect(verdictOn(log, renumber([...log.entries(), again]), 7)).toMatchObject({ type: "fork", seq: 7 });
    const inserted = renumber([...log.entries().slice(0, 5), again, ...log.entries().slice(5)]);
    expect(verdictOn(log, inserted, 7)).toMatchObject({ type: "fork", seq: 6 });
  });

  test("a repeat that looks like a frame stored twice shows at the next frame that crosses", () => {
    const { log, a } = converse();
    const again = log.entries().slice(-1);
    const reader = createDevice(log);
    reader.history.meet(log.logId, 7);
    expect(reader.reads(renumber([...log.entries(), ...again]))).toBe(undefined);
    expect(a.writes()).toBe(undefined);
    expect(a.writes()).toBe(undefined);
    const crossing = log.after(6).map((entry) => ({ ...entry, seq: entry.seq + 1 }));
    expect(reader.reads(crossing)).toMatchObject({ type: "fork", deviceId: a.deviceId });
  });

  test("[T5] different logs for different devices: the first frame or presence that crosses tells", () => {
    const { log, a, b } = converse();
    const fork = createLog(log.logId);
    for (const { frame } of log.entries()) fork.append(frame);
    expect(a.writes()).toBe(undefined);
    expect(b.connects(fork)).toBe(undefined);
    expect(b.writes(fork)).toBe(undefined);
    expect(b.hears(a.claim())).toEqual({ type: "fork", deviceId: a.deviceId, seq: 7 });
    fork.append(a.seal("update"));
    expect(b.reads(fork.after(7))).toEqual({ type: "fork", deviceId: a.deviceId, seq: 8 });
  });

  test("what fits as the next is what would be read without a fault; to look leaves no trace", () => {
    const { log, a, b } = converse();
    const reader = createDevice(log);
    reader.history.meet(log.logId, 6);
    expect(reader.reads(log.entries())).toBe(undefined);
    const [second, last] = [log.entries()[1], log.entries().at(-1)];
    expect(b.reads(log.after(b.history.position)) ?? b.writes() ?? a.writes()).toBe(undefined);
    const [next, later] = log.after(6);
    if (!second || !last || !next || !later) throw new Error("empty");
    const fits = ({ frame }: typeof next, seq: number): boolean => {
      const opened = openedOf(frame);
      return opened !== undefined && reader.history.fitsNext(seq, frameHash(frame), opened);
    };
    expect(fits(next, 7)).toBe(true);
    expect(fits(next, 7)).toBe(true); // the first look has not moved its stream
    expect([fits(next, 6), fits(next, 8)]).toEqual([false, false]);
    expect(fits(second, 7)).toBe(false); // of a stream that is further
    expect(fits(later, 7)).toBe(false); // it has read what we have not
    expect(reader.history.position).toBe(6);
    expect(reader.hears({ ...b.claim(), cursor: 7, transcript: bytes(32) })).toBe(undefined);
    expect(fits(next, 7)).toBe(false); // another device says that 7 is something else
    expect(reader.read(next)).toMatchObject({ type: "fork", seq: 7 });
  });

  test("nothing fits while a log is taken as it is", () => {
    const { log } = converse();
    const reader = createDevice(log);
    reader.history.meet(log.logId, 6);
    reader.history.accept();
    const [first] = log.entries();
    const opened = first && openedOf(first.frame);
    if (first === undefined || opened === undefined) throw new Error("empty");
    expect(reader.history.fitsNext(1, frameHash(first.frame), opened)).toBe(false);
  });

  test("[T5] a number that held another frame before", () => {
    const { log, b } = converse();
    expect(b.read({ seq: 4, frame: bytes(400), isSnapshot: false })).toEqual({ type: "fork", seq: 4 });
    const [, second] = log.entries();
    expect(b.read({ seq: 3, frame: second?.frame ?? bytes(0), isSnapshot: false })?.type).toBe("fork");
    expect(b.history.readOwn(5, bytes(32))).toEqual({ type: "fork", seq: 5 });
  });

  test("[T6] a head behind what was read, also after it was read again from the start", () => {
    const { log, a } = converse();
    expect(a.history.meet(log.logId, 5)).toEqual({ type: "rollback", seq: 5 });
    a.history.restart();
    expect(a.history.meet(log.logId, 5)).toEqual({ type: "rollback", seq: 5 });
    expect(a.history.meet(log.logId, 6)).toBe("same-log");
  });

  test("an ACK with a number that leaves a hole", () => {
    const { a } = converse();
    expect(a.history.readOwn(8, bytes(32))).toEqual({ type: "missing", seq: 8 });
  });

  test("[T6] a snapshot under another number, one that cannot be opened, one of another history", () => {
    const { log, a, b } = converse();
    const snapshot = createAuthor(historyKeys, log.logId).seal("snapshot", NOTHING, a.place());
    expect(verdictOn(log, [{ seq: 5, frame: snapshot, isSnapshot: true }])).toMatchObject({ type: "fork" });
    expect(verdictOn(log, [{ seq: 6, frame: bytes(400), isSnapshot: true }])).toMatchObject({
      type: "missing",
    });
    const place = { cursor: 6, transcript: bytes(32) };
    const other = createAuthor(historyKeys, log.logId).seal("snapshot", NOTHING, place);
    expect(b.read({ seq: 6, frame: other, isSnapshot: true })).toMatchObject({ type: "fork" });
  });

  test.each(["gap", "other-prev", "again"])("within one stream: %s", (kind) => {
    const log = createLog();
    const reader = createDevice(log);
    const author = createAuthor(historyKeys, log.logId);
    const [one = bytes(0), two = bytes(0), three = bytes(0)] = [1, 2, 3].map(() => author.update(NOTHING));
    const opened = openedOf(two);
    if (opened === undefined) throw new Error("sealed above");
    const lies = {
      gap: [one, openedOf(three)],
      "other-prev": [one, { ...opened, prev: bytes(32) }],
      again: [two, openedOf(one)],
    } as const;
    const [first, second] = lies[kind as keyof typeof lies]; // test.each widens it
    reader.connects();
    expect(reader.history.readFrame(1, frameHash(first), openedOf(first))).toBe(undefined);
    expect(reader.history.readFrame(2, bytes(32), second)).toMatchObject({
      type: kind === "gap" ? "missing" : "fork",
      deviceId: author.deviceId,
    });
  });
});

describe("what comes after a fault", () => {
  const broken = () => {
    const { log } = converse();
    return { log, entries: log.entries().filter(({ seq }) => seq !== 3) };
  };

  test("a relay that mends is believed again once it is read from its start", () => {
    const { log, entries } = broken();
    const reader = createDevice(log);
    reader.history.meet(log.logId, 6);
    expect(reader.reads(entries)?.type).toBe("missing");
    reader.history.restart();
    expect(reader.history.confirmed).toBe(0);
    expect(reader.reads(log.entries()) ?? reader.history.endReplay(6)).toBe(undefined);
    expect(reader.history.confirmed).toBe(5);
  });

  test("accepted, the log counts as it is; two who accept it agree, and lies after that are seen", () => {
    const { log, entries } = broken();
    const [a, b] = [createDevice(log), createDevice(log)].map((device) => {
      device.history.meet(log.logId, 6);
      expect(device.reads(entries)).toBeDefined();
      device.history.accept();
      expect(device.history.meet(log.logId, 6)).toBe("same-log");
      expect(device.reads(entries) ?? device.history.endReplay(6)).toBe(undefined);
      expect(device.history.position).toBe(6);
      return device;
    });
    if (a === undefined || b === undefined) throw new Error("two");
    expect(b.place()).toEqual(a.place());
    expect(a.writes()).toBe(undefined);
    expect(b.reads(log.after(6))).toBe(undefined);
    expect(b.history.meet(log.logId, 6)).toMatchObject({ type: "rollback" });
    expect(b.read({ seq: 9, frame: bytes(400), isSnapshot: false })?.type).toBe("missing");
  });

  test("a rolled back log, an unreadable snapshot and an empty log can be accepted", () => {
    const { log, a } = converse();
    for (const entries of [
      [],
      log.entries().slice(0, 2),
      [{ seq: 2, frame: bytes(400), isSnapshot: true }],
    ]) {
      a.history.accept();
      const head = entries.at(-1)?.seq ?? 0;
      expect(a.history.meet(log.logId, head)).toBe("same-log");
      expect(a.reads(entries) ?? a.history.endReplay(head)).toBe(undefined);
      expect(a.history.position).toBe(head);
    }
  });
});
