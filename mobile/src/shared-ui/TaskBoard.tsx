/** All tasks by what they need: a person, the desktop, their turn, nothing more. Beside them what happens by itself. */
import { isOpen, isQueued, type TaskView } from "@deskhand/doc-schema/views";
import { pause, play } from "ionicons/icons";
import { useState } from "react";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { QueueList } from "./QueueList.tsx";
import { ScheduleList } from "./ScheduleList.tsx";
import { TaskCard, type TaskCardProps } from "./TaskCard.tsx";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import {
  useApprovals,
  useDesktopName,
  useMayOrder,
  useMeta,
  useQuestions,
  useTaskViews,
  useWorkspace,
} from "./workspace-context.tsx";

/** Finished tasks shown here, newest first; older ones are in the thread. */
const SHOWN_FINISHED = 30;

const SEGMENTS = ["tasks", "schedules"] as const;

export const TaskBoard = ({ onOpenTask }: Pick<TaskCardProps, "onOpenTask">) => {
  const say = useText();
  const [segment, setSegment] = useState<(typeof SEGMENTS)[number]>("tasks");
  return (
    <>
      <div className="dh-segments" role="group" aria-label={say("board.segments")}>
        {SEGMENTS.map((each) => (
          <button
            key={each}
            type="button"
            className="dh-segment"
            aria-pressed={each === segment}
            onClick={() => setSegment(each)}
          >
            {say(`board.${each}`)}
          </button>
        ))}
      </div>
      {segment === "tasks" ? <Tasks onOpenTask={onOpenTask} /> : <ScheduleList />}
    </>
  );
};

const columnOf = (view: TaskView, isAnswered: boolean): "needs" | "working" | "next" | "done" => {
  if (!isOpen(view)) return "done";
  if (view.run?.state === "waiting") return isAnswered ? "working" : "needs";
  return isQueued(view) ? "next" : "working";
};

const Tasks = ({ onOpenTask }: Pick<TaskCardProps, "onOpenTask">) => {
  const say = useText();
  const views = useTaskViews();
  const answered = useAnswered();
  const columns = Map.groupBy(views, (view) => columnOf(view, answered(view)));
  const column = (title: TextKey, list: readonly TaskView[] = []) =>
    list.length === 0 ? null : (
      <section aria-label={say(title)}>
        <h2>{say(title)}</h2>
        <ul className="dh-cards">
          {list.map((view) => (
            <li key={view.task.id}>
              <TaskCard view={view} onOpenTask={onOpenTask} />
            </li>
          ))}
        </ul>
      </section>
    );
  return (
    <div className="dh-board" role="region" aria-label={say("board.label")}>
      <Pause />
      {views.length === 0 && <p className="dh-empty dh-note">{say("board.empty")}</p>}
      {column("board.needs-you", columns.get("needs"))}
      {column("board.working", columns.get("working"))}
      {columns.has("next") && (
        <section aria-label={say("board.next")}>
          <h2>{say("board.next")}</h2>
          <QueueList views={views} onOpenTask={onOpenTask} />
        </section>
      )}
      {column("board.done", columns.get("done")?.toReversed().slice(0, SHOWN_FINISHED))}
    </div>
  );
};

/** Has this device answered what the task's run waits for? */
const useAnswered = (): ((view: TaskView) => boolean) => {
  const answered = new Set<string | undefined>();
  for (const { approval, myAnswer } of useApprovals()) if (myAnswer !== undefined) answered.add(approval.id);
  for (const { question, myAnswer } of useQuestions()) if (myAnswer !== undefined) answered.add(question.id);
  return ({ approval, question }) => answered.has(approval?.id) || answered.has(question?.id);
};

/** What runs is finished, nothing new starts. Shown while there is something that it would change. */
const Pause = () => {
  const say = useText();
  const desktop = useDesktopName();
  const { orders } = useWorkspace();
  const { busy, give } = useOrder();
  const mayOrder = useMayOrder();
  const hasOpen = useTaskViews().some(isOpen);
  const isPaused = Boolean(useMeta()?.pausedAt);
  if (!isPaused && !hasOpen) return null;
  return (
    <div className="dh-board-tools">
      {isPaused && (
        <p className="dh-note" role="status">
          {say("board.paused", { desktop })}
        </p>
      )}
      {mayOrder && (
        <button
          type="button"
          className="dh-button small"
          disabled={busy}
          onClick={() => void give(() => orders.give({ type: isPaused ? "unpause" : "pause" }))}
        >
          <Icon icon={isPaused ? play : pause} size={16} />
          {say(isPaused ? "board.unpause" : "board.pause")}
        </button>
      )}
    </div>
  );
};
