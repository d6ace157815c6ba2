/** What the executor offers to the host, the window and the terminal, and what it needs to run. */
import type * as Y from "yjs";
import type { Awareness } from "y-protocols/awareness";
import type { DeviceId, DeviceKeys, RootKey } from "@deskhand/doc-schema/crypto";
import type { Admission, PairingRequest, SyncStatus } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import type { Archive, ArchiveStatus } from "./archive/archive.ts";
import type { archivePolicy } from "./archive/archivist.ts";
import type { Search } from "./archive/search.ts";
import type { AuditRow } from "./audit/audit-log.ts";
import type { Clock } from "./clock.ts";
import type { RecoveryKit } from "./epoch/recovery-kit.ts";
import type { RelayList } from "./epoch/relay-list.ts";
import type { Workspace } from "./epoch/workspace-fold.ts";
import type { Grants } from "./grants.ts";
import type { RefusalWord } from "./intake.ts";
import type { Disk } from "./journal-file.ts";
import type { LimitSetting } from "./limit-setting.ts";
import type { LedgerRecord } from "./ledger-records.ts";
import type { LedgerState } from "./ledger-state.ts";
import type { Notes } from "./memory/notes.ts";
import type { Model } from "./models/model.ts";
import type { RelayLinks } from "./relay-links.ts";
import type { LiveStep } from "./runner/run-ports.ts";
import type { SandboxState } from "./sandbox/sandbox.ts";
import type { SecretError, SecretStore } from "./secret-store.ts";
import type { Tool } from "./tools/tool.ts";
import type { UndoStore } from "./undo/undo-store.ts";
import type { CertifyError, DeviceRequest } from "./workspace.ts";

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
  /** Milliseconds that no setting of the clock moves; absent: `performance.now`. */
  readonly uptime?: () => number;
  /** Tests cut the power here. */
  readonly disk?: Disk;
  readonly home?: string;
  readonly appVersion?: string;
  readonly relayUrls?: readonly string[];
  /** Tests lower it; else HEAVY_BYTES of epoch/weight.ts. */
  readonly heavyBytes?: number;
  /** Where the attachments of tasks come to; absent: Deskhand/Inbox in the home folder. */
  readonly inboxFolder?: string;
  /** Files of runs up to so many bytes go to the relays by themselves; tests lower it, else 64 MiB. */
  readonly smallBytes?: number;
  /** Tests lower it; else archivePolicy of archive/archivist.ts. */
  readonly archivePolicy?: typeof archivePolicy;
}

export interface ExecutorStatus {
  readonly state: "idle" | "working" | "waiting" | "stopped";
  /** What each run does right now, the newest first; `live` is the first of them. */
  readonly lives: readonly LiveStep[];
  readonly live?: LiveStep;
  readonly queued: number;
  /** Runs that wait for a person. */
  readonly waiting: number;
  /** Set when the disk failed: nothing goes on until the next start. */
  readonly failure?: string;
  /** Whether commands can be run on this computer; off until its sandbox has been tested. */
  readonly commands?: SandboxState;
  /** One sentence, when the audit log is not what it was. */
  readonly auditAlarm?: string;
}

export type ExecutorEvent =
  | { readonly type: "status"; readonly status: ExecutorStatus }
  | { readonly type: "record"; readonly record: LedgerRecord }
  | { readonly type: "refused"; readonly id: string; readonly word: RefusalWord }
  | { readonly type: "relay"; readonly relayUrl: string; readonly status: SyncStatus }
  /** The workspace goes on in another document: `doc`, `awareness`, `rootKey` and `workspace` are new. */
  | { readonly type: "epoch"; readonly epoch: number }
  | { readonly type: "archive"; readonly status: ArchiveStatus }
  | { readonly type: "failure"; readonly text: string };

export interface Executor {
  /** Of the live epoch, as are `awareness`, `workspace` and `rootKey`: not to be kept beyond an event "epoch". */
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly workspace: Workspace;
  /** The executor's own device: public keys, and what signs as it. */
  readonly device: DeviceKeys;
  readonly rootKey: RootKey;
  readonly ledger: LedgerState;
  readonly grants: Grants;
  readonly limits: LimitSetting;
  /** What is remembered from task to task; files that the person may change, too. */
  readonly notes: Notes;
  readonly relays: RelayList;
  readonly recovery: Pick<RecoveryKit, "exists" | "make" | "file">;
  /** The signed record of a new device (or of a known one). */
  readonly admitDevice: (request: DeviceRequest) => Result<string, CertifyError>;
  /** For `createPairingOffer`: certifies the phone and gathers what it needs. */
  readonly admit: (request: PairingRequest, relayUrls: readonly string[]) => Promise<Admission | undefined>;
  /**
   * Nothing of this device counts from the moment of the call. Resolves when the next epoch, of which it has no key, is
   * live; with an error the old epoch goes on until the next start, where it is tried again.
   */
  readonly revokeDevice: (
    id: DeviceId,
    reason: string,
  ) => Promise<Result<void, SecretError | { readonly type: "unknown-device" }>>;
  /** The next epoch without removing anybody: a new key, a new room, a document without old weight. */
  readonly renew: (reason: "asked" | "heavy") => Promise<Result<void, SecretError>>;
  /** Ends a device's quarantine, by a new epoch that holds nothing of what it should not have written. */
  readonly trustAgain: (
    id: DeviceId,
  ) => Promise<Result<void, SecretError | { readonly type: "not-in-quarantine" }>>;
  /** The desktop's window is a device of its own. */
  readonly certifyWindow: () => Promise<
    Result<{ readonly keys: DeviceKeys; readonly record: string }, SecretError | CertifyError>
  >;
  readonly status: () => ExecutorStatus;
  /** Returns what ends it. */
  readonly on: (listener: (event: ExecutorEvent) => void) => () => void;
  /** Tells the phones whether this computer is awake, also those that look later, when its presence is gone. */
  readonly announce: RelayLinks["announce"];
  readonly stopAll: () => void;
  /** After an alarm it also takes the relays' present logs as they are. */
  readonly resume: () => void;
  readonly archive: Pick<Archive, "status">;
  /** All words must be there; the live thread and the whole archive of this computer, newest first. */
  readonly search: (query: string, limit?: number) => Search;
  readonly refusals: () => Readonly<Partial<Record<RefusalWord, number>>>;
  readonly auditRows: () => readonly AuditRow[];
  /** Halts what is under way and closes the files; runs go on at the next start. */
  readonly close: () => Promise<void>;
}
