import { afterEach, describe, expect, test } from "vitest";
import { createScriptedModel, type Script } from "../../../../desktop/src/executor/models/scripted.ts";
import type { Message, Model, ModelError } from "../../../../desktop/src/executor/models/model.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { createBench, runIn, sendIntent, sendTask, tallyTool, until, type Bench } from "./bench.ts";

const look = (id: string, line = "a") => ({ type: "tool_use" as const, id, name: "look", input: { line } });
const said = (text: string) => ({ type: "text" as const, text });
const TOO_LONG: ModelError = { type: "too-large", retry: false, text: "Too long." };
const textsOf = (messages: readonly Message[]): string =>
  messages
    .flatMap((message): readonly string[] =>
      message.content.map((block) =>
        block.type === "text" ? block.text : block.type === "tool_result" ? block.content : "",
      ),
    )
    .join("|");
const isSummary = (messages: readonly Message[]): boolean =>
  textsOf(messages).includes("replaced by a summary");

let bench: Bench;
afterEach(() => bench.remove());
const opened = async (script: Script, facts: Partial<Model>, long = ""): Promise<Executor> => {
  bench = await createBench(script, (tally) => [
    tallyTool("look", "read", tally, {
      run: async ({ step }) => ({ ok: true, value: { content: `found ${long}`, step } }),
    }),
  ]);
  return bench.open({ model: { ...createScriptedModel(script), ...facts } });
};

describe("a conversation that grows too long", () => {
  test("at two thirds of the window the model writes a summary, and goes on with it and the person's words", async () => {
    const heard: (readonly Message[])[] = [];
    let asked = 0;
    const executor = await opened(
      ({ messages }) => {
        heard.push(messages);
        const number = asked++;
        const usage = { inputTokens: 500, outputTokens: 200 };
        if (isSummary(messages)) return { content: [said("Looked at a twice.")], usage };
        return number < 2 || number === 3
          ? {
              content: [look(`c${number}`)],
              usage: number === 3 ? { inputTokens: 10, outputTokens: 1 } : usage,
            }
          : { content: [said("Done.")] };
      },
      { contextTokens: 1000 },
    );
    const run = await runIn(executor, sendTask(bench, executor, "Look around"), "done");
    expect(heard.map((messages) => messages.length)).toEqual([1, 3, 5, 1, 3]);
    expect(textsOf(heard[3] ?? [])).toBe(
      "Look around\n\n[You have worked on this already. Your own summary of it:]\nLooked at a twice.",
    );
    // Later turns come after it, and the summary is asked for only once.
    expect(textsOf(heard[4] ?? [])).toContain("found");
    expect(run.usage).toMatchObject({ turns: 4, inputTokens: 500 + 500 + 500 + 10 + 10 });
    expect(run.steps).toHaveLength(3);
  });

  test("a request that is refused as too long is made short with cut results, and the work goes on", async () => {
    const seen: string[] = [];
    let isShort = false;
    const executor = await opened(
      ({ messages }, turn) => {
        if (isSummary(messages)) {
          seen.push(textsOf(messages));
          isShort = true;
          return { content: [said("All is known.")] };
        }
        if (isShort) return { content: [said("Done.")] };
        return turn < 2 ? { content: [look(`c${turn}`)] } : TOO_LONG;
      },
      {},
      "x".repeat(5000),
    );
    const taskId = sendTask(bench, executor, "Look around");
    await runIn(executor, taskId, "done");
    expect(seen).toHaveLength(1);
    expect(seen[0]?.length).toBeLessThan(4000);
    expect(seen[0]).toContain("[cut]");
  });

  test.each([
    ["the first request is too long already", 0],
    ["the summary is too long as well", 2],
  ])("%s: the run ends with a sentence", async (_what, turns) => {
    const executor = await opened(
      ({ messages }, turn) =>
        turn < turns && !isSummary(messages) ? { content: [look(`c${turn}`)] } : TOO_LONG,
      {},
    );
    const run = await runIn(executor, sendTask(bench, executor, "Look around"), "failed");
    expect(run.error).toMatchObject({ type: "context-full" });
  });

  test("the window is exceeded in the middle of an answer: made short, and asked again", async () => {
    let isShort = false;
    const executor = await opened(({ messages }, turn) => {
      if (isSummary(messages)) {
        isShort = true;
        return { content: [said("All is known.")] };
      }
      if (isShort) return { content: [said("Done.")] };
      return turn === 0
        ? { content: [look("c0")] }
        : { content: [said("I was about"), look("c1")], stopReason: "model_context_window_exceeded" };
    }, {});
    const run = await runIn(executor, sendTask(bench, executor, "Look around"), "done");
    expect(run.steps).toHaveLength(1); // the call that was cut off was never made
  });

  test("what the person says while the summary is written comes after it", async () => {
    const heard: string[] = [];
    let tell = (): void => undefined;
    const executor = await opened(
      ({ messages }, turn) => {
        heard.push(textsOf(messages));
        if (isSummary(messages)) {
          tell();
          return { content: [said("Halfway.")] };
        }
        return heard.some((text) => text.includes("summary of it")) || turn >= 2
          ? { content: [said("Done.")] }
          : { content: [look(`c${turn}`)], usage: { inputTokens: 900, outputTokens: 1 } };
      },
      { contextTokens: 1000 },
    );
    const taskId = sendTask(bench, executor, "Look around");
    let told = "";
    tell = () => {
      told = sendIntent(bench, executor, { type: "steer", taskId, text: "And b" });
    };
    await runIn(executor, taskId, "done");
    await until(() => executor.ledger.handled.has(told));
    expect(heard.at(-1)).toMatch(/^Look around\n\n\[You have .*Halfway\.\|And b$/s);
  });
});

describe("long results", () => {
  test("the model sees beginning and end, and reads the rest from the journal; an id of nothing is said", async () => {
    const seen: string[] = [];
    const long = `${"a".repeat(10_000)}MIDDLE${"b".repeat(10_000)}`;
    const executor = await opened(
      ({ messages }, turn) => {
        const last = messages.at(-1)?.content[0];
        const result = last?.type === "tool_result" ? last.content : "";
        seen.push(result);
        const id = /result “(stp_\w+)”/.exec(seen[1] ?? "")?.[1] ?? "";
        const read = (call: string, of: string) => ({
          type: "tool_use" as const,
          id: call,
          name: "read_result",
          input: { result: of, offset: 6000 },
        });
        return (
          [
            { content: [look("c0")] },
            { content: [read("c1", id)] },
            { content: [read("c2", "stp_nothing")] },
          ][turn] ?? { content: [said("Done.")] }
        );
      },
      { hasPreviews: true },
      long,
    );
    const run = await runIn(executor, sendTask(bench, executor, "Look"), "done");
    expect(seen[1]?.length).toBeLessThan(9_000);
    expect(seen[1]).not.toContain("MIDDLE");
    expect(seen[2]).toContain("MIDDLE");
    expect(seen[3]).toMatch(/no result of that id/);
    expect(run.steps.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "look done",
      "recall done",
      "recall failed",
    ]);
  });
});
