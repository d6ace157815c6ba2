/** A task in the thread or on the board: what it is, where it stands, what one can do about it. */
import { isOpen, type TaskView } from "@deskhand/doc-schema/views";
import { stop } from "ionicons/icons";
import type { ReactNode } from "react";
import { Icon } from "./Icon.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { taskLine, taskTitle } from "./task-state.ts";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import {
  useDeliveries,
  useDesktopName,
  useMayOrder,
  useMeta,
  useMyAnswer,
  useNow,
  useTaskViews,
  useWorkspace,
} from "./workspace-context.tsx";

export interface TaskCardProps {
  readonly view: TaskView;
  readonly onOpenTask: (taskId: TaskView["task"]["id"]) => void;
  /** What one can do about it here; stopping it, unless said otherwise. */
  readonly action?: ReactNode;
}

export const TaskCard = ({ view, onOpenTask, action = <StopButton view={view} /> }: TaskCardProps) => {
  const say = useText();
  const line = useTaskLine(view);
  const desktop = useDesktopName();
  /** Without the document nobody can be verified, and that is no news about this task. */
  const hasDevices = useMeta() !== undefined;
  return (
    <article className="dh-card dh-task" aria-label={taskTitle(view)}>
      <button type="button" className="dh-task-open" onClick={() => onOpenTask(view.task.id)}>
        <span className="dh-task-head">
          <StateBadge view={view} />
        </span>
        <span className="dh-task-title">{taskTitle(view)}</span>
        {line !== "" && <span className="dh-note">{line}</span>}
        {view.author === "unverified" && hasDevices && (
          <span className="dh-problem">{say("author.unverified", { desktop })}</span>
        )}
      </button>
      {action}
    </article>
  );
};

export const useTaskLine = (view: TaskView): string => {
  const say = useText();
  const times = useTimes();
  const workspace = useWorkspace();
  const desktopName = useDesktopName();
  const now = useNow(1_000);
  const answer = useMyAnswer(view);
  const isOnline = workspace.connection().phase === "live";
  const { role } = workspace;
  const stage = useDeliveries().of(view.task.id)?.stage;
  const after = useTaskViews().find(({ task }) => task.id === view.run?.after);
  const isRemoved = workspace.access().type === "removed";
  const facts = { say, times, desktopName, role, now, answer, isOnline, isRemoved, stage, after };
  return taskLine(view, workspace.desktop(), facts);
};

/** One tap, no question: stopping is never the risky choice. */
export const StopButton = ({ view }: { readonly view: TaskView }) => {
  const say = useText();
  const { orders } = useWorkspace();
  const { busy, give } = useOrder();
  const mayOrder = useMayOrder();
  const isOrdered = view.orders.some((order) => order.type === "cancel");
  if (!isOpen(view) || isOrdered || !mayOrder) return null;
  return (
    <button
      type="button"
      className="dh-button danger small"
      disabled={busy}
      onClick={() => void give(() => orders.give({ type: "cancel", taskId: view.task.id }))}
    >
      <Icon icon={stop} size={16} />
      {say("task.stop")}
    </button>
  );
};
