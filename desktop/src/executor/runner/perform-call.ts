/**
 * One call of the model, from looking to result.
 * 1. Order: prepare → policy → (ask) → locks → start on disk → approval spent on disk → effect → result on disk.
 *    A start that only reads comes onto the disk with its result: without it the call is done anew.
 * 2. An allowed call is prepared again just before its effect; if the action is not to the byte the one that was
 *    asked about, the question is withdrawn and the call begins anew, with a new question.
 * 3. What it changes is locked from before its start until its result, or until a tool that did not listen to a stop
 *    has ended. Whoever had to wait for a lock looks anew: the world is another one.
 */
import { actionDigest, changesFiles, type ApprovalId, type StepId } from "@deskhand/doc-schema/document";
import { err, type Result } from "@deskhand/doc-schema/wire";
import { NEVER, sleep } from "../clock.ts";
import type { ToolUseBlock } from "../models/model.ts";
import type { Prepared, Tool, ToolError } from "../tools/tool.ts";
import { askQuestion } from "./ask-question.ts";
import type { RunEventOf } from "./events.ts";
import { lockedPaths } from "./locked-paths.ts";
import type { Call } from "./next-step.ts";
import type { Held, LockedPath } from "./path-locks.ts";
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
  const tool = ports.tools.get(call.name);
  if (tool === undefined) return refuseCall(call, "unknown-tool", run, ports);
  const stepId = ports.ids.create("step");
  // A start whose approval was not spent had its locks taken again, too.
  let held = tool.effect === "read" ? undefined : ports.locks.handOver(run.runId);
  try {
    for (;;) {
      const seen = await lookAt(call, approvalId, tool, stepId, run, ports);
      if (seen.type === "changed") {
        ports.gate.withdraw(seen.approvalId);
        approvalId = undefined;
        continue;
      }
      if (seen.type === "refused") return writeResult(run, ports, seen.result);
      if (seen.type === "question") return askQuestion(call, seen.prepared, stepId, run, ports);
      if (seen.type === "ask") return askPerson(call, seen.prepared, seen.decision, run, ports);
      const wanted = lockedPaths(seen.prepared.action, ports.grants());
      if (held?.covers(wanted) !== true) {
        held?.release();
        held = await takeLocks(wanted, run, ports);
        if (held === undefined) return; // stopped: the next step sees it
        if (held.hasWaited) continue;
      }
      const asked = approvalId === undefined ? {} : { approvalId };
      const start = { callId: call.id, stepId, prepared: seen.prepared, ...asked };
      const begun = { type: "start" as const, at: ports.clock.now(), ...start };
      if (tool.effect === "read" && approvalId === undefined) run.journal.appendSoon(begun);
      else run.journal.append(begun);
      if (approvalId !== undefined && !spend(approvalId, seen.prepared, tool, run, ports)) return;
      const locks = held;
      held = undefined; // whoever works under them lets them go
      return await runTool(call, tool, start, locks, run, ports);
    }
  } finally {
    held?.release();
  }
};

type Seen =
  | { readonly type: "ready" | "question"; readonly prepared: Prepared }
  | {
      readonly type: "ask";
      readonly prepared: Prepared;
      readonly decision: Extract<PolicyDecision, { type: "ask" }>;
    }
  /** What was asked about is not what would be done now. */
  | { readonly type: "changed"; readonly approvalId: ApprovalId }
  | { readonly type: "refused"; readonly result: Parameters<typeof writeResult>[2] };

/** Looks what the call would do, and what policy says to that. */
const lookAt = async (
  call: ToolUseBlock,
  approvalId: ApprovalId | undefined,
  tool: Tool,
  stepId: StepId,
  run: DrivenRun,
  ports: RunPorts,
): Promise<Seen> => {
  const { grants, decide } = ports;
  const asked = run.journal.events.find((event) => event.type === "asked" && event.approvalId === approvalId);
  const context = {
    ...toolContext(run, ports, stepId, { kind: tool.name }),
    ...(asked === undefined ? {} : { askedAt: asked.at }),
  };
  const prepared = await guarded(() => tool.prepare(call.input, context));
  if (prepared.ok && tool.effect === "question") return { type: "question", prepared: prepared.value };
  const events = [...run.journal.history, ...run.journal.events];
  const decision: PolicyDecision = prepared.ok
    ? decide(tool, prepared.value, grants(), events)
    : { type: "deny", text: prepared.error.text };
  if (approvalId !== undefined && !isStillAsked(approvalId, prepared, decision, ports))
    return { type: "changed", approvalId };
  if (!prepared.ok || decision.type === "deny") {
    const text = prepared.ok ? (decision.type === "deny" ? decision.text : "") : prepared.error.text;
    const outcome = prepared.ok ? ("denied" as const) : ("failed" as const);
    const step = prepared.ok ? prepared.value.step : { kind: tool.name };
    return {
      type: "refused",
      result: { callId: call.id, stepId, content: text, isError: true, outcome, step, detail: text },
    };
  }
  return decision.type === "ask" && approvalId === undefined
    ? { type: "ask", prepared: prepared.value, decision }
    : { type: "ready", prepared: prepared.value };
};

/** Says meanwhile what it waits for; undefined when the run was stopped. */
export const takeLocks = async (
  wanted: readonly LockedPath[],
  { runId, signal }: DrivenRun,
  { locks, onLive }: RunPorts,
): Promise<Held | undefined> => {
  const held = await locks.take(wanted, signal, ({ shown }) =>
    onLive(runId, { runId, step: { kind: "wait", object: shown } }),
  );
  onLive(runId, undefined);
  return held;
};

/** The effect itself, under a start that is on disk and under its locks, which it lets go. */
export const runTool = async (
  call: ToolUseBlock,
  tool: Tool,
  start: Pick<RunEventOf<"start">, "stepId" | "prepared" | "approvalId">,
  held: Held,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { onLive, clock, ids } = ports;
  const { stepId, prepared, approvalId } = start;
  const { action, step } = prepared;
  onLive(run.runId, { runId: run.runId, step });
  const context = toolContext(run, ports, stepId, step);
  const work = guarded(() => tool.run(prepared, context));
  const output = await Promise.race([
    work,
    stoppedTooSlowly(run.signal, (milliseconds) => sleep(clock, milliseconds, NEVER)),
  ]);
  onLive(run.runId, undefined);
  const asked = approvalId === undefined ? {} : { approvalId };
  const changed = action !== undefined && changesFiles(action) ? { undoable: true } : {};
  const result = { ...asked, ...changed, callId: call.id, stepId };
  if (output === "too-slow") {
    ports.late.add(
      run.runId,
      work.finally(() => held.release()),
    );
    return writeResult(run, ports, {
      ...result,
      content: englishSentence("stopped"),
      isError: true,
      outcome: "unknown",
      step,
      detail: sentence("stopped", run.locale),
    });
  }
  try {
    if (!output.ok) {
      const { text } = output.error;
      return writeResult(run, ports, {
        ...result,
        content: text,
        isError: true,
        outcome: "failed",
        step,
        detail: text,
      });
    }
    const { content, step: done } = output.value;
    const files = (output.value.files ?? []).map((file) => ({ ...file, artifactId: ids.create("artifact") }));
    const made = files.length === 0 ? {} : { files };
    return writeResult(run, ports, {
      ...result,
      content,
      isError: false,
      outcome: "done",
      step: done,
      ...made,
    });
  } finally {
    held.release();
  }
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
