/**
 * Has the desktop carried out an order? Read from what the run says, so it is as true as the run's row.
 * [RE1] An order of a newer version is unreadable and never comes here.
 */
import { isBefore, type IntentId, type StepId } from "./ids.ts";
import type { IntentRecord } from "./records.ts";
import type { Run } from "./rows.ts";
import { isFinal } from "./run-states.ts";

/** So many orders of a run its row names, the newest ones; all are in the desktop's ledger. */
export const REMEMBERED_INTENTS = 50;

/** @param run the newest attempt at the task that the order is about */
export const isSettled = (intent: IntentRecord, run: Run | undefined): boolean => {
  if (run?.intents?.includes(intent.id) === true) return true;
  switch (intent.type) {
    case "cancel":
    case "steer":
      return run !== undefined && isFinal(run.state);
    case "undo":
      return (
        run?.changes === 0 ||
        isForgotten(intent.id, run) ||
        undoneTimes(run, intent.stepId).some((at) => at >= intent.createdAt)
      );
    case "undo-file":
      return run?.changes === 0 || isForgotten(intent.id, run);
    case "hold":
    case "release":
      return run !== undefined && isFinal(run.state);
    case "reorder":
    case "edit":
      return run !== undefined && run.state !== "queued"; // it came too late, or has done what it could
    case "run-again":
      return run !== undefined && isBefore(intent.id, run.id);
    case "continue":
      return run !== undefined && run.state !== "interrupted";
    case "answer":
      return run !== undefined && run.state !== "waiting"; // its question's own row says more
    case "stop-all":
    case "resume":
    case "pause":
    case "unpause":
    case "schedule-create":
    case "schedule-change":
    case "schedule-delete":
    case "schedule-run":
    case "note-set":
    case "send-file":
    case "revoke-device":
      return true; // no run waits for these
  }
};

const undoneTimes = (run: Run | undefined, stepId: StepId | undefined): readonly number[] =>
  Object.entries(run?.undone ?? {})
    .filter(([id]) => stepId === undefined || id === stepId)
    .map(([, { at }]) => at);

/** Older than all that the row still names: carried out, or about to be. */
const isForgotten = (id: IntentId, run: Run | undefined): boolean => {
  const named = run?.intents ?? [];
  return named.length >= REMEMBERED_INTENTS && named.every((other) => isBefore(id, other));
};
