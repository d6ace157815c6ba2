/**
 * Which runs go on now: as many at once as the limits say; what a restart interrupted and what was answered before what
 * is new, and that in the order of the queue.
 * 1. [RU1] Every change of state is in the ledger before anything comes of it.
 * 2. Stopped means stopped: while the ledger says so nothing starts, also after a restart; runs that were under way
 *    are ended, queued ones are held.
 * 3. A run that breaks ends with a sentence; the others go on.
 * 4. What a crash cut short has its paths locked again before any run begins.
 * 5. A stop counts in every moment, also in the one in which a run begins to wait; what ended asks nothing any more.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  type ApprovalId,
  type QuestionId,
  type RunId,
  type RunState,
} from "@deskhand/doc-schema/document";
import { nothingToStop } from "@deskhand/doc-schema/sync";
import { assertNever } from "@deskhand/doc-schema/wire";
import { NEVER, sleep, type Clock } from "./clock.ts";
import type { ReceiveAttachments } from "./files/attachments.ts";
import type { Ledger } from "./ledger.ts";
import type { Failure } from "./ledger-records.ts";
import type { RunFacts } from "./ledger-state.ts";
import { driveRun, type Outcome } from "./runner/drive-run.ts";
import { lockedPaths } from "./runner/locked-paths.ts";
import { openCalls } from "./runner/conversation.ts";
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
  readonly questionId?: QuestionId;
  readonly summary?: string;
  readonly failure?: Failure;
}

interface ActiveRun {
  readonly controller: AbortController;
  readonly driving: Promise<void>;
}

/** No run has it. */
const NO_RUN = "" as RunId;

/** How long closing waits for a tool that does not listen (milliseconds). */
const LATE_GRACE_MS = 10_000;

const brokenFailure = ({ task }: RunFacts): Failure => ({
  type: "executor-broke",
  text: sentence("executor-broke", task.locale ?? DEFAULT_LOCALE),
});

