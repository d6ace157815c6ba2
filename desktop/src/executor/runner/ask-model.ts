/**
 * One turn of the model, journaled whole or not at all. What streams meanwhile is for the screen.
 */
import type { Result } from "@deskhand/doc-schema/wire";
import { sleep } from "../clock.ts";
import type { Message, Model, ModelError, Turn } from "../models/model.ts";
import type { TurnUsage } from "./events.ts";
import type { NextStep } from "./next-step.ts";
import { withRetries } from "./retry.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { modelErrorSentence, sentence } from "./sentences.ts";
import { systemPrompt } from "./system-prompt.ts";

export const askModel = async (
  { messages, seen }: Extract<NextStep, { type: "model" }>,
  run: DrivenRun,
  ports: RunPorts,
): Promise<void> => {
  const { locale, journal, signal } = run;
  const { model, clock } = ports;
  const turn = await answerFrom(messages, run, ports, { isShown: true });
  const at = clock.now();
  if (turn.ok) {
    const { content, stopReason } = turn.value;
    const usage = pricedUsage(turn.value.usage, model, at);
    journal.append({ type: "turn", at, seen, content: [...content], stopReason, usage });
  } else if (turn.error.type === "too-large") journal.append({ type: "too-long", at });
  else if (!signal.aborted) {
    const failure = { type: turn.error.type, text: modelErrorSentence(turn.error, locale) };
    journal.append({ type: "gave-up", at, failure });
  }
};

/** The model's answer, after as many tries as it takes. `isShown`: its text goes to the screen as it comes. */
export const answerFrom = async (
  messages: readonly Message[],
  { runId, locale, journal, signal }: DrivenRun,
  { model, tools, grants, ids, clock, randomBytes, onText }: RunPorts,
  { isShown }: { readonly isShown: boolean },
): Promise<Result<Turn, ModelError>> => {
  const request = {
    system: systemPrompt(grants(), locale),
    tools: [...tools.values()].map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema,
    })),
    messages,
    locale,
  };
  const ask = (): ReturnType<typeof model.turn> => {
    let partial = "";
    return model.turn(request, {
      signal,
      onText: (delta) => {
        partial += delta;
        if (isShown) onText(runId, partial);
      },
    });
  };
  const turn = await withRetries(ask, {
    signal,
    randomBytes,
    sleep: (milliseconds) => sleep(clock, milliseconds, signal),
    onRetry: () =>
      journal.append({
        type: "retry",
        at: clock.now(),
        stepId: ids.create("step"),
        text: sentence("retrying", locale),
      }),
  });
  onText(runId, "");
  return turn;
};

/** With what it costs now, where that is known. */
export const pricedUsage = (usage: Turn["usage"], { priceOf }: Model, at: number): TurnUsage => {
  const microDollars = priceOf?.(usage, at);
  return microDollars === undefined ? usage : { ...usage, microDollars };
};
