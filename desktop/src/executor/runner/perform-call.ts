/**
 * One call of the model, from looking to result.
 * 1. Order: prepare → policy → (ask) → start on disk → approval spent on disk → effect → result on disk.
 * 2. An allowed call is prepared again just before its effect; if the action is not to the byte the one that was
 *    asked about, the question is withdrawn and the call begins anew, with a new question.
 */
import { actionDigest, changesFiles, type ApprovalId } from "@deskhand/doc-schema/document";
import { err, type Result } from "@deskhand/doc-schema/wire";
import { NEVER, sleep } from "../clock.ts";
import type { ToolUseBlock } from "../models/model.ts";
import type { Prepared, Tool, ToolError } from "../tools/tool.ts";
import type { RunEventOf } from "./events.ts";
import type { Call } from "./next-step.ts";
import type { DrivenRun, PolicyDecision, RunPorts } from "./run-ports.ts";
import { viewRun } from "./run-view.ts";
import { englishSentence, sentence, type SentenceWord } from "./sentences.ts";
import { toolContext } from "./tool-context.ts";
import { writeResult } from "./write-result.ts";

/** More questions than this in one run and nobody reads them any more (T52). */
export const MAX_APPROVALS = 10;

/** A stopped tool has this long to end by itself; the whole stop takes at most a second. */
const STOP_GRACE_MS = 800;

/** The model's own words on why, as far as a card has room for them. */
const MAX_REASON_LENGTH = 400;

export const performCall = async (
  { call, approvalId }: Call,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { ids, gate, tools, grants, decide } = ports;
  const tool = tools.get(call.name);
  if (tool === undefined) return refuseCall(call, "unknown-tool", run, ports);
  const stepId = ids.create("step");
  const context = toolContext(run, ports, stepId, { kind: tool.name });
  const prepared = await guarded(() => tool.prepare(call.input, context));
  const decision: PolicyDecision = prepared.ok
    ? decide(tool, prepared.value, grants(), run.journal.events)
    : { type: "deny", text: prepared.error.text };
  if (approvalId !== undefined && !isStillAsked(approvalId, prepared, decision, ports)) {
    gate.withdraw(approvalId);
    return performCall({ call }, run, ports);
  }
  if (!prepared.ok || decision.type === "deny") {
    const text = prepared.ok ? (decision.type === "deny" ? decision.text : "") : prepared.error.text;
    return writeResult(run, ports, {
      callId: call.id,
      stepId,
      content: text,
      isError: true,
      outcome: prepared.ok ? "denied" : "failed",
      step: prepared.ok ? prepared.value.step : { kind: tool.name },
      detail: text,
    });
  }
  if (decision.type === "ask" && approvalId === undefined)
    return askPerson(call, prepared.value, decision, run, ports);
  const asked = approvalId === undefined ? {} : { approvalId };
  const start = { callId: call.id, stepId, prepared: prepared.value, ...asked };
  run.journal.append({ type: "start", at: ports.clock.now(), ...start });
  if (approvalId !== undefined && !spend(approvalId, prepared.value, tool, run, ports)) return;
  return runTool(call, tool, start, run, ports);
};

/** The effect itself, under a start that is on disk. */
export const runTool = async (
  call: ToolUseBlock,
  tool: Tool,
  { stepId, prepared, approvalId }: Pick<RunEventOf<"start">, "stepId" | "prepared" | "approvalId">,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { onLive, clock, ids } = ports;
  onLive({ runId: run.runId, step: prepared.step });
  const context = toolContext(run, ports, stepId, prepared.step);
  const work = guarded(() => tool.run(prepared, context));
  const output = await Promise.race([
    work,
    stoppedTooSlowly(run.signal, (milliseconds) => sleep(clock, milliseconds, NEVER)),
  ]);
  onLive(undefined);
  const asked = approvalId === undefined ? {} : { approvalId };
  const { action } = prepared;
  const changed = action !== undefined && changesFiles(action) ? { undoable: true } : {};
  if (output === "too-slow") {
    ports.late.add(run.runId, work);
    return writeResult(run, ports, {
      ...asked,
      ...changed,
      callId: call.id,
      stepId,
      content: englishSentence("stopped"),
      isError: true,
      outcome: "unknown",
      step: prepared.step,
      detail: sentence("stopped", run.locale),
    });
  }
  if (!output.ok)
    return writeResult(run, ports, {
      ...asked,
      ...changed,
      callId: call.id,
      stepId,
      content: output.error.text,
      isError: true,
      outcome: "failed",
      step: prepared.step,
      detail: output.error.text,
    });
  const files = (output.value.files ?? []).map((file) => ({ ...file, artifactId: ids.create("artifact") }));
  return writeResult(run, ports, {
    ...asked,
    ...changed,
    callId: call.id,
    stepId,
    content: output.value.content,
    isError: false,
    outcome: "done",
    step: output.value.step,
    ...(files.length === 0 ? {} : { files }),
  });
};

