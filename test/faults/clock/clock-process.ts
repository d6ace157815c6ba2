/** The process of process.ts with a clock that the test sets; ended with its folder. */
import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Plan, Told } from "./process.ts";

/** In Debian's package `libfaketime`; scripts/system-packages.ts installs it. */
const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const PROCESS = fileURLToPath(new URL("process.ts", import.meta.url));

export interface ClockProcess {
  readonly told: () => readonly Told[];
  /** Sets the system clock, to so many milliseconds beside what it would show. */
  readonly shift: (milliseconds: number) => void;
  readonly until: (what: string, holds: (told: readonly Told[]) => boolean) => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface ClockOptions {
  /** Milliseconds since 1970 at the start. */
  readonly start: number;
  /** How much faster than real both clocks go. */
  readonly speed: number;
  /** Whether the steady clock goes along when the other is set, as on a system where it counts sleep. */
  readonly isSteadyShifted: boolean;
  readonly schedules: Plan["schedules"];
}

/** Real time: what takes longer never comes. */
const PATIENCE_MS = 240_000;

export const startClockProcess = async ({
  start,
  speed,
  isSteadyShifted,
  schedules,
}: ClockOptions): Promise<ClockProcess> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-clock-"));
  const file = path.join(root, "clock");
  let shifted = 0;
  const set = (): void => {
    const text = new Date(start + shifted).toISOString().slice(0, 19).replace("T", " ");
    writeFileSync(`${file}.new`, `@${text} x${speed}\n`);
    renameSync(`${file}.new`, file);
  };
  set();
  const plan: Plan = { root, schedules };
  const child = spawn(process.execPath, [PROCESS, JSON.stringify(plan)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      TZ: "UTC",
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      NO_FAKE_STAT: "1",
      ...(isSteadyShifted ? {} : { FAKETIME_DONT_FAKE_MONOTONIC: "1" }),
    },
  });
  const told: Told[] = [];
  // `as`: written by process.ts, next to this file.
  createInterface({ input: child.stdout }).on("line", (line) => told.push(JSON.parse(line) as Told));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const until: ClockProcess["until"] = async (what, holds) => {
    for (
      const end = Date.now() + PATIENCE_MS;
      !holds(told);
      await new Promise((resolve) => setTimeout(resolve, 20))
    )
      if (Date.now() > end || child.exitCode !== null) throw new Error(`not reached: ${what}`);
  };
  await until("the executor is ready", (all) => all.some(({ type }) => type === "ready"));
  return {
    told: () => told,
    shift: (milliseconds) => {
      shifted += milliseconds;
      set();
    },
    until,
    end: async () => {
      child.stdin.end();
      const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(kill);
      rmSync(root, { recursive: true, force: true });
    },
  };
};
