/** A task in the thread or on the board: what it is, where it stands, what one can do about it. */
import { isOpen, type TaskView } from "@deskhand/doc-schema/views";
import { stop } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { StateBadge } from "./StateBadge.tsx";
import { taskLine } from "./task-state.ts";
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
  useWorkspace,
} from "./workspace-context.tsx";

export interface TaskCardProps {
  readonly view: TaskView;
  readonly onOpenTask: (taskId: TaskView["task"]["id"]) => void;
}

export const TaskCard = ({ view, onOpenTask }: TaskCardProps) => {
  const say = useText();
  const line = useTaskLine(view);
  const desktop = useDesktopName();
  /** Without the document nobody can be verified, and that is no news about this task. */
  const hasDevices = useMeta() !== undefined;
  return (
    <article className="dh-card dh-task" aria-label={plainText(view.task.prompt)}>
      <button type="button" className="dh-task-open" onClick={() => onOpenTask(view.task.id)}>
        <span className="dh-task-head">
          <StateBadge view={view} />
        </span>
        <span className="dh-task-title">{plainText(view.task.prompt)}</span>
        {line !== "" && <span className="dh-note">{line}</span>}
        {view.author === "unverified" && hasDevices && (
          <span className="dh-problem">{say("author.unverified", { desktop })}</span>
        )}
      </button>
      <StopButton view={view} />
    </article>
  );
};

export const useTaskLine = (view: TaskView): string => {
  const say = useText();
  const times = useTimes();
  const workspace = useWorkspace();
  const desktopName = useDesktopName();
  const now = useNow(1_000);
  const answer = useMyAnswer(view)?.delivery;
  const isOnline = workspace.connection().phase === "live";
  const { role } = workspace;
  const stage = useDeliveries().of(view.task.id)?.stage;
  const isRemoved = workspace.access().type === "removed";
  const facts = { say, times, desktopName, role, now, answer, isOnline, isRemoved, stage };
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
