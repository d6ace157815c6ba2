/**
 * A call that was begun before a crash: its effect may have happened, in whole or in part.
 * It goes by the tool's crash class; what nobody can know is said as such and never repeated. Its paths were locked
 * again before any other run began.
 */
import { changesFiles } from "@deskhand/doc-schema/document";
import type { Prepared, Tool, ToolContext } from "../tools/tool.ts";
import type { NextStep } from "./next-step.ts";
import { lockedPaths } from "./locked-paths.ts";
import { runTool, takeLocks } from "./perform-call.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { englishSentence, sentence } from "./sentences.ts";
import { toolContext } from "./tool-context.ts";
import { writeResult } from "./write-result.ts";

export const recoverCall = async (
  { call, start, mayRun }: Extract<NextStep, { type: "recover" }>,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { stepId, approvalId, prepared } = start;
  const { action } = prepared;
  const tool = ports.tools.get(call.name);
  const context = toolContext(run, ports, stepId, prepared.step);
  const retaken = ports.locks.handOver(run.runId);
  const held =
    retaken ?? (mayRun ? await takeLocks(lockedPaths(action, ports.grants()), run, ports) : undefined);
  if (held === undefined && mayRun) return; // stopped: the next step sees it
  let found: keyof typeof FOUND = "unknown";
  let isHeld = held !== undefined;
  try {
    if (tool !== undefined) found = await findOut(tool, prepared, context);
    if (tool !== undefined && held !== undefined && mayRun && (found === "not-done" || found === "partly")) {
      isHeld = false; // whoever works under them lets them go
      return await runTool(call, tool, start, held, run, ports);
    }
  } finally {
    if (isHeld) held?.release();
  }
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
    ...(action === undefined || !changesFiles(action) || found === "not-done" ? {} : { undoable: true }),
  });
};

/** What is said when the effect is not run (again). */
const FOUND = {
  done: { word: "recovered", outcome: "done" },
  conflict: { word: "conflict", outcome: "failed" },
  unknown: { word: "unknown", outcome: "unknown" },
  "not-done": { word: "cancelled", outcome: "skipped" },
  partly: { word: "stopped", outcome: "unknown" },
} as const;

const findOut = async (tool: Tool, prepared: Prepared, context: ToolContext): Promise<keyof typeof FOUND> => {
  if (tool.crash === "unknown") return "unknown";
  return tool.crash === "safe" ? "not-done" : tool.check(prepared, context);
};
