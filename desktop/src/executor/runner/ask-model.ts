/**
 * One turn of the model, journaled whole or not at all. What streams meanwhile is for the screen.
 */
import { sleep } from "../clock.ts";
import type { Model, Turn } from "../models/model.ts";
import type { TurnUsage } from "./events.ts";
import type { NextStep } from "./next-step.ts";
import { withRetries } from "./retry.ts";
import type { DrivenRun, RunPorts } from "./run-ports.ts";
import { modelErrorSentence, sentence } from "./sentences.ts";
import { systemPrompt } from "./system-prompt.ts";

export const askModel = async (
  { messages, seen }: Extract<NextStep, { type: "model" }>,
  { runId, locale, journal, signal }: DrivenRun,
  { model, tools, grants, ids, clock, randomBytes, onText }: RunPorts,
): Promise<void> => {
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
        onText(runId, partial);
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
  if (turn.ok) {
    const { content, stopReason } = turn.value;
    const usage = pricedUsage(turn.value.usage, model, clock.now());
    journal.append({ type: "turn", at: clock.now(), seen, content: [...content], stopReason, usage });
  } else if (!signal.aborted) {
    const failure = { type: turn.error.type, text: modelErrorSentence(turn.error, locale) };
    journal.append({ type: "gave-up", at: clock.now(), failure });
  }
};

/** With what it costs now, where that is known. */
export const pricedUsage = (usage: Turn["usage"], { priceOf }: Model, at: number): TurnUsage => {
  const microDollars = priceOf?.(usage, at);
  return microDollars === undefined ? usage : { ...usage, microDollars };
};
