/**
 * What a command may use, and the watch over it.
 * 1. The system's own limits (prlimit) hold for each process: memory, size of a file, open files, no core dumps.
 * 2. The watch adds up all processes of the sandbox four times a second. The system's limit on processes does not
 *    hold for root, nor its limit on memory for several processes together.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface CommandLimits {
  /** Bytes, of one process and of all together. */
  readonly memoryBytes: number;
  readonly processes: number;
  /** Bytes of one file that it writes. */
  readonly fileBytes: number;
  /** Bytes of /tmp and of /dev/shm. */
  readonly temporaryBytes: number;
}

/** A quarter of a small laptop's memory; what packing, searching and converting need at most. */
export const LIMITS: CommandLimits = {
  memoryBytes: 2 * 1024 ** 3,
  processes: 200,
  fileBytes: 1024 ** 3,
  temporaryBytes: 256 * 1024 ** 2,
};

export const WATCH_EVERY_MS = 250;

/** What the processes of a process namespace use now. */
export const usageOf = (pidNamespace: string): { readonly processes: number; readonly bytes: number } => {
  let [processes, bytes] = [0, 0];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || namespaceOf(pid) !== pidNamespace) continue;
    processes++;
    bytes += residentBytes(pid);
  }
  return { processes, bytes };
};

/** Its process namespace; undefined when the process is gone or not ours to look at. */
export const namespaceOf = (pid: string): string | undefined =>
  unlessGone(() => readlinkSync(`/proc/${pid}/ns/pid`));

const residentBytes = (pid: string): number => {
  const status = unlessGone(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
};

const unlessGone = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined; // processes end while they are being counted
  }
};
