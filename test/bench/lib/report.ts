/**
 * What a bench prints: figures and goals. It always ends well: a goal that does not hold is a figure, not a failure.
 *   --json   one object { results, goals: [{ name, value, goal, unit, holds }] } and nothing else on stdout
 */
export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface Goal {
  readonly name: string;
  readonly value: number;
  /** The bound: `value` must be at most this, or at least this when `atLeast`. */
  readonly goal: number;
  readonly unit: string;
  readonly holds: boolean;
}

export interface Report {
  readonly add: (name: string, value: number, unit: string) => void;
  readonly atMost: (name: string, value: number, goal: number, unit: string) => void;
  readonly atLeast: (name: string, value: number, goal: number, unit: string) => void;
  /** A line for who watches; on stderr, so that `--json` stays whole. */
  readonly say: (line: string) => void;
  readonly print: () => void;
}

export const createReport = (title: string, asJson = process.argv.includes("--json")): Report => {
  const results: Result[] = [];
  const goals: Goal[] = [];
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const addGoal = (goal: Goal): void => {
    goals.push(goal);
    say(
      `  ${goal.holds ? "holds" : "MISSES"}  ${goal.name}: ${round(goal.value)} ${goal.unit} (goal ${goal.goal})`,
    );
  };
  say(title);
  return {
    say,
    add: (name, value, unit) => {
      results.push({ name, value: round(value), unit });
      say(`  ${name}: ${round(value)} ${unit}`);
    },
    atMost: (name, value, goal, unit) =>
      addGoal({ name, value: round(value), goal, unit, holds: value <= goal }),
    atLeast: (name, value, goal, unit) =>
      addGoal({ name, value: round(value), goal, unit, holds: value >= goal }),
    print: () => {
      if (asJson) process.stdout.write(`${JSON.stringify({ results, goals })}\n`);
      else if (goals.length > 0)
        say(`${goals.filter((goal) => goal.holds).length} of ${goals.length} goals hold`);
    },
  };
};

/** Four significant digits: more would claim a precision that two shared cores do not have. */
const round = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(4)) : value);
