/**
 * The part of the ledger's state that is about the workspace: its epoch, its relays, and what is still to be done for
 * them. A fold, as ledger-state.ts is.
 * 1. An epoch begins by one record: after a crash it is the old one or the new one.
 * 2. What a crash cut short is to be read here: a renewal that is due, rooms of ended epochs that are not closed yet.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { ThreadId, WorkspaceId } from "@deskhand/doc-schema/document";
import { assertNever } from "@deskhand/doc-schema/wire";
import type { LedgerRecord, RenewalReason } from "../ledger-records.ts";

export interface Workspace {
  readonly workspaceId: WorkspaceId;
  readonly threadId: ThreadId;
  readonly executorId: DeviceId;
  /** Hex. */
  readonly roomId: string;
  readonly epoch: number;
  /** When this epoch began; milliseconds since 1970, as all times. */
  readonly epochSince: number;
  readonly desktopName: string;
  readonly createdAt: number;
}

export interface Relay {
  /** What this computer dials. */
  readonly url: string;
  /** What phones dial. */
  readonly publicUrl: string;
}

/** The room of an ended epoch on one relay. */
export interface OldRoom {
  readonly url: string;
  readonly epoch: number;
  /** Why the epoch ended. */
  readonly reason: RenewalReason;
}

export type LateRecord = Omit<Extract<LedgerRecord, { type: "late-record" }>, "type">;

export interface Quarantine {
  readonly at: number;
  readonly root: string;
  /** OW1, OW2 or OW3. */
  readonly rule: string;
}

export interface WorkspaceState {
  readonly workspace: Workspace | undefined;
  readonly relays: ReadonlyMap<string, Relay>;
  readonly oldRooms: readonly OldRoom[];
  /** Why a new epoch is to begin; undefined when none is. */
  readonly renewal: RenewalReason | undefined;
  readonly late: readonly LateRecord[];
  readonly quarantined: ReadonlyMap<DeviceId, Quarantine>;
  /** When another computer took this workspace over; nothing starts here any more. */
  readonly replacedAt: number | undefined;
  /** The relays that had shown their log when this workspace was restored here; undefined: it was made here. */
  readonly restoredFrom: readonly string[] | undefined;
}

export type WorkspaceRecord = Extract<
  LedgerRecord,
  {
    readonly type:
      | "workspace-created"
      | "workspace-restored"
      | "relay-added"
      | "relay-removed"
      | "renewal-due"
      | "epoch-renewed"
      | "room-closed"
      | "late-record"
      | "device-quarantined"
      | "quarantine-lifted"
      | "replaced";
  }
>;

export interface WorkspaceFold {
  readonly state: WorkspaceState;
  readonly apply: (record: WorkspaceRecord) => void;
  /** A revoked device is no member of the next epoch, so there must be one. */
  readonly deviceRevoked: (id: DeviceId) => void;
  /** Another room is needed, unless one is due already. */
  readonly needRoom: (reason: Extract<RenewalReason, "room-lost" | "contradiction">) => void;
}

export const createWorkspaceFold = (): WorkspaceFold => {
  const relays = new Map<string, Relay>();
  const quarantined = new Map<DeviceId, Quarantine>();
  const late: LateRecord[] = [];
  let oldRooms: readonly OldRoom[] = [];
  let workspace: Workspace | undefined;
  let renewal: RenewalReason | undefined;
  let replacedAt: number | undefined;
  let restoredFrom: readonly string[] | undefined;

  const beginEpoch = ({
    at,
    epoch,
    roomId,
    reason,
  }: Extract<LedgerRecord, { type: "epoch-renewed" }>): void => {
    if (workspace === undefined) throw new Error("ledger: an epoch without a workspace");
    const ended = workspace.epoch;
    oldRooms = [...oldRooms, ...[...relays.keys()].map((url) => ({ url, epoch: ended, reason }))];
    workspace = { ...workspace, epoch, roomId, epochSince: at };
    renewal = undefined;
  };

  const apply = (record: WorkspaceRecord): void => {
    switch (record.type) {
      case "workspace-created":
        workspace = { ...record, createdAt: record.at, epochSince: record.at };
        return;
      case "workspace-restored":
        restoredFrom = record.reached;
        return;
      case "relay-added": {
        const { url, publicUrl } = record;
        relays.set(url, { url, publicUrl });
        return;
      }
      case "relay-removed":
        relays.delete(record.url);
        oldRooms = oldRooms.filter(({ url }) => url !== record.url);
        return;
      case "renewal-due":
        renewal = record.reason;
        return;
      case "epoch-renewed":
        return beginEpoch(record);
      case "room-closed":
        oldRooms = oldRooms.filter(({ url, epoch }) => url !== record.url || epoch !== record.epoch);
        return;
      case "late-record": {
        const { type: _type, ...facts } = record;
        late.push(facts);
        return;
      }
      case "device-quarantined":
        quarantined.set(record.deviceId, { at: record.at, root: record.root, rule: record.rule });
        return;
      case "quarantine-lifted":
        quarantined.delete(record.deviceId);
        return;
      case "replaced":
        replacedAt = record.at;
        return;
      default:
        return assertNever(record);
    }
  };

  return {
    apply,
    deviceRevoked: (id) => {
      quarantined.delete(id);
      renewal = "device-removed";
    },
    needRoom: (reason) => {
      renewal ??= reason;
    },
    state: {
      get workspace() {
        return workspace;
      },
      get oldRooms() {
        return oldRooms;
      },
      get renewal() {
        return renewal;
      },
      get replacedAt() {
        return replacedAt;
      },
      get restoredFrom() {
        return restoredFrom;
      },
      relays,
      late,
      quarantined,
    },
  };
};
