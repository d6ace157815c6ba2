/**
 * Between a person's answer and the effect.
 * [AP2] An answer counts only for the same request, from a certified, unrevoked device with the approve role, while
 *       the approval is pending and has not expired; an allow also only for the card that this desktop renders.
 * [AP3] A deny closes the approval at once. An allow closes nothing: it stands, may be taken back, and loses to a
 *       deny, until the moment in which it is spent. A deny that was taken is never lost, also when the machine dies
 *       before the closing: neither by the removal of its device nor by a withdrawal.
 * 1. Spending is one record, on disk before the effect: an approval is spent once, whatever crashes.
 * 2. Expiry goes by this desktop's clock.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  actionDigest,
  requestDigest,
  type Action,
  type ApprovalId,
  type DecisionRecord,
  type IdFactory,
  type Risk,
  type RunId,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Ledger } from "../ledger.ts";
import type { Answer, ApprovalFacts } from "../ledger-state.ts";
import type { Standing } from "./next-step.ts";

/** A day: long enough for a night, short enough that nobody allows what they have forgotten. */
export const APPROVAL_LIFE_MS = 24 * 3600 * 1000;

export interface Question {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly callId: string;
  readonly action: Action;
  readonly risk: Risk;
  readonly reversible: "undo" | "no";
  readonly reason?: string;
}

export type DecisionRefusal =
  | "unknown-approval"
  | "other-request"
  | "other-card"
  | "already-resolved"
  | "approval-expired";
export type SpendRefusal = "not-allowed" | "denied" | "expired" | "spent" | "withdrawn" | "action-changed";

export interface Spent {
  readonly digest: string;
  /** Whose allow it was. */
  readonly by: DeviceId;
}

export interface ApprovalGate {
  /** Asks once for one call: a question that a crash left behind is taken up, or withdrawn if the action differs. */
  readonly ask: (question: Question) => ApprovalFacts;
  /** An answer whose signature and role intake has verified. */
  readonly take: (decision: DecisionRecord, device: DeviceId) => Result<void, DecisionRefusal>;
  /** How it stands now; closes it when its time is over. */
  readonly standing: (id: ApprovalId) => Standing;
  /** Uses the allow up, for exactly these bytes. After ok the effect may begin, once. */
  readonly spend: (id: ApprovalId, action: Action) => Result<Spent, SpendRefusal>;
  /** Was it this action, to the byte, that was asked about? */
  readonly covers: (id: ApprovalId, action: Action) => boolean;
  readonly withdraw: (id: ApprovalId) => void;
}

export interface ApprovalGatePorts {
  readonly ledger: Ledger;
  readonly ids: IdFactory;
  readonly now: () => number;
}

/** It counts from the moment it was taken, whatever becomes of its device: a crash may come before the closing. */
const denyOf = ({ answers }: ApprovalFacts): Answer | undefined =>
  [...answers.values()].find(({ decision }) => decision.verdict === "deny");

export const createApprovalGate = ({ ledger, ids, now }: ApprovalGatePorts): ApprovalGate => {
  const { approvals, devices } = ledger.state;
  /** A device that was revoked meanwhile takes its allow along. */
  const allowOf = ({ answers }: ApprovalFacts): Answer | undefined =>
    [...answers.values()].find(({ device, decision }) => {
      const known = devices.get(device);
      const mayApprove =
        known !== undefined && known.revokedAt === undefined && known.roles.includes("approve");
      return decision.verdict === "allow" && mayApprove;
    });

  const close = (id: ApprovalId, state: "denied" | "expired" | "withdrawn", by?: Answer): void => {
    const approval = approvals.get(id);
    const crossed = by !== undefined && approval !== undefined && allowOf(approval) !== undefined;
    const answer = by === undefined ? {} : { by: by.device, crossed };
    ledger.append({ type: "approval-closed", at: now(), approvalId: id, state, ...answer });
  };

  const standing = (id: ApprovalId): Standing => {
    const approval = approvals.get(id);
    if (approval === undefined) return "withdrawn";
    if (approval.state === "allowed") return "spent";
    if (approval.state !== "pending") return approval.state;
    const deny = denyOf(approval);
    if (deny === undefined && now() < approval.expiresAt)
      return allowOf(approval) === undefined ? "pending" : "allowed";
    const state = deny === undefined ? "expired" : "denied";
    close(id, state, deny);
    return state;
  };

  const withdraw = (id: ApprovalId): void => {
    const state = standing(id); // what was denied or is too late stays so
    if (state === "pending" || state === "allowed") close(id, "withdrawn");
  };

  const ask = (question: Question): ApprovalFacts => {
    const digest = actionDigest(question.action);
    const left = [...approvals.values()].find(
      ({ state, runId, callId }) =>
        state === "pending" && runId === question.runId && callId === question.callId,
    );
    if (left?.actionDigest === digest) return left;
    if (left !== undefined) withdraw(left.approvalId);
    const approvalId = ids.create("approval");
    const at = now();
    const expiresAt = at + APPROVAL_LIFE_MS;
    const { runId, callId } = question;
    const request = { approvalId, runId, callId, actionDigest: digest, requestedAt: at, expiresAt };
    ledger.append({
      ...question,
      type: "approval-asked",
      at,
      approvalId,
      expiresAt,
      actionDigest: digest,
      requestDigest: requestDigest(request),
    });
    const asked = approvals.get(approvalId);
    if (asked === undefined) throw new Error("approval gate: the ledger lost what it was just told");
    return asked;
  };

  const take = (decision: DecisionRecord, device: DeviceId): Result<void, DecisionRefusal> => {
    const { approvalId: id, requestDigest: answered, verdict, locale } = decision;
    const approval = approvals.get(id);
    if (approval === undefined) return err("unknown-approval");
    if (approval.requestDigest !== answered) return err("other-request");
    const state = standing(id);
    if (state === "expired") return err("approval-expired");
    if (state !== "pending" && state !== "allowed") return err("already-resolved");
    if (verdict === "allow" && shownDigest(approval.action, approval, locale) !== decision.shownDigest)
      return err("other-card");
    ledger.append({ type: "decision-taken", at: now(), deviceId: device, decision });
    standing(id);
    return ok(undefined);
  };

  const covers = (id: ApprovalId, action: Action): boolean =>
    approvals.get(id)?.actionDigest === actionDigest(action);

  const spend = (id: ApprovalId, action: Action): Result<Spent, SpendRefusal> => {
    const state = standing(id);
    if (state === "pending") return err("not-allowed");
    if (state !== "allowed") return err(state);
    const approval = approvals.get(id);
    const allow = approval === undefined ? undefined : allowOf(approval);
    if (approval === undefined || allow === undefined) return err("not-allowed");
    if (!covers(id, action)) return err("action-changed");
    ledger.append({ type: "approval-spent", at: now(), approvalId: id, by: allow.device });
    return ok({ digest: approval.actionDigest, by: allow.device });
  };

  return { ask, take, standing, covers, spend, withdraw };
};
