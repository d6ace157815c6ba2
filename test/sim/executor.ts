/**
 * The executor of a simulated desktop: the real ledger, intake, orders, gate, projection, epochs and old rooms, on a
 * simulated disk. Only the work itself is played: `work` moves one run on by one step.
 */
import {
  createEpochKeys,
  redact,
  reveal,
  type DeviceId,
  type DeviceKeys,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import {
  isFinal,
  putReply,
  putSteps,
  readReplies,
  readRuns,
  rootsOf,
  type Action,
  type ApprovalId,
  type IdFactory,
  type ReplyId,
  type RunId,
} from "@deskhand/doc-schema/document";
import { err, ok } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../../desktop/src/executor/audit/audit-log.ts";
import type { DocumentStore } from "../../desktop/src/executor/document-store.ts";
import { createEpochs } from "../../desktop/src/executor/epoch/epochs.ts";
import { createLateRecords } from "../../desktop/src/executor/epoch/late-records.ts";
import type { LiveEpoch } from "../../desktop/src/executor/epoch/live-epoch.ts";
import { createOldRooms } from "../../desktop/src/executor/epoch/old-rooms.ts";
import { FIRST_EPOCH, loadRootKey } from "../../desktop/src/executor/identity.ts";
import { createIntake } from "../../desktop/src/executor/intake.ts";
import { createLedger, type Ledger } from "../../desktop/src/executor/ledger.ts";
import type { LedgerRecord } from "../../desktop/src/executor/ledger-records.ts";
import type { RunFacts } from "../../desktop/src/executor/ledger-state.ts";
import { createOrders } from "../../desktop/src/executor/orders.ts";
import { createProjection } from "../../desktop/src/executor/projection.ts";
import { NEVER } from "../../desktop/src/executor/clock.ts";
import { createApprovalGate } from "../../desktop/src/executor/runner/approval-gate.ts";
import { createPathLocks } from "../../desktop/src/executor/runner/path-locks.ts";
import { createQuestionDesk } from "../../desktop/src/executor/runner/question-desk.ts";
import type { SecretStore } from "../../desktop/src/executor/secret-store.ts";
import { revokeDevice } from "../../desktop/src/executor/workspace.ts";
import type { DeviceDisk } from "./device-disk.ts";
import { pick } from "./random.ts";
import { openSession, syncPorts, type Session, type SessionInput } from "./session.ts";

export interface Executor {
  readonly ledger: Ledger;
  readonly session: () => Session;
  /** Moves one run on: starts it, asks, spends an allow, streams a reply, ends it. */
  readonly work: () => void;
  /** Removes a device: a new epoch begins. */
  readonly remove: (id: DeviceId) => void;
}

export interface ExecutorInput extends Omit<
  SessionInput,
  "keys" | "deviceId" | "storage" | "onMoved" | "onLive" | "onLog" | "onStatus"
> {
  readonly ids: IdFactory;
  readonly device: DeviceKeys;
  readonly disk: DeviceDisk;
  readonly firstRootKey: RootKey;
  readonly onRecord: (entry: LedgerRecord, before: readonly LedgerRecord[]) => void;
  readonly onEpoch: () => void;
  readonly onFailure: (error: unknown) => void;
}

const NO_AUDIT: AuditLog = { write: () => {}, rows: () => [], head: () => "", close: () => {} };

export const createExecutor = (input: ExecutorInput): Executor => {
  const { world, machine, disk, ids, device, onFailure } = input;
  const { random } = machine;
  const sync = syncPorts(input);
  const { now, timers, randomBytes } = sync;
  const soon = (run: () => void): void => void timers.after(0, run);
  const journal = {
    entries: [...disk.ledger],
    append: (entry: LedgerRecord): void =>
      disk.writeNow(machine, () => {
        input.onRecord(entry, disk.ledger);
        disk.ledger.push(entry);
      }),
    close: () => {},
  };
  const ledger = createLedger(journal, {
    executor: (id) => (id === device.deviceId ? { signKey: device.signKey, roles: ["execute"] } : undefined),
    onRecord: (record) => live().projection.record(record),
  });
  const { state } = ledger;
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
    audit: NO_AUDIT,
    ids,
    now,
    journals: {
      of: () => ({ history: [], events: [], append: () => {}, appendSoon: () => {} }),
      eventsOf: () => [],
      close: () => {},
      closeAll: () => {},
    },
    undo: () => Promise.resolve([]),
    lockForUndo: async () => createPathLocks().take([], NEVER),
    questions: createQuestionDesk({ ledger, ids, now }),
    shownTask: () => undefined,
    notes: { set: () => err("too-many") },
    takeSchedule: () => err("unknown-target"),
    sendFile: () => err("not-supported"),
    revoke: (id) => remove(id),
    onFailure,
  });

  let isScanDue = false;
  const scanSoon = (): void => {
    if (isScanDue) return;
    isScanDue = true;
    soon(() => {
      isScanDue = false;
      live().intake.scan();
      // As the queue does it: a run that waits is asked how it stands.
      for (const { approvalId } of state.runs.values())
        if (approvalId !== undefined) gate.standing(approvalId);
    });
  };
  /** A document on the simulated disk, with the connections of its epoch. */
  const openDocument = (keys: Session["keys"]): DocumentStore & { readonly session: Session } => {
    const opened = openSession({
      ...input,
      keys,
      deviceId: device.deviceId,
      storage: "differences",
      onMoved: () => {}, // our own close of an old room
      onLive: () => live().projection.everything(),
      onLog: (url, logId) => oldRooms.met(url, logId),
    });
    return {
      session: opened,
      doc: opened.doc,
      isIncomplete: false,
      flush: () => machine.isAlive,
      close: () => {},
    };
  };
  const begin = ({
    rootKey,
    keys,
    document,
  }: Parameters<Parameters<typeof createEpochs>[0]["begin"]>[0]): LiveEpoch => {
    // `as`: every document here was made by openDocument
    const mine = (document as ReturnType<typeof openDocument>).session;
    const { doc } = mine;
    session = mine;
    const projection = createProjection({
      doc,
      state,
      keys: device,
      model: "simulated",
      shownPath: (folder) => folder,
      isThere: () => true,
      eventsOf: () => [],
      changesOf: () => [],
      scheduleRow: () => {
        throw new Error("the simulated desktop has no schedules");
      },
      whereIs: () => ({}),
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
        if (word === "revoked-device") late.refused(id);
        if (isFinalWord) ledger.append({ type: "record-refused", at: now(), id, word });
      },
    });
    projection.everything();
    const { tasks, intents, decisions } = rootsOf(doc);
    for (const root of [tasks, intents, decisions]) root.observe(scanSoon);
    // `as`: epochs.ts uses of the links what they show of this device, and nothing here shows anything
    const links = { presence: () => ({}) } as unknown as LiveEpoch["links"];
    return { rootKey, keys, doc, links, projection, intake, close: () => mine.disconnect() };
  };

  const secretStore: SecretStore = {
    load: (name) => Promise.resolve(ok(disk.secrets.get(name))),
    save: (name, bytes) => {
      disk.writeNow(machine, () => void disk.secrets.set(name, bytes));
      return Promise.resolve(ok(undefined));
    },
  };
  const epoch = state.workspace?.epoch ?? FIRST_EPOCH;
  if (disk.secrets.size === 0) disk.secrets.set("root-key", reveal(input.firstRootKey));
  const stored = disk.secrets.get(epoch === FIRST_EPOCH ? "root-key" : `root-key-${epoch}`);
  const rootKey = stored === undefined ? input.firstRootKey : redact("root-key", stored);
  const keys = createEpochKeys(rootKey, epoch);
  const first = openDocument(keys);
  let { session } = first;
  const onEpoch = (): void => {
    session.connect();
    oldRooms.look();
    scanSoon();
    input.onEpoch();
  };
  const live = (): LiveEpoch => epochs.live();
  const late = createLateRecords({ ledger, audit: NO_AUDIT, now, ids, doc: () => live().doc });
  const epochs = createEpochs({
    ledger,
    audit: NO_AUDIT,
    clock: { now, after: timers.after },
    secretStore,
    randomBytes,
    documents: {
      open: openDocument,
      openFresh: (fresh) => {
        if (machine.isAlive) disk.erase(fresh.epoch);
        return openDocument(fresh);
      },
      removeOthers: (kept) => {
        for (let old = FIRST_EPOCH; old < kept && machine.isAlive; old++) disk.erase(old);
      },
    },
    // `as`: the presence is not looked at, see `begin`
    first: { rootKey, keys, document: first, presence: {} as never },
    begin,
    withdraw: gate.withdraw,
    onEpoch,
  });
  const oldRooms = createOldRooms({
    ledger,
    sync,
    device,
    loadRootKey: (of) => loadRootKey({ secretStore }, of),
    adopt: late.adopt,
    onMoved: () => {},
    isAnyoneAway: () => true,
    onFailure,
  });
  const renewIfDue = (): void => {
    epochs.renewIfDue().then((renewed) => {
      if (!renewed.ok) throw new Error(renewed.error.type);
    }, onFailure);
  };
  const remove = (id: DeviceId): void => {
    world.note(`removes ${id}`);
    const removed = revokeDevice({ ledger, audit: NO_AUDIT, ids, now, keys: device }, id, "lost");
    if (removed.ok) renewIfDue();
  };
  session.connect();
  oldRooms.look();
  scanSoon();
  renewIfDue();

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
    const { doc } = live();
    const shown = readReplies(doc, task.threadId).entries.find((row) => row.runId === id);
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
    const { doc } = live();
    const there = readRuns(doc).entries.find((run) => run.id === id)?.steps ?? [];
    const step = { id: ids.create("step"), at: now(), kind: "list", outcome: "done" as const, count: 3 };
    putSteps(doc, id, [...there, step]);
  };

  return {
    ledger,
    session: () => session,
    work: () => {
      const open = [...state.runs.values()].filter((run) => !isFinal(run.state));
      if (open.length === 0 || state.stopped !== undefined) return;
      const run = pick(random, open);
      if (run.state === "queued") return move(run.id, "running");
      if (run.state === "waiting") return goOn(run);
      const steps = [say, say, noteStep, ask, ({ id }: RunFacts) => move(id, "done")];
      pick(random, steps)(run);
    },
    remove,
  };
};
