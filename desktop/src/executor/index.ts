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
import { isFinal, readMeta } from "@deskhand/doc-schema/document";
import type { SyncStatus } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createAuditWatch } from "./audit/audit-watch.ts";
import { createHeadFile } from "./audit/head-file.ts";
import { systemClock } from "./clock.ts";
import type { LiveEpoch } from "./epoch/live-epoch.ts";
import { createWorkspaceLife } from "./epoch/workspace-life.ts";
import type { Executor, ExecutorEvent, ExecutorOptions, ExecutorStatus } from "./executor.ts";
import { createFileLife } from "./files/file-life.ts";
import { createGrants } from "./grants.ts";
import { statusOf } from "./executor-status.ts";
import { loadWindowDevice } from "./identity.ts";
import type { RefusalWord } from "./intake.ts";
import type { LedgerRecord } from "./ledger-records.ts";
import { createLimitSetting } from "./limit-setting.ts";
import { createRunLife } from "./run-life.ts";
import { createShownTask } from "./shown-task.ts";
import { createScheduleLife } from "./schedules/schedule-life.ts";
import { shownPath } from "./shown-path.ts";
import { openStores, type OpenError } from "./stores.ts";
import {
  certifyDevice,
  revokeDevice,
  workspaceOf,
  type CertifyError,
  type DeviceRequest,
} from "./workspace.ts";

export type { ArchiveStatus } from "./archive/archive.ts";
export type { Found, Search } from "./archive/search.ts";
export { verifyAuditLog } from "./audit/audit-log.ts";
export { systemClock, type Clock } from "./clock.ts";
export type { RelayLink, RelayList } from "./epoch/relay-list.ts";
export type { Executor, ExecutorEvent, ExecutorOptions, ExecutorStatus } from "./executor.ts";
export type { Model } from "./models/model.ts";
export { createAnthropicModel, DEFAULT_MODEL } from "./models/anthropic.ts";
export type { ModelCapabilities } from "./models/capabilities.ts";
export { checkModelKey, type KeyCheck, type ModelFacts } from "./models/model-list.ts";
export { loadModelKey, saveModelKey } from "./models/model-key.ts";
export { createClearSecretStore, openPassphraseSecretStore, type SecretStore } from "./secret-store.ts";
export type { OpenError } from "./stores.ts";

/** What the recovery record tells, apart from the epoch. */
const IN_THE_KIT: ReadonlySet<LedgerRecord["type"]> = new Set([
  "relay-added",
  "relay-removed",
  "device-certified",
]);

const nothingYet = (): void => {};

