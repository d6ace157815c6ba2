/**
 * A call that was begun before a crash: its effect may have happened, in whole or in part.
 * It goes by the tool's crash class; what nobody can know is said as such and never repeated.
 */
import type { ToolUseBlock } from "../models/model.ts";
import type { Prepared, Tool, ToolContext } from "../tools/tool.ts";
import type { RunEventOf } from "./events.ts";
import { runTool } from "./perform-call.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { englishSentence, sentence } from "./sentences.ts";
import { toolContext } from "./tool-context.ts";
import { writeResult } from "./write-result.ts";

export const recoverCall = async (
  call: ToolUseBlock,
  start: RunEventOf<"start">,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { stepId, approvalId, prepared } = start;
  const tool = ports.tools.get(call.name);
  const found =
    tool === undefined
      ? "unknown"
      : await findOut(tool, prepared, toolContext(run, ports, stepId, prepared.step));
  if (tool !== undefined && found === "run") return runTool(call, tool, start, run, ports);
  const { word, outcome } = FOUND[found];
  writeResult(run, ports, {
    callId: call.id,
    stepId,
    content: englishSentence(word),
    isError: outcome !== "done",
    outcome,
    step: prepared.step,
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(outcome === "done" ? {} : { detail: sentence(word, run.locale) }),
    ...(tool?.effect === "read" ? {} : { undoable: true }),
  });
};

const FOUND = {
  done: { word: "recovered", outcome: "done" },
  conflict: { word: "conflict", outcome: "failed" },
  unknown: { word: "unknown", outcome: "unknown" },
  run: { word: "unknown", outcome: "unknown" },
} as const;

const findOut = async (tool: Tool, prepared: Prepared, context: ToolContext): Promise<keyof typeof FOUND> => {
  if (tool.crash === "safe") return "run";
  if (tool.crash === "unknown") return "unknown";
  const state = await tool.check(prepared, context);
  return state === "done" || state === "conflict" ? state : "run";
};
