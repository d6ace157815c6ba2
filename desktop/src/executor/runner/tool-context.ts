/** What a tool sees of the run it works for. */
import type { StepId } from "@deskhand/doc-schema/document";
import type { StepFacts, ToolContext } from "../tools/tool.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";

export const toolContext = (
  { runId, signal, journal }: DrivenRun,
  { grants, onLive }: RunPorts,
  stepId: StepId,
  step: StepFacts,
): ToolContext => ({
  grants: grants(),
  runId,
  stepId,
  signal,
  resultOf: (id) => {
    const events = [...journal.history, ...journal.events];
    const result = events.find((event) => event.type === "result" && event.stepId === id);
    return result?.type === "result" ? result.content : undefined;
  },
  progress: (done, total, object) =>
    onLive(runId, {
      runId,
      step: object === undefined ? step : { ...step, object },
      done,
      ...(total === undefined ? {} : { total }),
    }),
});
