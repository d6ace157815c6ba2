/**
 * The executor: takes what people sent out of the document, does it inside the granted folders, and shows what
 * became of it. It runs without a window and without electron.
 * 1. The ledger on disk is the authority; the document is a mailbox and a window.
 * 2. It may be killed at any moment: after the next start every run goes on where it was, effects exactly once.
 * 3. When the disk fails everything is halted, and the failure is told.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import type { DeviceId, DeviceKeys, RootKey } from "@deskhand/doc-schema/crypto";
import { rootsOf, type RunId } from "@deskhand/doc-schema/document";
import type { Admission, PairingRequest, RoomConnection, SyncStatus } from "@deskhand/doc-schema/sync";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditRow } from "./audit/audit-log.ts";
import { systemClock, type Clock } from "./clock.ts";
import { createGrants, type Grants } from "./grants.ts";
import { loadWindowDevice } from "./identity.ts";
import { createIntake, type RefusalWord } from "./intake.ts";
import type { Disk } from "./journal-file.ts";
import type { LedgerRecord } from "./ledger-records.ts";
import type { LedgerState, Workspace } from "./ledger-state.ts";
import type { Model } from "./models/model.ts";
import { createOrders } from "./orders.ts";
import { createProjection } from "./projection.ts";
import { createRelayLinks, type RelayLinks } from "./relay-links.ts";
import { createLateWork } from "./runner/late-work.ts";
import { createRunQueue } from "./run-queue.ts";
import { createApprovalGate } from "./runner/approval-gate.ts";
import { decideCall } from "./runner/decide-call.ts";
import { createRunJournals } from "./runner/run-journal.ts";
import type { LiveStep } from "./runner/run-ports.ts";
import type { SecretError, SecretStore } from "./secret-store.ts";
import { openStores, type OpenError } from "./stores.ts";
import { createThrottle } from "./throttle.ts";
import { createTools } from "./tools/registry.ts";
import type { Tool } from "./tools/tool.ts";
import { createUndo } from "./undo-order.ts";
import type { UndoStore } from "./undo/undo-store.ts";
import { certifyDevice, revokeDevice, type CertifyError, type DeviceRequest } from "./workspace.ts";

export { verifyAuditLog } from "./audit/audit-log.ts";
export { systemClock } from "./clock.ts";
export { createAnthropicModel } from "./models/anthropic.ts";
export { loadModelKey, saveModelKey } from "./models/model-key.ts";
export { createClearSecretStore, openPassphraseSecretStore } from "./secret-store.ts";
export type { Clock, LiveStep, Model, OpenError, SecretStore };

export interface ExecutorOptions {
  /** Absolute; made with mode 0700. */
  readonly dataDir: string;
  readonly model: Model;
  readonly secretStore: SecretStore;
  /** What people call this computer. */
  readonly deviceName: string;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Absent: the file tools of tools/registry.ts. */
  readonly tools?: (ports: { readonly undo: UndoStore; readonly now: () => number }) => readonly Tool[];
  readonly clock?: Clock;
  /** Tests cut the power here. */
  readonly disk?: Disk;
  readonly home?: string;
  readonly appVersion?: string;
  readonly relayUrls?: readonly string[];
}

export interface ExecutorStatus {
  readonly state: "idle" | "working" | "waiting" | "stopped";
  /** What goes on right now. */
  readonly live?: LiveStep;
  readonly queued: number;
  /** Runs that wait for a person. */
  readonly waiting: number;
  /** Set when the disk failed: nothing goes on until the next start. */
  readonly failure?: string;
}

export type ExecutorEvent =
  | { readonly type: "status"; readonly status: ExecutorStatus }
  | { readonly type: "record"; readonly record: LedgerRecord }
  | { readonly type: "refused"; readonly id: string; readonly word: RefusalWord }
  | { readonly type: "relay"; readonly relayUrl: string; readonly status: SyncStatus }
  | { readonly type: "failure"; readonly text: string };

