/**
 * What goes wrong between this computer and a relay or a device stops everything, until a person goes on.
 * 1. A history that was forked, rolled back or cut, and a write into what is not the writer's, stop all as "stop all"
 *    does, with the reason in the ledger, in the document and in the audit log.
 * 2. [OW1] [OW2] [OW3] A device that wrote what is not its own is in quarantine: none of its updates is taken until it is
 *    removed or a person trusts it again. That begins a new epoch, because what it wrote lies in the relays' logs and in
 *    its own document, and all that it says later builds on it.
 * 3. [T34] Two contents under one name stop everything too. They do not show who lied, so nobody is put aside; one of both
 *    is lost to this document, so going on begins a new epoch, where each device says again what its document lacks.
 * 4. Going on takes the relay's present log as it is: the person was told what it lacks.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import { ownershipGuard } from "@deskhand/doc-schema/document";
import type { SyncStatus } from "@deskhand/doc-schema/sync";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Ledger } from "../ledger.ts";
import type { Alarm } from "../ledger-records.ts";
import type { LiveEpoch } from "./live-epoch.ts";

export interface Alarms {
  readonly onStatus: (url: string, status: SyncStatus) => void;
  /** May this update of that device be applied? Asked just before it would be. */
  readonly guard: (url: string, update: Uint8Array, deviceId: DeviceId) => boolean;
  readonly onContradiction: (relayUrl: string) => void;
  readonly raise: (alarm: Alarm) => void;
  /** A person goes on. */
  readonly acceptHistories: () => void;
  /** False when it is in no quarantine. A new epoch is to follow. */
  readonly liftQuarantine: (id: DeviceId) => boolean;
}

export interface AlarmsPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly now: () => number;
  readonly deviceId: DeviceId;
  readonly live: () => LiveEpoch;
  readonly stopAll: (alarm: Alarm) => void;
  readonly onFailure: (error: unknown) => void;
}

export const createAlarms = ({
  ledger,
  audit,
  now,
  deviceId: self,
  live,
  stopAll,
  onFailure,
}: AlarmsPorts): Alarms => {
  const { relays, quarantined } = ledger.state;
  /** Alarms that a relay's status showed and that stand there. */
  const standing = new Map<string, string>();
  /** Not in the ledger yet: nothing is written while an update is on its way in. */
  const suspects = new Set<DeviceId>();

  const isRaised = ({ type, relayUrl, deviceId }: Alarm): boolean => {
    const raised = ledger.state.stopped?.alarm;
    return raised?.type === type && raised.relayUrl === relayUrl && raised.deviceId === deviceId;
  };
  const raise = (alarm: Alarm): void => {
    if (isRaised(alarm)) return; // who floods us with the same gets one row
    const device = alarm.deviceId === undefined ? {} : { device: alarm.deviceId };
    audit.write({
      kind: "alarm",
      what: alarm.type,
      ...device,
      ...(alarm.relayUrl === undefined ? {} : { outcome: alarm.relayUrl }),
    });
    stopAll(alarm);
  };
  const soon = (work: () => void): void =>
    queueMicrotask(() => {
      try {
        work();
      } catch (error) {
        onFailure(error);
      }
    });

  const quarantine = (id: DeviceId, root: string, rule: string): void => {
    suspects.delete(id);
    if (quarantined.has(id)) return;
    ledger.append({ type: "device-quarantined", at: now(), deviceId: id, root, rule });
    audit.write({ kind: "quarantine", what: `${rule} ${root}`, device: id });
  };

  return {
    raise,
    onStatus: (relayUrl, { alarm }) => {
      if (alarm === undefined) standing.delete(relayUrl);
      else if (standing.get(relayUrl) !== alarm.type) {
        standing.set(relayUrl, alarm.type);
        const { type, deviceId } = alarm;
        soon(() => raise({ type, relayUrl, ...(deviceId === undefined ? {} : { deviceId }) }));
      }
    },
    guard: (relayUrl, update, deviceId) => {
      if (quarantined.has(deviceId) || suspects.has(deviceId)) return false;
      const guarded = ownershipGuard(live().doc, update);
      if (guarded.ok) return true;
      const { root, rule } = guarded.error;
      // This computer's own name in it says only that somebody took it.
      if (deviceId !== self) suspects.add(deviceId);
      soon(() => {
        if (deviceId !== self) quarantine(deviceId, root, rule);
        raise({ type: "foreign-write", relayUrl, deviceId });
      });
      return false;
    },
    onContradiction: (relayUrl) => soon(() => raise({ type: "contradiction", relayUrl })),
    acceptHistories: () => {
      standing.clear();
      for (const url of relays.keys()) live().links.of(url)?.acceptHistory();
    },
    liftQuarantine: (id) => {
      if (!quarantined.has(id)) return false;
      ledger.append({ type: "quarantine-lifted", at: now(), deviceId: id });
      audit.write({ kind: "quarantine", what: "lifted", device: id });
      return true;
    },
  };
};
