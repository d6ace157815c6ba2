/**
 * [T60] [R15] Random days of a computer: awake, asleep, off, stopped, its clock set by up to three days, its power cut
 * before or after any write of the ledger. Whatever happens, each time runs at most once, nothing comes in a burst,
 * each schedule goes by its policy, and when all is calm again everything runs in time.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bursts,
  createScheduleWorld,
  DAY,
  Died,
  HOUR,
  MINUTE,
  readRule,
  type ScheduleWorld,
} from "./schedule-world.ts";

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Taipei"] as const;
const RULES = [
  "*/5 * * * *",
  "*/30 * * * *",
  "0 8 * * *",
  "30 2 * * *",
  "30 1,13 * * *",
  "0 9 * * 1-5",
] as const;
/** Around changes of clocks, and in the quiet of summer. */
const DAYS = [
  "2026-03-08",
  "2026-03-29",
  "2026-04-05",
  "2026-07-01",
  "2026-10-04",
  "2026-10-25",
  "2026-11-01",
];

type Step =
  | {
      readonly type: "pass" | "sleep" | "sleep-counting" | "off" | "stopped" | "set-clock";
      readonly ms: number;
    }
  | { readonly type: "restart" | "run-now" };

const span = fc.oneof(
  fc.integer({ min: 0, max: 3 * MINUTE }),
  fc.integer({ min: 0, max: 18 * HOUR }),
  fc.constant(2 * DAY),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 6 * HOUR }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom("sleep", "sleep-counting", "off", "stopped"), ms: span }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("set-clock" as const),
      ms: fc.integer({ min: -3 * DAY, max: 3 * DAY }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("restart", "run-now") }) },
);
const schedule = fc.record({
  rule: fc.constantFrom(...RULES),
  timeZone: fc.constantFrom(...ZONES),
  ifMissed: fc.constantFrom("run", "skip", "ask"),
});

const take = (world: ScheduleWorld, one: Step): void => {
  switch (one.type) {
    case "pass":
      return world.pass(one.ms);
    case "sleep":
      return world.sleep(one.ms);
    case "sleep-counting":
      return world.sleep(one.ms, true);
    case "off":
      return world.off(one.ms);
    case "stopped":
      world.stop(true);
      world.pass(one.ms);
      return world.stop(false);
    case "set-clock":
      return world.setClock(one.ms);
    case "restart":
      return world.restart();
    case "run-now": {
      const [first] = world.schedules();
      if (first !== undefined) world.runNow(first.id);
    }
  }
};

const expectSound = (world: ScheduleWorld): void => {
  const timed = world.fired.filter(({ time }) => time !== undefined);
  expect(new Set(timed.map(({ id, time }) => `${id} ${time}`)).size).toBe(timed.length);
  expect(bursts(world.fired)).toEqual([]);
  for (const { id, time = 0, isCatchUp, wall } of timed) {
    expect(time).toBeLessThanOrEqual(wall);
    if (isCatchUp) expect(world.schedule(id).ifMissed).toBe("run");
    else expect(wall - time).toBeLessThanOrEqual(3 * MINUTE);
  }
};

/** Everything that was missed has been caught up with after this time: two a minute. */
const CALM_MS = 10 * MINUTE;

const expectInTime = (world: ScheduleWorld): void => {
  world.pass(CALM_MS);
  const from = world.now();
  const before = new Map(world.schedules().map((one) => [one.id, new Set(one.fired)]));
  world.pass(DAY);
  for (const { id, rule, timeZone } of world.schedules()) {
    const read = readRule(rule, timeZone);
    const times = read.ok ? read.value.next(from, 300).filter((time) => time <= world.now()) : [];
    const due = times.filter((time) => before.get(id)?.has(time) !== true);
    const came = world.fired.filter((one) => one.id === id && one.time !== undefined && one.time > from);
    expect(came.filter(({ wall }) => wall >= from).map(({ time }) => time)).toEqual(
      expect.arrayContaining(due),
    );
  }
};

const history = [
  fc.constantFrom(...DAYS),
  fc.array(schedule, { minLength: 1, maxLength: 8 }),
  fc.array(step, { maxLength: 14 }),
] as const;

test("[T60] [R15] random days: none twice, no burst, each by its policy, and in time when all is calm", () => {
  fc.assert(
    fc.property(...history, (day, schedules, steps) => {
      const world = createScheduleWorld({ wall: Date.parse(day) - DAY });
      for (const one of schedules) world.create(one);
      for (const one of steps) take(world, one);
      expectSound(world);
      expectInTime(world);
      expectSound(world);
    }),
    { numRuns: 60 },
  );
});

test("[T60] [IN1] the same with the power cut around the writes of the ledger", () => {
  fc.assert(
    fc.property(
      ...history,
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }),
      (day, schedules, steps, cuts) => {
        const left = [...cuts];
        let count = 0;
        const point = (): void => {
          const next = left[0];
          if (next === undefined || ++count < next) return;
          left.shift();
          count = 0;
          throw new Died();
        };
        const world = createScheduleWorld({ wall: Date.parse(day) - DAY, point });
        for (const one of schedules) world.create(one);
        for (const one of steps) take(world, one);
        expectSound(world);
      },
    ),
    { numRuns: 60 },
  );
});

test("[T60] [IN1] 18 hours of sleep with 100 schedules, the power cut at each single write in turn", () => {
  const policies = ["run", "skip", "ask"] as const;
  const play = (cutAt: number): { readonly writes: number; readonly world: ScheduleWorld } => {
    let writes = 0;
    let isArmed = false;
    const point = (): void => {
      if (isArmed && ++writes === cutAt) throw new Died();
    };
    const world = createScheduleWorld({ wall: Date.parse("2026-10-24T12:00:00Z"), point });
    for (let i = 0; i < 100; i++)
      world.create({
        rule: `${(i * 7) % 60} ${(14 + (i % 16)) % 24} * * *`,
        timeZone: ZONES[i % ZONES.length] ?? "UTC",
        ifMissed: policies[i % 3] ?? "run",
      });
    isArmed = true;
    world.sleep(18 * HOUR);
    world.pass(20 * MINUTE);
    return { writes, world };
  };
  const { writes, world: undisturbed } = play(0);
  expect(writes).toBeGreaterThan(150);
  expect(undisturbed.fired.length).toBeGreaterThan(15);
  for (let cutAt = 1; cutAt <= writes; cutAt += 7) {
    const { world } = play(cutAt);
    expectSound(world);
    expect(world.fired.filter(({ isCatchUp }) => isCatchUp).length).toBeGreaterThanOrEqual(
      undisturbed.fired.filter(({ isCatchUp }) => isCatchUp).length - 2,
    );
  }
});
