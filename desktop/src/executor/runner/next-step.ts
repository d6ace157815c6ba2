/**
 * What a run does next: one pure function of its journal.
 * 1. Nothing else decides. A process that was killed reads the journal and goes on where this points.
 * 2. Every call of the model gets exactly one result, in the order of the calls, before the model is asked again;
 *    what a person said meanwhile comes after the results.
 * 3. A start whose approval was never spent did not begin: the approval is spent before the effect.
 */
import type { ApprovalId, QuestionId } from "@deskhand/doc-schema/document";
import type { Message, ToolUseBlock } from "../models/model.ts";
import type { Tool } from "../tools/tool.ts";
import { FAILED_STOPS, fold, withAnswers, type Folded } from "./conversation.ts";
import type { RunEvent, RunEventOf } from "./events.ts";
import type { SentenceWord } from "./sentences.ts";

/** How an approval stands right now. "allowed" = may be spent; "spent" = was. */
export type Standing = "pending" | "allowed" | "spent" | "denied" | "expired" | "withdrawn";

export interface NextStepFacts {
  readonly tools: ReadonlyMap<string, Pick<Tool, "effect">>;
  readonly standing: (approvalId: ApprovalId) => Standing;
  /** How much the model reads at once, where that is known. */
  readonly contextTokens?: number | undefined;
  /** It pages through long results by itself. */
  readonly hasPreviews?: boolean | undefined;
  /** undefined: nobody has answered yet. */
  readonly answerOf: (questionId: QuestionId) => QuestionAnswer | undefined;
}

export interface QuestionAnswer {
  /** As the model is told it. */
  readonly text: string;
  readonly outcome: "done" | "skipped";
}

/** What a run waits for; neither: until it is released. */
export interface WaitsFor {
  readonly approvalId?: ApprovalId;
  readonly questionId?: QuestionId;
}

export interface Call {
  readonly call: ToolUseBlock;
  /** The person allowed it; still to be compared with the world and spent. */
  readonly approvalId?: ApprovalId;
}

export type NextStep =
  | { readonly type: "model"; readonly messages: readonly Message[]; readonly seen: number }
  /** The conversation is nearly, or already, too long. `shrink`: results are cut, for they do not fit. */
  | {
      readonly type: "compact";
      readonly messages: readonly Message[];
      readonly seen: number;
      readonly shrink: boolean;
    }
  /** Several only when all of them read. */
  | { readonly type: "tools"; readonly calls: readonly Call[] }
  /** `mayRun`: the effect may be finished; not after a cancel. */
  | {
      readonly type: "recover";
      readonly call: ToolUseBlock;
      readonly start: RunEventOf<"start">;
      readonly mayRun: boolean;
    }
  | {
      readonly type: "refuse";
      readonly call: ToolUseBlock;
      readonly word: SentenceWord;
      readonly approvalId?: ApprovalId;
    }
  | {
      readonly type: "answered";
      readonly call: ToolUseBlock;
      readonly question: RunEventOf<"question">;
      readonly answer: QuestionAnswer;
    }
  | { readonly type: "park"; readonly for: WaitsFor }
  | {
      readonly type: "done";
      readonly state: "done" | "failed" | "cancelled";
      readonly word?: SentenceWord;
      /** Already in the person's words (from the model port). */
      readonly failure?: RunEventOf<"gave-up">["failure"];
    };

/** A model that calls tools in circles is ended here. */
export const MAX_TURNS = 50;

/** Of the window: what a turn reads and writes anew still fits beside it. */
const FULL = 0.65;

