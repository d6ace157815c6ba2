import { afterEach, describe, expect, test } from "vitest";
import { readQuestions, type Question, type TaskId } from "@deskhand/doc-schema/document";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import type { Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { QUESTION_LIFE_MS } from "../../../../desktop/src/executor/runner/question-desk.ts";
import { createBench, deviceKeys, runIn, runOf, sendIntent, sendTask, until, type Bench } from "./bench.ts";

const ask = (id: string, input: object) => ({
  type: "tool_use" as const,
  id,
  name: "ask_person",
  input: { ...input },
});
const QUARTER = { question: "Which quarter?", choices: ["Q1", "Q2"] };

/** Asks, and then says what it was told. */
const heardBy =
  (input: object = QUARTER): Script =>
  (request, turn) => {
    const last = request.messages.at(-1)?.content[0];
    return turn === 0
      ? { content: [ask("c1", input)] }
      : { content: [{ type: "text", text: last?.type === "tool_result" ? last.content : "nothing" }] };
  };

let bench: Bench;
afterEach(() => bench.remove());

const pendingQuestion = (executor: Executor): Promise<Question> =>
  until(() => readQuestions(executor.doc).entries.find(({ state }) => state === "pending"));
const asked = async (
  script: Script = heardBy(),
): Promise<{ executor: Executor; taskId: TaskId; question: Question }> => {
  bench = await createBench(script);
  const executor = await bench.open();
  const taskId = sendTask(bench, executor, "Sum it up");
  const question = await pendingQuestion(executor);
  await runIn(executor, taskId, "waiting");
  return { executor, taskId, question };
};
const refused = (executor: Executor): Promise<string> =>
  new Promise((resolve) => {
    executor.on((event) => event.type === "refused" && resolve(event.word));
  });

describe("a question of the model", () => {
  test("the run waits for it, through a restart; a choice is its result, by one order, once", async () => {
    const { executor, taskId, question } = await asked();
    expect(question).toMatchObject({ text: "Which quarter?", choices: ["Q1", "Q2"], taskId });
    expect(runOf(executor, taskId)).toMatchObject({ state: "waiting", questionId: question.id });
    await executor.close();
    const again = await bench.open();
    const answer = sendIntent(bench, again, { type: "answer", questionId: question.id, choice: 1 });
    const run = await runIn(again, taskId, "done");
    expect(run).toMatchObject({ summary: "Choice: Q2", intents: [answer] });
    expect(run.steps).toMatchObject([{ kind: "question", outcome: "done", detail: "Choice: Q2" }]);
    expect(readQuestions(again.doc).entries).toMatchObject([
      { state: "answered", answer: "Choice: Q2", answeredWith: answer, answeredBy: bench.phone.deviceId },
    ]);
    const word = refused(again);
    sendIntent(bench, again, { type: "answer", questionId: question.id, choice: 0 });
    expect(await word).toBe("already-resolved");
  });

  test.each([
    ["a text of one's own", { text: " Both, please " }, "Both, please"],
    ["a choice with a word to it", { choice: 0, text: "but rounded" }, "Choice: Q1\nbut rounded"],
    ["neither: the model decides", {}, "The person leaves this to you. Say in your answer what you chose."],
  ])("%s", async (_what, reply, told) => {
    const { executor, taskId, question } = await asked();
    sendIntent(bench, executor, { type: "answer", questionId: question.id, ...reply });
    expect((await runIn(executor, taskId, "done")).summary).toBe(told);
  });

  test("a choice that there is not is refused, and the question stays open", async () => {
    const { executor, taskId, question } = await asked();
    const word = refused(executor);
    sendIntent(bench, executor, { type: "answer", questionId: question.id, choice: 2 });
    expect(await word).toBe("unknown-choice");
    expect(runOf(executor, taskId)?.state).toBe("waiting");
  });

  test("the role to approve is enough to answer, being able to look only is not", async () => {
    const { executor, taskId, question } = await asked();
    const looks = deviceKeys(5);
    const approves = deviceKeys(6);
    executor.admitDevice({ ...looks, name: "Tablet", kind: "phone", roles: [] });
    executor.admitDevice({ ...approves, name: "Watch", kind: "phone", roles: ["approve"] });
    const word = refused(executor);
    sendIntent(bench, executor, { type: "answer", questionId: question.id, choice: 0 }, looks);
    expect(await word).toBe("missing-role");
    sendIntent(bench, executor, { type: "answer", questionId: question.id, choice: 0 }, approves);
    expect((await runIn(executor, taskId, "done")).summary).toBe("Choice: Q1");
  });

  test("nobody answers for a week: the model is told so, and the run goes on", async () => {
    const { executor, taskId } = await asked();
    bench.clock.advance(QUESTION_LIFE_MS);
    const run = await runIn(executor, taskId, "done");
    expect(run.summary).toMatch(/^Nobody answered/);
    expect(run.steps).toMatchObject([{ outcome: "skipped" }]);
    expect(readQuestions(executor.doc).entries).toMatchObject([{ state: "expired" }]);
  });

  test("a cancel withdraws it", async () => {
    const { executor, taskId } = await asked();
    sendIntent(bench, executor, { type: "cancel", taskId });
    await runIn(executor, taskId, "cancelled");
    expect(readQuestions(executor.doc).entries).toMatchObject([{ state: "withdrawn" }]);
  });

  test("what is no question is told to the model and never reaches the person", async () => {
    bench = await createBench(heardBy({ question: "", choices: ["Q1", "Q1"] }));
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Sum it up");
    expect((await runIn(executor, taskId, "done")).summary).toMatch(/not as described/);
    expect(readQuestions(executor.doc).entries).toEqual([]);
  });

  test("the eleventh question of a run is not asked", async () => {
    bench = await createBench((_request, turn) =>
      turn < 11 ? { content: [ask(`c${turn}`, QUARTER)] } : { content: [{ type: "text", text: "Enough." }] },
    );
    const executor = await bench.open();
    const taskId = sendTask(bench, executor, "Ask and ask");
    for (let number = 0; number < 10; number++) {
      const { id } = await pendingQuestion(executor);
      sendIntent(bench, executor, { type: "answer", questionId: id, choice: 0 });
      await until(
        () => readQuestions(executor.doc).entries.find((row) => row.id === id)?.state === "answered",
      );
    }
    const run = await runIn(executor, taskId, "done");
    expect(run.steps.at(-1)).toMatchObject({ kind: "question", outcome: "skipped" });
    expect(readQuestions(executor.doc).entries).toHaveLength(10);
  });
});

describe("the plan of a run", () => {
  test("the last one stands in the run's row, and is no step of it; a plan that is too long is refused", async () => {
    const plan = (id: string, ...steps: readonly object[]) => ({
      type: "tool_use" as const,
      id,
      name: "set_plan",
      input: { steps },
    });
    bench = await createBench((_request, turn) => {
      if (turn === 0)
        return { content: [plan("c1", { text: "Look", state: "active" }, { text: "Write", state: "open" })] };
      if (turn === 1)
        return { content: [plan("c2", { text: "Look", state: "done" }, { text: "Write", state: "active" })] };
      if (turn === 2)
        return { content: [plan("c3", ...Array.from({ length: 21 }, () => ({ text: "x", state: "open" })))] };
      return { content: [{ type: "text", text: "Done." }] };
    });
    const executor = await bench.open();
    const run = await runIn(executor, sendTask(bench, executor, "Plan it"), "done");
    expect(run.plan).toEqual([
      { text: "Look", state: "done" },
      { text: "Write", state: "active" },
    ]);
    expect(run.steps).toMatchObject([{ kind: "set_plan", outcome: "failed" }]);
  });
});
