/**
 * The executor of a simulated desktop: the real ledger, intake, orders, gate and projection, with a journal that lies
 * on the simulated disk. Only the work itself is played: `work` moves one run on by one step.
 */
import type * as Y from "yjs";
import type { DeviceId, DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  putReply,
  putSteps,
  readReplies,
  readRuns,
  type Action,
  type ApprovalId,
  type GrantId,
  type IdFactory,
  type ReplyId,
  type RunId,
} from "@deskhand/doc-schema/document";
import { createIntake } from "../../desktop/src/executor/intake.ts";
import { createLedger, type Ledger } from "../../desktop/src/executor/ledger.ts";
import type { LedgerRecord } from "../../desktop/src/executor/ledger-records.ts";
import type { RunFacts } from "../../desktop/src/executor/ledger-state.ts";
import { createOrders } from "../../desktop/src/executor/orders.ts";
import { createProjection } from "../../desktop/src/executor/projection.ts";
import { createApprovalGate } from "../../desktop/src/executor/runner/approval-gate.ts";
import type { Random } from "./random.ts";
import { pick } from "./random.ts";

export interface Executor {
  readonly ledger: Ledger;
  /** Intake, as after every change of the document. */
  readonly scan: () => void;
  /** The ledger shown anew, as when a relay has caught up. */
  readonly showAll: () => void;
  /** Moves one run on: starts it, asks, spends an allow, streams a reply, ends it. */
  readonly work: () => void;
}

export interface ExecutorInput {
  readonly doc: Y.Doc;
  readonly ids: IdFactory;
  readonly keys: DeviceKeys;
  readonly random: Random;
  readonly now: () => number;
  readonly entries: readonly LedgerRecord[];
  readonly append: (entry: LedgerRecord) => void;
  readonly onRecord: (entry: LedgerRecord) => void;
}

/** Yjs hands out nothing new while an observer runs, so intake comes after the transaction, as in the product. */
export const createExecutor = (input: ExecutorInput): Executor => {
  const { doc, ids, keys, random, now } = input;
  const journal = { entries: input.entries, append: input.append, close: () => {} };
  const executor = (id: DeviceId) =>
    id === keys.deviceId ? { signKey: keys.signKey, roles: ["execute"] } : undefined;
  const ledger = createLedger(journal, {
    executor,
    onRecord: (record) => {
      projection.record(record);
      input.onRecord(record);
    },
  });
  const { state } = ledger;
  const projection = createProjection({
    doc,
    state,
    keys,
    model: "simulated",
    shownPath: (folder) => folder,
    isThere: () => true,
    eventsOf: () => [],
    changesOf: () => 0,
  });
  for (const id of state.handled) ids.observe(id);

  const gate = createApprovalGate({ ledger, ids, now });
  const move = (id: RunId, to: RunFacts["state"], approvalId?: ApprovalId): void =>
    ledger.append({
      type: "run-moved",
      at: now(),
      runId: id,
      state: to,
      ...(approvalId === undefined ? {} : { approvalId }),
    });
  const cancel = (id: RunId): void => {
    const run = state.runs.get(id);
    if (run === undefined || isFinal(run.state)) return;
    if (run.approvalId !== undefined) gate.withdraw(run.approvalId);
    move(id, "cancelled");
  };
  const orders = createOrders({
    ledger,
    queue: {
      tick: () => {},
      cancel,
      cancelStarted: () => {
        for (const run of state.runs.values()) if (run.state !== "queued") cancel(run.id);
      },
      active: () => [],
      settled: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    audit: { write: () => {}, rows: () => [], head: () => "", close: () => {} },
    ids,
    now,
    journals: {
      of: () => ({ events: [], append: () => {} }),
      eventsOf: () => [],
      close: () => {},
      closeAll: () => {},
    },
    undo: () => Promise.resolve([]),
    onFailure: (error) => {
      throw error;
    },
  });
  const intake = createIntake({
    doc,
    state,
    ids,
    now,
    onTask: orders.takeTask,
    onIntent: orders.takeIntent,
    onDecision: gate.take,
    onRefused: (id, word, isFinalWord) => {
      if (isFinalWord) ledger.append({ type: "record-refused", at: now(), id, word });
    },
  });

  const actionFor = (id: RunId): Action => ({
    v: 1,
    kind: "trash",
    tool: "trash_files",
    grantId: [...state.grants.keys()][0] ?? ids.create("grant"),
    folder: "Papers",
    items: [{ path: `old/${id}.txt`, byteLength: random.below(9_000), preimage: null }],
  });
  const ask = ({ id, task }: RunFacts): void => {
    const { approvalId } = gate.ask({
      runId: id,
      taskId: task.id,
      callId: `call-${random.below(3)}`,
      action: actionFor(id),
      risk: "high",
      reversible: "undo",
    });
    move(id, "waiting", approvalId);
  };
  const goOn = ({ id, approvalId }: RunFacts): void => {
    if (approvalId === undefined) return move(id, "running");
    const standing = gate.standing(approvalId);
    if (standing === "pending") return;
    const action = state.approvals.get(approvalId)?.action;
    if (standing === "allowed" && action !== undefined) gate.spend(approvalId, action);
    move(id, "running");
  };
  const say = ({ id, task }: RunFacts): void => {
    const rows = readReplies(doc, task.threadId).entries;
    const shown = rows.find((row) => row.runId === id);
    const text = random.chance(0.15) ? "Once more: " : (shown?.text ?? "");
    putReply(doc, task.threadId, {
      id: shown?.id ?? (ids.create("reply") satisfies ReplyId),
      runId: id,
      createdAt: shown?.createdAt ?? now(),
      text: `${text}${"word ".repeat(random.between(1, 30))}`,
      done: false,
    });
  };
  const noteStep = ({ id }: RunFacts): void => {
    const there = readRuns(doc).entries.find((run) => run.id === id)?.steps ?? [];
    const step = { id: ids.create("step"), at: now(), kind: "list", outcome: "done" as const, count: 3 };
    putSteps(doc, id, [...there, step]);
  };

  return {
    ledger,
    scan: intake.scan,
    showAll: projection.everything,
    work: () => {
      const open = [...state.runs.values()].filter((run) => !isFinal(run.state));
      if (open.length === 0 || state.stopped !== undefined) return;
      const run = pick(random, open);
      if (run.state === "queued") return move(run.id, "running");
      if (run.state === "waiting") return goOn(run);
      const steps = [say, say, noteStep, ask, ({ id }: RunFacts) => move(id, "done")];
      pick(random, steps)(run);
    },
  };
};

/** What a new workspace's ledger begins with. */
export const firstRecords = (
  keys: DeviceKeys,
  ids: IdFactory,
  at: number,
  devices: readonly { readonly id: DeviceId; readonly text: string }[],
): readonly LedgerRecord[] => [
  {
    type: "workspace-created",
    at,
    workspaceId: ids.create("workspace"),
    threadId: ids.create("thread"),
    executorId: keys.deviceId,
    roomId: "",
    epoch: 1,
    desktopName: "Simulated desktop",
  },
  ...devices.map(({ id, text }) => ({ type: "device-certified" as const, at, deviceId: id, text })),
  {
    type: "grant-added",
    at,
    grantId: ids.create("grant") satisfies GrantId,
    name: "Papers",
    path: "/home/simulated/Papers",
    mode: "read-write",
  },
];
