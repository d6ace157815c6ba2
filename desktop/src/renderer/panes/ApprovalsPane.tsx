/** What waits for an answer, oldest first, and what was answered. */
import { pendingApprovals } from "@deskhand/doc-schema/views";
import { ApprovalPanel, QuestionPanel, useApprovals, useQuestions } from "@deskhand/mobile/shared-ui";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useDesktopText } from "../texts.ts";

/** Answered ones that are shown, newest first. */
const SHOWN_ANSWERED = 20;

export const ApprovalsPane = () => {
  const say = useDesktopText();
  const views = useApprovals();
  const pending = pendingApprovals(views).toReversed();
  const questions = useQuestions().filter(({ question }) => question.state === "pending");
  const answered = views.filter(({ approval }) => approval.state !== "pending").slice(0, SHOWN_ANSWERED);
  return (
    <Pane title={say("approvals.title")} lead={say("approvals.lead")}>
      {pending.length + questions.length === 0 && (
        <section className="card">
          <div className="empty">
            <Icon name="approvals" size={40} />
            <strong>{say("approvals.empty")}</strong>
            <span className="note">{say("approvals.empty-note")}</span>
          </div>
        </section>
      )}
      {questions.toReversed().map(({ question }) => (
        <QuestionPanel key={question.id} questionId={question.id} />
      ))}
      {pending.map(({ approval }) => (
        <ApprovalPanel key={approval.id} approvalId={approval.id} />
      ))}
      {answered.length > 0 && <h2 className="pane-section">{say("approvals.answered")}</h2>}
      {answered.map(({ approval }) => (
        <ApprovalPanel key={approval.id} approvalId={approval.id} />
      ))}
    </Pane>
  );
};
