/**
 * Time and machines of a simulated world.
 * 1. One thing happens at a time, in the order of its virtual moment; equal moments in the order of their making.
 * 2. What a machine planned dies with it: nothing of a dead one ever runs.
 * 3. Every event goes into a running hash and a short memory: the same seed gives the same hash.
 */
import { writeSync } from "node:fs";
import type { Random } from "./random.ts";

/** One life of a device or a relay, from its start to its crash. */
export interface Machine {
  readonly name: string;
  readonly random: Random;
  /** How far its clock is off (milliseconds). */
  readonly skew: number;
  isAlive: boolean;
}

export interface World {
  readonly random: Random;
  /** True time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Whose code runs at this moment. */
  readonly running: () => Machine | undefined;
  readonly boot: (name: string, skew?: number) => Machine;
  /** Runs for a machine, or, without one, for the world itself. Returns what stops it. */
  readonly after: (ms: number, label: string, run: () => void, machine?: Machine) => () => void;
  /** Runs at once, as this machine. */
  readonly as: <Value>(machine: Machine, run: () => Value) => Value;
  readonly note: (line: string) => void;
  /** Until the condition holds, or so many milliseconds have passed; true when it held. */
  readonly run: (forMs: number, until?: () => boolean) => Promise<boolean>;
  /** From now on promises are waited for after each event: that costs, and only epochs need it. */
  readonly waitForPromises: () => void;
  readonly events: () => number;
  readonly hash: () => string;
  readonly recent: () => readonly string[];
}

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
  readonly machine: Machine | undefined;
  isStopped: boolean;
}

/** 2026-11-21, so that ids look as they do. */
const START_MS = 1_795_000_000_000;
const REMEMBERED = 80;
/** A condition is looked at this often (virtual milliseconds): looking is dear. */
const LOOK_EVERY_MS = 100;

/** Node's own: the global one will belong to simulated worlds. */
const realImmediate = setImmediate;

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. */
const createAgenda = (): {
  readonly push: (item: Planned) => void;
  readonly pop: () => Planned | undefined;
  readonly peek: () => Planned | undefined;
} => {
  const heap: Planned[] = [];
  const at = (index: number): Planned => {
    const item = heap[index];
    if (item === undefined) throw new Error("agenda: no such place");
    return item;
  };
  const swap = (i: number, j: number): void => {
    const item = at(i);
    heap[i] = at(j);
    heap[j] = item;
  };
  return {
    push: (item) => {
      heap.push(item);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!isBefore(at(i), at(parent))) break;
        swap(i, parent);
        i = parent;
      }
    },
    peek: () => heap[0],
    pop: () => {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      heap[0] = last;
      for (let i = 0; ;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && isBefore(at(child), at(least))) least = child;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
  };
};

export const createWorld = (random: Random, isTracing: boolean): World => {
  const agenda = createAgenda();
  const recent: string[] = [];
  let now = START_MS;
  let order = 0;
  let events = 0;
  let running: Machine | undefined;
  let isWaiting = false;
  let low = 0x811c9dc5;
  let high = 0x2545f491;

  const note = (line: string): void => {
    for (let i = 0; i < line.length; i++) {
      low = Math.imul(low ^ line.charCodeAt(i), 0x01000193);
      high = Math.imul((high ^ line.charCodeAt(i)) + low, 0x85ebca6b);
    }
    const stamped = `${((now - START_MS) / 1000).toFixed(3)} ${line}`;
    if (isTracing) writeSync(1, `${stamped}\n`); // a thread's own stream loses what it holds when the thread ends
    recent.push(stamped);
    if (recent.length > 2 * REMEMBERED) recent.splice(0, REMEMBERED);
  };

  const as = <Value>(machine: Machine | undefined, run: () => Value): Value => {
    const before = running;
    running = machine;
    try {
      return run();
    } finally {
      running = before;
    }
  };

  /** What is left over of an event runs as the machine whose event it was. */
  const settlePromises = async (machine: Machine | undefined): Promise<void> => {
    running = machine;
    await new Promise((settled) => realImmediate(settled));
    running = undefined;
  };

  const step = (): void => {
    const next = agenda.pop();
    if (next === undefined) throw new Error("world: nothing is planned");
    now = Math.max(now, next.at);
    if (next.isStopped || next.machine?.isAlive === false) return;
    events++;
    if (next.label !== "")
      note(next.machine === undefined ? next.label : `${next.machine.name} ${next.label}`);
    as(next.machine, next.run);
  };

  return {
    random,
    now: () => now,
    running: () => running,
    boot: (name, skew = 0) => ({ name, random: random.fork(), skew, isAlive: true }),
    after: (ms, label, run, machine) => {
      const planned = { at: now + Math.max(0, ms), order: order++, label, run, machine, isStopped: false };
      agenda.push(planned);
      return () => {
        planned.isStopped = true;
      };
    },
    as,
    note,
    waitForPromises: () => {
      isWaiting = true;
    },
    run: async (forMs, until) => {
      const end = now + forMs;
      let lookAt = now;
      for (let next = agenda.peek(); next !== undefined && next.at <= end; next = agenda.peek()) {
        if (until !== undefined && next.at >= lookAt) {
          lookAt = next.at + LOOK_EVERY_MS;
          if (until()) return true;
        }
        step();
        if (isWaiting) await settlePromises(next.machine);
      }
      now = end;
      return until?.() === true;
    },
    events: () => events,
    hash: () => `${(high >>> 0).toString(16).padStart(8, "0")}${(low >>> 0).toString(16).padStart(8, "0")}`,
    recent: () => recent.slice(-REMEMBERED),
  };
};
