/**
 * The workspace through its epochs: the live one, its relays, what is still to be done for ended ones, and what can go
 * wrong with all of them. The executor holds one of these and asks it for what is live.
 */
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { nothingToStop, type SyncPorts, type SyncStatus } from "@deskhand/doc-schema/sync";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import { loadRootKey, type IdentityPorts } from "../identity.ts";
import type { Ledger } from "../ledger.ts";
import type { Alarm } from "../ledger-records.ts";
import { PlainWebSocket } from "../plain-web-socket.ts";
import { createAlarms, type Alarms } from "./alarms.ts";
import type { EpochDocuments } from "./epoch-documents.ts";
import { createEpochs, type Epochs } from "./epochs.ts";
import { createLateRecords } from "./late-records.ts";
import { beginEpoch, type EpochStart, type LiveEpochPorts } from "./live-epoch.ts";
import { createOldRooms } from "./old-rooms.ts";
import { createRecoveryKit, type KitPublicPart, type RecoveryKit } from "./recovery-kit.ts";
import { createRelayList, type RelayList } from "./relay-list.ts";
import { createTakeover } from "./takeover.ts";
import { isHeavy, LEAST_EPOCH_MS, WEIGH_EVERY_MS } from "./weight.ts";

export interface WorkspaceLife extends Epochs {
  readonly relays: RelayList;
  readonly alarms: Alarms;
  readonly recovery: RecoveryKit;
  /** Dials the relays, those of ended epochs too; from now on the document is weighed now and then. */
  readonly start: () => void;
  /** Nothing leaves this computer any more; the files stay open. */
  readonly disconnect: () => void;
}

export interface WorkspaceLifePorts extends IdentityPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly device: DeviceKeys;
  readonly documents: EpochDocuments;
  readonly first: EpochStart;
  readonly cursorFolder: string;
  /** Absent: HEAVY_BYTES. */
  readonly heavyBytes?: number | undefined;
  readonly kit: KitPublicPart | undefined;
  readonly projection: LiveEpochPorts["projection"];
  readonly intake: LiveEpochPorts["intake"];
  readonly onRecords: () => void;
  readonly withdraw: (id: ApprovalId) => void;
  readonly stopForAlarm: (alarm: Alarm) => void;
  readonly onStatus: (relayUrl: string, status: SyncStatus) => void;
  /** A new epoch is live. */
  readonly onEpoch: (epoch: number) => void;
  readonly onFailure: (error: unknown) => void;
}

const REPLACED =
  "This workspace was restored on another computer, which goes on with it. Nothing runs here any more.";

export const createWorkspaceLife = (ports: WorkspaceLifePorts): WorkspaceLife => {
  const { ledger, audit, clock, randomBytes, secretStore, device, intake, onFailure } = ports;
  const { now } = clock;
  const keyOf = (epoch: number): ReturnType<typeof loadRootKey> => loadRootKey({ secretStore }, epoch);
  const place = { ledger, audit, now };

  const epochs = createEpochs({
    ...ports,
    begin: (start) =>
      beginEpoch(start, {
        onRecords: ports.onRecords,
        cursorFolder: ports.cursorFolder,
        projection: ports.projection,
        intake: {
          ...intake,
          onRefused: (id, word, isFinal) => {
            if (word === "revoked-device") lateRecords.refused(id);
            intake.onRefused(id, word, isFinal);
          },
        },
        links: {
          deviceId: device.deviceId,
          clock,
          randomBytes,
          guard: (...update) => alarms.guard(...update),
          onContradiction: (relayUrl) => alarms.onContradiction(relayUrl),
          onMoved: (body, epoch) => onMoved(body, epoch),
          onStatus: (relayUrl, status) => {
            alarms.onStatus(relayUrl, status);
            if (status.phase === "live" && status.logId !== undefined) oldRooms.met(relayUrl, status.logId);
            ports.onStatus(relayUrl, status);
          },
        },
      }),
    onEpoch: ({ keys: { epoch } }) => {
      connect();
      ports.onEpoch(epoch);
    },
  });
  const { live } = epochs;
  const alarms = createAlarms({
    ...place,
    live,
    deviceId: device.deviceId,
    stopAll: ports.stopForAlarm,
    onFailure,
  });
  const relays = createRelayList({ ...place, live });
  const lateRecords = createLateRecords({ ...place, ids: intake.ids, doc: () => live().doc });
  const lookAtMove = createTakeover({
    ...place,
    device,
    loadRootKey: keyOf,
    raise: alarms.raise,
    onReplaced: () => onFailure(new Error(REPLACED)),
  });
  const onMoved = (body: Uint8Array, epoch: number): void => void lookAtMove(body, epoch).catch(onFailure);
  const sync: SyncPorts = { now, randomBytes, timers: clock, WebSocket: PlainWebSocket };
  const recovery = createRecoveryKit({ ...ports, state: ledger.state, live, sync });
  const oldRooms = createOldRooms({
    ledger,
    sync,
    device,
    loadRootKey: keyOf,
    adopt: lateRecords.adopt,
    onMoved,
    isAnyoneAway: () => isAnyoneAway(),
    onFailure,
  });
  const isAnyoneAway = (): boolean =>
    [...ledger.state.devices.values()].some(
      ({ record, revokedAt }) =>
        revokedAt === undefined &&
        record.kind === "phone" &&
        !relays.all().some(({ url }) => (live().links.of(url)?.peerCursor(record.id) ?? 0) > 0),
    );
  const connect = (): void => {
    relays.connectAll();
    oldRooms.look();
    recovery.publish();
  };

  let stopWeighing = nothingToStop;
  const weigh = (): void => {
    stopWeighing = clock.after(WEIGH_EVERY_MS, weigh);
    const since = ledger.state.workspace?.epochSince ?? now();
    if (now() - since < LEAST_EPOCH_MS || !isHeavy(live().doc, ports.heavyBytes)) return;
    epochs.renew("heavy").catch(onFailure); // a locked keychain: it is weighed again
  };

  return {
    ...epochs,
    relays,
    alarms,
    recovery,
    start: () => {
      connect();
      weigh();
    },
    disconnect: () => {
      stopWeighing();
      oldRooms.close();
      recovery.close();
      live().links.close();
    },
    close: () => {
      stopWeighing();
      oldRooms.close();
      recovery.close();
      epochs.close();
    },
  };
};
