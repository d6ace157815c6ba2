/**
 * Which run goes on now: one at a time, oldest first; what a restart interrupted before what is new.
 * 1. [RU1] Every change of state is in the ledger before anything comes of it.
 * 2. Stopped means stopped: while the ledger says so nothing starts, also after a restart; runs that were under way
 *    are ended, queued ones are held.
 * 3. A run that breaks ends with a sentence; the others go on.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import { isFinal, type ApprovalId, type RunId, type RunState } from "@deskhand/doc-schema/document";
import { nothingToStop } from "@deskhand/doc-schema/sync";
import { assertNever } from "@deskhand/doc-schema/wire";
import { NEVER, sleep, type Clock } from "./clock.ts";
import type { ReceiveAttachments } from "./files/attachments.ts";
import type { Ledger } from "./ledger.ts";
import type { Failure } from "./ledger-records.ts";
import type { RunFacts } from "./ledger-state.ts";
import { driveRun, type Outcome } from "./runner/drive-run.ts";
import { DEFAULT_LOCALE, type RunJournal, type RunJournals } from "./runner/run-journal.ts";
import type { RunPorts } from "./runner/run-ports.ts";
import { sentence } from "./runner/sentences.ts";
import type { GrantedFolder } from "./tools/tool.ts";

export interface RunQueuePorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly run: RunPorts;
  readonly journals: RunJournals;
  readonly receive: ReceiveAttachments;
  /** What is under way changed. */
  readonly onActive: () => void;
  /** The order of the queue, next first. */
  readonly onQueue: (waiting: readonly RunId[]) => void;
  /** The disk failed: nothing may go on. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunQueue {
  /** Looks what can go on; cheap, and right to call at any time. */
  readonly tick: () => void;
  /** Ends a run, whatever it is doing; its files stay as they are. */
  readonly cancel: (id: RunId, by?: DeviceId) => void;
  /** Ends what is under way. The caller has written "stopped" into the ledger. */
  readonly cancelStarted: (by?: DeviceId) => void;
  readonly active: () => readonly RunId[];
  /** Resolves when the run is not being driven and nothing of it works on. */
  readonly settled: (id: RunId) => Promise<void>;
  /** Halts what is under way; it goes on at the next start. */
  readonly close: () => Promise<void>;
}

/** What the ledger keeps of an end, or of a wait. */
interface MoveFacts {
  readonly approvalId?: ApprovalId;
  readonly summary?: string;
  readonly failure?: Failure;
}

interface ActiveRun {
  readonly controller: AbortController;
  readonly driving: Promise<void>;
}

/** Several runs at once would need a lock for each path that they change. */
const RUNS_AT_ONCE = 1;

/** How long closing waits for a tool that does not listen (milliseconds). */
const LATE_GRACE_MS = 10_000;

const brokenFailure = ({ task }: RunFacts): Failure => ({
  type: "executor-broke",
  text: sentence("executor-broke", task.locale ?? DEFAULT_LOCALE),
});

