/**
 * Makes a long conversation short: the model itself writes what it needs to go on, at the boundary of a turn, and reads
 * that instead from then on. What the person said stays word for word, and the journal keeps everything.
 */
import type { Message, TextBlock } from "../models/model.ts";
import { answerFrom, pricedUsage } from "./ask-model.ts";
import type { NextStep } from "./next-step.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { modelErrorSentence, sentence } from "./sentences.ts";

const ORDER =
  "The conversation has become long and is now replaced by a summary of yours. Write it for yourself, without calling " +
  "any tool: what is done and where, what you found out (names, paths, numbers), what you tried in vain, what the " +
  "person decided, and what is still to be done. What is not in it you will not know any more.";

export const compact = async (
  { messages, seen, shrink }: Extract<NextStep, { type: "compact" }>,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { journal, locale, signal } = run;
  const { clock, model } = ports;
  const asked = withOrder(shrink ? messages.map(shrunk) : messages);
  let turn = await answerFrom(asked, run, ports, { isShown: false });
  if (!turn.ok && turn.error.type === "too-large" && !shrink)
    turn = await answerFrom(withOrder(messages.map(shrunk)), run, ports, { isShown: false });
  if (!turn.ok && signal.aborted) return;
  const summary = turn.ok
    ? turn.value.content
        .map((block) => (block.type === "text" ? block.text : ""))
        .join("")
        .trim()
    : "";
  if (turn.ok && summary !== "")
    return journal.append({
      type: "compacted",
      at: clock.now(),
      seen,
      summary,
      usage: pricedUsage(turn.value.usage, model, clock.now()),
    });
  const failure =
    turn.ok || turn.error.type === "too-large"
      ? { type: "context-full", text: sentence("context-full", locale) }
      : { type: turn.error.type, text: modelErrorSentence(turn.error, locale) };
  journal.append({ type: "gave-up", at: clock.now(), failure });
};

const withOrder = (messages: readonly Message[]): readonly Message[] => {
  const order: TextBlock = { type: "text", text: ORDER };
  const last = messages.at(-1);
  return last?.role === "user"
    ? [...messages.slice(0, -1), { role: "user", content: [...last.content, order] }]
    : [...messages, { role: "user", content: [order] }];
};

/** How much of each result a summary is made from when not all of them fit. */
const SHRUNK_CHARACTERS = 1000;

const shrunk = (message: Message): Message =>
  message.role === "assistant"
    ? message
    : {
        role: "user",
        content: message.content.map((block) =>
          block.type === "tool_result" && block.content.length > SHRUNK_CHARACTERS
            ? { ...block, content: `${block.content.slice(0, SHRUNK_CHARACTERS)} … [cut]` }
            : block,
        ),
      };
