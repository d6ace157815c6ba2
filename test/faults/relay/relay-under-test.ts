/** Relays as processes of their own, to be killed: the real program, or one with a planted fault. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnRelay, type RelayProcess } from "../../unit/sync-server/relay-process.ts";

export const PLANTS = ["ack-before-commit", "fsync-does-nothing"] as const;
export type Plant = (typeof PLANTS)[number];

const PLANTED_MAIN = fileURLToPath(new URL("planted-main.ts", import.meta.url));
const STRACE = ["strace", "-D", "-f", "-qq"];
/** Much faster, but injected signals get lost. */
const FAST = "--seccomp-bpf";
const NO_FSYNC = [...STRACE, FAST, "-o", "/dev/null", "-e", "inject=fsync,fdatasync:retval=0"];

export interface Bench {
  /** Empty, and gone with the bench. */
  folder(): string;
  spawn(dataDir: string, how?: SpawnOptions): RelayProcess;
  killAll(): Promise<void>;
  /** Kills what still runs, lets go of what it ran on, and removes every folder. */
  close(letGo?: () => void): Promise<void>;
}

export interface SpawnOptions {
  readonly plant?: Plant | undefined;
  /** What it is run under: see `tracing`. */
  readonly under?: readonly string[];
  /** The low-water mark of frames and of chunks. */
  readonly minFreeMib?: number;
}

export const createBench = (): Bench => {
  const root = mkdtempSync(join(tmpdir(), "deskhand-relay-faults-"));
  const running = new Set<RelayProcess>();
  /** Many short lives: each start reads what the first has compiled. */
  const env = { NODE_COMPILE_CACHE: join(root, "compiled"), UV_THREADPOOL_SIZE: "1" };
  const killAll = async (): Promise<void> => {
    for (const relay of running) {
      relay.kill("SIGKILL");
      await relay.exited;
    }
  };
  return {
    folder: () => mkdtempSync(join(root, "data-")),
    spawn: (dataDir, { plant, under = [], minFreeMib = 1 } = {}) => {
      const marks = ["--min-free", "--blob-min-free"].flatMap((flag) => [flag, String(minFreeMib)]);
      const relay = spawnRelay(["--port", "0", "--data", dataDir, "--web", dataDir, ...marks], env, {
        ...(plant === "ack-before-commit" ? { main: PLANTED_MAIN } : {}),
        under: plant === "fsync-does-nothing" ? NO_FSYNC : under,
      });
      running.add(relay);
      void relay.exited.then(() => running.delete(relay));
      return relay;
    },
    killAll,
    close: async (letGo) => {
      await killAll();
      letGo?.();
      rmSync(root, { recursive: true, force: true });
    },
  };
};

/** Runs the relay under strace: `inject` is its fault expression, `report` the file that names each injected call. */
export const tracing = (inject: string, report: string): readonly string[] => {
  const [calls = ""] = inject.split(":");
  const fast = inject.includes("signal=") ? [] : [FAST];
  return [...STRACE, ...fast, "-o", report, "-e", `trace=${calls}`, "-e", `inject=${inject}`];
};

/** Runs the relay under strace: `report` gets a line for each such call, with the paths that it is about. */
export const watching = (calls: string, report: string): readonly string[] => [
  ...STRACE,
  FAST,
  "-y",
  "-o",
  report,
  "-e",
  `trace=${calls}`,
];
