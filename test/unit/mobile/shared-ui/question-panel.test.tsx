import { NeedsYouBar, QuestionPanel, TaskBoard } from "@deskhand/mobile/shared-ui";
import { addIntent, putQuestion, type Question } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);

const createAsked = (fields: Partial<Question> = {}) => {
  const s = createScreens();
  const run = s.addRun("waiting");
  const id = s.ids.create("question");
  const ask = (more: Partial<Question> = {}): void =>
    putQuestion(s.doc, {
      id,
      runId: run.id,
      taskId: run.taskId,
      text: "Which quarter?",
      choices: ["Q1", "Q2"],
      askedAt: Date.now(),
      state: "pending",
      ...fields,
      ...more,
    });
  ask();
  const answer = (choice: number): void =>
    void addIntent(
      s.doc,
      { id: s.ids.create("intent"), createdAt: Date.now(), type: "answer", questionId: id, choice },
      s.phone,
    );
  return { ...s, id, ask, answer };
};
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

describe("a question", () => {
  test("nothing is preselected; a choice is sent by its place", async () => {
    const s = createAsked();
    s.show(<QuestionPanel questionId={s.id} />);
    expect(button("Send answer").disabled).toBe(true);
    fireEvent.click(screen.getByLabelText("Q2"));
    fireEvent.click(button("Send answer"));
    await waitFor(() => expect(s.given).toEqual([["give", { type: "answer", questionId: s.id, choice: 1 }]]));
  });

  test("own words go before a choice, and stay when they could not be stored", async () => {
    const s = createAsked();
    s.show(<QuestionPanel questionId={s.id} />);
    fireEvent.click(screen.getByLabelText("Q1"));
    const own = screen.getByRole("textbox");
    fireEvent.change(own, { target: { value: " both " } });
    expect(screen.getByLabelText("Q1")).toHaveProperty("checked", false);
    s.state.failWith = "disk";
    fireEvent.click(button("Send answer"));
    await screen.findByRole("alert");
    expect(own).toHaveProperty("value", " both ");
    s.state.failWith = undefined;
    fireEvent.click(button("Send answer"));
    await waitFor(() =>
      expect(s.given).toEqual([["give", { type: "answer", questionId: s.id, text: "both" }]]),
    );
  });

  test("“You decide” is an answer too", async () => {
    const s = createAsked({ choices: [] });
    s.show(<QuestionPanel questionId={s.id} />);
    fireEvent.click(button("You decide"));
    await waitFor(() => expect(s.given).toEqual([["give", { type: "answer", questionId: s.id }]]));
  });

  test("is in the bar and on the board until this device has answered; then it says how far the answer is", () => {
    const s = createAsked();
    const opened: string[] = [];
    const screens = (
      <>
        <NeedsYouBar onOpenNeed={(id) => void opened.push(id)} />
        <TaskBoard onOpenTask={() => undefined} />
        <QuestionPanel questionId={s.id} />
      </>
    );
    s.show(screens);
    fireEvent.click(screen.getByRole("button", { name: /^1 needs you · Which quarter\?$/ }));
    expect(opened).toEqual([s.id]);
    expect(screen.getAllByText("Needs an answer")).toHaveLength(2);
    cleanup();
    s.answer(1);
    s.show(screens);
    expect(screen.queryByText(/needs you/)).toBeNull();
    expect(screen.getByText(/^Answered .* · not on Test desk yet$/)).toBeTruthy();
    expect(screen.getByText("Q2")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Send answer" })).toBeNull();
  });

  test.each([
    ["answered", { answer: "Q1", answeredBy: undefined }, "Test desk decided by itself."],
    ["expired", {}, /^No answer by .*\. It went on without one\.$/],
    ["withdrawn", {}, "No longer needed."],
  ] as const)("one that is %s says so and takes no answer", (state, fields, words) => {
    const s = createAsked({ state, expiresAt: Date.now() - 1, ...fields });
    s.show(<QuestionPanel questionId={s.id} />);
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});
