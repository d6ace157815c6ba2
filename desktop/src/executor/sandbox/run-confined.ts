/**
 * Runs one command under a profile and ends it as a whole.
 * The process group and, by --die-with-parent, the process namespace die with bubblewrap: nothing that the command
 * started outlives it.
 */
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { namespaceOf, usageOf, WATCH_EVERY_MS, type CommandLimits } from "./limits.ts";
import { PASSWD, profileOf, type Programs } from "./linux-profile.ts";
import type { ConfinedCommand, Ending } from "./sandbox.ts";

/** Descriptors of the child beyond its three streams. */
const FDS = { args: 3, passwd: 4, info: 5, folder: 6 } as const;

export const runConfined = (
  programs: Programs,
  limits: CommandLimits,
  { command, folder, access, hidden, timeoutMs, signal, onOutput }: ConfinedCommand,
): Promise<Ending> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return resolve({ type: "stopped" });
    const fds = { folderFd: FDS.folder, passwdFd: FDS.passwd };
    const args = profileOf({ programs, limits, command, access, hidden, ...fds });
    const child = spawn(
      programs.bwrap,
      ["--info-fd", `${FDS.info}`, "--args", `${FDS.args}`, ...afterArgs(args)],
      {
        cwd: "/",
        env: {},
        detached: true,
        stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", folder.fd],
      },
    );
    const pipes: readonly Stdio[] = child.stdio;
    let ended: Exclude<Ending["type"], "exit" | "killed"> | undefined;
    const end = (why: typeof ended): void => {
      ended ??= why;
      killGroup(child.pid);
    };
    const onStop = (): void => end("stopped");
    const clock = setTimeout(() => end("timed-out"), timeoutMs);
    signal.addEventListener("abort", onStop, { once: true });
    const watch = watchUsage(pipes[FDS.info], limits, end);

    for (const stream of [child.stdout, child.stderr]) stream?.on("data", onOutput);
    give(pipes[FDS.args], `${beforeArgs(args).join("\0")}\0`);
    give(pipes[FDS.passwd], PASSWD);
    const finish = (): void => {
      clearTimeout(clock);
      watch();
      signal.removeEventListener("abort", onStop);
    };
    child.on("error", (error) => {
      finish();
      reject(error);
    });
    child.on("close", (code) => {
      finish();
      killGroup(child.pid);
      if (ended !== undefined) resolve({ type: ended });
      else resolve(code === null ? { type: "killed" } : { type: "exit", code });
    });
  });

/** Through a pipe, for there may be many; the command itself follows on the command line, as bubblewrap wants it. */
const beforeArgs = (args: readonly string[]): readonly string[] => args.slice(0, args.indexOf("--"));
const afterArgs = (args: readonly string[]): readonly string[] => args.slice(args.indexOf("--"));

type Stdio = Readable | Writable | null | undefined;

/** A child that ends early does not read on: its exit says so, not the pipe. */
const give = (pipe: Stdio, text: string): void => {
  if (pipe === null || pipe === undefined || !("end" in pipe)) return;
  pipe.on("error", () => undefined);
  pipe.end(text);
};

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!isGone) throw error;
  }
};

/** Returns what ends the watch. */
const watchUsage = (
  info: Stdio,
  limits: CommandLimits,
  end: (why: "too-many-processes" | "too-much-memory") => void,
): (() => void) => {
  let text = "";
  if (info !== null && info !== undefined && "read" in info)
    info.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const timer = setInterval(() => {
    const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
    const namespace = pid === undefined ? undefined : namespaceOf(pid);
    if (namespace === undefined || namespace === namespaceOf("self")) return;
    const { processes, bytes } = usageOf(namespace);
    if (processes > limits.processes) end("too-many-processes");
    else if (bytes > limits.memoryBytes) end("too-much-memory");
  }, WATCH_EVERY_MS);
  return () => clearInterval(timer);
};
