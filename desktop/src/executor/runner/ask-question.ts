/** A call that asks the person: its question goes to their devices, and the run waits; the answer is its result. */
import type { StepId } from "@deskhand/doc-schema/document";
import { parseQuestionPlan } from "../tools/ask-person.ts";
import type { ToolUseBlock } from "../models/model.ts";
import type { Prepared } from "../tools/tool.ts";
import type { NextStep } from "./next-step.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { englishSentence, sentence } from "./sentences.ts";
import { writeResult } from "./write-result.ts";

/** Whoever asks more often than this is not doing the work. */
export const MAX_QUESTIONS = 10;

export const askQuestion = (
  call: ToolUseBlock,
  { plan, step }: Prepared,
  stepId: StepId,
  { runId, taskId, journal, locale }: DrivenRun,
  ports: RunPorts,
): void => {
  const question = parseQuestionPlan(plan);
  const asked = journal.events.filter(({ type }) => type === "question").length;
  if (question === undefined || asked >= MAX_QUESTIONS)
    return writeResult({ runId, journal }, ports, {
      callId: call.id,
      stepId,
      content: englishSentence("too-many-questions"),
      isError: true,
      outcome: "skipped",
      step,
      detail: sentence("too-many-questions", locale),
    });
  const questionId = ports.questions.ask({ runId, taskId, callId: call.id, ...question });
  ports.audit.write({ kind: "asked", what: questionId, runId });
  journal.append({ type: "question", at: ports.clock.now(), callId: call.id, stepId, questionId });
};

/** How much of an answer the step line has room for. */
const MAX_DETAIL_LENGTH = 200;

export const writeAnswer = (
  { call, question, answer: { text, outcome } }: Extract<NextStep, { type: "answered" }>,
  run: DrivenRun,
  ports: RunPorts,
): void =>
  writeResult(run, ports, {
    callId: call.id,
    stepId: question.stepId,
    content: text,
    isError: outcome !== "done",
    outcome,
    step: { kind: "question" },
    detail: outcome === "done" ? text.slice(0, MAX_DETAIL_LENGTH) : sentence("unanswered", run.locale),
  });
