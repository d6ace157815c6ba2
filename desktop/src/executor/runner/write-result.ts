/** The end of a call: one event in the journal, one row in the audit log. */
import type { RunEventOf } from "./events.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";

export const writeResult = (
  { runId, journal }: Pick<DrivenRun, "runId" | "journal">,
  { audit, clock }: Pick<RunPorts, "audit" | "clock">,
  result: Omit<RunEventOf<"result">, "type" | "at">,
): void => {
  const { step, outcome, approvalId } = result;
  audit.write({
    kind: "step",
    what: step.object === undefined ? step.kind : `${step.kind} ${step.object}`,
    outcome,
    runId,
    ...(approvalId === undefined ? {} : { approvalId }),
  });
  journal.append({ type: "result", at: clock.now(), ...result });
};
