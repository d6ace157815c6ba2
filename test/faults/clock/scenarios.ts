/** What a clock does to schedules, each on a real process; a scenario says in sentences what was wrong. */
import { startClockProcess, type ClockOptions, type ClockProcess } from "./clock-process.ts";
import type { Plan, Told } from "./process.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Wrong = readonly string[];
export interface Scenario {
  readonly name: string;
  readonly play: () => Promise<Wrong>;
}

const POLICIES = ["run", "skip", "ask"] as const;

/** Hourly, each at its own minute, with the three policies in turn. */
const hourly = (count: number): Plan["schedules"] =>
  Array.from({ length: count }, (_, at) => {
    const ifMissed = POLICIES[at % 3] ?? "run";
    return { title: `${ifMissed} ${at}`, rule: `${(at * 7) % 60} * * * *`, timeZone: "UTC", ifMissed };
  });

const withProcess = async (
  options: ClockOptions,
  act: (clock: ClockProcess) => Promise<Wrong>,
): Promise<Wrong> => {
  const clock = await startClockProcess(options);
  try {
    return await act(clock);
  } finally {
    await clock.end();
  }
};

const unless = (holds: boolean, sentence: string): Wrong => (holds ? [] : [sentence]);

/** Catch-ups that were begun too soon after two others: a minute has to lie between. */
const bursts = (told: readonly Told[]): readonly Told[] => {
  const late = told.filter(({ isCatchUp }) => isCatchUp);
  return late.filter(({ up }, at) => up - (late[at - 2]?.up ?? -MINUTE) < MINUTE);
};

const now = (told: readonly Told[]): number => told.at(-1)?.wall ?? 0;

/** All policies after a long absence: each schedule at most once, the newest time, no burst. */
const absence = (name: string, away: number, count: number, isSteadyShifted: boolean): Scenario => ({
  name,
  play: () => {
    const speed = isSteadyShifted ? 20 : 1;
    const start = Date.UTC(2027, 5, 1, 12, 59, 30);
    return withProcess({ start, speed, isSteadyShifted, schedules: hourly(count) }, async (clock) => {
      const ready = clock.told().length;
      clock.shift(away);
      const since = (): readonly Told[] => clock.told().slice(ready);
      const running = Math.ceil(count / 3);
      const begun = (told: readonly Told[]): number =>
        told.slice(ready).filter(({ isCatchUp }) => isCatchUp).length;
      // Where the clocks go at their own pace only the beginning is waited for.
      await clock.until("catch-ups begin", (told) => begun(told) >= (isSteadyShifted ? running : 2));
      const told = since();
      const letGo = told.filter(({ type }) => type === "schedule-missed");
      const late = told.filter(({ isCatchUp }) => isCatchUp);
      return [
        ...unless(bursts(told).length === 0, `${bursts(told).length} catch-ups in a burst`),
        ...unless(
          late.every(({ title }) => title.startsWith("run")),
          "a catch-up against its policy",
        ),
        ...unless(new Set(late.map(({ title }) => title)).size === late.length, "a schedule caught up twice"),
        ...unless(
          new Set(letGo.map(({ title }) => title)).size === count - running,
          `${letGo.length} were let go instead of ${count - running}`,
        ),
        ...unless(
          letGo.every(({ title }) => !title.startsWith("run")),
          "one was let go against its policy",
        ),
        ...unless(
          late.every(({ time, wall }) => wall - time <= HOUR + SECOND), // its two clocks are not read at once
          "an older time than the newest ran",
        ),
      ];
    });
  },
});

/** Times that have run do not run again, and the others still come at their time. */
const setBack: Scenario = {
  name: "the clock is set back by three days",
  play: () => {
    const schedules = [{ title: "run", rule: "0 * * * *", timeZone: "UTC", ifMissed: "run" as const }];
    const start = Date.UTC(2027, 5, 4, 12, 30);
    return withProcess({ start, speed: 1, isSteadyShifted: false, schedules }, async (clock) => {
      const fired = (): readonly Told[] => clock.told().filter(({ type }) => type === "schedule-fired");
      clock.shift(29 * MINUTE);
      await clock.until("it runs in time", () => fired().length === 1);
      clock.shift(-3 * DAY);
      clock.shift(59 * MINUTE); // less than a minute before an hour that is three days old
      await clock.until("it runs at the hour by the new clock", () => fired().length === 2);
      const [first, second] = fired();
      const back = (first?.time ?? 0) - (second?.time ?? 0);
      return [
        ...unless(back === 3 * DAY - HOUR, `the second run was of ${back / HOUR} hours before the first`),
        ...unless(fired().length === 2, "more ran than that"),
      ];
    });
  },
};

const summerTime = (name: string, start: number, atHalfPastTwo: readonly number[]): Scenario => ({
  name,
  play: () => {
    const zone = { timeZone: "Europe/Berlin", ifMissed: "run" as const };
    const schedules = [
      { ...zone, title: "daily", rule: "30 2 * * *" },
      { ...zone, title: "half hours", rule: "*/30 * * * *" },
    ];
    const options = { start, speed: 120, isSteadyShifted: true, schedules };
    return withProcess(options, async (clock) => {
      const end = start + 130 * MINUTE;
      await clock.until("two hours are over", (told) => now(told) >= end - 20 * MINUTE);
      const shown = (times: readonly number[]): string =>
        times.map((time) => new Date(time).toISOString()).join(", ");
      const timesOf = (title: string): readonly number[] =>
        clock
          .told()
          .flatMap((one) => (one.type === "schedule-fired" && one.title === title ? [one.time] : []));
      const halves = [1, 2, 3, 4].map((half) => Math.floor(start / HOUR) * HOUR + half * 30 * MINUTE);
      return [
        ...unless(
          timesOf("daily").join() === atHalfPastTwo.join(),
          `02:30 ran at ${shown(timesOf("daily"))}`,
        ),
        ...unless(
          halves.every((time) => timesOf("half hours").includes(time)),
          `half hours ran at ${shown(timesOf("half hours"))}`,
        ),
        ...unless(
          new Set(timesOf("half hours")).size === timesOf("half hours").length,
          "a half hour ran twice",
        ),
      ];
    });
  },
});

export const SCENARIOS: readonly Scenario[] = [
  absence("18 hours asleep with 100 schedules, the steady clock counts them", 18 * HOUR, 100, true),
  absence("18 hours asleep with 100 schedules, the steady clock stands still", 18 * HOUR, 100, false),
  absence("the clock is set three days ahead", 3 * DAY, 30, false),
  setBack,
  summerTime("summer time begins", Date.UTC(2027, 2, 28, 0, 10), [Date.UTC(2027, 2, 28, 1, 0)]),
  summerTime("summer time ends", Date.UTC(2027, 9, 31, 0, 10), [Date.UTC(2027, 9, 31, 0, 30)]),
];
