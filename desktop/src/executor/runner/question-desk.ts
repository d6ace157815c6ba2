/**
 * Questions of the model to the person: asked once, answered by one order of a person's device, or by nobody.
 * 1. The first answer counts, on disk by the same record that handles its order ([IN1]). An answer allows nothing.
 * 2. A question lives for a week by this desktop's clock; meanwhile its run waits, also through restarts.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { IdFactory, IntentRecord, QuestionId, RunId, TaskId } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Ledger } from "../ledger.ts";
import type { QuestionFacts } from "../ledger-state.ts";
import type { QuestionAnswer } from "./next-step.ts";
import { englishSentence } from "./sentences.ts";

/** A person may be away for some days; longer, and the task is forgotten. */
export const QUESTION_LIFE_MS = 7 * 24 * 3600 * 1000;

export interface PersonQuestion {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly callId: string;
  readonly text: string;
  readonly choices: readonly string[];
}

export type AnswerIntent = Extract<IntentRecord, { readonly type: "answer" }>;
export type AnswerRefusal = "unknown-target" | "already-resolved" | "unknown-choice";

export interface QuestionDesk {
  /** Asks once for one call: a question that a crash left behind is taken up, answered meanwhile or not. */
  readonly ask: (question: PersonQuestion) => QuestionId;
  /** How it stands now; closes it when its time is over. */
  readonly standing: (id: QuestionId) => QuestionFacts["state"];
  /** What the model is told; undefined while it is open. */
  readonly answerOf: (id: QuestionId) => QuestionAnswer | undefined;
  /** An order whose signature intake has verified. */
  readonly take: (intent: AnswerIntent, device: DeviceId) => Result<void, AnswerRefusal>;
  readonly withdraw: (id: QuestionId) => void;
}

export interface QuestionDeskPorts {
  readonly ledger: Ledger;
  readonly ids: IdFactory;
  readonly now: () => number;
}

export const createQuestionDesk = ({ ledger, ids, now }: QuestionDeskPorts): QuestionDesk => {
  const { questions } = ledger.state;
  const close = (questionId: QuestionId, state: "expired" | "withdrawn"): void =>
    ledger.append({ type: "question-closed", at: now(), questionId, state });

  const standing = (id: QuestionId): QuestionFacts["state"] => {
    const question = questions.get(id);
    if (question === undefined) return "withdrawn";
    if (question.state === "pending" && now() >= question.expiresAt) close(id, "expired");
    return questions.get(id)?.state ?? "withdrawn";
  };

  return {
    standing,
    ask: ({ choices, ...question }) => {
      const left = [...questions.values()].find(
        ({ state, runId, callId }) =>
          state !== "withdrawn" && runId === question.runId && callId === question.callId,
      );
      if (left !== undefined) return left.questionId;
      const questionId = ids.create("question");
      const at = now();
      const expiresAt = at + QUESTION_LIFE_MS;
      ledger.append({
        type: "question-asked",
        at,
        questionId,
        ...question,
        choices: [...choices],
        expiresAt,
      });
      return questionId;
    },
    answerOf: (id) => {
      const state = standing(id);
      if (state === "pending") return undefined;
      const answer = questions.get(id)?.answer;
      if (state === "answered" && answer !== undefined) return { text: answer, outcome: "done" };
      return { text: englishSentence("unanswered"), outcome: "skipped" };
    },
    take: (intent, device) => {
      const { questionId, id: intentId } = intent;
      const question = questions.get(questionId);
      if (question === undefined) return err("unknown-target");
      if (standing(questionId) !== "pending") return err("already-resolved");
      const answer = answerText(intent, question);
      if (answer === undefined) return err("unknown-choice");
      const closed = { at: now(), questionId, state: "answered" as const, answer, intentId, by: device };
      ledger.append({ type: "question-closed", ...closed });
      return ok(undefined);
    },
    withdraw: (id) => {
      if (questions.get(id)?.state === "pending") close(id, "withdrawn");
    },
  };
};

/** undefined: there is no such choice. */
const answerText = ({ choice, text = "" }: AnswerIntent, { choices }: QuestionFacts): string | undefined => {
  const chosen = choice === undefined ? undefined : choices[choice];
  if (choice !== undefined && chosen === undefined) return undefined;
  const said = text.trim();
  if (chosen !== undefined) return said === "" ? `Choice: ${chosen}` : `Choice: ${chosen}\n${said}`;
  return said === "" ? englishSentence("your-choice") : said;
};
