/**
 * The built-in planner: plain requests in English and Traditional Chinese become tool calls, without a key and without
 * a network, through the same loop, policy and approvals as any model.
 * 1. A turn is a pure function of the request: asked again after a crash, it gives the same text, calls and ids.
 * 2. A plan never takes an answer for that of another call: when the two do not match, it stops and says so.
 * 3. What it does not understand it says, with what it can do. Then it changes nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { err, ok } from "@deskhand/doc-schema/wire";
import type { AssistantBlock, Model, Turn, TurnRequest } from "./model.ts";
import { CHINESE } from "./planner/chinese.ts";
import { readConversation, type Step } from "./planner/conversation.ts";
import { ENGLISH } from "./planner/english.ts";
import { foldersInPrompt } from "./planner/folders.ts";
import { understand } from "./planner/intents.ts";
import type { Ask, Plan, Scene } from "./planner/plan.ts";

export const createOfflinePlanner = (): Model => ({
  name: "Built-in planner (offline)",
  turn: (request, { signal, onText }) => {
    if (signal.aborted)
      return Promise.resolve(err({ type: "aborted", retry: false, text: "The request was stopped." }));
    const turn = nextTurn(request);
    for (const block of turn.content) if (block.type === "text") onText(block.text);
    return Promise.resolve(ok(turn));
  },
});

const nextTurn = ({ system, tools, messages, locale }: TurnRequest): Turn => {
  const { request, steps, callCount, unheard } = readConversation(
    messages,
    (text) => understand(text) !== undefined,
  );
  const scene = sceneOf(request, system, locale);
  const { say, folders } = scene;
  const understood = understand(request);
  if (understood === undefined) return lastWords(say.unknown(folders.map(({ name }) => name)));

  const next = replay(understood.start(scene), steps);
  if (next === "mismatch") return lastWords(say.changedMeanwhile());
  if ("end" in next)
    return lastWords(unheard.length === 0 ? next.end : `${next.end}\n\n${say.unheard(unheard)}`);
  const missing = next.calls.find((call) => !tools.some((tool) => tool.name === call.name));
  return missing === undefined ? callTurn(next, callCount) : lastWords(say.noTool(missing.name));
};

/** Runs the plan over the answers so far: what it asks next, or its last words. */
const replay = (plan: Plan, steps: readonly Step[]): Ask | { readonly end: string } | "mismatch" => {
  let next = plan.next([]);
  for (let at = 0; next.done !== true && at < steps.length;) {
    const { calls } = next.value;
    const answered = steps.slice(at, at + calls.length);
    const isSame = calls.every(
      ({ name, input }, index) =>
        answered[index]?.name === name && isDeepStrictEqual(answered[index].input, input),
    );
    if (!isSame) return "mismatch";
    at += calls.length;
    next = plan.next(answered.map(({ answer }) => answer));
  }
  return next.done === true ? { end: next.value } : next.value;
};

const HAN = /\p{Script=Han}/u;

const sceneOf = (request: string, system: string, locale: string): Scene => {
  const language = locale.toLowerCase().startsWith("zh") || HAN.test(request) ? "zh" : "en";
  return {
    folders: foldersInPrompt(system),
    language,
    locale: numberLocale(locale, language),
    say: language === "zh" ? CHINESE : ENGLISH,
  };
};

/** The person's own tag where it is one that numbers can be written in. */
const numberLocale = (locale: string, language: Scene["language"]): string => {
  const usual = language === "zh" ? "zh-Hant" : "en";
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? usual;
  } catch (error) {
    if (error instanceof RangeError) return usual; // not a language tag
    throw error;
  }
};

const FREE = { inputTokens: 0, outputTokens: 0 };

const lastWords = (text: string): Turn => ({
  content: [{ type: "text", text }],
  stopReason: "end_turn",
  usage: FREE,
});

/** The ids count on from the calls before, so that a replay gives the same and none comes twice. */
const callTurn = ({ text, calls }: Ask, callCount: number): Turn => ({
  content: [
    ...(text === undefined ? [] : [{ type: "text", text } as const]),
    ...calls.map(({ name, input }, at): AssistantBlock => ({
      type: "tool_use",
      id: `plan_${callCount + at + 1}`,
      name,
      input,
    })),
  ],
  stopReason: "tool_use",
  usage: FREE,
});
