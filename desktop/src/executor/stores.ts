/**
 * Everything of the executor that lies on disk, opened together or not at all.
 *   lock · ledger.jsonl · audit.jsonl · document (of epoch n: document-n) · runs/<RunId>.jsonl · undo/
 * The folder is 0700 and its files 0600; no grant may contain it (policy/grantable.ts).
 */
import path from "node:path";
import {
  bytesToHex,
  createEpochKeys,
  type DeviceKeys,
  type EpochKeys,
  type Redacted,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import { createIdFactory, type GrantId, type IdFactory } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { openAuditLog, type AuditLog } from "./audit/audit-log.ts";
import type { Clock } from "./clock.ts";
import type { DocumentStore } from "./document-store.ts";
import { createEpochDocuments, type EpochDocuments } from "./epoch/epoch-documents.ts";
import { loadKit, type KitPublicPart } from "./epoch/recovery-kit.ts";
import type { Workspace } from "./epoch/workspace-fold.ts";
import { FIRST_EPOCH, loadArchiveKey, loadExecutorDevice, loadRootKey, makeRootKey } from "./identity.ts";
import type { Disk, JournalError } from "./journal-file.ts";
import { openLedger, type Ledger } from "./ledger.ts";
import type { LedgerRecord } from "./ledger-records.ts";
import { makePrivateFolder } from "./private-files.ts";
import type { SecretError, SecretStore } from "./secret-store.ts";
import type { GrantedFolder } from "./tools/tool.ts";
import { createUndoStore, type UndoStore } from "./undo/undo-store.ts";
import { createWorkspace } from "./workspace.ts";
import { takeWriterLock, type LockError } from "./writer-lock.ts";

/** "replaced": another computer went on with this workspace, by its recovery kit. `at` in milliseconds since 1970. */
export type OpenError =
  | LockError
  | SecretError
  | JournalError
  | { readonly type: "keys-lost" }
  | { readonly type: "replaced"; readonly at: number };

export interface Stores {
  readonly device: DeviceKeys;
  /** Of the epoch that the ledger is in. */
  readonly rootKey: RootKey;
  readonly epochKeys: EpochKeys;
  readonly archiveKey: Redacted<"archive-key">;
  readonly kit: KitPublicPart | undefined;
  readonly ids: IdFactory;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly documents: EpochDocuments;
  readonly document: DocumentStore;
  readonly undo: UndoStore;
  readonly runsFolder: string;
  readonly close: () => void;
}

export interface StoresPorts {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly secretStore: SecretStore;
  readonly deviceName: string;
  readonly disk?: Disk | undefined;
  readonly onRecord: (record: LedgerRecord) => void;
  readonly onFailure: (error: unknown) => void;
}

export const openStores = async (ports: StoresPorts): Promise<Result<Stores, OpenError>> => {
  const { dataDir, randomBytes } = ports;
  makePrivateFolder(dataDir);
  const lock = takeWriterLock(dataDir, bytesToHex(randomBytes(8)));
  if (!lock.ok) return lock;
  const closers = [lock.value.release];
  const close = (): void => {
    for (const closer of closers.toReversed()) closer();
  };
  let isOpen = false;
  try {
    const opened = await openLocked(ports, (closer) => closers.push(closer));
    isOpen = opened.ok;
    return opened.ok ? ok({ ...opened.value, close }) : opened;
  } finally {
    if (!isOpen) close();
  }
};

const openLocked = async (
  ports: StoresPorts,
  onClose: (closer: () => void) => void,
): Promise<Result<Omit<Stores, "close">, OpenError>> => {
  const { dataDir, clock, randomBytes, disk, onRecord, onFailure } = ports;
  const inFolder = (name: string): string => path.join(dataDir, name);
  const loaded = await loadExecutorDevice(ports);
  if (!loaded.ok) return loaded;
  const device = loaded.value;

  const ledger = openLedger(
    inFolder("ledger.jsonl"),
    {
      executor: (id) =>
        id === device.deviceId ? { signKey: device.signKey, roles: ["execute"] } : undefined,
      onRecord,
    },
    disk,
  );
  if (!ledger.ok) return ledger;
  onClose(ledger.value.close);
  const audit = openAuditLog(inFolder("audit.jsonl"), clock.now, disk);
  if (!audit.ok) return audit;
  onClose(audit.value.close);

  const ids = createIdFactory({ now: clock.now, randomBytes });
  for (const id of ledger.value.state.handled) ids.observe(id);
  const { state } = ledger.value;
  if (state.replacedAt !== undefined) return err({ type: "replaced", at: state.replacedAt });
  const isFirstStart = state.workspace === undefined;
  const key = await rootKeyOf(ports, state.workspace);
  if (!key.ok) return key;
  const rootKey = key.value;
  const archiveKey = await loadArchiveKey(ports);
  if (!archiveKey.ok) return archiveKey;
  const kit = await loadKit(ports);
  if (!kit.ok) return kit;
  const epochKeys = createEpochKeys(rootKey, state.workspace?.epoch ?? FIRST_EPOCH);
  const place = { ledger: ledger.value, audit: audit.value, ids, now: clock.now, keys: device };

  makePrivateFolder(inFolder("undo"));
  const resolveGrant = (id: GrantId): GrantedFolder | undefined => {
    const grant = state.grants.get(id);
    return grant === undefined || grant.removed ? undefined : grant;
  };
  const undo = createUndoStore({ dir: inFolder("undo"), resolveGrant, now: clock.now });
  if (!undo.ok) return undo;
  onClose(undo.value.close);
  makePrivateFolder(inFolder("runs"));

  const documents = createEpochDocuments({ dataDir, randomBytes, clock, disk, onFailure });
  documents.removeOthers(epochKeys.epoch);
  const document = documents.open(epochKeys);
  if (isFirstStart) createWorkspace(place, ports.deviceName, epochKeys);
  else if (document.isIncomplete && state.renewal === undefined)
    ledger.value.append({ type: "renewal-due", at: clock.now(), reason: "document-lost" });
  return ok({
    device,
    rootKey,
    epochKeys,
    archiveKey: archiveKey.value,
    kit: kit.value,
    ids,
    ledger: ledger.value,
    audit: audit.value,
    documents,
    document,
    undo: undo.value,
    runsFolder: inFolder("runs"),
  });
};

/** Made at the first start; later it must be the one that the ledger names. */
const rootKeyOf = async (
  ports: StoresPorts,
  workspace: Workspace | undefined,
): Promise<Result<RootKey, SecretError | { readonly type: "keys-lost" }>> => {
  const loaded = await loadRootKey(ports, workspace?.epoch ?? FIRST_EPOCH);
  if (!loaded.ok) return loaded;
  if (workspace === undefined)
    return loaded.value === undefined ? makeRootKey(ports, FIRST_EPOCH) : ok(loaded.value);
  const isOurs =
    loaded.value !== undefined &&
    bytesToHex(createEpochKeys(loaded.value, workspace.epoch).roomId) === workspace.roomId;
  return isOurs ? ok(loaded.value) : err({ type: "keys-lost" });
};
