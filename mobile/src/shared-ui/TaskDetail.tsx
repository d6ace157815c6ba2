/** One task whole: what goes on now, its steps, what it changed, what came of it. */
import { isFinal, readReplies, type Run, type TaskId } from "@deskhand/doc-schema/document";
import { play, refresh } from "ionicons/icons";
import { useState } from "react";
import { ApprovalPanel } from "./ApprovalPanel.tsx";
import { ArtifactCard } from "./ArtifactCard.tsx";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { PlanList } from "./PlanList.tsx";
import { QuestionPanel } from "./QuestionPanel.tsx";
import { ReplyText } from "./ReplyText.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { StepList } from "./StepList.tsx";
import { UndoAllButton } from "./StepUndo.tsx";
import { StopButton, useTaskLine } from "./TaskCard.tsx";
import { taskTitle } from "./task-state.ts";
import { TellForm } from "./TellForm.tsx";
import { useLocale, useText, type Say } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useMayOrder, useTask, useWorkspace, type FoundTask } from "./workspace-context.tsx";

export const TaskDetail = ({ taskId }: { readonly taskId: TaskId }) => {
  const say = useText();
  const found = useTask(taskId);
  return found === undefined ? (
    <p className="dh-empty dh-note">{say("task.gone")}</p>
  ) : (
    <TaskBody {...found} />
  );
};

const TaskBody = ({ view, doc }: FoundTask) => {
  const say = useText();
  const line = useTaskLine(view);
  const { run, approval, question } = view;
  return (
    <div className="dh-detail">
      <header className="dh-detail-head">
        <div role="status">
          <StateBadge view={view} />
        </div>
        <h1>{taskTitle(view)}</h1>
        {line !== "" && <p className="dh-note">{line}</p>}
        <div className="dh-actions">
          <StopButton view={view} />
          {run !== undefined && <UndoAllButton view={view} run={run} />}
          {run !== undefined && CONTINUABLE.has(run.state) && <ContinueButton run={run} />}
          {run !== undefined && isFinal(run.state) && <AgainButton prompt={taskTitle(view)} />}
        </div>
      </header>
      {approval?.state === "pending" && <ApprovalPanel approvalId={approval.id} />}
      {question !== undefined && <QuestionPanel questionId={question.id} />}
      {run?.plan !== undefined && run.plan.length > 0 && <PlanList plan={run.plan} />}
      {run !== undefined && (
        <>
          <section aria-label={say("task.steps")}>
            <h2>{say("task.steps")}</h2>
            <StepList view={view} run={run} />
          </section>
          {TELLABLE.has(run.state) && <TellForm taskId={view.task.id} />}
          <Result view={view} doc={doc} />
          <Facts run={run} />
        </>
      )}
    </div>
  );
};

const CONTINUABLE: ReadonlySet<Run["state"]> = new Set(["interrupted", "failed", "cancelled"]);
const TELLABLE: ReadonlySet<Run["state"]> = new Set(["running", "waiting"]);

/** Which model, how much it was asked, and what that cost where its price is known. */
const Facts = ({ run: { usage, model } }: { readonly run: Run }) => {
  const say = useText();
  const locale = useLocale();
  if (usage === undefined || model === undefined) return null;
  const facts = say("task.facts", {
    model: modelName(model, say),
    turns: usage.turns,
    tokens: usage.inputTokens + usage.outputTokens,
  });
  const cost =
    usage.microDollars === undefined
      ? undefined
      : new Intl.NumberFormat(locale, {
          style: "currency",
          currency: "USD",
          maximumFractionDigits: 4,
        }).format(usage.microDollars / 1_000_000);
  return <p className="dh-note">{cost === undefined ? facts : `${facts} · ${cost}`}</p>;
};

/** Goes on where it was left, with what it knows. */
const ContinueButton = ({ run }: { readonly run: Run }) => {
  const say = useText();
  const { orders } = useWorkspace();
  const { busy, give } = useOrder();
  const [isSent, setSent] = useState(false);
  if (!useMayOrder()) return null;
  return (
    <button
      type="button"
      className="dh-button small"
      disabled={busy || isSent}
      onClick={() => void give(() => orders.give({ type: "continue", runId: run.id })).then(setSent)}
    >
      <Icon icon={play} size={16} />
      {say(isSent ? "task.continue-sent" : "task.continue")}
    </button>
  );
};

/** The built-in planner's name is ours to translate; a model's is its maker's. */
export const modelName = (name: string, say: Say<TextKey>): string =>
  name.startsWith("Built-in planner") ? say("model.built-in") : name;

const AgainButton = ({ prompt }: { readonly prompt: string }) => {
  const say = useText();
  const locale = useLocale();
  const { orders } = useWorkspace();
  const { busy, give } = useOrder();
  const [isSent, setSent] = useState(false);
  if (!useMayOrder()) return null;
  return (
    <button
      type="button"
      className="dh-button small"
      disabled={busy || isSent}
      onClick={() => void give(() => orders.sendTask(prompt, locale)).then(setSent)}
    >
      <Icon icon={refresh} size={16} />
      {say(isSent ? "task.again-sent" : "task.again")}
    </button>
  );
};

const Result = ({ view, doc }: FoundTask) => {
  const say = useText();
  const replies = readReplies(doc, view.task.threadId).entries.filter(
    (reply) => reply.runId === view.run?.id && reply.text !== "",
  );
  return (
    <>
      {replies.length > 0 && (
        <section aria-label={say("task.result")}>
          <h2>{say("task.result")}</h2>
          {replies.map((reply) => (
            <ReplyText key={reply.id} text={reply.text} />
          ))}
        </section>
      )}
      {view.artifacts.length > 0 && (
        <section aria-label={say("task.files")}>
          <h2>{say("task.files")}</h2>
          {view.artifacts.map((artifact) => (
            <ArtifactCard key={artifact.id} artifact={artifact} />
          ))}
        </section>
      )}
    </>
  );
};
