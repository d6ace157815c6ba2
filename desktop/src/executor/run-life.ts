/**
 * Everything that makes tasks into work, put together: the queue, the journals, the tools, the locks, the questions to
 * people, and the orders that act on them. The executor holds one of these.
 */
import path from "node:path";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { IdFactory, RunId, TaskId } from "@deskhand/doc-schema/document";
import { nothingToStop } from "@deskhand/doc-schema/sync";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Clock } from "./clock.ts";
import type { ExecutorOptions } from "./executor.ts";
import type { ReceiveAttachments } from "./files/attachments.ts";
import type { Results } from "./files/results.ts";
import type { Ledger } from "./ledger.ts";
import { createNotes, type Notes } from "./memory/notes.ts";
import { createOrders, type Orders } from "./orders.ts";
import type { Projection } from "./projection.ts";
import type { ShownTask } from "./queue-orders.ts";
import { createRunQueue, type RunQueue } from "./run-queue.ts";
import { createApprovalGate, type ApprovalGate } from "./runner/approval-gate.ts";
import { createDayUse, type DayUse } from "./runner/day-use.ts";
import { decideCall } from "./runner/decide-call.ts";
import { createLateWork } from "./runner/late-work.ts";
import { createLiveSteps, type LiveSteps } from "./runner/live-steps.ts";
import { lockedBelow } from "./runner/locked-paths.ts";
import { createPathLocks } from "./runner/path-locks.ts";
import { createQuestionDesk } from "./runner/question-desk.ts";
import { createRunJournals, type RunJournals } from "./runner/run-journal.ts";
import type { LiveStep } from "./runner/run-ports.ts";
import { createSandbox, type SandboxState } from "./sandbox/sandbox.ts";
import type { ScheduleLife } from "./schedules/schedule-life.ts";
import { createThrottle, type Throttle } from "./throttle.ts";
import { openTools, workDirOf } from "./tools/open-tools.ts";
import { createOwnTools } from "./tools/own-tools.ts";
import type { GrantedFolder, Tool } from "./tools/tool.ts";
import { createUndo } from "./undo-order.ts";
import type { UndoStore } from "./undo/undo-store.ts";

export interface RunLife {
  readonly queue: RunQueue;
  readonly journals: RunJournals;
  readonly gate: ApprovalGate;
  readonly orders: Orders;
  readonly live: LiveSteps;
  /** What all runs have used today. */
  readonly dayUse: () => DayUse;
  readonly notes: Notes;
  /** Whether commands can be run here. */
  readonly commands: () => SandboxState;
  /** Halts what is under way; it goes on at the next start. Resolves when nothing of it works on. */
  readonly close: () => Promise<void>;
}

export interface RunLifePorts extends Pick<
  ExecutorOptions,
  "dataDir" | "model" | "randomBytes" | "tools" | "disk"
> {
  readonly home: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly undo: UndoStore;
  readonly grants: () => readonly GrantedFolder[];
  readonly shown: () => Projection;
  readonly shownTask: (id: TaskId) => ShownTask | undefined;
  readonly receive: ReceiveAttachments;
  readonly sendFile: Results["ask"];
  readonly takeSchedule: ScheduleLife["take"];
  readonly revoke: (id: DeviceId) => void;
  readonly executorId: DeviceId;
  readonly onActive: () => void;
  readonly onLive: (all: readonly LiveStep[]) => void;
  readonly onFailure: (error: unknown) => void;
}

/** So long after the start the sandbox is tested. */
const TEST_AFTER_MS = 5_000;

/** A reply that streams is shown at most four times a second. */
const REPLY_EVERY_MS = 250;

export const createRunLife = (ports: RunLifePorts): RunLife => {
  const { dataDir, home, clock, ledger, ids, undo, disk, model, shown } = ports;
  const { now } = clock;
  const closing = new AbortController();
  const journals = createRunJournals({
    folder: path.join(dataDir, "runs"),
    model: model.name,
    runs: ledger.state.runs,
    ids,
    now,
    disk,
    onAppend: (id) => shown().run(id),
  });
  const dayUse = createDayUse(ledger.state.runs, journals.eventsOf, now);
  const live = createLiveSteps(ports.onLive);
  const locks = createPathLocks();
  const gate = createApprovalGate({ ledger, ids, now });
  const questions = createQuestionDesk({ ledger, ids, now });
  const notes = createNotes(path.join(dataDir, "memory"));
  const sandbox = createSandbox({ workDir: workDirOf(dataDir), home });
  // after the start, which it would slow down, and before anybody needs it
  const endTestTimer =
    ports.tools === undefined
      ? clock.after(TEST_AFTER_MS, () => void sandbox.ready().then(ports.onActive))
      : nothingToStop;
  const tools = [
    ...(ports.tools?.({ undo, now }) ?? openTools({ undo, now, dataDir, sandbox })),
    ...createOwnTools({
      notes,
      ids,
      now,
      exists: (id) => ledger.state.schedules.has(id),
      create: (schedule) => {
        const intent = { type: "schedule-create" as const, ...schedule, enabled: true };
        const own = { ...intent, id: ids.create("intent"), createdAt: now() };
        return ports.takeSchedule(own, ports.executorId);
      },
    }),
  ];
  const queue = createRunQueue({
    ...ports,
    journals,
    onQueue: (waiting) => shown().queue(waiting),
    run: {
      ...ports,
      tools: new Map(tools.map((tool): [string, Tool] => [tool.name, tool])),
      decide: decideCall,
      gate,
      questions,
      limits: () => ledger.state.limits,
      notes: notes.list,
      dayUse,
      locks,
      late: createLateWork(),
      onLive: live.show,
      onText: createReplies(clock, (id, partial) => shown().run(id, partial)),
    },
  });
  const orders = createOrders({
    ...ports,
    queue,
    now,
    journals,
    questions,
    notes,
    undo: createUndo(undo, now),
    lockForUndo: (runId, stepId) => {
      const changes = undo
        .changesOf(runId)
        .filter((change) => stepId === undefined || change.stepId === stepId);
      const paths = ports.grants().flatMap((grant) => {
        const own = changes.filter(({ grantId }) => grantId === grant.id);
        return lockedBelow(
          grant,
          own.flatMap(({ path: from, to }) => (to === undefined ? [from] : [from, to])),
        );
      });
      return locks.take(paths, closing.signal);
    },
  });
  return {
    queue,
    journals,
    gate,
    orders,
    live,
    dayUse,
    notes,
    commands: sandbox.state,
    close: async () => {
      closing.abort();
      endTestTimer();
      await queue.close();
      await orders.settled();
      journals.closeAll();
      if (sandbox.state().type === "testing") await sandbox.ready();
    },
  };
};

/** Of each run that speaks the last words get through; "" ends what was being said. */
const createReplies = (
  clock: Clock,
  show: (id: RunId, partial: string) => void,
): ((id: RunId, partial: string) => void) => {
  const replies = new Map<RunId, Throttle<string>>();
  return (id, partial) => {
    const reply = replies.get(id) ?? createThrottle<string>(clock, REPLY_EVERY_MS, (text) => show(id, text));
    replies.set(id, reply);
    if (partial !== "") return reply.push(partial);
    reply.clear();
    replies.delete(id);
  };
};
