/** Schedules in the whole executor: ordered by a phone, on a real disk, shown in the document. */
import { afterEach, expect, test } from "vitest";
import {
  parseId,
  readDeviceRegistry,
  readMessages,
  readRuns,
  readSchedules,
  readTasks,
  type Schedule,
  type ScheduleId,
} from "@deskhand/doc-schema/document";
import { taskViews } from "@deskhand/doc-schema/views";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Disk } from "../../../../desktop/src/executor/journal-file.ts";
import { nodeDisk } from "../../../../desktop/src/executor/journal-file.ts";
import {
  createBench,
  deviceKeys,
  pendingApproval,
  sendIntent,
  until,
  type Bench,
} from "../executor/bench.ts";
import { HOUR, MINUTE } from "./schedule-world.ts";

const DONE = { content: [{ type: "text" as const, text: "Nothing changed." }] };
const FIELDS = {
  title: "Changes",
  rule: "0 * * * *",
  timeZone: "UTC",
  prompt: "What changed?",
  ifMissed: "run",
  enabled: true,
  locale: "zh-Hant",
} as const;

let bench: Bench;
afterEach(() => bench.remove());

/** Time as it goes by for a computer that is awake. */
const pass = (milliseconds: number): void => {
  for (let gone = 0; gone < milliseconds; gone += MINUTE) bench.clock.advance(MINUTE);
};
const open = (disk?: Disk): Promise<Executor> =>
  bench.open({ uptime: bench.clock.now, ...(disk === undefined ? {} : { disk }) });
const create = (executor: Executor, fields: Partial<Schedule> = {}): ScheduleId => {
  const scheduleId = bench.ids.create("schedule");
  sendIntent(bench, executor, { type: "schedule-create", scheduleId, ...FIELDS, ...fields });
  return scheduleId;
};
const rowOf = (executor: Executor, id: ScheduleId): Schedule | undefined =>
  readSchedules(executor.doc).entries.find((row) => row.id === id);
const rowIn = (executor: Executor, id: ScheduleId): Promise<Schedule> => until(() => rowOf(executor, id));
const ended = (executor: Executor, count: number) =>
  until(() => {
    const runs = readRuns(executor.doc).entries;
    return runs.length === count && runs.every(({ state }) => state === "done") && runs;
  });

test("[AP4] a phone makes a schedule; it runs in time as one task, signed by the executor", async () => {
  bench = await createBench(() => DONE);
  const executor = await open();
  const id = create(executor);
  const row = await rowIn(executor, id);
  const nextHour = Math.ceil(bench.clock.now() / HOUR) * HOUR;
  expect(row).toMatchObject({
    nextRunAt: nextHour,
    nextRuns: [nextHour, nextHour + HOUR, nextHour + 2 * HOUR],
    createdBy: bench.phone.deviceId,
    enabled: true,
  });
  pass(HOUR);
  const [run] = await ended(executor, 1);
  expect(rowOf(executor, id)).toMatchObject({ lastRunId: run?.id, nextRunAt: nextHour + HOUR, failures: 0 });
  const registry = readDeviceRegistry(executor.doc, executor.device.signKey);
  const [view] = taskViews({ doc: executor.doc, registry, isAtRelay: () => false });
  expect(view).toMatchObject({
    author: "verified",
    device: executor.device.deviceId,
    task: { prompt: FIELDS.prompt, locale: "zh-Hant" },
    run: { id: run?.id },
  });
  const messages = readMessages(executor.doc, executor.workspace.threadId).entries;
  expect(messages.map(({ value }) => value)).toMatchObject([{ text: FIELDS.prompt, taskId: view?.task.id }]);
  const rows = executor.auditRows().filter(({ kind }) => kind === "schedule");
  expect(rows.map(({ outcome }) => outcome)).toEqual(["schedule-create", "schedule-fired"]);
});

test("[AP1] nobody is there: a run that needs a person asks and waits, and no second one begins", async () => {
  bench = await createBench((_request, turn) =>
    turn === 0 ? { content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }] } : DONE,
  );
  const executor = await open();
  create(executor);
  await until(() => executor.ledger.schedules.size);
  pass(HOUR);
  await pendingApproval(executor);
  pass(3 * HOUR);
  expect(readRuns(executor.doc).entries).toMatchObject([{ state: "waiting" }]);
  expect(bench.tally()).toEqual([]);
});

test("[IN1] off over its time, it catches up once after the start, and not again after the next", async () => {
  bench = await createBench(() => DONE);
  const first = await open();
  const id = create(first);
  await rowIn(first, id);
  await first.close();
  bench.clock.advance(5 * HOUR);
  const second = await open();
  pass(2 * MINUTE);
  await ended(second, 1);
  expect(rowOf(second, id)?.missedAt).toBe(Math.floor(bench.clock.now() / HOUR) * HOUR);
  await second.close();
  const third = await open();
  pass(10 * MINUTE);
  expect(readTasks(third.doc).entries).toHaveLength(1);
  expect(third.refusals()).toEqual({});
});

