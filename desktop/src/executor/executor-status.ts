/** What the executor says of itself at a glance. */
import type { ExecutorStatus } from "./executor.ts";
import type { LedgerState } from "./ledger-state.ts";
import type { LiveStep } from "./runner/run-ports.ts";
import type { SandboxState } from "./sandbox/sandbox.ts";

export interface StatusFacts {
  readonly isWorking: boolean;
  /** Newest first. */
  readonly live: readonly LiveStep[];
  /** Why everything is halted. */
  readonly failure: string | undefined;
  readonly commands: SandboxState;
  readonly auditAlarm: string | undefined;
}

export const statusOf = (
  { runs, stopped }: LedgerState,
  { isWorking, live, failure, commands, auditAlarm }: StatusFacts,
): ExecutorStatus => {
  const count = (wanted: string): number => [...runs.values()].filter(({ state }) => state === wanted).length;
  const waiting = count("waiting");
  const open = isWorking ? "working" : waiting > 0 ? "waiting" : "idle";
  return {
    state: failure !== undefined || stopped !== undefined ? "stopped" : open,
    queued: count("queued"),
    waiting,
    lives: live,
    commands,
    ...(auditAlarm === undefined ? {} : { auditAlarm }),
    ...(live[0] === undefined ? {} : { live: live[0] }),
    ...(failure === undefined ? {} : { failure }),
  };
};
