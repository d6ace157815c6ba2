/**
 * A model that says what a test wrote down. Which line comes is counted by the turns in the request, so that a
 * process that was killed and asks again gets the same answer.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Model, ModelError, Turn, TurnRequest } from "./model.ts";

export type ScriptedTurn = Partial<Turn> & Pick<Turn, "content">;
export type Script = (request: TurnRequest, turn: number) => ScriptedTurn | ModelError;

export const createScriptedModel = (script: Script): Model => ({
  name: "Script",
  turn: async (request, { signal, onText }): Promise<Result<Turn, ModelError>> => {
    if (signal.aborted) return err({ type: "aborted", retry: false, text: "The request was stopped." });
    const turns = request.messages.filter((message) => message.role === "assistant").length;
    const line = script(request, turns);
    if ("retry" in line) return err(line);
    for (const block of line.content) if (block.type === "text") onText(block.text);
    const callsTools = line.content.some((block) => block.type === "tool_use");
    return ok({
      content: line.content,
      stopReason: line.stopReason ?? (callsTools ? "tool_use" : "end_turn"),
      usage: line.usage ?? { inputTokens: 10, outputTokens: 5 },
    });
  },
});
