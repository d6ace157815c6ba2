/** Moving one row of the queue by one place, as the order that says it. */
import type { TaskView } from "@deskhand/doc-schema/views";

/** The order that moves the row at that place up (-1) or down (1); undefined at the ends. */
export const moveBy = (queue: readonly TaskView[], at: number, by: -1 | 1) => {
  const moved = queue[at];
  if (moved === undefined || queue[at + by] === undefined) return undefined;
  const before = queue[by === -1 ? at - 1 : at + 2];
  return {
    type: "reorder" as const,
    taskId: moved.task.id,
    ...(before === undefined ? {} : { before: before.task.id }),
  };
};
