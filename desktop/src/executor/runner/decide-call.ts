/** The policy table, as the runner asks it: what this run has used so far comes from its own journal. */
import { decide, usedBy, type Reason } from "../policy/decide.ts";
import type { RunEvent } from "./events.ts";
import type { Decide, PolicyDecision } from "./run-ports.ts";

export const decideCall: Decide = (tool, { action }, grants, events): PolicyDecision => {
  const usedSoFar = sumUsed(events);
  const { verdict, risk, reason } = decide({ effect: tool.effect, action, usedSoFar, grants });
  if (verdict === "allow") return { type: "allow" };
  // Nothing can be shown to a person where the tool names no action.
  if (verdict === "deny" || action === undefined) return { type: "deny", text: denial(reason) };
  return { type: "ask", risk, reversible: "undo" }; // every file effect is undone from the undo store
};

const sumUsed = (events: readonly RunEvent[]): ReturnType<typeof usedBy> =>
  events
    .flatMap((event) => (event.type === "start" && event.prepared.action ? [event.prepared.action] : []))
    .map(usedBy)
    .reduce(
      (sum, used) => ({
        filesModified: sum.filesModified + used.filesModified,
        bytesModified: sum.bytesModified + used.bytesModified,
      }),
      { filesModified: 0, bytesModified: 0 },
    );

const denial = (reason: Reason): string => {
  if (reason === "not-granted") return "This folder is not granted. It can be granted on the computer.";
  if (reason === "read-only")
    return "This folder is granted for reading only. That can be changed on the computer.";
  return "This is not allowed: the tool does not say exactly what it would do.";
};
