/**
 * Where commands run: a place that holds the system's programs, one folder as /work, and nothing else of this
 * computer – no home, no other process, no network, no key.
 * 1. Fail closed: nothing runs before the self-test of this very computer has passed; what it found, or what is
 *    missing, is said in a word and a sentence.
 * 2. A command is killed as a whole, with all that it started: on stop, at its time, and beyond its limits.
 * 3. On Linux this is bubblewrap with our own profile, not sandbox-runtime's: its defaults show all of the disk but
 *    what is forbidden, hand on the environment, and write through old hard links. Elsewhere commands are off.
 */
import type { FileHandle } from "node:fs/promises";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import type { Hidden } from "./hidden.ts";
import { LIMITS, type CommandLimits } from "./limits.ts";
import { findPrograms } from "./linux-profile.ts";
import { runConfined } from "./run-confined.ts";
import { testSandbox } from "./self-test.ts";

export interface SandboxOff {
  readonly type: "unsupported" | "missing" | "broken" | "leaks";
  /** One sentence for the screen and the model. */
  readonly text: string;
}

export interface ConfinedCommand {
  readonly command: string;
  /** Held open by the caller; the only folder that the command sees, as /work. */
  readonly folder: FileHandle;
  readonly access: "read" | "write";
  /** What is covered up in the folder. */
  readonly hidden: readonly Hidden[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Both streams as they come. */
  readonly onOutput: (chunk: Uint8Array) => void;
}

export type Ending =
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "stopped" | "timed-out" | "too-many-processes" | "too-much-memory" | "killed" };

/** For the screens. "off": what is missing or does not hold, in one sentence. */
export type SandboxState =
  | { readonly type: "untested" | "testing" | "on" }
  | { readonly type: "off"; readonly text: string };

export interface Sandbox {
  readonly state: () => SandboxState;
  /** Runs the self-test once; the answer stands until the next start. */
  readonly ready: () => Promise<Result<void, SandboxOff>>;
  readonly run: (command: ConfinedCommand) => Promise<Result<Ending, SandboxOff>>;
}

export interface SandboxPorts {
  /** Private, outside every grant; the self-test works in a folder of its own there. */
  readonly workDir: string;
  readonly home: string;
  readonly platform?: NodeJS.Platform;
  /** Folders in which bwrap is looked for. */
  readonly searchPath?: string;
  readonly limits?: CommandLimits;
}

export const createSandbox = (ports: SandboxPorts): Sandbox => {
  const { platform = process.platform, searchPath = process.env["PATH"] ?? "", limits = LIMITS } = ports;
  const found = findPrograms(platform, searchPath);
  let tested: Promise<Result<void, SandboxOff>> | undefined;
  // what is missing is known before any test
  let state: SandboxState = found.ok ? { type: "untested" } : { type: "off", text: found.error.text };
  const test = async (): Promise<Result<void, SandboxOff>> => {
    if (!found.ok) return found;
    state = { type: "testing" };
    const result = await testSandbox(ports, (command) => runConfined(found.value, limits, command));
    state = result.ok ? { type: "on" } : { type: "off", text: result.error.text };
    return result;
  };
  const ready = (): Promise<Result<void, SandboxOff>> => (tested ??= test());
  return {
    state: () => state,
    ready,
    run: async (command) => {
      const isReady = await ready();
      if (!isReady.ok) return isReady;
      return found.ok ? ok(await runConfined(found.value, limits, command)) : found;
    },
  };
};
