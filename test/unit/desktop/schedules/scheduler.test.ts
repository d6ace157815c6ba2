import { describe, expect, test } from "vitest";
import type { ScheduleId } from "@deskhand/doc-schema/document";
import { MOST_SCHEDULES } from "../../../../desktop/src/executor/schedules/schedule-orders.ts";
import { createScheduleRows, nextRuns } from "../../../../desktop/src/executor/schedules/schedule-rows.ts";
import {
  bursts,
  createScheduleWorld,
  DAY,
  HOUR,
  MINUTE,
  readRule,
  type Fired,
  type ScheduleWorld,
} from "./schedule-world.ts";

const START = Date.parse("2026-11-20T07:00:30Z");
const world = (options: Partial<Parameters<typeof createScheduleWorld>[0]> = {}): ScheduleWorld =>
  createScheduleWorld({ wall: START, ...options });
const said = (fired: readonly Fired[]): readonly string[] =>
  fired.map(({ time, isCatchUp }) => {
    const shown = time === undefined ? "by hand" : new Date(time).toISOString().slice(8, 16);
    return isCatchUp ? `${shown} late` : shown;
  });

describe("in time", () => {
  test("a daily schedule runs once a day, as one task with its words", () => {
    const { create, pass, fired, lines } = world();
    create({ rule: "0 8 * * *" });
    pass(3 * DAY);
    expect(said(fired)).toEqual(["20T08:00", "21T08:00", "22T08:00"]);
    expect(fired.every(({ wall, time = 0 }) => wall - time < 1000)).toBe(true);
    const tasks = lines.flatMap((line) => (line.type === "schedule-fired" ? [line.task] : []));
    expect(tasks.map(({ prompt }) => prompt)).toEqual(["What changed?", "What changed?", "What changed?"]);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(3);
  });

  test("what was made before its time does not run for the time before", () => {
    const { create, pass, fired } = world();
    create({ rule: "0 7 * * *" });
    pass(HOUR);
    expect(fired).toEqual([]);
  });

  test("once means once; by hand means never by itself", () => {
    const { create, pass, fired, restart } = world();
    create({ rule: "2026-11-20T16:00", timeZone: "Asia/Taipei" });
    create({ rule: "manual" });
    pass(DAY);
    restart();
    pass(DAY);
    expect(said(fired)).toEqual(["20T08:00"]);
  });

  test("a run that waits for a person keeps the next ones from piling up; one follows when it has ended", () => {
    let end: "open" | "done" = "open";
    const { create, pass, fired, schedule, order } = world({ ends: () => end });
    const id = create({ rule: "*/5 * * * *" });
    pass(2 * DAY);
    expect(said(fired)).toEqual(["20T07:05"]);
    expect(schedule(id).openRuns).toHaveLength(1);
    end = "done";
    order({ type: "schedule-change", scheduleId: id, title: "Looked at" });
    expect(said(fired)).toEqual(["20T07:05", "22T07:00"]);
    pass(5 * MINUTE);
    expect(said(fired)).toEqual(["20T07:05", "22T07:00", "22T07:05"]);
  });
});

