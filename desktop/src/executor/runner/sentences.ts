/**
 * What a run says in its own name: to the person in the task's language, to the model in English.
 * Each sentence says what happened, what is safe, and what to do.
 */
import type { ModelError } from "../models/model.ts";

const ENGLISH = {
  cancelled: "The person stopped the task. This was not done.",
  "unknown-tool": "There is no such tool.",
  denied: "The person said no to this. Do not try it again in another way.",
  expired: "Nobody answered in time, so this was not done.",
  spent: "The permission for this was already used, so it was not done again.",
  unknown:
    "Deskhand was interrupted while doing this. It may or may not have taken effect: look before you repeat it.",
  stopped: "This was stopped on the way and may be done in part: look before you repeat it.",
  conflict:
    "Deskhand was interrupted, and these files have been changed by somebody else since. Nothing more was done: look again first.",
  recovered: "Done. (Deskhand was interrupted right after it and has checked that everything is there.)",
  "tool-broke": "This tool failed in a way that it should not. Nothing more was done.",
  "too-many-turns":
    "The task took more than 50 rounds and was ended. What is done stays done; ask for a smaller piece.",
  "too-many-approvals":
    "The task wanted more than 10 permissions and was ended. What is done stays done; ask for a smaller piece.",
  "answer-cut":
    "The answer became too long and was cut off. What is done stays done; ask for a smaller piece.",
  "model-refused": "The model declined this task. Nothing more was done; try to put it differently.",
  "context-full":
    "The task grew larger than the model can read at once. What is done stays done; ask for a smaller piece.",
  "gave-up": "The model did not answer after several tries. What is done stays done; try again later.",
  "executor-broke": "Deskhand failed on this task. What is done stays done, and the other tasks go on.",
  "over-budget":
    "The task reached a limit, and nobody allowed more. What is done stays done; raise the limit on the computer, or ask for a smaller piece.",
  retrying: "The model did not answer; trying again.",
  unanswered:
    "Nobody answered this question in time. Decide yourself if that does no harm, or end here and say so.",
  "your-choice": "The person leaves this to you. Say in your answer what you chose.",
  "too-many-questions": "This task has asked the person ten times already. Go on with what you know.",
  "after-failed":
    "The task before it did not end well, so this one waits. Release it to start it nevertheless, or remove it.",
} as const;

export type SentenceWord = keyof typeof ENGLISH;

const CHINESE: Readonly<Record<SentenceWord, string>> = {
  cancelled: "你停止了這項任務，這一步沒有執行。",
  "unknown-tool": "沒有這個工具。",
  denied: "你沒有同意，這一步沒有執行。",
  expired: "沒有人及時回答，這一步沒有執行。",
  spent: "這項許可已經用過，沒有再執行一次。",
  unknown: "Deskhand 在執行這一步時中斷，不確定是否已生效，重做前請先查看。",
  stopped: "這一步中途停止，可能只完成一部分，重做前請先查看。",
  conflict: "Deskhand 曾中斷，之後這些檔案又被別人改過。沒有再做任何事，請先查看。",
  recovered: "已完成。（Deskhand 在完成後曾中斷，已確認一切都在。）",
  "tool-broke": "這個工具發生了不該有的錯誤。沒有再做任何事。",
  "too-many-turns": "任務超過 50 輪，已結束。已完成的部分會保留，請拆成較小的任務。",
  "too-many-approvals": "任務要求超過 10 次許可，已結束。已完成的部分會保留，請拆成較小的任務。",
  "answer-cut": "回答太長而被截斷。已完成的部分會保留，請拆成較小的任務。",
  "model-refused": "模型拒絕了這項任務。沒有再做任何事，請換個說法。",
  "context-full": "任務的內容超過模型一次能讀的量。已完成的部分會保留，請拆成較小的任務。",
  "gave-up": "試了幾次，模型都沒有回答。已完成的部分會保留，請稍後再試。",
  "executor-broke": "Deskhand 執行這項任務時出錯。已完成的部分會保留，其他任務會繼續。",
  "over-budget": "任務達到上限，沒有獲准再用更多。已完成的部分會保留，可在電腦上提高上限，或拆成較小的任務。",
  retrying: "模型沒有回答，正在重試。",
  unanswered: "沒有人及時回答這個問題。",
  "your-choice": "你讓 Deskhand 自己決定。",
  "too-many-questions": "這項任務已經問過十次，請它以已知的資訊繼續。",
  "after-failed": "前一項任務沒有順利完成，所以這項任務在等。可以放行讓它開始，或移除它。",
};

const MODEL_CHINESE: Readonly<Record<ModelError["type"], string>> = {
  "rate-limited": "模型服務目前的請求太多。已完成的部分會保留，請稍後再試。",
  overloaded: "模型服務目前過載。已完成的部分會保留，請稍後再試。",
  connection: "無法連上模型服務。已完成的部分會保留，請檢查網路。",
  stalled: "模型服務沒有回應。已完成的部分會保留，請稍後再試。",
  "key-refused": "模型金鑰被拒絕，請在設定中檢查。",
  "not-allowed": "這個金鑰不能使用這個模型，請在設定中檢查。",
  "bad-request": "模型服務不接受這個請求。",
  "too-large": "請求太大，模型服務不接受。請拆成較小的任務。",
  aborted: "請求已停止。",
};

const isChinese = (locale: string): boolean => locale.toLowerCase().startsWith("zh");

/** For the person, in the language of the task. */
export const sentence = (word: SentenceWord, locale: string): string =>
  isChinese(locale) ? CHINESE[word] : ENGLISH[word];

/** For the model. */
export const englishSentence = (word: SentenceWord): string => ENGLISH[word];

export const modelErrorSentence = (error: ModelError, locale: string): string =>
  isChinese(locale) ? MODEL_CHINESE[error.type] : error.text;
