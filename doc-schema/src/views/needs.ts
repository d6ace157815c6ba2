/** What waits for this person: approvals and questions that nobody has answered here, in one order. */
import { isBefore, type ApprovalId, type QuestionId } from "../document/index.ts";
import { pendingApprovals, type ApprovalView } from "./approval-views.ts";
import type { QuestionView } from "./question-views.ts";

export type Need =
  | { readonly type: "approval"; readonly id: ApprovalId; readonly view: ApprovalView }
  | { readonly type: "question"; readonly id: QuestionId; readonly view: QuestionView };

/** Oldest first. */
export const openNeeds = (
  approvals: readonly ApprovalView[],
  questions: readonly QuestionView[],
): readonly Need[] =>
  [
    ...pendingApprovals(approvals)
      .filter((view) => view.myAnswer === undefined)
      .map((view) => ({ type: "approval" as const, id: view.approval.id, view })),
    ...questions
      .filter((view) => view.answerable && view.myAnswer === undefined)
      .map((view) => ({ type: "question" as const, id: view.question.id, view })),
  ].sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
