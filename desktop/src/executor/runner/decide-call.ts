/** The policy table, as the runner asks it: what this run has used and seen so far comes from its own journal. */
import { canBeAsked, changesFiles } from "@deskhand/doc-schema/document";
import { decide, usedBy, type Reason } from "../policy/decide.ts";
import { taintOf, type BegunCall } from "../policy/taint.ts";
import type { RunEvent, RunEventOf } from "./events.ts";
import type { Decide, PolicyDecision } from "./run-ports.ts";

export const decideCall: Decide = (tool, { action }, grants, events): PolicyDecision => {
  const { verdict, risk, reason } = decide({
    effect: tool.effect,
    action,
    usedSoFar: sumUsed(events),
    grants,
    taint: {
      ...taintOf(begunCalls(events)),
      ...(hasReceived(events) ? { hasReadUntrusted: true } : {}),
      ...(isReminded(events) ? { hasReadPrivate: true } : {}),
    },
    allowedHosts: allowedHosts(events),
  });
  if (verdict === "allow") return { type: "allow" };
  // Nothing can be shown to a person where the tool names no action.
  if (verdict === "deny" || action === undefined) return { type: "deny", text: denial(reason) };
  if (!canBeAsked(action)) return { type: "deny", text: TOO_MUCH };
  return { type: "ask", risk, reversible: changesFiles(action) ? "undo" : "no" };
};

const TOO_MUCH =
  "The person has to be asked about this, and it is too much for one question. Do it in parts of fewer files.";

const startsOf = (events: readonly RunEvent[]): readonly RunEventOf<"start">[] =>
  events.filter((event) => event.type === "start");

const sumUsed = (events: readonly RunEvent[]): ReturnType<typeof usedBy> =>
  startsOf(events)
    .flatMap(({ prepared }) => prepared.action ?? [])
    .map(usedBy)
    .reduce(
      (sum, used) => ({
        filesModified: sum.filesModified + used.filesModified,
        bytesModified: sum.bytesModified + used.bytesModified,
      }),
      { filesModified: 0, bytesModified: 0 },
    );

/** What came along with the task is nobody's that we know, and its names are told at once. */
const hasReceived = (events: readonly RunEvent[]): boolean => events.some(({ type }) => type === "received");

/** Notes tell of the person and their files. */
const isReminded = (events: readonly RunEvent[]): boolean => events.some(({ type }) => type === "reminded");

/** The tool's name stands in the model's turn, the folder in the plan. */
const begunCalls = (events: readonly RunEvent[]): readonly BegunCall[] => {
  const calls = events.flatMap((event) =>
    event.type === "turn" ? event.content.filter((block) => block.type === "tool_use") : [],
  );
  const names = new Map(calls.map(({ id, name }) => [id, name]));
  return startsOf(events).map(({ callId, prepared: { plan } }) => {
    const { folder } = plan;
    return { tool: names.get(callId) ?? "", folder: typeof folder === "string" ? folder : undefined };
  });
};

/** An approval that was used up for a page opens the host for this run. */
const allowedHosts = (events: readonly RunEvent[]): ReadonlySet<string> => {
  const done = new Set(
    events.flatMap((event) =>
      event.type === "result" && event.outcome === "done" && event.approvalId !== undefined
        ? [event.callId]
        : [],
    ),
  );
  const asked = startsOf(events).filter(({ callId }) => done.has(callId));
  return new Set(
    asked.flatMap(({ prepared: { action } }) => (action?.kind === "fetch" ? [action.host] : [])),
  );
};

const denial = (reason: Reason): string => {
  if (reason === "not-granted") return "This folder is not granted. It can be granted on the computer.";
  if (reason === "read-only")
    return "This folder is granted for reading only. That can be changed on the computer.";
  return "This is not allowed: the tool does not say exactly what it would do.";
};
