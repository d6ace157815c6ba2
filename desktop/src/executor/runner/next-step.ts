/**
 * What a run does next: one pure function of its journal.
 * 1. Nothing else decides. A process that was killed reads the journal and goes on where this points.
 * 2. Every call of the model gets exactly one result, in the order of the calls, before the model is asked again;
 *    what a person said meanwhile comes after the results.
 * 3. A start whose approval was never spent did not begin: the approval is spent before the effect.
 */
import type { ApprovalId, QuestionId } from "@deskhand/doc-schema/document";
import { receivedText } from "../files/attachment-texts.ts";
import type { Message, TextBlock, ToolResultBlock, ToolUseBlock } from "../models/model.ts";
import type { Tool } from "../tools/tool.ts";
import type { RunEvent, RunEventOf } from "./events.ts";
import type { SentenceWord } from "./sentences.ts";

/** How an approval stands right now. "allowed" = may be spent; "spent" = was. */
export type Standing = "pending" | "allowed" | "spent" | "denied" | "expired" | "withdrawn";

export interface NextStepFacts {
  readonly tools: ReadonlyMap<string, Pick<Tool, "effect">>;
  readonly standing: (approvalId: ApprovalId) => Standing;
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

interface Folded {
  readonly messages: Message[];
  readonly calls: readonly ToolUseBlock[];
  readonly lastTurn: RunEventOf<"turn"> | undefined;
  readonly turns: number;
  readonly results: ReadonlyMap<string, RunEventOf<"result">>;
  readonly starts: ReadonlyMap<string, RunEventOf<"start">>;
  readonly asks: ReadonlyMap<string, ApprovalId>;
  readonly questions: ReadonlyMap<string, RunEventOf<"question">>;
  readonly isCancelled: boolean;
  readonly gaveUp: RunEventOf<"gave-up"> | undefined;
  readonly end: RunEventOf<"end"> | undefined;
  /** Said by the person and not yet in a message. */
  readonly unsaid: readonly string[];
}

export const nextStep = (events: readonly RunEvent[], facts: NextStepFacts): NextStep => {
  const folded = fold(events);
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
  const hasMore = folded.calls.length > 0 || folded.unsaid.length > 0;
  if (lastTurn !== undefined) {
    const failed = FAILED_STOPS[lastTurn.stopReason];
    if (failed !== undefined) return { type: "done", state: "failed", word: failed };
    if (!hasMore && lastTurn.stopReason !== "pause_turn") return { type: "done", state: "done" };
    if (folded.turns >= MAX_TURNS) return { type: "done", state: "failed", word: "too-many-turns" };
  }
  return { type: "model", messages: withAnswers(folded), seen: events.length };
};

/** Stop reasons after which the model is not asked again. */
const FAILED_STOPS: Readonly<Partial<Record<RunEventOf<"turn">["stopReason"], SentenceWord>>> = {
  max_tokens: "answer-cut",
  refusal: "model-refused",
  model_context_window_exceeded: "context-full",
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

const fold = (events: readonly RunEvent[]): Folded => {
  const messages: Message[] = [];
  const results = new Map<string, RunEventOf<"result">>();
  const starts = new Map<string, RunEventOf<"start">>();
  const asks = new Map<string, ApprovalId>();
  const questions = new Map<string, RunEventOf<"question">>();
  const steered = new Set<string>();
  let said: { readonly text: string; readonly at: number }[] = [];
  let calls: readonly ToolUseBlock[] = [];
  let lastTurn: RunEventOf<"turn"> | undefined;
  let turns = 0;
  let isCancelled = false;
  let gaveUp: RunEventOf<"gave-up"> | undefined;
  let end: RunEventOf<"end"> | undefined;

  for (const [at, event] of events.entries())
    switch (event.type) {
      case "began":
        if (event.continues === undefined) said.push({ text: event.prompt, at });
        else {
          // What ended the run before is over; what it had done and heard is known.
          said.push({ text: CONTINUE, at });
          lastTurn = undefined;
          gaveUp = undefined;
          end = undefined;
          isCancelled = false;
          turns = 0;
        }
        break;
      case "edited":
        said = [{ text: event.prompt, at }, ...said.slice(1)];
        break;
      case "steer":
        if (!steered.has(event.intentId)) said.push({ text: event.text, at });
        steered.add(event.intentId);
        break;
      case "turn": {
        const answered = said.filter((line) => line.at < event.seen).map((line) => line.text);
        said = said.filter((line) => line.at >= event.seen);
        pushUser(messages, calls, results, answered);
        const isCut = FAILED_STOPS[event.stopReason] !== undefined;
        const isCallable = !isCut && event.stopReason !== "pause_turn";
        // A call that was cut off is not made, so it has no result, and the service takes none without.
        const content = isCut ? event.content.filter(({ type }) => type !== "tool_use") : event.content;
        if (content.length > 0) messages.push({ role: "assistant", content });
        calls = isCallable ? event.content.filter((block) => block.type === "tool_use") : [];
        lastTurn = event;
        turns++;
        break;
      }
      case "asked":
        asks.set(event.callId, event.approvalId);
        break;
      case "question":
        questions.set(event.callId, event);
        break;
      case "start":
        starts.set(event.callId, event);
        break;
      case "result":
        results.set(event.callId, event);
        break;
      case "cancel":
        isCancelled = true;
        break;
      case "gave-up":
        gaveUp = event;
        break;
      case "end":
        end = event;
        break;
      case "received":
        said.push({ text: receivedText(event), at });
        break;
      case "receiving":
      case "retry":
      case "over-budget":
      case "extended":
        break;
    }
  const unsaid = said.map((line) => line.text);
  return {
    messages,
    calls,
    lastTurn,
    turns,
    results,
    starts,
    asks,
    questions,
    isCancelled,
    gaveUp,
    end,
    unsaid,
  };
};

/** What the model is told when a run goes on with another one. */
const CONTINUE = "Go on with the task where you were. Look before you repeat anything.";

/** Calls that were begun and have no result. */
export const openCalls = (events: readonly RunEvent[]): readonly RunEventOf<"start">[] => {
  const ended = new Set(events.flatMap((event) => (event.type === "result" ? [event.callId] : [])));
  return events.filter((event) => event.type === "start").filter(({ callId }) => !ended.has(callId));
};

const withAnswers = ({ messages, calls, results, unsaid }: Folded): readonly Message[] => {
  pushUser(messages, calls, results, unsaid);
  return messages;
};

/** Results first, then what the person said; nothing when there is neither. */
const pushUser = (
  messages: Message[],
  calls: readonly ToolUseBlock[],
  results: ReadonlyMap<string, RunEventOf<"result">>,
  texts: readonly string[],
): void => {
  const answers = calls.flatMap((call): ToolResultBlock[] => {
    const result = results.get(call.id);
    return result === undefined
      ? []
      : [
          {
            type: "tool_result",
            tool_use_id: call.id,
            content: result.content,
            ...(result.isError ? { is_error: true } : {}),
          },
        ];
  });
  const content = [...answers, ...texts.map((text): TextBlock => ({ type: "text", text }))];
  if (content.length > 0) messages.push({ role: "user", content });
};
