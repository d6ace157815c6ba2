/**
 * Everything of the executor that lies on disk, opened together or not at all.
 *   lock · ledger.jsonl · audit.jsonl · document · runs/<RunId>.jsonl · undo/
 * The folder is 0700 and its files 0600; no grant may contain it (policy/grantable.ts).
 */
import path from "node:path";
import { bytesToHex, createEpochKeys, type EpochKeys } from "@deskhand/doc-schema/crypto";
import { createIdFactory, type GrantId, type IdFactory } from "@deskhand/doc-schema/document";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import { openAuditLog, type AuditLog } from "./audit/audit-log.ts";
import type { Clock } from "./clock.ts";
import { openDocumentStore, type DocumentStore } from "./document-store.ts";
import { loadIdentity, type Identity } from "./identity.ts";
import type { Disk, JournalError } from "./journal-file.ts";
import { openLedger, type Ledger } from "./ledger.ts";
import type { LedgerRecord } from "./ledger-records.ts";
import type { Workspace } from "./ledger-state.ts";
import { makePrivateFolder } from "./private-files.ts";
import type { SecretError, SecretStore } from "./secret-store.ts";
import type { GrantedFolder } from "./tools/tool.ts";
import { createUndoStore, type UndoStore } from "./undo/undo-store.ts";
import { openWorkspace } from "./workspace.ts";
import { takeWriterLock, type LockError } from "./writer-lock.ts";

export type OpenError = LockError | SecretError | JournalError | { readonly type: "keys-lost" };

export interface Stores {
  readonly identity: Identity;
  readonly epochKeys: EpochKeys;
  readonly workspace: Workspace;
  readonly ids: IdFactory;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
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
  const identity = await loadIdentity(ports);
  if (!identity.ok) return identity;
  const { device, rootKey } = identity.value;

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
  const place = { ledger: ledger.value, audit: audit.value, ids, now: clock.now, keys: device, rootKey };
  const made = openWorkspace(place, ports.deviceName);
  if (!made.ok) return made;
  const { workspace } = state;
  if (workspace === undefined) throw new Error("stores: the workspace was just made");

  makePrivateFolder(inFolder("undo"));
  const resolveGrant = (id: GrantId): GrantedFolder | undefined => {
    const grant = state.grants.get(id);
    return grant === undefined || grant.removed ? undefined : grant;
  };
  const undo = createUndoStore({ dir: inFolder("undo"), resolveGrant, now: clock.now });
  if (!undo.ok) return undo;
  onClose(undo.value.close);
  makePrivateFolder(inFolder("runs"));

  const epochKeys = createEpochKeys(rootKey, workspace.epoch);
  const document = openDocumentStore({
    file: inFolder("document"),
    key: epochKeys.localSealKey,
    randomBytes,
    clock,
    disk,
    onFailure,
  });
  onClose(document.close);
  return ok({
    identity: identity.value,
    epochKeys,
    workspace,
    ids,
    ledger: ledger.value,
    audit: audit.value,
    document,
    undo: undo.value,
    runsFolder: inFolder("runs"),
  });
};
