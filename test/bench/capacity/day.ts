/**
 * One day of many people, second by second: who is connected, and what is sent. Each person is played by herself:
 * when her desktop runs, when she looks at her phone, when she gives a task. All live in one time zone, which is the
 * worst for whoever has to carry the peak.
 */

/** A person's habits. Guesses, and the first thing to replace by figures of one's own. */
export const HABITS = {
  desktopHours: 9,
  phoneLooks: 14,
  phoneLookSeconds: 90,
  tasks: 5,
  /** Of a task with a streamed answer of 8 KB, its steps and its approval. */
  framesPerTask: 150,
  taskSeconds: 240,
  /** How often an open app says that it is there. */
  presenceSeconds: 15,
} as const;

const DAY_SECONDS = 86_400;
/** People are awake from here on (seconds). */
const MORNING = 7 * 3_600;
const AWAKE_SECONDS = 16 * 3_600;

export interface Day {
  /** At the busiest second. */
  readonly peakSockets: number;
  /** In the busiest second, to be stored. */
  readonly peakFrames: number;
  readonly peakPresence: number;
  readonly peakJoins: number;
  /** Of the whole day. */
  readonly frames: number;
}

/** `random`: 0 to 1, without 1. */
export const playDay = (people: number, random: () => number): Day => {
  const opened = new Float64Array(DAY_SECONDS + 1);
  const [frames, joins] = [new Float64Array(DAY_SECONDS), new Float64Array(DAY_SECONDS)];
  const between = (least: number, most: number): number => least + random() * (most - least);
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  /** A connection from `start` on; the day is a circle, so that its end does not look empty. */
  const connect = (start: number, seconds: number): void => {
    const from = Math.floor(start) % DAY_SECONDS;
    const to = from + Math.ceil(seconds);
    joins[from] = (joins[from] ?? 0) + 1;
    opened[from] = (opened[from] ?? 0) + 1;
    if (to <= DAY_SECONDS) opened[to] = (opened[to] ?? 0) - 1;
    else {
      opened[0] = (opened[0] ?? 0) + 1;
      opened[to - DAY_SECONDS] = (opened[to - DAY_SECONDS] ?? 0) - 1;
    }
  };
  for (let person = 0; person < people; person++) {
    const start = MORNING + between(0, 3 * 3_600);
    connect(start, HABITS.desktopHours * 3_600 * between(0.7, 1.3));
    for (let look = 0; look < HABITS.phoneLooks; look++)
      connect(MORNING + between(0, AWAKE_SECONDS), exponential(HABITS.phoneLookSeconds));
    for (let task = 0; task < HABITS.tasks; task++) {
      const given = start + between(0, HABITS.desktopHours * 3_600);
      for (let frame = 0; frame < HABITS.framesPerTask; frame++) {
        const at = Math.floor(given + between(0, HABITS.taskSeconds)) % DAY_SECONDS;
        frames[at] = (frames[at] ?? 0) + 1;
      }
    }
  }
  let [sockets, peakSockets, peakFrames, peakJoins, total] = [0, 0, 0, 0, 0];
  for (let second = 0; second < DAY_SECONDS; second++) {
    sockets += opened[second] ?? 0;
    peakSockets = Math.max(peakSockets, sockets);
    peakFrames = Math.max(peakFrames, frames[second] ?? 0);
    peakJoins = Math.max(peakJoins, joins[second] ?? 0);
    total += frames[second] ?? 0;
  }
  return {
    peakSockets,
    peakFrames,
    peakPresence: peakSockets / HABITS.presenceSeconds,
    peakJoins,
    frames: total,
  };
};