describe("missed", () => {
  const asleep = (ifMissed: "run" | "skip" | "ask", gap: (at: ScheduleWorld) => void) => {
    const at = world();
    const id = at.create({ rule: "0 8 * * *", ifMissed });
    gap(at);
    at.pass(2 * MINUTE);
    return { at, id };
  };
  const gaps: readonly (readonly [string, (at: ScheduleWorld) => void])[] = [
    ["asleep", (at) => at.sleep(2 * HOUR)],
    ["asleep with a steady clock that goes on", (at) => at.sleep(2 * HOUR, true)],
    ["off", (at) => at.off(2 * HOUR)],
    ["a clock set ahead", (at) => at.setClock(2 * HOUR)],
  ];

  test.each(gaps)("%s: run it once", (_name, gap) => {
    const { at, id } = asleep("run", gap);
    expect(said(at.fired)).toEqual(["20T08:00 late"]);
    expect(at.schedule(id).missedAt).toBe(Date.parse("2026-11-20T08:00Z"));
    at.restart();
    at.pass(HOUR);
    expect(at.fired).toHaveLength(1);
  });

  test.each(gaps)("%s: skip it, and say so", (_name, gap) => {
    const { at, id } = asleep("skip", gap);
    expect(at.fired).toEqual([]);
    expect(at.schedule(id).missedAt).toBe(Date.parse("2026-11-20T08:00Z"));
    at.pass(DAY);
    expect(said(at.fired)).toEqual(["21T08:00"]);
    expect(at.schedule(id).missedAt).toBeUndefined();
  });

  test("ask: nothing runs until a person says so, then once", () => {
    const { at, id } = asleep("ask", (there) => there.sleep(2 * HOUR));
    expect(at.fired).toEqual([]);
    expect(at.schedule(id).missedAt).toBe(Date.parse("2026-11-20T08:00Z"));
    expect(at.order({ type: "schedule-run", scheduleId: id }).ok).toBe(true);
    at.pass(HOUR);
    expect(said(at.fired)).toEqual(["by hand"]);
    expect(at.schedule(id).missedAt).toBeUndefined();
  });

  test("ask: a person lets it go; a time that was missed after it is asked about nevertheless", () => {
    const { at, id } = asleep("ask", (there) => there.sleep(2 * HOUR));
    const letGo = Date.parse("2026-11-20T08:00Z");
    at.sleep(DAY);
    at.pass(2 * MINUTE);
    expect(at.schedule(id).missedAt).toBe(letGo + DAY);
    expect(at.order({ type: "schedule-change", scheduleId: id, letGo }).ok).toBe(true);
    expect(at.schedule(id).missedAt).toBe(letGo + DAY);
    expect(at.order({ type: "schedule-change", scheduleId: id, letGo: letGo + DAY }).ok).toBe(true);
    expect(at.schedule(id)).toMatchObject({ enabled: true, missedAt: undefined });
    at.restart();
    expect(at.schedule(id).missedAt).toBeUndefined();
    at.pass(12 * HOUR);
    expect(at.fired).toEqual([]);
    at.pass(12 * HOUR);
    expect(said(at.fired)).toEqual(["22T08:00"]);
  });

  test("a time that was caught up with is not asked about when the policy becomes “ask”", () => {
    const { at, id } = asleep("run", (there) => there.sleep(2 * HOUR));
    expect(at.schedule(id).missedAt).toBeDefined();
    at.order({ type: "schedule-change", scheduleId: id, ifMissed: "ask" });
    expect(at.schedule(id).missedAt).toBeUndefined();
  });

  test("a week away is one run, not seven", () => {
    const { at } = asleep("run", (there) => there.sleep(7 * DAY));
    expect(said(at.fired)).toEqual(["26T08:00 late"]);
    at.pass(DAY);
    expect(said(at.fired)).toEqual(["26T08:00 late", "27T08:00"]);
  });

  test("[T60] 18 hours of sleep with 100 schedules: each as it says, at most two a minute, none twice", () => {
    const at = world();
    const policies = ["run", "skip", "ask"] as const;
    const ids = Array.from({ length: 100 }, (_, i) =>
      at.create({ rule: `${(i * 7) % 60} ${8 + (i % 12)} * * *`, ifMissed: policies[i % 3] ?? "run" }),
    );
    at.pass(MINUTE);
    at.sleep(18 * HOUR);
    at.pass(3 * HOUR);
    for (const id of ids) {
      const { ifMissed, missedAt } = at.schedule(id);
      const own = at.fired.filter((one) => one.id === id);
      expect(own).toHaveLength(ifMissed === "run" ? 1 : 0);
      expect(own.every(({ isCatchUp }) => isCatchUp)).toBe(true);
      expect(missedAt).toBeDefined();
    }
    expect(bursts(at.fired)).toEqual([]);
  });

  test("[T60] a clock set back and a restart in the middle of catching up: still at most two a minute", () => {
    const at = world();
    for (let i = 0; i < 40; i++) at.create({ rule: `${i} 8 * * *` });
    at.sleep(5 * HOUR);
    at.pass(8 * MINUTE);
    for (const by of [-HOUR, HOUR]) {
      at.setClock(by);
      at.restart();
      at.pass(MINUTE / 2);
    }
    at.pass(HOUR);
    expect(at.fired).toHaveLength(40);
    expect(bursts(at.fired)).toEqual([]);
  });

  test("while everything is stopped nothing begins; afterwards its times count as missed", () => {
    const { create, pass, stop, fired, schedule } = world();
    const run = create({ rule: "0 8 * * *" });
    const skip = create({ rule: "0 8 * * *", ifMissed: "skip" });
    stop(true);
    pass(90 * MINUTE);
    expect(fired).toEqual([]);
    stop(false);
    pass(MINUTE);
    expect(fired.map(({ id }) => id)).toEqual([run]);
    expect(schedule(skip).missedAt).toBe(Date.parse("2026-11-20T08:00Z"));
  });
});

describe("[R15] the clock", () => {
  test("set back an hour: what has run does not run again", () => {
    const { create, pass, setClock, fired, schedule, now } = world();
    const id = create({ rule: "*/15 * * * *" });
    pass(HOUR);
    expect(said(fired)).toEqual(["20T07:15", "20T07:30", "20T07:45", "20T08:00"]);
    setClock(-HOUR);
    pass(MINUTE);
    const promised = nextRuns(schedule(id), readRule, now());
    pass(2 * HOUR - MINUTE);
    expect(said(fired).slice(4)).toEqual(["20T08:15", "20T08:30", "20T08:45", "20T09:00"]);
    expect(promised).toEqual(fired.slice(4, 7).map(({ time }) => time));
  });

  test.each([3 * DAY, 12 * 365 * DAY])(
    "set ahead by %d ms and back again: the days between still come",
    (by) => {
      const { create, pass, setClock, restart, fired } = world();
      create({ rule: "0 8 * * *" });
      setClock(by);
      pass(2 * MINUTE);
      expect(fired).toHaveLength(1);
      setClock(-by);
      restart();
      pass(2 * DAY);
      expect(said(fired).slice(1)).toEqual(["20T08:00", "21T08:00"]);
    },
  );

  test("a computer that begins in 1970 and is set right runs what it missed, once", () => {
    const { create, pass, setClock, restart, fired } = world();
    create({ rule: "0 8 * * *" });
    pass(2 * HOUR);
    setClock(-START);
    restart();
    pass(MINUTE);
    setClock(START + DAY);
    pass(2 * MINUTE);
    expect(said(fired)).toEqual(["20T08:00", "21T08:00 late"]);
  });
});

