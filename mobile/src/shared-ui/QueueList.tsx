/**
 * The tasks that wait for their turn, next first, and what one can change about each before it starts.
 * A move shows at once; its row says so until the desktop has taken it.
 */
import { isQueued, queueOf, type TaskView } from "@deskhand/doc-schema/views";
import { ellipsisHorizontal } from "ionicons/icons";
import { useCallback, useState, type KeyboardEvent } from "react";
import { Icon } from "./Icon.tsx";
import { moveBy } from "./move-by.ts";
import { QueueSheet } from "./QueueSheet.tsx";
import { TaskCard, type TaskCardProps } from "./TaskCard.tsx";
import { taskTitle } from "./task-state.ts";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useMayOrder, useWorkspace } from "./workspace-context.tsx";

interface QueueListProps extends Pick<TaskCardProps, "onOpenTask"> {
  readonly views: readonly TaskView[];
}

export const QueueList = ({ views, onOpenTask }: QueueListProps) => {
  const queue = queueOf(views);
  const [changing, setChanging] = useState<TaskView["task"]["id"]>();
  const close = useCallback(() => setChanging(undefined), []);
  const changed = queue.find(({ task }) => task.id === changing);
  return (
    <>
      <ol className="dh-cards">
        {queue.map((view, at) => (
          <QueueRow
            key={view.task.id}
            queue={queue}
            at={at}
            view={view}
            onOpenTask={onOpenTask}
            onChange={() => setChanging(view.task.id)}
          />
        ))}
      </ol>
      {changed !== undefined && isQueued(changed) && (
        <QueueSheet key={changing} queue={queue} others={views} view={changed} onClose={close} />
      )}
    </>
  );
};

interface QueueRowProps extends Pick<TaskCardProps, "view" | "onOpenTask"> {
  readonly queue: readonly TaskView[];
  readonly at: number;
  readonly onChange: () => void;
}

const QueueRow = ({ queue, at, view, onOpenTask, onChange }: QueueRowProps) => {
  const say = useText();
  const { orders } = useWorkspace();
  const { problem, give } = useOrder();
  const mayOrder = useMayOrder();
  /** Alt with an arrow moves the row, as in other lists of this kind. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!event.altKey || by === 0 || !mayOrder) return;
    event.preventDefault();
    const order = moveBy(queue, at, by);
    if (order !== undefined) void give(() => orders.give(order));
  };
  return (
    <li onKeyDown={onKeyDown}>
      <TaskCard
        view={view}
        onOpenTask={onOpenTask}
        action={
          mayOrder && (
            <button
              type="button"
              className="dh-button small"
              aria-haspopup="dialog"
              aria-label={say("queue.change", { task: taskTitle(view) })}
              onClick={onChange}
            >
              <Icon icon={ellipsisHorizontal} size={18} />
            </button>
          )
        }
      />
      {problem !== undefined && <p className="dh-problem">{say("queue.late")}</p>}
    </li>
  );
};
