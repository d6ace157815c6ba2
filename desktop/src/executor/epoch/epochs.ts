/**
 * Which epoch is the live one, and how the next begins: a new random root key, a new room, a fresh document that holds
 * the live state.
 * 1. That a renewal is due is in the ledger first, so that one that a crash cut short is done at the next start.
 * 2. The new epoch is the one from one ledger record on; its key and its whole document are on disk before. Whatever
 *    crashes, it is the old epoch or the new one, and what was begun for one that never counted is thrown away.
 * 3. [T25] When a device was removed, what it might have been asked dies: pending approvals are withdrawn, and the runs
 *    that wait for them ask anew in the new epoch. Runs go on.
 */
import { bytesToHex, createEpochKeys } from "@deskhand/doc-schema/crypto";
import { carryOver, type ApprovalId } from "@deskhand/doc-schema/document";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import { makeRootKey, type IdentityPorts } from "../identity.ts";
import type { Ledger } from "../ledger.ts";
import type { RenewalReason } from "../ledger-records.ts";
import type { SecretError } from "../secret-store.ts";
import type { EpochDocuments } from "./epoch-documents.ts";
import type { EpochStart, LiveEpoch } from "./live-epoch.ts";

export interface Epochs {
  readonly live: () => LiveEpoch;
  /** Begins the next epoch if the ledger says that one is due. The old one stays when no key can be saved. */
  readonly renewIfDue: () => Promise<Result<void, SecretError>>;
  /** Says that it is due, and begins it. */
  readonly renew: (reason: RenewalReason) => Promise<Result<void, SecretError>>;
  readonly close: () => void;
}

export interface EpochsPorts extends IdentityPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly documents: EpochDocuments;
  readonly first: EpochStart;
  readonly begin: (start: EpochStart) => LiveEpoch;
  readonly withdraw: (id: ApprovalId) => void;
  /** A new epoch is live. */
  readonly onEpoch: (live: LiveEpoch) => void;
}

export const createEpochs = (ports: EpochsPorts): Epochs => {
  const { ledger, audit, clock, documents } = ports;
  const { state } = ledger;
  let live = ports.begin(ports.first);
  let isClosed = false;
  let renewing: Promise<unknown> = Promise.resolve();

  const withdrawApprovals = (): void => {
    for (const { approvalId, state: standing } of state.approvals.values())
      if (standing === "pending") ports.withdraw(approvalId);
  };

  const renewNow = async (): Promise<Result<void, SecretError>> => {
    const { workspace } = state;
    if (workspace === undefined || state.renewal === undefined || isClosed) return ok(undefined);
    const epoch = workspace.epoch + 1;
    const made = await makeRootKey(ports, epoch);
    if (!made.ok) return made;
    // Nothing is awaited from here on: what the document holds now is what goes along.
    const reason = state.renewal;
    if (reason === undefined || isClosed) return ok(undefined);
    if (reason === "device-removed") withdrawApprovals();
    const rootKey = made.value;
    const keys = createEpochKeys(rootKey, epoch);
    const document = documents.openFresh(keys);
    carryOver(live.doc, document.doc, { epoch });
    if (!document.flush()) return ok(undefined); // everything is halted; it is done anew at the next start
    const roomId = bytesToHex(keys.roomId);
    ledger.append({ type: "epoch-renewed", at: clock.now(), epoch, roomId, reason });
    audit.write({ kind: "epoch", what: String(epoch), outcome: reason });
    const ended = live;
    live = ports.begin({ rootKey, keys, document, presence: ended.links.presence() });
    ended.close();
    documents.removeOthers(epoch);
    ports.onEpoch(live);
    return ok(undefined);
  };

  const renewIfDue = (): Promise<Result<void, SecretError>> => {
    const turn = renewing.then(renewNow);
    renewing = turn.catch(() => undefined); // its caller has the error
    return turn;
  };

  return {
    live: () => live,
    renewIfDue,
    renew: (reason) => {
      if (state.renewal === undefined) ledger.append({ type: "renewal-due", at: clock.now(), reason });
      return renewIfDue();
    },
    close: () => {
      isClosed = true;
      live.close();
    },
  };
};