/** The call gets a result that says why it was not done. */
export const refuseCall = (
  call: ToolUseBlock,
  word: SentenceWord,
  run: DrivenRun,
  ports: RunPorts,
  approvalId?: ApprovalId,
): void =>
  writeResult(run, ports, {
    callId: call.id,
    stepId: ports.ids.create("step"),
    content: englishSentence(word),
    isError: true,
    outcome:
      word === "denied" || word === "spent" ? "denied" : word === "unknown-tool" ? "failed" : "skipped",
    step: { kind: call.name },
    detail: sentence(word, run.locale),
    ...(approvalId === undefined ? {} : { approvalId }),
  });

type PreparedResult = Result<Prepared, ToolError>;

const isStillAsked = (
  approvalId: ApprovalId,
  prepared: PreparedResult,
  decision: PolicyDecision,
  { gate }: RunPorts,
): boolean =>
  prepared.ok &&
  decision.type === "ask" &&
  prepared.value.action !== undefined &&
  gate.covers(approvalId, prepared.value.action);

/** False when the allow was taken back or denied in this very moment: the next step sees how it stands. */
const spend = (
  approvalId: ApprovalId,
  { action }: Prepared,
  tool: Tool,
  { runId }: DrivenRun,
  { gate, audit }: RunPorts,
): boolean => {
  if (action === undefined) return false;
  const spent = gate.spend(approvalId, action);
  if (!spent.ok) return false;
  const { digest, by } = spent.value;
  audit.write({ kind: "ran", what: tool.name, runId, approvalId, digest, device: by });
  return true;
};

const askPerson = (
  call: ToolUseBlock,
  { action }: Prepared,
  { risk, reversible }: Extract<PolicyDecision, { type: "ask" }>,
  run: DrivenRun,
  { gate, audit, clock }: RunPorts,
): void => {
  const { runId, taskId, journal, locale } = run;
  if (action === undefined) throw new Error(`${call.name}: a tool that changes things must name its action`);
  const view = viewRun(journal.events);
  if (view.asked >= MAX_APPROVALS) {
    const failure = { type: "too-many-approvals", text: sentence("too-many-approvals", locale) };
    return journal.append({ type: "gave-up", at: clock.now(), failure });
  }
  const reason = view.lastText.slice(0, MAX_REASON_LENGTH);
  const { approvalId } = gate.ask({
    runId,
    taskId,
    callId: call.id,
    action,
    risk,
    reversible,
    ...(reason === "" ? {} : { reason }),
  });
  audit.write({ kind: "asked", what: call.name, runId, approvalId, digest: actionDigest(action) });
  journal.append({ type: "asked", at: clock.now(), callId: call.id, approvalId });
};

/** Resolves some time after the run was stopped, and never when it was not. */
const stoppedTooSlowly = (
  signal: AbortSignal,
  wait: (milliseconds: number) => Promise<void>,
): Promise<"too-slow"> =>
  new Promise((resolve) => {
    const begin = (): void => void wait(STOP_GRACE_MS).then(() => resolve("too-slow"));
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
  });

/** A tool that throws has a bug; the run gets a sentence, not a crash. */
const guarded = async <Value>(
  work: () => Promise<Result<Value, ToolError>>,
): Promise<Result<Value, ToolError>> => {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error ? ` (${error.message})` : "";
    return err({ type: "failed", text: `${englishSentence("tool-broke")}${cause}` });
  }
};
