/**
 * What waits for its turn, in the order in which it starts: the desktop's places, and on top of them the moves that
 * were ordered here and that it has not confirmed. So a row moves at once, and back when the desktop says otherwise.
 */
import { isBefore, type TaskId } from "../document/index.ts";
import { isOpen, type TaskView } from "./task-views.ts";

export const isQueued = (view: TaskView): boolean =>
  isOpen(view) && (view.run === undefined || view.run.state === "queued");

/** What the task says now: as it was ordered last, also when the desktop has not taken that yet. */
export const promptOf = ({ task, run, orders }: TaskView): string => {
  const edits = orders.flatMap((order) => (order.type === "edit" ? [order.prompt ?? []].flat() : []));
  return edits.at(-1) ?? run?.prompt ?? task.prompt;
};

/** Only what `isQueued`, next first. */
export const queueOf = (views: readonly TaskView[]): readonly TaskView[] => {
  const queue = views.filter(isQueued).sort(byPlace);
  const moves = queue
    .flatMap(({ orders }) => orders.filter((order) => order.type === "reorder"))
    .sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
  for (const { taskId, before } of moves) moveBefore(queue, taskId, before);
  return queue;
};

/** What the desktop has not placed yet comes last. */
const byPlace = (a: TaskView, b: TaskView): number =>
  (a.run?.place ?? Infinity) === (b.run?.place ?? Infinity)
    ? isBefore(a.task.id, b.task.id)
      ? -1
      : 1
    : (a.run?.place ?? Infinity) - (b.run?.place ?? Infinity);

const moveBefore = (queue: TaskView[], taskId: TaskId, before: TaskId | undefined): void => {
  const from = queue.findIndex(({ task }) => task.id === taskId);
  const [moved] = queue.splice(from, 1);
  const at = queue.findIndex(({ task }) => task.id === before);
  if (moved !== undefined) queue.splice(at === -1 ? queue.length : at, 0, moved);
};