export const nextStep = (events: readonly RunEvent[], facts: NextStepFacts): NextStep => {
  const folded = fold(events, facts.hasPreviews === true);
  const { lastTurn, gaveUp, end, isCancelled } = folded;
  if (end !== undefined)
    return {
      type: "done",
      state: end.state,
      ...(end.failure === undefined ? {} : { failure: end.failure }),
    };
  if (gaveUp !== undefined && !isCancelled) return { type: "done", state: "failed", failure: gaveUp.failure };
  const pending = nextCall(folded, facts);
  if (pending !== undefined) return pending;
  if (isCancelled) return { type: "done", state: "cancelled" };
  const compacting = toCompact(folded, facts, events.length);
  if (compacting !== undefined) return compacting;
  const hasMore = folded.calls.length > 0 || folded.unsaid.length > 0;
  if (lastTurn !== undefined) {
    const failed = FAILED_STOPS[lastTurn.stopReason];
    if (failed !== undefined) return { type: "done", state: "failed", word: failed };
    if (!hasMore && lastTurn.stopReason !== "pause_turn") return { type: "done", state: "done" };
    if (folded.turns >= MAX_TURNS) return { type: "done", state: "failed", word: "too-many-turns" };
  }
  return { type: "model", messages: withAnswers(folded), seen: events.length };
};

/** A conversation that is too long right after it was made short cannot be helped. */
const toCompact = (folded: Folded, { contextTokens }: NextStepFacts, seen: number): NextStep | undefined => {
  const { lastTurn, calls, unsaid, isTooLong, recentTurns } = folded;
  const isExceeded = isTooLong || lastTurn?.stopReason === "model_context_window_exceeded";
  if (isExceeded)
    return recentTurns < 2
      ? { type: "done", state: "failed", word: "context-full" }
      : { type: "compact", messages: withAnswers(folded), seen, shrink: true };
  const goesOn = calls.length > 0 || unsaid.length > 0;
  if (lastTurn === undefined || contextTokens === undefined || recentTurns < 2 || !goesOn) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens = 0 } = lastTurn.usage;
  return inputTokens + cacheReadTokens + outputTokens < contextTokens * FULL
    ? undefined
    : { type: "compact", messages: withAnswers(folded), seen, shrink: false };
};

/** What the calls of the last turn still need, or undefined when each has its result. */
const nextCall = (folded: Folded, facts: NextStepFacts): NextStep | undefined => {
  const { tools, standing } = facts;
  const reads: Call[] = [];
  for (const call of folded.calls) {
    if (folded.results.has(call.id)) continue;
    const start = folded.starts.get(call.id);
    if (start !== undefined && (start.approvalId === undefined || standing(start.approvalId) === "spent"))
      return reads.length > 0
        ? { type: "tools", calls: reads }
        : { type: "recover", call, start, mayRun: !folded.isCancelled };
    const step = freshCall(call, folded, facts);
    const isRead = step.type === "tools" && tools.get(call.name)?.effect === "read";
    if (!isRead) return reads.length > 0 ? { type: "tools", calls: reads } : step;
    reads.push({ call });
  }
  return reads.length > 0 ? { type: "tools", calls: reads } : undefined;
};

const freshCall = (
  call: ToolUseBlock,
  folded: Folded,
  { tools, standing, answerOf }: NextStepFacts,
): NextStep => {
  if (folded.isCancelled) return { type: "refuse", call, word: "cancelled" };
  if (!tools.has(call.name)) return { type: "refuse", call, word: "unknown-tool" };
  const question = folded.questions.get(call.id);
  if (question !== undefined) {
    const answer = answerOf(question.questionId);
    return answer === undefined
      ? { type: "park", for: { questionId: question.questionId } }
      : { type: "answered", call, question, answer };
  }
  const approvalId = folded.asks.get(call.id);
  if (approvalId === undefined) return { type: "tools", calls: [{ call }] };
  const state = standing(approvalId);
  switch (state) {
    case "pending":
      return { type: "park", for: { approvalId } };
    case "allowed":
      return { type: "tools", calls: [{ call, approvalId }] };
    case "withdrawn":
      return { type: "tools", calls: [{ call }] };
    case "denied":
    case "expired":
    case "spent":
      return { type: "refuse", call, approvalId, word: state };
  }
};
