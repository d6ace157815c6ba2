/** All tasks by what they need: a person, the desktop, their turn, nothing more. */
import { isOpen, type TaskView } from "@deskhand/doc-schema/views";
import { TaskCard, type TaskCardProps } from "./TaskCard.tsx";
import type { TextKey } from "./locales/en.ts";
import { useText } from "./texts.tsx";
import { useApprovals, useTaskViews } from "./workspace-context.tsx";

/** Finished tasks shown here, newest first; older ones are in the thread. */
const SHOWN_FINISHED = 30;

const columnOf = (view: TaskView, isAnswered: boolean): "needs" | "working" | "next" | "done" => {
  if (!isOpen(view)) return "done";
  if (view.run?.state === "waiting") return isAnswered ? "working" : "needs";
  return view.run === undefined || view.run.state === "queued" ? "next" : "working";
};

export const TaskBoard = ({ onOpenTask }: Pick<TaskCardProps, "onOpenTask">) => {
  const say = useText();
  const views = useTaskViews();
  const answered = new Set(
    useApprovals().flatMap(({ approval, myAnswer }) => (myAnswer === undefined ? [] : [approval.id])),
  );
  const columns = Map.groupBy(views, (view) =>
    columnOf(view, view.approval !== undefined && answered.has(view.approval.id)),
  );
  if (views.length === 0) return <p className="dh-empty dh-note">{say("board.empty")}</p>;
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
      {column("board.needs-you", columns.get("needs"))}
      {column("board.working", columns.get("working"))}
      {column("board.next", columns.get("next"))}
      {column("board.done", columns.get("done")?.toReversed().slice(0, SHOWN_FINISHED))}
    </div>
  );
};
