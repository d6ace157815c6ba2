/**
 * What a run's journal comes to for the model: the messages so far, the calls of the last turn, what is still unsaid.
 * 1. Every call gets exactly one result, in the order of the calls; what a person said meanwhile comes after them.
 * 2. Once a conversation was made short, the person's words and the summary stand for all that was before.
 */
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { receivedText } from "../files/attachment-texts.ts";
import type { Message, TextBlock, ToolResultBlock, ToolUseBlock } from "../models/model.ts";
import type { RunEvent, RunEventOf } from "./events.ts";
import { previewOf } from "./long-results.ts";
import type { SentenceWord } from "./sentences.ts";

/** Stop reasons after which the model is not asked again. */
export const FAILED_STOPS: Readonly<Partial<Record<RunEventOf<"turn">["stopReason"], SentenceWord>>> = {
  max_tokens: "answer-cut",
  refusal: "model-refused",
  model_context_window_exceeded: "context-full",
};

export interface Folded {
  readonly messages: Message[];
  readonly calls: readonly ToolUseBlock[];
  readonly lastTurn: RunEventOf<"turn"> | undefined;
  readonly turns: number;
  /** Since the conversation was made short last. */
  readonly recentTurns: number;
  readonly isTooLong: boolean;
  readonly results: ReadonlyMap<string, RunEventOf<"result">>;
  readonly starts: ReadonlyMap<string, RunEventOf<"start">>;
  readonly asks: ReadonlyMap<string, ApprovalId>;
  readonly questions: ReadonlyMap<string, RunEventOf<"question">>;
  readonly isCancelled: boolean;
  readonly gaveUp: RunEventOf<"gave-up"> | undefined;
  readonly end: RunEventOf<"end"> | undefined;
  /** Said by the person and not yet in a message. */
  readonly unsaid: readonly string[];
  readonly hasPreviews: boolean;
}

interface Line {
  readonly text: string;
  /** Its place in the journal. */
  readonly at: number;
  readonly isSummary?: boolean;
}
const wordsOf = (lines: readonly Line[]): readonly string[] =>
  lines.flatMap(({ text, isSummary }) => (isSummary === true ? [] : [text]));

export const fold = (events: readonly RunEvent[], hasPreviews: boolean): Folded => {
  const messages: Message[] = [];
  const results = new Map<string, RunEventOf<"result">>();
  const starts = new Map<string, RunEventOf<"start">>();
  const asks = new Map<string, ApprovalId>();
  const questions = new Map<string, RunEventOf<"question">>();
  const steered = new Set<string>();
  let said: Line[] = [];
  /** All that the person said, as it was given to the model. */
  let heard: string[] = [];
  let calls: readonly ToolUseBlock[] = [];
  let lastTurn: RunEventOf<"turn"> | undefined;
  let turns = 0;
  let recentTurns = 0;
  let isTooLong = false;
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
          isTooLong = false;
        }
        break;
      case "edited":
        said = [{ text: event.prompt, at }, ...said.slice(1)];
        break;
      case "reminded":
        said.push({ text: event.text, at });
        break;
      case "steer":
        if (!steered.has(event.intentId)) said.push({ text: event.text, at });
        steered.add(event.intentId);
        break;
      case "turn": {
        const answered = said.filter((line) => line.at < event.seen);
        said = said.filter((line) => line.at >= event.seen);
        heard.push(...wordsOf(answered));
        pushUser(
          { messages, calls, results, hasPreviews },
          answered.map(({ text }) => text),
        );
        const isCut = FAILED_STOPS[event.stopReason] !== undefined;
        const isCallable = !isCut && event.stopReason !== "pause_turn";
        // A call that was cut off is not made, so it has no result, and the service takes none without.
        const content = isCut ? event.content.filter(({ type }) => type !== "tool_use") : event.content;
        if (content.length > 0) messages.push({ role: "assistant", content });
        calls = isCallable ? event.content.filter((block) => block.type === "tool_use") : [];
        lastTurn = event;
        turns++;
        recentTurns++;
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
      case "too-long":
        isTooLong = true;
        break;
      case "compacted": {
        heard = [...heard, ...wordsOf(said.filter((line) => line.at < event.seen))];
        const later = said.filter((line) => line.at >= event.seen);
        said = [{ text: afterCompaction(heard, event.summary), at: 0, isSummary: true }, ...later];
        messages.length = 0;
        calls = [];
        lastTurn = undefined;
        recentTurns = 0;
        isTooLong = false;
        break;
      }
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
    recentTurns,
    isTooLong,
    hasPreviews,
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

/** What the model is told when a conversation was made short. The summary is its own, the rest the person's words. */
const afterCompaction = (heard: readonly string[], summary: string): string =>
  [...heard, `[You have worked on this already. Your own summary of it:]\n${summary}`].join("\n\n");

export const withAnswers = (folded: Folded): readonly Message[] => {
  const messages = [...folded.messages];
  pushUser({ ...folded, messages }, folded.unsaid);
  return messages;
};

/** Results first, then what the person said; nothing when there is neither. */
const pushUser = (
  { messages, calls, results, hasPreviews }: Pick<Folded, "messages" | "calls" | "results" | "hasPreviews">,
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
            content: hasPreviews ? previewOf(result.content, result.stepId) : result.content,
            ...(result.isError ? { is_error: true } : {}),
          },
        ];
  });
  const content = [...answers, ...texts.map((text): TextBlock => ({ type: "text", text }))];
  if (content.length > 0) messages.push({ role: "user", content });
};
