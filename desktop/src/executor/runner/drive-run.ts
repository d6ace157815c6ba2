/**
 * Drives one run: asks next-step.ts what comes next and does it, until the run ends, waits for a person, or is
 * halted. Nothing of the run is in memory only: halting it anywhere, or killing the process, loses no step.
 */
import { assertNever } from "@deskhand/doc-schema/wire";
import { notesText } from "../memory/notes.ts";
import { askModel } from "./ask-model.ts";
import { writeAnswer } from "./ask-question.ts";
import { compact } from "./compact.ts";
import type { RunEventOf } from "./events.ts";
import { keepBudget } from "./keep-budget.ts";
import { nextStep, type NextStep, type WaitsFor } from "./next-step.ts";
import { performCall, refuseCall } from "./perform-call.ts";
import { recoverCall } from "./recover-call.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { viewRun } from "./run-view.ts";
import { sentence } from "./sentences.ts";

export type Outcome =
  | { readonly type: "ended"; readonly end: RunEventOf<"end"> }
  | { readonly type: "waiting"; readonly for: WaitsFor }
  /** The executor is closing; the run goes on at the next start. */
  | { readonly type: "halted" };

export const driveRun = async (run: DrivenRun, ports: RunPorts): Promise<Outcome> => {
  const { journal, signal } = run;
  remind(run, ports);
  for (;;) {
    const isCancelled = journal.events.some((event) => event.type === "cancel");
    if (signal.aborted && !isCancelled) return { type: "halted" };
    const next = nextStep([...journal.history, ...journal.events], {
      tools: ports.tools,
      standing: ports.gate.standing,
      answerOf: ports.questions.answerOf,
      contextTokens: ports.model.contextTokens,
      hasPreviews: ports.model.hasPreviews,
    });
    const goesOn = next.type === "model" || next.type === "tools" || next.type === "compact";
    if (goesOn && run.isHeld()) return { type: "waiting", for: {} };
    const kept = goesOn ? keepBudget(run, ports) : "enough";
    if (kept === "again") continue;
    if (kept !== "enough") return { type: "waiting", for: kept.waitsFor };
    switch (next.type) {
      case "model":
        await askModel(next, run, ports);
        break;
      case "compact":
        await compact(next, run, ports);
        break;
      case "tools":
        await Promise.all(next.calls.map((call) => performCall(call, run, ports)));
        break;
      case "recover":
        await recoverCall(next, run, ports);
        break;
      case "refuse":
        refuseCall(next.call, next.word, run, ports, next.approvalId);
        break;
      case "answered":
        writeAnswer(next, run, ports);
        break;
      case "park":
        return { type: "waiting", for: next.for };
      case "done":
        return { type: "ended", end: endOf(next, run, ports) };
      default:
        return assertNever(next);
    }
  }
};

/** Once, before the first turn: what was remembered later is for other runs. */
const remind = ({ journal }: DrivenRun, { model, notes, clock }: RunPorts): void => {
  const hasBegun = [...journal.history, ...journal.events].some(
    ({ type }) => type === "reminded" || type === "turn" || type === "end" || type === "cancel",
  );
  const text = hasBegun || model.remembers !== true ? undefined : notesText(notes());
  if (text !== undefined) journal.append({ type: "reminded", at: clock.now(), text });
};

/** The run's `end` event, written now unless a crash came between it and the ledger. */
const endOf = (
  { state, word, failure }: Extract<NextStep, { type: "done" }>,
  { journal, locale }: DrivenRun,
  { clock }: RunPorts,
): RunEventOf<"end"> => {
  const written = journal.events.find((event) => event.type === "end");
  if (written !== undefined) return written;
  const summary = viewRun(journal.events).lastText.slice(0, MAX_SUMMARY_LENGTH);
  const said = word === undefined ? failure : { type: word, text: sentence(word, locale) };
  const end = {
    type: "end" as const,
    at: clock.now(),
    state,
    ...(summary === "" ? {} : { summary }),
    ...(said === undefined ? {} : { failure: said }),
  };
  journal.append(end);
  return end;
};

/** A summary is a line in a list; the whole text is the reply. */
const MAX_SUMMARY_LENGTH = 400;
