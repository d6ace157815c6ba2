/** A real child process whose output a test can wait for. Whatever a test starts is ended with it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "../../..");

export interface Child {
  readonly pid: number;
  /** All lines of stdout and stderr so far. */
  readonly lines: () => readonly string[];
  /** The first match among the lines so far and those to come; `after` skips that many lines. */
  readonly line: (
    pattern: RegExp,
    options?: { readonly after?: number; readonly timeoutMs?: number },
  ) => Promise<RegExpExecArray>;
  readonly write: (text: string) => void;
  /** Ends the process and waits for it. @returns the exit code, or the signal's name */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | string>;
  readonly ended: Promise<number | string>;
}

const running = new Set<Child>();

/** How long a child may take to end its own children before it is killed (milliseconds). */
const GRACE_MS = 8_000;

/** For `afterAll`: nothing outlives its test file, and a child that has children ends them first. */
export const endAllChildren = async (): Promise<void> => {
  await Promise.all(
    [...running].map(async (child) => {
      const kill = setTimeout(() => void child.end("SIGKILL"), GRACE_MS);
      await child.end("SIGTERM");
      clearTimeout(kill);
    }),
  );
};

export const startChild = (
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeFlags: readonly string[] = [],
): Child => {
  const child = spawn(process.execPath, [...nodeFlags, path.join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  const heard = (line: string): void => {
    lines.push(line);
    for (const listener of listeners) listener();
  };
  createInterface({ input: child.stdout }).on("line", heard);
  createInterface({ input: child.stderr }).on("line", heard);
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(handle);
      heard(`[ended ${code ?? signal}]`);
      resolve(code ?? signal ?? "unknown");
    });
  });
  const handle: Child = {
    pid: child.pid ?? 0,
    lines: () => lines,
    line: (pattern, { after = 0, timeoutMs = 30_000 } = {}) =>
      new Promise((resolve, reject) => {
        let at = after;
        const look = (): void => {
          for (; at < lines.length; at++) {
            const match = pattern.exec(lines[at] ?? "");
            if (match === null) continue;
            finish();
            resolve(match);
            return;
          }
        };
        const timer = setTimeout(() => {
          finish();
          reject(
            new Error(
              `${script}: no line ${pattern} in ${timeoutMs} ms. It said:\n${lines.slice(-40).join("\n")}`,
            ),
          );
        }, timeoutMs);
        const finish = (): void => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    write: (text) => void child.stdin.write(text),
    end: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
  running.add(handle);
  return handle;
};
