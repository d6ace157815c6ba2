/**
 * Approvals as a person meets them: what is asked, the card, and what this and other devices have answered.
 */
import {
  decisionPlace,
  parseAction,
  parseJson,
  actionDigest,
  readApprovals,
  readDecisions,
  readTasks,
  type Action,
  type Approval,
  type DecisionRecord,
} from "../document/index.ts";
import type { DeviceId } from "../crypto/index.ts";
import { sentOrSaved, type ViewPorts } from "./task-views.ts";

export interface ApprovalView {
  readonly approval: Approval;
  /** Absent when this version cannot read the action, or when it is not the one whose digest stands beside it. */
  readonly action?: Action;
  readonly taskPrompt?: string;
  /** The last answer of this device, and whether the relay has it. */
  readonly myAnswer?: { readonly decision: DecisionRecord; readonly delivery: "saved" | "sent" };
  /** May this device still answer? */
  readonly answerable: boolean;
}

/** The exact action of an approval, or undefined when text and digest do not belong together. */
export const actionOf = (approval: Approval): Action | undefined => {
  const json = parseJson(approval.action, MAX_ACTION_LENGTH);
  const action = json.ok ? parseAction(json.value) : undefined;
  return action !== undefined && actionDigest(action) === approval.actionDigest ? action : undefined;
};

/** A thousand items with long names on both sides. */
const MAX_ACTION_LENGTH = 1024 * 1024;

/** Every approval, newest first; the pending ones are those that need somebody. */
export const approvalViews = (ports: ViewPorts, device: DeviceId, now: number): readonly ApprovalView[] => {
  const mine = Map.groupBy(
    readDecisions(ports.doc).entries.filter((signed) => signed.device === device),
    (signed) => signed.value.approvalId,
  );
  const prompts = new Map(readTasks(ports.doc).entries.map(({ value }) => [value.id, value.prompt]));
  const mayApprove = ports.registry.get(device)?.roles.includes("approve") ?? false;
  return readApprovals(ports.doc)
    .entries.map((approval): ApprovalView => {
      const action = actionOf(approval);
      const last = (mine.get(approval.id) ?? [])
        .map((signed) => signed.value)
        .reduce<DecisionRecord | undefined>(
          (a, b) => (a === undefined || answerNumber(b) > answerNumber(a) ? b : a),
          undefined,
        );
      const taskPrompt = prompts.get(approval.taskId);
      return {
        approval,
        answerable:
          approval.state === "pending" && now < approval.expiresAt && mayApprove && action !== undefined,
        ...(action === undefined ? {} : { action }),
        ...(taskPrompt === undefined ? {} : { taskPrompt }),
        ...(last === undefined || last.verdict === "none"
          ? {}
          : {
              myAnswer: {
                decision: last,
                delivery: sentOrSaved(decisionPlace(ports.doc, last.id), ports.isAtRelay),
              },
            }),
      };
    })
    .sort((a, b) => (a.approval.id < b.approval.id ? 1 : -1));
};

const answerNumber = (decision: DecisionRecord): number => Number(decision.id.split("/")[2]);

export const pendingApprovals = (views: readonly ApprovalView[]): readonly ApprovalView[] =>
  views.filter((view) => view.approval.state === "pending");
