/**
 * Has the desktop carried out an order? Read from what the run says, so it is as true as the run's row.
 * [RE1] An order of a newer version is unreadable and never comes here.
 */
import { isBefore } from "./ids.ts";
import type { IntentRecord } from "./records.ts";
import type { Run } from "./rows.ts";
import { isFinal } from "./run-states.ts";

/** @param run the newest attempt at the task that the order is about */
export const isSettled = (intent: IntentRecord, run: Run | undefined): boolean => {
  if (run?.intents?.includes(intent.id) === true) return true;
  switch (intent.type) {
    case "cancel":
    case "steer":
      return run !== undefined && isFinal(run.state);
    case "undo":
      return intent.stepId === undefined
        ? run?.changes === 0 ||
            Object.values(run?.undone ?? {}).some((undone) => undone.at >= intent.createdAt)
        : run?.undone?.[intent.stepId] !== undefined;
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
