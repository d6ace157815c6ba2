/**
 * A room of this workspace was closed, and not by us.
 * 1. A sound move into an epoch that we did not begin was written with our own keys: another computer restored this
 *    workspace from its recovery kit and goes on with it. Two must not both run, so this one stops for good.
 * 2. Any other close of the live room came from a device that holds the room's key: an alarm, and a person decides.
 */
import { bytesToHex, createEpochKeys, type DeviceKeys, type RootKey } from "@deskhand/doc-schema/crypto";
import { readMove } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Ledger } from "../ledger.ts";
import type { Alarm } from "../ledger-records.ts";
import type { SecretError } from "../secret-store.ts";

export interface TakeoverPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly now: () => number;
  readonly device: DeviceKeys;
  readonly loadRootKey: (epoch: number) => Promise<Result<RootKey | undefined, SecretError>>;
  readonly raise: (alarm: Alarm) => void;
  /** In the ledger already; nothing may start any more. */
  readonly onReplaced: () => void;
}

/** @returns what looks at the body of a control frame in the room of `epoch` */
export const createTakeover = (
  ports: TakeoverPorts,
): ((body: Uint8Array, epoch: number) => Promise<void>) => {
  const { ledger, audit, now, device, loadRootKey, raise, onReplaced } = ports;
  const { state } = ledger;

  const isOurs = async (epoch: number, rootKey: RootKey): Promise<boolean> => {
    const own = await loadRootKey(epoch);
    if (!own.ok) return true; // the keychain is locked: nothing is known, and it is looked at again at the next start
    const roomOf = (key: RootKey): string => bytesToHex(createEpochKeys(key, epoch).roomId);
    return (
      own.value !== undefined &&
      epoch <= (state.workspace?.epoch ?? 0) &&
      roomOf(own.value) === roomOf(rootKey)
    );
  };

  return async (body, epoch) => {
    const { workspace } = state;
    if (workspace === undefined || state.replacedAt !== undefined) return;
    const { workspaceId } = workspace;
    const move = readMove(body, { executorSignKey: device.signKey, workspaceId, epoch, deviceKeys: device });
    if (!move.ok) {
      audit.write({ kind: "alarm", what: "foreign-close", outcome: move.error });
      if (epoch === workspace.epoch) raise({ type: "foreign-close" });
      return;
    }
    if ("rootKey" in move.value && (await isOurs(epoch + 1, move.value.rootKey))) return;
    if (state.replacedAt !== undefined) return;
    ledger.append({ type: "replaced", at: now(), epoch: epoch + 1 });
    audit.write({ kind: "epoch", what: String(epoch + 1), outcome: "replaced" });
    onReplaced();
  };
};
