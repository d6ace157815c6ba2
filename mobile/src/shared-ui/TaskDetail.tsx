/** One task whole: what goes on now, its steps, what it changed, what came of it. */
import { isFinal, readReplies, type TaskId } from "@deskhand/doc-schema/document";
import { refresh } from "ionicons/icons";
import { useState } from "react";
import { ApprovalPanel } from "./ApprovalPanel.tsx";
import { ArtifactCard } from "./ArtifactCard.tsx";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import { ReplyText } from "./ReplyText.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { StepList, UndoButton } from "./StepList.tsx";
import { StopButton, useTaskLine } from "./TaskCard.tsx";
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
  const { run, approval } = view;
  return (
    <div className="dh-detail">
      <header className="dh-detail-head">
        <div role="status">
          <StateBadge view={view} />
        </div>
        <h1>{plainText(view.task.prompt)}</h1>
        {line !== "" && <p className="dh-note">{line}</p>}
        <div className="dh-actions">
          <StopButton view={view} />
          {run !== undefined && <UndoButton view={view} run={run} />}
          {run !== undefined && isFinal(run.state) && <AgainButton prompt={view.task.prompt} />}
        </div>
      </header>
      {approval?.state === "pending" && <ApprovalPanel approvalId={approval.id} />}
      {run !== undefined && (
        <>
          <section aria-label={say("task.steps")}>
            <h2>{say("task.steps")}</h2>
            <StepList view={view} run={run} />
          </section>
          <Result view={view} doc={doc} />
          {run.usage !== undefined && run.model !== undefined && (
            <p className="dh-note">
              {say("task.facts", {
                model: modelName(run.model, say),
                turns: run.usage.turns,
                tokens: run.usage.inputTokens + run.usage.outputTokens,
              })}
            </p>
          )}
        </>
      )}
    </div>
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