export interface Executor {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly workspace: Workspace;
  /** The executor's own device: public keys, and what signs as it. */
  readonly device: DeviceKeys;
  readonly rootKey: RootKey;
  readonly ledger: LedgerState;
  readonly grants: Grants;
  readonly connect: (relayUrl: string) => RoomConnection;
  readonly disconnect: (relayUrl: string) => void;
  /** The signed record of a new device (or of a known one). */
  readonly admitDevice: (request: DeviceRequest) => Result<string, CertifyError>;
  /** For `createPairingOffer`: certifies the phone and gathers what it needs. */
  readonly admit: (request: PairingRequest, relayUrls: readonly string[]) => Promise<Admission | undefined>;
  readonly revokeDevice: (id: DeviceId, reason: string) => Result<void, { readonly type: "unknown-device" }>;
  /** The desktop's window is a device of its own. */
  readonly certifyWindow: () => Promise<
    Result<{ readonly keys: DeviceKeys; readonly record: string }, SecretError | CertifyError>
  >;
  readonly status: () => ExecutorStatus;
  /** Returns what ends it. */
  readonly on: (listener: (event: ExecutorEvent) => void) => () => void;
  /** Tells the phones whether this computer is awake. */
  readonly announce: RelayLinks["announce"];
  readonly stopAll: () => void;
  readonly resume: () => void;
  readonly refusals: () => Readonly<Partial<Record<RefusalWord, number>>>;
  readonly auditRows: () => readonly AuditRow[];
  /** Halts what is under way and closes the files; runs go on at the next start. */
  readonly close: () => Promise<void>;
}

const nothingYet = (): void => {};

/** A reply that streams is shown at most four times a second. */
const REPLY_EVERY_MS = 250;

