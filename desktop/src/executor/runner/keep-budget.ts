/**
 * Before each turn and each call: is there budget left? When a limit is reached the person is asked for as much again,
 * by an approval that code renders; the run waits for it like for any other. A no ends the run with a plain sentence.
 * The allow is spent before it counts, and counts once.
 */
import type { BudgetAction } from "@deskhand/doc-schema/document";
import { overBudget, extendedBy, usedBy, type OverBudget } from "./budget.ts";
import type { RunEventOf } from "./events.ts";
import type { WaitsFor } from "./next-step.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { sentence } from "./sentences.ts";

/** "again": something was written into the journal, which is to be looked at again. */
export type Kept = "enough" | "again" | { readonly waitsFor: WaitsFor };

export const keepBudget = (run: DrivenRun, ports: RunPorts): Kept => {
  const { journal } = run;
  const open = openAsk(journal.events);
  if (open !== undefined) return settle(open, run, ports);
  const { perRun, perDay } = ports.limits();
  const day = ports.dayUse();
  const over =
    overBudget("run", perRun, usedBy(journal.events), extendedBy(journal.events, "run")) ??
    overBudget("day", perDay, day.used, day.extended);
  return over === undefined ? "enough" : askForMore(over, run, ports);
};

/** The newest question about a limit, while nothing has come of it. */
const openAsk = (events: DrivenRun["journal"]["events"]): RunEventOf<"over-budget"> | undefined => {
  const last = events.findLast(({ type }) => type === "over-budget" || type === "extended");
  return last?.type === "over-budget" ? last : undefined;
};

const askForMore = (over: OverBudget, run: DrivenRun, ports: RunPorts): Kept => {
  const { runId, taskId, journal } = run;
  const number = journal.events.filter(({ type }) => type === "over-budget").length + 1;
  const { approvalId } = ports.gate.ask({
    runId,
    taskId,
    callId: `budget-${number}`,
    action: actionOf(over),
    risk: "medium",
    reversible: "no",
  });
  ports.audit.write({ kind: "asked", what: `budget: ${over.kind} a ${over.per}`, runId, approvalId });
  journal.append({ type: "over-budget", at: ports.clock.now(), approvalId, ...over });
  return { waitsFor: { approvalId } };
};

const settle = (
  { approvalId, per, kind, used, more }: RunEventOf<"over-budget">,
  { runId, journal, locale }: DrivenRun,
  { gate, audit, clock }: RunPorts,
): Kept => {
  const standing = gate.standing(approvalId);
  if (standing === "pending") return { waitsFor: { approvalId } };
  if (standing === "allowed") {
    const spent = gate.spend(approvalId, actionOf({ per, kind, used, more }));
    if (!spent.ok) return "again"; // taken back in this very moment
    audit.write({ kind: "ran", what: `budget: ${kind} a ${per}`, runId, approvalId, device: spent.value.by });
  }
  if (standing === "allowed" || standing === "spent")
    journal.append({ type: "extended", at: clock.now(), per, kind, more, approvalId });
  else {
    const failure = { type: "over-budget", text: sentence("over-budget", locale) };
    journal.append({ type: "gave-up", at: clock.now(), failure });
  }
  return "again";
};

const actionOf = ({ per, kind, used, more }: OverBudget): BudgetAction => ({
  v: 1,
  kind: "budget",
  tool: "budget",
  per,
  limit: kind,
  used,
  more,
  items: [],
});