export const createRunQueue = (ports: RunQueuePorts): RunQueue => {
  const { ledger, clock, journals } = ports;
  const { gate, late } = ports.run;
  const { runs, approvals } = ledger.state;
  const active = new Map<RunId, ActiveRun>();
  let isClosing = false;
  let stopTimer = nothingToStop;

  const move = (id: RunId, state: RunState, facts: MoveFacts = {}): void =>
    ledger.append({ type: "run-moved", at: clock.now(), runId: id, state, ...facts });
  const sorted = (): RunFacts[] =>
    [...runs.values()].filter((run) => !isFinal(run.state)).sort((a, b) => (a.id < b.id ? -1 : 1));

  const isAnswered = ({ approvalId }: RunFacts): boolean =>
    approvalId === undefined || gate.standing(approvalId) !== "pending";
  const mayGoOn = (run: RunFacts): boolean => {
    if (active.has(run.id)) return false;
    if (run.state === "waiting") return isAnswered(run);
    return run.state !== "queued" || (run.task.notBefore ?? 0) <= clock.now();
  };

  const tick = (): void => {
    if (isClosing) return;
    const open = sorted();
    ports.onQueue(open.filter((run) => run.state === "queued").map((run) => run.id));
    if (ledger.state.stopped === undefined && active.size < RUNS_AT_ONCE && !late.isUnderWay()) {
      const ready = open.filter(mayGoOn);
      const next = ready.find((run) => run.state !== "queued") ?? ready[0];
      if (next !== undefined) begin(next);
    }
    wakeLater(open);
  };

  /** From a timer: nobody above could catch a disk that fails. */
  const tickOrTell = (): void => {
    try {
      tick();
    } catch (error) {
      ports.onFailure(error);
    }
  };

  const wakeLater = (open: readonly RunFacts[]): void => {
    stopTimer();
    const times = open.flatMap((run) => {
      const approval = run.approvalId === undefined ? undefined : approvals.get(run.approvalId);
      const time = run.state === "queued" ? run.task.notBefore : approval?.expiresAt;
      return time === undefined || time <= clock.now() ? [] : [time];
    });
    if (times.length > 0) stopTimer = clock.after(Math.min(...times) - clock.now(), tickOrTell);
  };

  const begin = (run: RunFacts): void => {
    const controller = new AbortController();
    if (run.state !== "running") move(run.id, "running");
    const driving = drive(run, controller.signal).then(
      () => afterwards(run.id),
      (error: unknown) => {
        afterwards(run.id);
        ports.onFailure(error);
      },
    );
    active.set(run.id, { controller, driving });
    ports.onActive();
  };

  const afterwards = (id: RunId): void => {
    active.delete(id);
    ports.onActive();
    tick();
  };

  const drive = async (run: RunFacts, signal: AbortSignal): Promise<void> => {
    await Promise.resolve(); // the caller registers the run first
    finish(run, await driveOrBreak(run, signal));
  };

  /** A bug meets this run only. */
  const driveOrBreak = async (run: RunFacts, signal: AbortSignal): Promise<Outcome> => {
    const { id: runId, task } = run;
    const locale = task.locale ?? DEFAULT_LOCALE;
    try {
      const journal = journals.of(run);
      if (ledger.state.cancelled.has(task.id)) writeCancel(journal);
      const own = await ports.receive(run, journal, signal);
      const grants = (): readonly GrantedFolder[] => [...ports.run.grants(), ...own];
      return await driveRun({ runId, taskId: task.id, locale, journal, signal }, { ...ports.run, grants });
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      ports.run.audit.write({ kind: "error", what, runId });
      const failure = brokenFailure(run);
      return { type: "ended", end: { type: "end", at: clock.now(), state: "failed", failure } };
    }
  };

  const finish = ({ id }: RunFacts, outcome: Outcome): void => {
    switch (outcome.type) {
      case "waiting":
        return move(id, "waiting", { approvalId: outcome.approvalId });
      case "halted":
        return move(id, "interrupted");
      case "ended": {
        const { summary, failure } = outcome.end;
        move(id, outcome.end.state, {
          ...(summary === undefined ? {} : { summary }),
          ...(failure === undefined ? {} : { failure }),
        });
        ports.run.audit.write({ kind: "ended", what: id, runId: id, outcome: outcome.end.state });
        return journals.close(id);
      }
      default:
        return assertNever(outcome);
    }
  };

  const writeCancel = (journal: RunJournal, by?: DeviceId): void => {
    if (journal.events.some((event) => event.type === "cancel" || event.type === "end")) return;
    journal.append({ type: "cancel", at: clock.now(), ...(by === undefined ? {} : { by }) });
  };

  /** False when the journal of a run that is not under way cannot be read: such a run can only be ended. */
  const mayWriteCancel = (run: RunFacts, by?: DeviceId): boolean => {
    try {
      writeCancel(journals.of(run), by);
      return true;
    } catch (error) {
      if (active.has(run.id)) throw error;
      ports.run.audit.write({ kind: "error", what: String(error), runId: run.id });
      return false;
    }
  };

  const cancel = (id: RunId, by?: DeviceId): void => {
    const run = runs.get(id);
    if (run === undefined || isFinal(run.state)) return;
    ports.run.audit.write({
      kind: "cancel",
      what: id,
      runId: id,
      ...(by === undefined ? {} : { device: by }),
    });
    if (run.state === "queued") move(id, "cancelled");
    else {
      if (run.approvalId !== undefined) gate.withdraw(run.approvalId);
      const going = active.get(id);
      if (!mayWriteCancel(run, by)) move(id, "failed", { failure: brokenFailure(run) });
      else if (going === undefined) begin(run);
      else going.controller.abort();
    }
    tick();
  };

  const cancelStarted = (by?: DeviceId): void => {
    for (const run of sorted()) if (run.state !== "queued") cancel(run.id, by);
  };

  const close = async (): Promise<void> => {
    isClosing = true;
    stopTimer();
    const going = [...active.values()];
    for (const { controller } of going) controller.abort();
    await Promise.all(going.map(({ driving }) => driving));
    if (late.isUnderWay()) await Promise.race([late.settled(), sleep(clock, LATE_GRACE_MS, NEVER)]);
  };

  const settled = async (id: RunId): Promise<void> => {
    await active.get(id)?.driving;
    await late.settled(id);
  };
  late.onSettled(tickOrTell);

  return { tick, cancel, cancelStarted, active: () => [...active.keys()], settled, close };
};