export const createRunQueue = (ports: RunQueuePorts): RunQueue => {
  const { ledger, clock, journals } = ports;
  const { gate, late, questions, locks } = ports.run;
  const { state } = ledger;
  const { runs, approvals } = state;
  const active = new Map<RunId, ActiveRun>();
  let isClosing = false;
  let stopTimer = nothingToStop;

  const move = (id: RunId, state: RunState, facts: MoveFacts = {}): void =>
    ledger.append({ type: "run-moved", at: clock.now(), runId: id, state, ...facts });
  const started = (): RunFacts[] =>
    [...runs.values()]
      .filter(({ state: is }) => is !== "queued" && !isFinal(is))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  const queued = (): RunFacts[] => state.queue.flatMap((id) => runs.get(id) ?? []);

  const isAnswered = ({ approvalId, questionId }: RunFacts): boolean =>
    (approvalId === undefined || gate.standing(approvalId) !== "pending") &&
    (questionId === undefined || questions.standing(questionId) !== "pending");
  /** Also one that is held: a death before its end must not lose the stop. */
  const isToEnd = (run: RunFacts): boolean =>
    journals.eventsOf(run).some(({ type }) => type === "cancel" || type === "end");
  const mayGoOn = (run: RunFacts): boolean =>
    !active.has(run.id) &&
    (run.heldAt === undefined ? run.state !== "waiting" || isAnswered(run) : isToEnd(run));
  const mayStart = (run: RunFacts): boolean =>
    state.paused === undefined &&
    run.heldAt === undefined &&
    (run.task.notBefore ?? 0) <= clock.now() &&
    before(run) === "done";

  /** How the task that it is to come after stands; what never came is waited for, what was archived is over. */
  const before = ({ task: { after } }: RunFacts): "done" | "open" | "failed" => {
    if (after === undefined || state.archived.has(after)) return "done";
    const run = runs.get(state.runOfTask.get(after) ?? NO_RUN);
    if (run === undefined || !isFinal(run.state)) return "open";
    return run.state === "done" ? "done" : "failed";
  };
  const holdWhatCannotCome = (): void => {
    for (const run of queued())
      if (run.heldAt === undefined && before(run) === "failed") {
        const failure = {
          type: "after-failed",
          text: sentence("after-failed", run.task.locale ?? DEFAULT_LOCALE),
        };
        ledger.append({ type: "run-held", at: clock.now(), runId: run.id, failure });
      }
  };

  const tick = (): void => {
    if (isClosing) return;
    holdWhatCannotCome();
    if (state.stopped === undefined)
      for (const run of [...started().filter(mayGoOn), ...queued().filter(mayStart)])
        if (active.size < state.limits.runsAtOnce) begin(run);
    ports.onQueue(state.queue);
    wakeLater();
  };

  /** From a timer or at an end: nobody above could catch a disk that fails. */
  const orTell = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      ports.onFailure(error);
    }
  };

  const wakeLater = (): void => {
    stopTimer();
    const times = [...queued(), ...started()].flatMap(({ state: is, task, approvalId, questionId }) => {
      const approval = approvalId === undefined ? undefined : approvals.get(approvalId);
      const question = questionId === undefined ? undefined : state.questions.get(questionId);
      const time = is === "queued" ? task.notBefore : (approval ?? question)?.expiresAt;
      return time === undefined || time <= clock.now() ? [] : [time];
    });
    if (times.length > 0) stopTimer = clock.after(Math.min(...times) - clock.now(), () => orTell(tick));
  };

  const begin = (run: RunFacts): void => {
    const controller = new AbortController();
    if (run.state !== "running") move(run.id, "running");
    // A disk that fails halts everything first: then nothing begins afterwards.
    const driving = drive(run, controller.signal)
      .catch(ports.onFailure)
      .then(() => afterwards(run.id, controller.signal));
    active.set(run.id, { controller, driving });
    ports.onActive();
  };

  const afterwards = (id: RunId, { aborted }: AbortSignal): void => {
    active.delete(id);
    locks.handOver(id)?.release();
    ports.onActive();
    orTell(() => {
      const run = runs.get(id);
      // It was stopped while it began to wait: whoever stopped it took it for under way, and nobody would wake it.
      if (aborted && !isClosing && run !== undefined && !isFinal(run.state)) begin(run);
      tick();
    });
  };

  const drive = async (run: RunFacts, signal: AbortSignal): Promise<void> => {
    await Promise.resolve(); // the caller registers the run first
    finish(run, await driveOrBreak(run, signal));
  };

  /** A bug meets this run only. */
  const driveOrBreak = async (run: RunFacts, signal: AbortSignal): Promise<Outcome> => {
    const { id: runId, task } = run;
    const locale = task.locale ?? DEFAULT_LOCALE;
    const isHeld = (): boolean => runs.get(runId)?.heldAt !== undefined;
    try {
      const journal = journals.of(run);
      if (state.cancelled.has(task.id)) writeCancel(journal);
      const own = await ports.receive(run, journal, signal);
      const grants = (): readonly GrantedFolder[] => [...ports.run.grants(), ...own];
      const driven = { runId, taskId: task.id, locale, journal, signal, isHeld };
      return await driveRun(driven, { ...ports.run, grants });
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
        return move(id, "waiting", outcome.for);
      case "halted":
        return move(id, "interrupted");
      case "ended": {
        const { summary, failure } = outcome.end;
        withdrawQuestions(id);
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

  /** Also those that it asked and does not wait for yet. */
  const withdrawQuestions = (id: RunId): void => {
    for (const { approvalId, runId } of approvals.values()) if (runId === id) gate.withdraw(approvalId);
    for (const { questionId, runId } of state.questions.values())
      if (runId === id) questions.withdraw(questionId);
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
      withdrawQuestions(id);
      const going = active.get(id);
      if (!mayWriteCancel(run, by)) move(id, "failed", { failure: brokenFailure(run) });
      else if (going === undefined) begin(run);
      else going.controller.abort();
    }
    tick();
  };

  const cancelStarted = (by?: DeviceId): void => {
    for (const run of started()) cancel(run.id, by);
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
  /** Before anything runs: what was begun has its locks again. */
  for (const run of started()) {
    const starts = openCalls(journals.eventsOf(run));
    const paths = starts.flatMap(({ prepared }) => lockedPaths(prepared.action, ports.run.grants()));
    if (paths.length > 0) locks.retake(run.id, paths);
  }

  return { tick, cancel, cancelStarted, active: () => [...active.keys()], settled, close };
};
