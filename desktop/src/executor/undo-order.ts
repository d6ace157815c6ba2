/** An order to undo, through the undo store: what became of each step or of the one file, for the ledger and the phone. */
import type { StepId } from "@deskhand/doc-schema/document";
import type { Undo, UndoneRecord, UndoOrder } from "./orders.ts";
import type { UndoneItem } from "./undo/reversal.ts";
import { leftAloneOf } from "./undo/taken-back.ts";
import type { UndoStore } from "./undo/undo-store.ts";

export const createUndo =
  (store: Pick<UndoStore, "undoStep" | "undoRun" | "undoFile">, now: () => number): Undo =>
  async (order) => {
    const { runId } = order;
    if (order.type === "undo-file") return [undoneFile(order, await store.undoFile(order), now())];
    const { stepId } = order;
    const items = stepId === undefined ? await store.undoRun(runId) : await store.undoStep(stepId);
    const ofStep = Map.groupBy(items, ({ change }) => change.stepId);
    if (stepId !== undefined && ofStep.size === 0) {
      const detail = "Nothing is known of this step.";
      return [{ type: "step-undone", at: now(), runId, stepId, outcome: "gone", detail }];
    }
    return [...ofStep].map(([id, own]) => undoneStep(order, id, own, now()));
  };

/** The worst of its changes speaks for the step, to readers that know no more; the others hear which ones are left. */
const undoneStep = (
  { runId }: UndoOrder,
  stepId: StepId,
  items: readonly UndoneItem[],
  at: number,
): UndoneRecord => {
  const inTheWay = items.find(({ outcome }) => outcome === "conflict" || outcome === "failed");
  const worst = inTheWay ?? items.find(({ outcome }) => outcome === "gone");
  const step = { type: "step-undone", at, runId, stepId } as const;
  if (worst === undefined) return { ...step, outcome: "undone" };
  return {
    ...step,
    outcome: inTheWay === undefined ? "gone" : "conflict",
    ...(worst.text === undefined ? {} : { detail: worst.text }),
    leftAlone: [...leftAloneOf(items)],
  };
};

const undoneFile = (
  { runId, stepId, file, path }: Extract<UndoOrder, { type: "undo-file" }>,
  item: UndoneItem | undefined,
  at: number,
): UndoneRecord => {
  // Not known here: the journal of another computer, or an order that no screen of ours gives.
  const changeId = item?.change.id ?? `${stepId}/${file}`;
  const unknown = { changeId, path, why: "gone" } as const;
  const [leftAlone] = item === undefined ? [unknown] : leftAloneOf([item]);
  const record = { type: "file-undone", at, runId, stepId, changeId } as const;
  return leftAlone === undefined ? record : { ...record, leftAlone };
};