export const openExecutor = async (options: ExecutorOptions): Promise<Result<Executor, OpenError>> => {
  const { dataDir, model, secretStore, randomBytes, clock = systemClock, home = os.homedir() } = options;
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
  const { device, ids, ledger, audit, undo, documents, ...stores } = opened.value;
  const { state } = ledger;
  const { now } = clock;

  const isWorking = (): boolean => queue.active().length > 0;
  const status = (): ExecutorStatus =>
    statusOf(state, {
      isWorking: isWorking(),
      live: live.all(),
      failure,
      commands: runs.commands(),
      auditAlarm: auditWatch.alarm(),
    });
  const emitStatus = (): void => emit({ type: "status", status: status() });
  const grants = createGrants({ ledger, audit, ids, now, home, dataDir });
  const runs = createRunLife({
    ...options,
    home,
    clock,
    ledger,
    audit,
    ids,
    undo,
    grants: grants.list,
    shown: () => shown(),
    executorId: device.deviceId,
    shownTask: createShownTask(state, () => epoch().doc),
    receive: (...run) => files.receive(...run),
    sendFile: (...file) => files.results.ask(...file),
    takeSchedule: (...order) => schedules.take(...order),
    revoke: (id) => {
      revokeDevice(place, id, "removed on another device");
      life.renewIfDue().catch(onFailure);
    },
    onActive: () => {
      files.workChanged();
      emitStatus();
    },
    onLive: (all) => {
      epoch().links.showLive(all);
      emitStatus();
    },
    onFailure,
  });
  const { queue, journals, gate, orders, live } = runs;
  const files = createFileLife({
    ...options,
    home,
    clock,
    key: stores.archiveKey,
    ledger,
    audit,
    ids,
    live: () => epoch(),
    grants: grants.list,
    eventsOf: journals.eventsOf,
    isWorking,
    onLive: live.show,
    onArchive: (status) => emit({ type: "archive", status }),
    onFailure,
  });
  const place = { ledger, audit, ids, now, keys: device };
  const schedules = createScheduleLife({
    ...place,
    queue,
    clock,
    uptime: options.uptime,
    isSound: () => failure === undefined,
    show: () => shown().schedules(),
    onFailure,
  });
  let isScanDue = false;
  const scan = (): void => {
    isScanDue = false;
    if (isClosed || failure !== undefined) return;
    try {
      epoch().intake.scan();
      schedules.tick();
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
  /** A relay may bring back rows as they were before this disk lost them: once caught up, the ledger is shown anew. */
  const livePhases = new Map<string, boolean>();
  const showToRelay = (relayUrl: string, { phase }: SyncStatus): void => {
    const wasLive = livePhases.get(relayUrl) === true;
    livePhases.set(relayUrl, phase === "live");
    if (phase !== "live" || wasLive) return;
    queueMicrotask(() => {
      if (isClosed || failure !== undefined) return;
      files.archive.reconcile(epoch().doc);
      shown().everything();
      files.relayIsLive(relayUrl);
    });
  };
  files.archive.reconcile(stores.document.doc);

  const refusals: Partial<Record<RefusalWord, number>> = {};
  const life = createWorkspaceLife({
    ledger,
    audit,
    clock,
    randomBytes,
    secretStore,
    device,
    documents,
    cursorFolder: path.join(dataDir, "cursors"),
    kit: stores.kit,
    heavyBytes: options.heavyBytes,
    first: {
      ...stores,
      keys: stores.epochKeys,
      presence: {
        deviceId: device.deviceId,
        role: "executor",
        appVersion: options.appVersion ?? "0.1.0",
        onlineSince: now(),
        power: "awake",
      },
    },
    projection: {
      state,
      keys: device,
      model: model.name,
      shownPath: (folder) => shownPath(folder, home),
      isThere: existsSync,
      eventsOf: journals.eventsOf,
      dayUse: runs.dayUse,
      notes: runs.notes.list,
      whereIs: files.results.shown,
      scheduleRow: schedules.rowOf,
      changesOf: undo.changesOf,
    },
    intake: {
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
        refusals[word] = (refusals[word] ?? 0) + 1;
        audit.write({ kind: "refused", what: id, outcome: word });
        if (isFinal) ledger.append({ type: "record-refused", at: now(), id, word });
        emit({ type: "refused", id, word });
      },
    },
    onRecords: scanSoon,
    withdraw: gate.withdraw,
    stopForAlarm: orders.stopForAlarm,
    onStatus: (relayUrl, change) => {
      emit({ type: "relay", relayUrl, status: change });
      showToRelay(relayUrl, change);
    },
    onEpoch: (epoch) => {
      emit({ type: "epoch", epoch });
      scan();
    },
    onFailure,
  });
  const { live: epoch, relays } = life;
  const shown = (): LiveEpoch["projection"] => epoch().projection;
  const headFile = createHeadFile(dataDir);
  const auditWatch = createAuditWatch({
    audit,
    keys: device,
    now,
    shownHeads: () => [readMeta(epoch().doc)?.audit ?? "", headFile.read() ?? ""],
    isRestored: state.restoredFrom !== undefined,
    show: (head) => {
      headFile.write(head);
      shown().audit(head);
    },
    onFailure,
  });
  onRecord = (record) => {
    shown().record(record);
    if (record.type === "resumed") {
      life.alarms.acceptHistories();
      life.renewIfDue().catch(onFailure); // a room that was closed, or a document that lacks what was said
    }
    if (record.type === "stopped" || record.type === "resumed") schedules.tick();
    if (IN_THE_KIT.has(record.type)) life.recovery.publish();
    files.recorded(record);
    auditWatch.look(record.type === "run-moved" && isFinal(record.state));
    emit({ type: "record", record });
    emitStatus();
  };
  halt = () => {
    schedules.close();
    void files.close();
    life.disconnect(); // what is not on this disk must not leave it
    void runs.close();
  };
  auditWatch.begin(); // before anything else is written into the log
  const renewed = await life.renewIfDue();
  if (!renewed.ok) audit.write({ kind: "error", what: `renewal: ${renewed.error.type}` });
  shown().power("awake", now());
  if (state.stopped !== undefined) queue.cancelStarted(state.stopped.by);
  scan();
  life.start();
  for (const url of options.relayUrls ?? []) relays.add({ url, publicUrl: url });

  const admitDevice = (request: DeviceRequest): Result<string, CertifyError> => {
    const record = certifyDevice(place, request);
    epoch().intake.reconsider();
    scanSoon();
    return record;
  };
  return ok({
    get doc() {
      return epoch().doc;
    },
    get awareness() {
      return epoch().links.awareness;
    },
    get rootKey() {
      return epoch().rootKey;
    },
    get workspace() {
      return workspaceOf(state);
    },
    device,
    ledger: state,
    grants,
    limits: createLimitSetting(ledger, audit, now, queue.tick),
    notes: runs.notes,
    relays,
    recovery: life.recovery,
    renew: life.renew,
    trustAgain: async (id) =>
      life.alarms.liftQuarantine(id) ? life.renew("asked") : err({ type: "not-in-quarantine" }),
    announce: (power) => {
      shown().power(power, now());
      epoch().links.announce(power);
      if (power === "awake") scan();
    },
    admitDevice,
    admit: async (request, relayUrls) => {
      const record = admitDevice(request);
      if (!record.ok) return undefined;
      const trusted = [...state.devices.values()].filter((known) => known.revokedAt === undefined);
      return {
        workspaceId: workspaceOf(state).workspaceId,
        epoch: epoch().keys.epoch,
        rootKey: epoch().rootKey,
        relayUrls,
        executorSignKey: device.signKey,
        deviceRecord: record.value,
        deviceRecords: trusted.map((known) => known.text),
      };
    },
    revokeDevice: async (id, reason) => {
      const revoked = revokeDevice(place, id, reason);
      if (!revoked.ok) return err(revoked.error);
      queue.tick();
      return life.renewIfDue();
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
    refusals: () => refusals,
    archive: files.archive,
    search: (query, limit) => files.archive.search(epoch().doc, query, limit),
    auditRows: audit.rows,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      auditWatch.close();
      schedules.close();
      await runs.close();
      model.close?.();
      await files.close();
      life.close();
      opened.value.close();
    },
  });
};
