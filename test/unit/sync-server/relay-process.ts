/** The relay as a program of its own, for what only a process can show: kill -9, signals, exit codes. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../sync-server/src/main.ts", import.meta.url));

export interface RelayProcess {
  readonly pid: number;
  /** The address of the line on stdout; rejects when the process ends without one. */
  readonly url: Promise<string>;
  readonly exited: Promise<{
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
  /** What it has logged so far. */
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}

export interface SpawnHow {
  /** Another program than the relay's own. */
  readonly main?: string;
  /** What it is run under, such as a tracer. */
  readonly under?: readonly string[];
}

export const spawnRelay = (
  args: readonly string[],
  env: Record<string, string> = {},
  { main = MAIN, under = [] }: SpawnHow = {},
): RelayProcess => {
  const [command = process.execPath, ...words] = [...under, process.execPath, main, ...args];
  const child = spawn(command, words, { env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  const exited = new Promise<Awaited<RelayProcess["exited"]>>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (text) => {
      stdout += text;
      const address = /^relay listening on (https?:\S+)\n$/.exec(stdout)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.on("close", () => reject(new Error(`the relay ended: ${stderr}`)));
  });
  url.catch(() => {}); // awaited only by tests that expect it to start
  return {
    pid: child.pid ?? 0,
    url,
    exited,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
  };
};
