/** What a tool sees of the run it works for. */
import type { StepId } from "@deskhand/doc-schema/document";
import type { StepFacts, ToolContext } from "../tools/tool.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";

export const toolContext = (
  { runId, signal }: DrivenRun,
  { grants, onLive }: RunPorts,
  stepId: StepId,
  step: StepFacts,
): ToolContext => ({
  grants: grants(),
  runId,
  stepId,
  signal,
  progress: (done, total, object) =>
    onLive(runId, {
      runId,
      step: object === undefined ? step : { ...step, object },
      done,
      ...(total === undefined ? {} : { total }),
    }),
});
