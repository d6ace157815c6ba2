import { TaskBoard, TaskDetail } from "@deskhand/mobile/shared-ui";
import {
  addIntent,
  putMeta,
  putRun,
  type IntentBody,
  type IntentRecord,
} from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const ignore = () => undefined;

const createQueue = (prompts: readonly string[]) => {
  const s = createScreens();
  const taskIds = prompts.map((prompt, at) => {
    const taskId = s.sendTask(prompt);
    putRun(s.doc, {
      id: s.ids.create("run"),
      taskId,
      threadId: s.threadId,
      attempt: 1,
      state: "queued",
      stateSince: Date.now(),
      place: at + 1,
    });
    return taskId;
  });
  const order = (body: IntentBody): void => {
    const intent = { ...body, id: s.ids.create("intent"), createdAt: Date.now() } as IntentRecord; // a body and what all have
    addIntent(s.doc, intent, s.phone);
  };
  return { ...s, taskIds, order };
};
const titles = (): string[] =>
  screen.getAllByRole("article").map((article) => article.getAttribute("aria-label") ?? "");

describe("the queue", () => {
  let q: ReturnType<typeof createQueue>;
  beforeEach(() => {
    q = createQueue(["First", "Second", "Third"]);
  });
  const open = (title: string): HTMLElement => {
    q.show(<TaskBoard onOpenTask={ignore} />);
    fireEvent.click(screen.getByRole("button", { name: `Change “${title}”` }));
    return screen.getByRole("dialog");
  };
  const id = (at: number) => {
    const taskId = q.taskIds[at];
    if (taskId === undefined) throw new Error(`no task ${at}`);
    return taskId;
  };

  test.each([
    ["Do next", () => ({ type: "reorder", taskId: id(1), before: id(0) })],
    ["Move up", () => ({ type: "reorder", taskId: id(1), before: id(0) })],
    ["Move down", () => ({ type: "reorder", taskId: id(1) })],
    ["Hold", () => ({ type: "hold", taskId: id(1) })],
    ["Remove", () => ({ type: "cancel", taskId: id(1) })],
  ])("%s is one order, and the sheet closes when it is stored", async (name, order) => {
    fireEvent.click(within(open("Second")).getByRole("button", { name }));
    await waitFor(() => expect(q.given).toEqual([["give", order()]]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  test("the ends have no way further", () => {
    const sheet = open("First");
    const isOff = (name: string): boolean =>
      within(sheet).getByRole<HTMLButtonElement>("button", { name }).disabled;
    expect([isOff("Do next"), isOff("Move up"), isOff("Move down")]).toEqual([true, true, false]);
  });

  test("Alt and an arrow move the row", async () => {
    q.show(<TaskBoard onOpenTask={ignore} />);
    fireEvent.keyDown(screen.getByRole("button", { name: "Change “Third”" }), {
      key: "ArrowUp",
      altKey: true,
    });
    fireEvent.keyDown(screen.getByRole("button", { name: "Change “Third”" }), {
      key: "ArrowDown",
      altKey: true,
    });
    await waitFor(() =>
      expect(q.given).toEqual([["give", { type: "reorder", taskId: id(2), before: id(1) }]]),
    );
  });

  test("a row moves at once and says that the desktop does not have it yet", () => {
    q.order({ type: "reorder", taskId: id(2), before: id(0) });
    q.show(<TaskBoard onOpenTask={ignore} />);
    expect(titles()).toEqual(["Third", "First", "Second"]);
    expect(screen.getByText("Your change is on its way to Test desk")).toBeTruthy();
  });

  test("new words: shown at once, nothing empty is saved, a failure keeps what was typed", async () => {
    const sheet = open("Second");
    fireEvent.click(within(sheet).getByRole("button", { name: "Change the words" }));
    const field = within(sheet).getByRole("textbox");
    const save = within(sheet).getByRole<HTMLButtonElement>("button", { name: "Save" });
    fireEvent.change(field, { target: { value: "  " } });
    expect(save.disabled).toBe(true);
    fireEvent.change(field, { target: { value: "Second, better" } });
    q.state.failWith = "already-started";
    fireEvent.click(save);
    await screen.findByText("It has started already. Open it to tell it something or to stop it.");
    expect(field).toHaveProperty("value", "Second, better");
    q.state.failWith = undefined;
    fireEvent.click(save);
    const edit = { type: "edit" as const, taskId: id(1), prompt: "Second, better" };
    await waitFor(() => expect(q.given).toEqual([["give", edit]]));
    cleanup();
    q.order(edit);
    q.show(<TaskBoard onOpenTask={ignore} />);
    expect(titles()).toEqual(["First", "Second, better", "Third"]);
  });

  test("a time that has passed is not taken; after another task is", async () => {
    const sheet = open("Second");
    fireEvent.click(within(sheet).getByRole("button", { name: "Set when it starts" }));
    fireEvent.click(within(sheet).getByLabelText("At a time"));
    fireEvent.change(within(sheet).getByLabelText("At a time", { selector: "input[type=datetime-local]" }), {
      target: { value: "2020-01-01T08:00" },
    });
    expect(within(sheet).getByText("That time has passed.")).toBeTruthy();
    expect(within(sheet).getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
    fireEvent.click(within(sheet).getByLabelText("After another task"));
    fireEvent.change(within(sheet).getByRole("combobox"), { target: { value: id(2) } });
    fireEvent.click(within(sheet).getByRole("button", { name: "Save" }));
    const order = { type: "edit", taskId: id(1), notBefore: null, after: id(2) };
    await waitFor(() => expect(q.given).toEqual([["give", order]]));
  });

  test("pause says what it does, and goes on again", async () => {
    q.show(<TaskBoard onOpenTask={ignore} />);
    fireEvent.click(screen.getByRole("button", { name: "Pause" }));
    await waitFor(() => expect(q.given).toEqual([["give", { type: "pause" }]]));
    cleanup();
    putMeta(q.doc, { pausedAt: Date.now() });
    q.show(<TaskBoard onOpenTask={ignore} />);
    expect(screen.getByText("Paused. Test desk finishes what runs and starts nothing new.")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Go on" }));
    await waitFor(() => expect(q.given.at(-1)).toEqual(["give", { type: "unpause" }]));
  });

  test("a device that only reads changes nothing", () => {
    q.state.access = { type: "removed", at: 1 };
    q.show(<TaskBoard onOpenTask={ignore} />);
    expect(screen.queryByRole("button", { name: /^(Change|Pause)/ })).toBeNull();
  });
});

describe("a running task", () => {
  test("shows its plan with a word for each state", () => {
    const s = createScreens();
    const run = s.addRun("running", {
      plan: [
        { text: "Look", state: "done" },
        { text: "Write", state: "active" },
        { text: "Send", state: "dropped" },
      ],
    });
    s.show(<TaskDetail taskId={run.taskId} />);
    const items = within(screen.getByRole("region", { name: "Plan" })).getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual(["Lookdone", "Writenow", "Sendleft out"]);
  });

  test("can be told something; what was typed stays when it could not be stored", async () => {
    const s = createScreens();
    const { taskId } = s.addRun("running");
    s.show(<TaskDetail taskId={taskId} />);
    const field = screen.getByRole("textbox", { name: "Tell it something" });
    fireEvent.change(field, { target: { value: "Only May" } });
    s.state.failWith = "disk";
    fireEvent.click(screen.getByRole("button", { name: "Tell it something" }));
    await screen.findByText("It could not be saved. Nothing was changed.");
    expect(field).toHaveProperty("value", "Only May");
    s.state.failWith = undefined;
    fireEvent.click(screen.getByRole("button", { name: "Tell it something" }));
    await screen.findByText("Sent. It reads it at its next step.");
    expect(s.given).toEqual([["give", { type: "steer", taskId, text: "Only May" }]]);
    expect(field).toHaveProperty("value", "");
  });

  test("one that was interrupted can go on, once", async () => {
    const s = createScreens();
    const { id, taskId } = s.addRun("interrupted");
    s.show(<TaskDetail taskId={taskId} />);
    fireEvent.click(screen.getByRole("button", { name: "Continue" }));
    await screen.findByText("Continue was sent");
    expect(s.given).toEqual([["give", { type: "continue", runId: id }]]);
  });
});