test("[IN1] what it missed and was to ask about waits for a person; let go it stays so, also after the next start", async () => {
  bench = await createBench(() => DONE);
  const first = await open();
  const id = create(first, { ifMissed: "ask" });
  await rowIn(first, id);
  await first.close();
  bench.clock.advance(5 * HOUR);
  const second = await open();
  pass(2 * MINUTE);
  const letGo = Math.floor(bench.clock.now() / HOUR) * HOUR;
  expect(rowOf(second, id)).toMatchObject({ missedAt: letGo, enabled: true });
  sendIntent(bench, second, { type: "schedule-change", scheduleId: id, letGo });
  await until(() => rowOf(second, id)?.missedAt === null);
  await second.close();
  const third = await open();
  pass(10 * MINUTE);
  expect(rowOf(third, id)?.missedAt).toBeNull();
  expect(readTasks(third.doc).entries).toEqual([]);
});

test("three runs that fail in a row turn it off with a sentence on the phone; turned on again it runs", async () => {
  let isDown = true;
  bench = await createBench(() =>
    isDown ? { type: "key-refused", retry: false, text: "The service said no." } : DONE,
  );
  const executor = await open();
  const id = create(executor);
  await rowIn(executor, id);
  for (const failures of [1, 2, 3]) {
    pass(HOUR);
    await until(() => rowOf(executor, id)?.failures === failures);
  }
  expect(rowOf(executor, id)).toMatchObject({
    enabled: false,
    nextRunAt: null,
    off: { type: "failed", text: expect.stringContaining("連續失敗 3 次") },
  });
  pass(3 * HOUR);
  expect(readRuns(executor.doc).entries.map(({ state }) => state)).toEqual(["failed", "failed", "failed"]);
  isDown = false;
  sendIntent(bench, executor, { type: "schedule-change", scheduleId: id, enabled: true });
  await until(() => rowOf(executor, id)?.enabled === true);
  pass(HOUR);
  await until(() => readRuns(executor.doc).entries.some(({ state }) => state === "done"));
  expect(rowOf(executor, id)).toMatchObject({ enabled: true, failures: 0, off: null });
});

test("[IN1] run now, change, delete: each order once, also after a restart", async () => {
  bench = await createBench(() => DONE);
  const executor = await open();
  const id = create(executor, { rule: "manual" });
  await rowIn(executor, id);
  sendIntent(bench, executor, { type: "schedule-run", scheduleId: id });
  await ended(executor, 1);
  await executor.close();
  const again = await open();
  sendIntent(bench, again, { type: "schedule-change", scheduleId: id, rule: "* * * * *" });
  await until(() => rowOf(again, id)?.enabled === false);
  expect(rowOf(again, id)).toMatchObject({
    off: { type: "too-often", text: expect.stringContaining("5 分鐘") },
  });
  sendIntent(bench, again, { type: "schedule-delete", scheduleId: id });
  await until(() => rowOf(again, id) === undefined);
  expect(readRuns(again.doc).entries).toHaveLength(1);
});

test("[AP4] a phone that may only look makes no schedule", async () => {
  bench = await createBench(() => DONE);
  const executor = await open();
  const looker = deviceKeys(9);
  executor.admitDevice({ ...looker, name: "Tablet", kind: "phone", roles: [] });
  const scheduleId = bench.ids.create("schedule");
  sendIntent(bench, executor, { type: "schedule-create", scheduleId, ...FIELDS }, looker);
  await until(() => executor.refusals()["missing-role"]);
  expect(executor.ledger.schedules.size).toBe(0);
});

test("nothing begins while everything is stopped", async () => {
  bench = await createBench(() => DONE);
  const executor = await open();
  const id = create(executor, { ifMissed: "skip" });
  await rowIn(executor, id);
  executor.stopAll();
  pass(2 * HOUR);
  expect(readRuns(executor.doc).entries).toEqual([]);
  executor.resume();
  expect(rowOf(executor, id)?.missedAt).toBe(Math.floor(bench.clock.now() / HOUR) * HOUR);
  expect(readRuns(executor.doc).entries).toEqual([]);
  pass(HOUR);
  await ended(executor, 1);
});

test("[IN1] the power is cut at each write around a firing: one task, one run, one message", async () => {
  for (let cutAt = 1; cutAt <= 12; cutAt++) {
    bench = await createBench(() => DONE);
    let isArmed = false;
    let writes = 0;
    const disk: Disk = {
      write: (file, bytes) => {
        if (isArmed && ++writes >= cutAt) throw new Error("the power is cut");
        nodeDisk.write(file, bytes);
      },
      sync: (file) => {
        nodeDisk.sync(file);
        if (isArmed && ++writes >= cutAt) throw new Error("the power is cut");
      },
    };
    const first = await open(disk);
    const id = create(first);
    await rowIn(first, id);
    isArmed = true;
    pass(HOUR);
    await until(
      () => first.status().failure ?? readRuns(first.doc).entries.some(({ state }) => state === "done"),
    );
    await first.close();
    const second = await open();
    pass(2 * MINUTE);
    await ended(second, 1);
    const tasks = readTasks(second.doc).entries.map(({ value }) => value.id);
    expect(tasks).toHaveLength(1);
    const said = readMessages(second.doc, second.workspace.threadId).entries;
    expect(said.map(({ value }) => value.taskId)).toEqual(tasks);
    expect(parseId("run", rowOf(second, id)?.lastRunId)).toBeDefined();
    await bench.remove();
  }
});