export const openExecutor = async (options: ExecutorOptions): Promise<Result<Executor, OpenError>> => {
  const {
    dataDir,
    model,
    secretStore,
    randomBytes,
    disk,
    clock = systemClock,
    home = os.homedir(),
  } = options;
  const listeners = new Set<(event: ExecutorEvent) => void>();
  const emit = (event: ExecutorEvent): void => {
    for (const listener of listeners) listener(event);
  };
  let onRecord: (record: LedgerRecord) => void = nothingYet;
  let failure: string | undefined;
  let isClosed = false;
  let halt: () => void = nothingYet;
  const onFailure = (error: unknown): void => {
    failure ??= error instanceof Error ? error.message : String(error);
    halt();
    emit({ type: "failure", text: failure });
  };

  const opened = await openStores({ ...options, clock, onRecord: (record) => onRecord(record), onFailure });
  if (!opened.ok) return opened;
  const { identity, epochKeys, workspace, ids, ledger, audit, document, undo, runsFolder } = opened.value;
  const { state } = ledger;
  const { doc } = document;
  const { device, rootKey } = identity;
  const { now } = clock;

  const links = createRelayLinks({
    doc,
    keys: epochKeys,
    deviceId: device.deviceId,
    appVersion: options.appVersion ?? "0.1.0",
    clock,
    randomBytes,
    onStatus: (relayUrl, status) => {
      emit({ type: "relay", relayUrl, status });
      showToRelay(relayUrl, status);
    },
  });

  /** A relay may bring back rows as they were before this disk lost them: once caught up, the ledger is shown anew. */
  const livePhases = new Map<string, boolean>();
  const showToRelay = (relayUrl: string, { phase }: SyncStatus): void => {
    const wasLive = livePhases.get(relayUrl) === true;
    livePhases.set(relayUrl, phase === "live");
    if (phase === "live" && !wasLive) queueMicrotask(showAll);
  };
  const showAll = (): void => {
    if (!isClosed) projection.everything();
  };

  let live: LiveStep | undefined;
  const status = (): ExecutorStatus => {
    const count = (wanted: string): number =>
      [...state.runs.values()].filter((run) => run.state === wanted).length;
    const waiting = count("waiting");
    const isWorking = queue.active().length > 0;
    const open = isWorking ? "working" : waiting > 0 ? "waiting" : "idle";
    return {
      state: failure !== undefined || state.stopped !== undefined ? "stopped" : open,
      queued: count("queued"),
      waiting,
      ...(live === undefined ? {} : { live }),
      ...(failure === undefined ? {} : { failure }),
    };
  };
  const emitStatus = (): void => emit({ type: "status", status: status() });

  const journals = createRunJournals({
    folder: runsFolder,
    model: model.name,
    ids,
    now,
    disk,
    onAppend: (id) => projection.run(id),
  });
  const projection = createProjection({
    doc,
    state,
    keys: device,
    model: model.name,
    shownPath: (folder) => shownPath(folder, home),
    isThere: existsSync,
    eventsOf: journals.eventsOf,
    changesOf: (id) => undo.changesOf(id).filter((change) => change.undoneAt === undefined).length,
  });
  onRecord = (record) => {
    projection.record(record);
    emit({ type: "record", record });
    emitStatus();
  };

  const reply = createThrottle<readonly [RunId, string]>(clock, REPLY_EVERY_MS, ([id, partial]) =>
    projection.run(id, partial),
  );
  const tools = (options.tools ?? createTools)({ undo, now });
  const grants = createGrants({ ledger, audit, ids, now, home, dataDir });
  const gate = createApprovalGate({ ledger, ids, now });
  const queue = createRunQueue({
    ledger,
    clock,
    journals,
    onActive: emitStatus,
    onQueue: projection.queue,
    onFailure,
    run: {
      model,
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      grants: grants.list,
      decide: decideCall,
      gate,
      audit,
      ids,
      clock,
      randomBytes,
      late: createLateWork(),
      onLive: (step) => {
        live = step;
        links.showLive(step);
        emitStatus();
      },
      onText: (id, partial) => (partial === "" ? reply.clear() : reply.push([id, partial])),
    },
  });
  const orders = createOrders({
    ledger,
    queue,
    audit,
    ids,
    now,
    journals,
    undo: createUndo(undo),
    onFailure,
  });
  const intake = createIntake({
    doc,
    state,
    ids,
    now,
    onTask: orders.takeTask,
    onIntent: orders.takeIntent,
    onDecision: (decision, by) => {
      const taken = gate.take(decision, by);
      const { approvalId, verdict } = decision;
      if (taken.ok) audit.write({ kind: "answered", what: verdict, approvalId, device: by });
      return taken;
    },
    onRefused: (id, word, isFinal) => {
      audit.write({ kind: "refused", what: id, outcome: word });
      if (isFinal) ledger.append({ type: "record-refused", at: now(), id, word });
      emit({ type: "refused", id, word });
    },
  });

  let isScanDue = false;
  const scan = (): void => {
    isScanDue = false;
    if (isClosed || failure !== undefined) return;
    try {
      intake.scan();
      queue.tick();
    } catch (error) {
      onFailure(error);
    }
  };
  // Taken in after the transaction that brought them: projecting inside an observer would nest into it.
  const scanSoon = (): void => {
    if (!isScanDue) queueMicrotask(scan);
    isScanDue = true;
  };
  halt = () => {
    links.close(); // what is not on this disk must not leave it
    void queue.close();
  };
  projection.everything();
  const { tasks, intents, decisions } = rootsOf(doc);
  for (const root of [tasks, intents, decisions]) root.observe(scanSoon);
  if (state.stopped !== undefined) queue.cancelStarted(state.stopped.by);
  scan();
  for (const relayUrl of options.relayUrls ?? []) links.connect(relayUrl);

  const place = { ledger, audit, ids, now, keys: device, rootKey };
  const admitDevice = (request: DeviceRequest): Result<string, CertifyError> => {
    const record = certifyDevice(place, request);
    intake.reconsider();
    scanSoon();
    return record;
  };
  return ok({
    doc,
    awareness: links.awareness,
    workspace,
    device,
    rootKey,
    ledger: state,
    grants,
    connect: links.connect,
    disconnect: links.disconnect,
    announce: links.announce,
    admitDevice,
    admit: async (request, relayUrls) => {
      const record = admitDevice(request);
      if (!record.ok) return undefined;
      const trusted = [...state.devices.values()].filter((known) => known.revokedAt === undefined);
      return {
        workspaceId: workspace.workspaceId,
        epoch: workspace.epoch,
        rootKey,
        relayUrls,
        executorSignKey: device.signKey,
        deviceRecord: record.value,
        deviceRecords: trusted.map((known) => known.text),
      };
    },
    revokeDevice: (id, reason) => {
      const revoked = revokeDevice(place, id, reason);
      queue.tick();
      return revoked;
    },
    certifyWindow: async () => {
      const keys = await loadWindowDevice({ secretStore, randomBytes });
      if (!keys.ok) return keys;
      const record = admitDevice({ ...keys.value, name: options.deviceName, kind: "window" });
      return record.ok ? ok({ keys: keys.value, record: record.value }) : record;
    },
    status,
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stopAll: () => orders.stopAll(),
    resume: () => orders.resume(),
    refusals: intake.refusals,
    auditRows: audit.rows,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await queue.close();
      await orders.settled();
      links.close();
      journals.closeAll();
      opened.value.close();
    },
  });
};

/** ~ for the home folder: the whole path says more than a phone needs to know. */
const shownPath = (folder: string, home: string): string => {
  const way = path.relative(home, folder);
  return way.startsWith("..") || path.isAbsolute(way) ? folder : path.join("~", way);
};
