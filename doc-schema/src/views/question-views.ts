/** Questions as a person meets them: what is asked, for which task, and what this device has answered. */
import {
  intentPlace,
  readIntents,
  readQuestions,
  readTasks,
  type IntentRecord,
  type Question,
} from "../document/index.ts";
import type { DeviceId } from "../crypto/index.ts";
import { sentOrSaved, type ViewPorts } from "./task-views.ts";

type AnswerIntent = Extract<IntentRecord, { readonly type: "answer" }>;

export interface QuestionView {
  readonly question: Question;
  readonly taskPrompt?: string;
  /** The last answer of this device that the desktop has not taken yet, and whether the relay has it. */
  readonly myAnswer?: { readonly answer: AnswerIntent; readonly delivery: "saved" | "sent" };
  /** May this device still answer? */
  readonly answerable: boolean;
}

/** Every question, newest first; the pending ones are those that need somebody. */
export const questionViews = (ports: ViewPorts, device: DeviceId, now: number): readonly QuestionView[] => {
  const mine = new Map<string, AnswerIntent>();
  for (const { value, device: author } of readIntents(ports.doc).entries) {
    if (author !== device || value.type !== "answer") continue;
    const last = mine.get(value.questionId);
    if (last === undefined || last.id < value.id) mine.set(value.questionId, value);
  }
  const prompts = new Map(readTasks(ports.doc).entries.map(({ value }) => [value.id, value.prompt]));
  const mayAnswer = ports.registry.get(device)?.roles.includes("send") ?? false;
  return readQuestions(ports.doc)
    .entries.map((question): QuestionView => {
      const isOpen = question.state === "pending" && now < (question.expiresAt ?? Infinity);
      const answer = isOpen ? mine.get(question.id) : undefined;
      const taskPrompt = prompts.get(question.taskId);
      return {
        question,
        answerable: isOpen && mayAnswer,
        ...(taskPrompt === undefined ? {} : { taskPrompt }),
        ...(answer === undefined
          ? {}
          : {
              myAnswer: { answer, delivery: sentOrSaved(intentPlace(ports.doc, answer.id), ports.isAtRelay) },
            }),
      };
    })
    .sort((a, b) => (a.question.id < b.question.id ? 1 : -1));
};