describe("off", () => {
  test("three failures in a row turn it off; a person turns it on again", () => {
    const { create, pass, fired, schedule, order } = world({ ends: () => "failed" });
    const id = create({ rule: "*/5 * * * *" });
    pass(HOUR);
    expect(fired).toHaveLength(3);
    expect(schedule(id)).toMatchObject({ enabled: false, off: "failed", failures: 3 });
    expect(order({ type: "schedule-change", scheduleId: id, enabled: true }).ok).toBe(true);
    expect(schedule(id)).toMatchObject({ enabled: true, off: undefined, failures: 0 });
    pass(HOUR);
    expect(fired).toHaveLength(6);
  });

  test("a success in between begins the count anew, and what a person cancels does not count", () => {
    const ends = ["failed", "failed", "done", "failed", "cancelled", "failed", "cancelled"] as const;
    const { create, pass, fired, schedule } = world({ ends: (run) => ends[run] ?? "done" });
    const id = create({ rule: "*/5 * * * *" });
    pass(HOUR);
    expect(fired).toHaveLength(12);
    expect(schedule(id).enabled).toBe(true);
  });

  test.each([
    ["nonsense", "UTC", "bad-rule"],
    ["* * * * *", "UTC", "too-often"],
    ["0 8 * * *", "Nowhere/City", "bad-time-zone"],
    ["0 0 30 2 *", "UTC", "never"],
    ["2026-11-20T06:00", "UTC", "time-passed"],
  ])("%s in %s is taken and turned off: %s", (rule, timeZone, word) => {
    const { create, pass, fired, schedule, order, now } = world();
    const id = create({ rule, timeZone });
    expect(schedule(id)).toMatchObject({ enabled: false, off: word });
    const row = createScheduleRows(readRule)(schedule(id), now());
    expect(row["off"]).toMatchObject({ type: word, text: expect.stringMatching(/\S+\. \S+/) });
    expect(row.nextRunAt).toBeNull();
    order({ type: "schedule-change", scheduleId: id, rule: "0 8 * * *", timeZone: "UTC" });
    expect(schedule(id)).toMatchObject({ enabled: true, off: undefined });
    pass(2 * HOUR);
    expect(said(fired)).toEqual(["20T08:00"]);
  });
});

describe("orders", () => {
  test("another rule, off, on, gone", () => {
    const { create, order, pass, fired, schedules, schedule } = world();
    const id = create({ rule: "0 8 * * *" });
    order({ type: "schedule-change", scheduleId: id, rule: "0 9 * * *", prompt: "And now?" });
    expect(schedule(id)).toMatchObject({ prompt: "And now?", title: "Report" });
    pass(3 * HOUR);
    order({ type: "schedule-change", scheduleId: id, enabled: false });
    pass(2 * DAY);
    order({ type: "schedule-change", scheduleId: id, enabled: true });
    pass(DAY);
    expect(said(fired)).toEqual(["20T09:00", "23T09:00"]);
    order({ type: "schedule-delete", scheduleId: id });
    pass(DAY);
    expect(fired).toHaveLength(2);
    expect(schedules()).toEqual([]);
  });

  test("one that is not there cannot be changed or run; deleting it is done", () => {
    const { create, order } = world();
    const id = create({ rule: "manual" });
    order({ type: "schedule-delete", scheduleId: id });
    expect(order({ type: "schedule-change", scheduleId: id, title: "No" })).toMatchObject({
      error: "unknown-target",
    });
    expect(order({ type: "schedule-run", scheduleId: id })).toMatchObject({ error: "unknown-target" });
    expect(order({ type: "schedule-delete", scheduleId: id }).ok).toBe(true);
  });

  test("no more than a person has", () => {
    const { create, order, schedules } = world();
    for (let i = 0; i < MOST_SCHEDULES; i++) create({ rule: "manual" });
    const one = {
      type: "schedule-create",
      scheduleId: `sch_${"v".repeat(24)}` as ScheduleId, // as ids are written
      title: "Report",
      rule: "manual",
      timeZone: "UTC",
      prompt: "What changed?",
      ifMissed: "run",
      enabled: true,
    } as const;
    expect(order(one)).toMatchObject({ error: "too-many" });
    expect(schedules()).toHaveLength(MOST_SCHEDULES);
  });
});
