/**
 * The child processes of one `npm start`: started in order, ended together.
 * 1. When one ends by itself, the others are ended too, and its exit code is ours.
 * 2. SIGINT and SIGTERM are passed on; a child that does not end in five seconds is killed.
 */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { createInterface } from "node:readline";

/** Milliseconds that a child has to end by itself. */
const GRACE_MS = 5_000;

export interface Processes {
  readonly start: (
    name: string,
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ) => ChildProcess;
  /** Ends all children, newest first, and then this process. */
  readonly end: (exitCode: number) => void;
}

export const createProcesses = (say: (line: string) => void): Processes => {
  const children: ChildProcess[] = [];
  let ending = false;
  const end = (exitCode: number): void => {
    if (ending) return;
    ending = true;
    const alive = children.filter((child) => child.exitCode === null && child.signalCode === null);
    const killAll = setTimeout(() => alive.forEach((child) => child.kill("SIGKILL")), GRACE_MS);
    void Promise.all(
      alive.toReversed().map((child) => {
        child.kill("SIGTERM");
        return new Promise((resolve) => child.once("exit", resolve));
      }),
    ).then(() => {
      clearTimeout(killAll);
      process.exit(exitCode);
    });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(0));
  return {
    end,
    start: (name, command, args, options) => {
      const child = spawn(command, [...args], options);
      children.push(child);
      child.once("error", (error) => {
        say(`${name} could not be started: ${error.message}`);
        end(1);
      });
      child.once("exit", (code) => {
        if (!ending && code !== 0) say(`${name} ended unexpectedly (${code ?? "by a signal"}).`);
        end(code ?? 1);
      });
      return child;
    },
  };
};

/** The first line of the child's output that matches; its other lines are passed to `other`. */
export const lineMatching = (
  child: ChildProcess,
  pattern: RegExp,
  other: (line: string) => void,
): Promise<RegExpExecArray> =>
  new Promise((resolve) => {
    if (child.stdout === null) throw new Error("lineMatching: the child's stdout is not a pipe");
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = pattern.exec(line);
      if (match === null) other(line);
      else resolve(match);
    });
  });
