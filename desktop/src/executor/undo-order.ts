/** An order to undo, through the undo store: what became of each step, for the ledger and the phone. */
import type { StepId } from "@deskhand/doc-schema/document";
import type { Undo } from "./orders.ts";
import type { UndoneItem, UndoStore } from "./undo/undo-store.ts";

type UndoneStep = Awaited<ReturnType<Undo>>[number];

export const createUndo =
  (store: Pick<UndoStore, "undoStep" | "undoRun">): Undo =>
  async (runId, stepId) => {
    const items = stepId === undefined ? await store.undoRun(runId) : await store.undoStep(stepId);
    const ids = new Set<StepId>(items.map(({ change }) => change.stepId));
    if (stepId !== undefined && ids.size === 0)
      return [{ stepId, outcome: "gone", detail: "Nothing is known of this step." }];
    return [...ids].map((id) =>
      stepOutcome(
        id,
        items.filter(({ change }) => change.stepId === id),
      ),
    );
  };

/** The worst of its changes speaks for the step. */
const stepOutcome = (stepId: StepId, items: readonly UndoneItem[]): UndoneStep => {
  const inTheWay = items.find(({ outcome }) => outcome === "conflict" || outcome === "failed");
  const worst = inTheWay ?? items.find(({ outcome }) => outcome === "gone");
  if (worst === undefined) return { stepId, outcome: "undone" };
  const detail = worst.text === undefined ? {} : { detail: worst.text };
  return { stepId, outcome: inTheWay === undefined ? "gone" : "conflict", ...detail };
};
