/** What undo has come to at a step, as the run's row tells it. */
import type { Run, Step, TakenBack } from "@deskhand/doc-schema/document";
import type { TaskView } from "@deskhand/doc-schema/views";

export type LeftAlone = NonNullable<TakenBack["leftAlone"]>[number];

export type StepUndo =
  | { readonly type: "untouched" }
  | { readonly type: "undone"; readonly at: number }
  | {
      readonly type: "partly";
      readonly back: number;
      /** Files that are not back, tried or not. */
      readonly left: number;
      readonly leftAlone: readonly LeftAlone[];
      /** Tried and left alone too, without their names. */
      readonly more: number;
      /** A sentence for the first of them. */
      readonly detail: string | undefined;
    }
  /** A desktop that tells no more than this. */
  | { readonly type: "conflict" | "gone"; readonly detail: string | undefined };

export const stepUndo = (run: Run, stepId: Step["id"]): StepUndo => {
  const whole = run.undone?.[stepId];
  const taken = run.takenBack?.[stepId];
  if (taken === undefined) {
    if (whole === undefined) return { type: "untouched" };
    return whole.outcome === "undone"
      ? { type: "undone", at: whole.at }
      : { type: whole.outcome, detail: whole.detail };
  }
  const { at, back, left, leftAlone = [] } = taken;
  const more = whole === undefined ? 0 : Math.max(0, left - leftAlone.length);
  if (leftAlone.length > 0 || more > 0 || (back > 0 && left > 0))
    return { type: "partly", back, left, leftAlone, more, detail: whole?.detail };
  return left > 0 ? { type: "untouched" } : { type: "undone", at };
};

export type FileUndo = "there" | "undone" | LeftAlone["why"];

/** @param file its place in the step's files */
export const fileUndo = (run: Run, stepId: Step["id"], file: number): FileUndo => {
  const taken = run.takenBack?.[stepId];
  if (taken?.files.includes(file) === true) return "undone";
  return taken?.leftAlone?.find((one) => one.file === file)?.why ?? "there";
};

/** Is an undo ordered that reaches this: the whole run, the step, or the file? What is asked about is named alike. */
export const isUndoOrdered = ({ orders }: TaskView, stepId: Step["id"] | undefined, file?: number): boolean =>
  orders.some((order) => {
    if (order.type === "undo") return order.stepId === undefined || order.stepId === stepId;
    return order.type === "undo-file" && order.stepId === stepId && file !== undefined && order.file === file;
  });
