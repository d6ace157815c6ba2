/** What the screens say of a step that changed several files, when not all of it is back; and the undo of one file. */
import { TaskDetail } from "@deskhand/mobile/shared-ui";
import {
  addIntent,
  putRun,
  putSteps,
  type IntentBody,
  type Step,
  type TakenBack,
} from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);

const FILES = { count: 3, first: ["in/a.txt", "in/b.txt", "in/c.txt"] };

const setUp = (taken?: Partial<TakenBack>, files: Step["files"] = FILES) => {
  const s = createScreens();
  const run = s.addRun("done", { changes: 3 });
  const stepId = s.ids.create("step");
  const step = { at: Date.now(), kind: "move", outcome: "done", object: "Demo", count: 3 } as const;
  putSteps(s.doc, run.id, [{ ...step, id: stepId, undoable: true, files }]);
  const tell = (more: Partial<TakenBack>): void =>
    putRun(s.doc, {
      id: run.id,
      takenBack: { [stepId]: { at: Date.now(), back: 0, left: 3, files: [], ...more } },
    });
  if (taken !== undefined) tell(taken);
  const triedWhole = (detail?: string): void =>
    putRun(s.doc, {
      id: run.id,
      undone: {
        [stepId]: { at: Date.now(), outcome: "conflict", ...(detail === undefined ? {} : { detail }) },
      },
    });
  const order = (body: IntentBody): void => {
    addIntent(s.doc, { ...body, id: s.ids.create("intent"), createdAt: Date.now() }, s.phone);
  };
  const show = (locale?: "zh-Hant") => s.show(<TaskDetail taskId={run.taskId} />, locale);
  return { ...s, runId: run.id, stepId, tell, triedWhole, order, show };
};
const buttons = (): readonly string[] =>
  screen
    .getAllByRole("button", { hidden: true })
    .map((button) => button.getAttribute("aria-label") ?? button.textContent)
    .filter((name) => name !== "Run again" && name !== "再做一次");
const told = (): readonly string[] => screen.getAllByRole("listitem").map((item) => item.textContent);

test("a step of several files lists them, each with an undo that names its file", async () => {
  const s = setUp();
  s.show();
  expect(screen.getByText("3 files one by one").closest("details")?.open).toBe(false);
  expect(buttons()).toEqual(["Undo all", "Undo", "Undo in/a.txt", "Undo in/b.txt", "Undo in/c.txt"]);
  fireEvent.click(screen.getByRole("button", { name: "Undo in/b.txt", hidden: true }));
  const body = { type: "undo-file", runId: s.runId, stepId: s.stepId, file: 1, path: "in/b.txt" };
  await vi.waitFor(() => expect(s.given).toEqual([["give", body]]));
});

test("one file is on its way and no other; away, the desktop does it later", () => {
  const s = setUp();
  s.order({ type: "undo-file", runId: s.runId, stepId: s.stepId, file: 1, path: "in/b.txt" });
  s.state.desktop = { online: false };
  s.show();
  expect(screen.getAllByText("Test desk undoes this when it is back.")).toHaveLength(1);
  expect(buttons()).toEqual(["Undo all", "Undo", "Undo in/a.txt", "Undo in/c.txt"]);
});

test("with the whole step ordered, each of its files is on its way", () => {
  const s = setUp();
  s.order({ type: "undo", runId: s.runId, stepId: s.stepId });
  s.show();
  expect(screen.getAllByText("Undoing …")).toHaveLength(4);
  expect(buttons()).toEqual(["Undo all"]);
});

test("one file is back: it says so, how many are, and offers the rest", () => {
  setUp({ back: 1, left: 2, files: [1] }).show();
  expect(screen.getByText("1 of 3 files taken back.")).toBeTruthy();
  expect(screen.getByText("Undone")).toBeTruthy();
  expect(buttons()).toEqual(["Undo all", "Undo the rest", "Undo in/a.txt", "Undo in/c.txt"]);
});

test("one conflict among ten thousand: what is back, what is not and why, and another try", async () => {
  const leftAlone = [{ path: "in/c.txt", why: "changed" as const, file: 2 }];
  const s = setUp({ back: 9_999, left: 1, files: [0, 1], leftAlone }, { ...FILES, count: 10_000 });
  s.triedWhole("Demo/in/c.txt was changed since and was left as it is.");
  s.show();
  const [result] = screen
    .getAllByRole("status")
    .filter(({ textContent }) => textContent.includes("taken back"));
  expect(result?.textContent).toContain("9,999 of 10,000 files taken back.");
  expect(within(result as HTMLElement).getAllByRole("listitem")[0]?.textContent).toBe(
    "in/c.txt (changed since)",
  );
  expect(screen.queryByText(/was left as it is\.$/), "the words above say it").toBeNull();
  expect(screen.getByText(/^The first 3 are listed/)).toBeTruthy();
  expect(buttons()).toEqual(["Undo all", "Try again", "Undo in/c.txt"]);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await vi.waitFor(() =>
    expect(s.given).toEqual([["give", { type: "undo", runId: s.runId, stepId: s.stepId }]]),
  );
});

test("of many that are left the first are named and the others counted, in both languages", () => {
  const s = setUp({
    left: 3,
    leftAlone: [
      { path: "in/a.txt", why: "in-the-way", file: 0 },
      { path: "in/b\u202Etxt", why: "failed" },
    ],
  });
  s.triedWhole("There is no room left.");
  s.show();
  expect(told()).toEqual(
    expect.arrayContaining([
      "in/a.txt (something else is in its place)",
      "in/b\uFFFDtxt (couldn’t be done)",
      "and 1 more",
    ]),
  );
  expect(screen.getByText("There is no room left.")).toBeTruthy();
  expect(screen.queryByText(/taken back\.$/)).toBeNull();
  cleanup();
  s.show("zh-Hant");
  expect(screen.getByText("沒有復原、維持原樣：")).toBeTruthy();
  expect(told()).toEqual(expect.arrayContaining(["in/a.txt (原來的位置有別的東西)", "還有 1 個"]));
  expect(buttons()).toContain("復原 in/b.txt");
});

test("all files back but a folder that holds something: the folder is named", () => {
  const s = setUp({ back: 3, left: 0, files: [0, 1, 2], leftAlone: [{ path: "sorted", why: "not-empty" }] });
  s.triedWhole();
  s.show();
  expect(screen.getByText("Taken back, but for these folders:")).toBeTruthy();
  expect(told()).toEqual(expect.arrayContaining(["sorted (holds something else now)"]));
});

test("all back, one by one: the step is undone", () => {
  setUp({ back: 3, left: 0, files: [0, 1, 2] }).show();
  expect(screen.getByText(/^Undone at /)).toBeTruthy();
  expect(screen.getAllByText("Undone")).toHaveLength(3);
});

test("a device that may only look sees what came of it and no button", () => {
  const s = setUp({ back: 1, left: 2, files: [1] });
  s.state.access = { type: "too-old" };
  s.show();
  expect(screen.getByText("1 of 3 files taken back.")).toBeTruthy();
  expect(screen.queryAllByRole("button", { hidden: true })).toEqual([]);
});
