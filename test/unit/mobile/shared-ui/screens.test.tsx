import {
  Composer,
  ConnectionLine,
  ReplyText,
  TaskBoard,
  TaskDetail,
  ThreadView,
} from "@deskhand/mobile/shared-ui";
import {
  addIntent,
  putMeta,
  putReply,
  putRun,
  putSteps,
  rootsOf,
  type RunState,
} from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const ignore = () => undefined;

describe("task states", () => {
  const badge = (s: ReturnType<typeof createScreens>): string => {
    const { container } = s.show(<TaskBoard onOpenTask={ignore} />);
    return container.querySelector(".dh-task-open")?.textContent ?? "";
  };
  test.each<readonly [RunState, Record<string, unknown>, RegExp]>([
    ["queued", { place: 2 }, /^Queued.*No\. 2$/],
    ["running", { startedAt: Date.now() }, /^Working.*Step 1/],
    ["waiting", {}, /^Needs your OK/],
    ["done", { changes: 3, startedAt: 0, endedAt: 240_000 }, /^Done.*3 changes · 4 min 0 sec$/],
    [
      "failed",
      { error: { type: "key-refused", text: "The model key is refused (401)." } },
      /^Failed.*The model key is refused \(401\)\.$/,
    ],
    ["cancelled", {}, /^Stopped.*After step 0$/],
    ["interrupted", {}, /^Interrupted/],
  ])("%s has its word and its line", (state, fields, words) => {
    const s = createScreens();
    s.addRun(state, fields);
    expect(badge(s)).toMatch(words);
  });

  test("a run that gives no sign for 30 s says so", () => {
    const s = createScreens();
    s.addRun("running", { stateSince: Date.now() - 31_000 });
    expect(badge(s)).toMatch(/^No sign of life/);
  });

  test("a task that is only here, and one that the desktop has not picked up", () => {
    const s = createScreens();
    s.sendTask("x");
    s.state.isAtRelay = false;
    expect(badge(s)).toBe("Not sent yetxSaved on this phone");
    cleanup();
    s.state.isAtRelay = true;
    expect(badge(s)).toBe("Waiting for Test deskxTest desk hasn’t picked it up yet");
  });

  test("stop is one tap, then says that it is on its way", async () => {
    const s = createScreens();
    const { taskId } = s.addRun("running");
    s.show(<TaskBoard onOpenTask={ignore} />);
    fireEvent.click(screen.getByText("Stop"));
    await vi.waitFor(() => expect(s.given).toEqual([["give", { type: "cancel", taskId }]]));
    cleanup();
    addIntent(s.doc, { id: s.ids.create("intent"), createdAt: Date.now(), type: "cancel", taskId }, s.phone);
    expect(badge(s)).toContain("Stopping …");
    expect(screen.queryByText("Stop")).toBeNull();
  });
});

describe("task detail", () => {
  const withStep = (fields: Record<string, unknown>) => {
    const s = createScreens();
    const run = s.addRun("done", {
      changes: 14,
      usage: { inputTokens: 1, outputTokens: 2, turns: 3 },
      model: "Planner",
    });
    const stepId = s.ids.create("step");
    putSteps(s.doc, run.id, [
      {
        id: stepId,
        at: Date.now(),
        kind: "move",
        outcome: "done",
        object: "Downloads",
        count: 14,
        undoable: true,
        ...fields,
      },
    ]);
    return { ...s, run, stepId };
  };
  test("a step that changed something can be undone, alone or with all", async () => {
    const s = withStep({});
    s.show(<TaskDetail taskId={s.run.taskId} />);
    expect(screen.getByText("Moved 14 items in Downloads")).toBeTruthy();
    fireEvent.click(screen.getByText("Undo"));
    fireEvent.click(screen.getByText("Undo all"));
    await vi.waitFor(() =>
      expect(s.given).toEqual([
        ["give", { type: "undo", runId: s.run.id, stepId: s.stepId }],
        ["give", { type: "undo", runId: s.run.id }],
      ]),
    );
  });
  test.each([
    ["undone", /^Undone at /],
    ["conflict", /^Not undone: it was changed since\. a\.txt$/],
    ["gone", /^Can’t be undone any more\./],
  ] as const)("an undo that came to %s says so", (outcome, words) => {
    const s = withStep({});
    putRun(s.doc, { id: s.run.id, undone: { [s.stepId]: { at: Date.now(), outcome, detail: "a.txt" } } });
    s.show(<TaskDetail taskId={s.run.taskId} />);
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryByText("Undo")).toBeNull();
  });
  test("an undo of one step is under way there and nowhere else", () => {
    const s = withStep({});
    addIntent(
      s.doc,
      { id: s.ids.create("intent"), createdAt: Date.now(), type: "undo", runId: s.run.id, stepId: s.stepId },
      s.phone,
    );
    s.show(<TaskDetail taskId={s.run.taskId} />);
    expect(screen.getAllByText("Undoing …")).toHaveLength(1);
    expect(screen.getByText("Undo all")).toBeTruthy();
  });
  test("an undo waits for a desktop that is away", () => {
    const s = withStep({});
    addIntent(
      s.doc,
      { id: s.ids.create("intent"), createdAt: Date.now(), type: "undo", runId: s.run.id },
      s.phone,
    );
    s.state.desktop = { online: false };
    s.show(<TaskDetail taskId={s.run.taskId} />);
    expect(screen.getAllByText("Test desk undoes this when it is back.").length).toBeGreaterThan(0);
  });
  test("an outcome and a kind that are not known are shown plainly", () => {
    const s = withStep({ kind: "teleport", outcome: "unknown", undoable: false });
    s.show(<TaskDetail taskId={s.run.taskId} />);
    expect(screen.getByText("teleport Downloads")).toBeTruthy();
    expect(screen.getByText(/unknown whether it took effect/)).toBeTruthy();
  });
  test("a task that is not here is said to be", () => {
    const s = createScreens();
    s.show(<TaskDetail taskId={s.ids.create("task")} />);
    expect(screen.getByText("This task is not on this device.")).toBeTruthy();
  });
});

describe("the composer", () => {
  const type = (text: string) => fireEvent.change(screen.getByRole("textbox"), { target: { value: text } });
  test("nothing is sent from an empty field; text is sent once and cleared", async () => {
    const s = createScreens();
    const drafts: string[] = [];
    s.show(<Composer sendOnEnter={false} onDraft={(text) => drafts.push(text)} />);
    const send = screen.getByRole("button");
    expect([send.hasAttribute("disabled"), send.title]).toEqual([true, "Nothing to send"]);
    type("  List Downloads ");
    fireEvent.click(send);
    await vi.waitFor(() => expect(s.given).toEqual([["sendTask", "List Downloads", "en"]]));
    await vi.waitFor(() => expect(drafts.at(-1)).toBe(""));
  });
  test("Enter sends on the desktop and is a new line on the phone", async () => {
    const s = createScreens();
    s.show(<Composer sendOnEnter={false} draft="a" />);
    fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
    expect(s.given).toEqual([]);
    cleanup();
    s.show(<Composer sendOnEnter draft="a" />);
    fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter", shiftKey: true });
    fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter", isComposing: true });
    expect(s.given).toEqual([]);
    fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
    await vi.waitFor(() => expect(s.given).toHaveLength(1));
  });
  test.each([
    ["one runs, one at a time", 1, ["running"], "Queue · 1st"],
    ["one runs, two at a time", 2, ["running"], "Send"],
    ["two run and one is next", 2, ["running", "running", "queued"], "Queue · 2nd"],
    ["who waits for a person holds nobody up", 1, ["waiting"], "Send"],
  ] as const)("says before the tap whether a task joins the queue: %s", (_, runsAtOnce, states, label) => {
    const s = createScreens();
    putMeta(s.doc, { limits: { runsAtOnce, perRun: {}, perDay: {} } });
    for (const state of states) s.addRun(state);
    s.show(<Composer sendOnEnter={false} draft="next" />);
    const button = screen.getByRole("button", { name: label });
    expect(button.textContent).toBe(label === "Send" ? "" : label);
  });
  test("what is typed while a task is being stored stays, and is the next one", async () => {
    const s = createScreens();
    const drafts: string[] = [];
    s.show(<Composer sendOnEnter draft="first" onDraft={(text) => void drafts.push(text)} />);
    const field = screen.getByRole("textbox");
    fireEvent.keyDown(field, { key: "Enter" });
    fireEvent.change(field, { target: { value: "second" } });
    await vi.waitFor(() => expect(s.given).toHaveLength(1));
    await vi.waitFor(() => expect(drafts).toEqual(["second", "second"]));
    await vi.waitFor(() => expect(screen.getByRole("button")).toHaveProperty("disabled", false));
    expect(field).toHaveProperty("value", "second");
    s.state.failWith = "disk";
    fireEvent.keyDown(field, { key: "Enter" });
    fireEvent.change(field, { target: { value: "third" } });
    await screen.findByText(/could not be saved/);
    expect(field).toHaveProperty("value", "second\nthird");
  });
  test("text that could not be stored stays, with the reason", async () => {
    const s = createScreens();
    s.state.failWith = "quota exceeded";
    s.show(<Composer sendOnEnter draft="precious" />);
    fireEvent.click(screen.getByRole("button"));
    expect((await screen.findByRole("status")).textContent).toContain("quota exceeded");
    expect(screen.getByRole("textbox")).toHaveProperty("value", "precious");
  });
  test("text that is too long stays, and its limit is said", async () => {
    const s = createScreens();
    s.state.failWith = "too-long";
    s.show(<Composer sendOnEnter draft="a novel" />);
    fireEvent.click(screen.getByRole("button"));
    expect((await screen.findByRole("status")).textContent).toContain("at most 32,768 characters");
    expect(screen.getByRole("textbox")).toHaveProperty("value", "a novel");
  });
  test("offline it says that it is saved", async () => {
    const s = createScreens();
    s.state.connection = { phase: "offline", unsent: 0 };
    s.show(<Composer sendOnEnter draft="later" />);
    fireEvent.click(screen.getByRole("button"));
    expect((await screen.findByRole("status")).textContent).toBe("Saved. It is sent when you’re online.");
  });
});

describe("the connection line", () => {
  const line = (change: (s: ReturnType<typeof createScreens>) => void): string => {
    const s = createScreens();
    change(s);
    return s.show(<ConnectionLine />).container.textContent;
  };
  test.each<readonly [string, (s: ReturnType<typeof createScreens>) => void, RegExp]>([
    ["all is well", ignore, /^$/],
    ["offline", (s) => (s.state.connection = { phase: "offline", unsent: 2 }), /^You’re offline\./],
    ["connecting", (s) => (s.state.connection = { phase: "connecting", unsent: 0 }), /^$/],
    [
      "turned away",
      (s) => (s.state.connection = { phase: "refused", unsent: 0, refusal: "room-full" }),
      /room-full/,
    ],
    [
      "catching up",
      (s) => (s.state.connection = { phase: "catching-up", unsent: 0, received: 240 }),
      /^Updating … 240$/,
    ],
    [
      "asleep",
      (s) =>
        (s.state.desktop = { online: false, power: "asleep", powerSince: Date.now(), heardAt: Date.now() }),
      /^Test desk has been asleep since /,
    ],
    [
      "closed",
      (s) =>
        (s.state.desktop = { online: false, power: "quit", powerSince: Date.now(), heardAt: Date.now() }),
      /^Deskhand was closed on Test desk at /,
    ],
    [
      "silent",
      (s) => (s.state.desktop = { online: false, heardAt: Date.now() - 60_000 }),
      /^Test desk hasn’t answered since .*may be asleep, offline or closed/,
    ],
    ["never heard", (s) => (s.state.desktop = { online: false }), /^Test desk hasn’t answered yet/],
    [
      "stopped",
      (s) => putMeta(s.doc, { stoppedAt: Date.now() }),
      /^Everything is stopped on Test desk\.Resume$/,
    ],
  ])("%s", (_name, change, words) => {
    expect(line(change)).toMatch(words);
  });
  test("a relay that does not answer is said after a moment", async () => {
    line((s) => (s.state.connection = { phase: "connecting", unsent: 0 }));
    expect((await screen.findByRole("status", {}, { timeout: 10_000 })).textContent).toBe(
      "Can’t reach the relay. Trying again.",
    );
    expect(screen.getByRole("button", { name: "Try now" })).toBeTruthy();
  });
});

describe("the thread", () => {
  test("shows what was said, its tick, the task and the reply, and what cannot be read", () => {
    const s = createScreens();
    const run = s.addRun("running");
    putReply(s.doc, s.threadId, {
      id: s.ids.create("reply"),
      runId: run.id,
      createdAt: Date.now(),
      text: "I found **14** files.",
      done: true,
    });
    rootsOf(s.doc).messages(s.threadId).push(["{"]);
    s.show(<ThreadView onOpenTask={ignore} />);
    expect(screen.getByText("14").tagName).toBe("STRONG");
    expect(screen.getByLabelText(/^Delivery: Picked up/)).toBeTruthy();
    expect(screen.getByText("This entry can’t be read here.")).toBeTruthy();
    expect(document.querySelector("[aria-live]")?.textContent).toBe("I found **14** files.");
  });
  test("a long thread shows its end, and older entries when asked", () => {
    const s = createScreens();
    for (let n = 1; n <= 40; n++) s.sendTask(`Task ${n}`);
    s.show(<ThreadView onOpenTask={ignore} />);
    expect(screen.queryByRole("article", { name: "Task 1" })).toBeNull();
    expect(screen.getByRole("article", { name: "Task 40" })).toBeTruthy();
    fireEvent.click(screen.getByText("Show older"));
    expect(screen.getByRole("article", { name: "Task 1" })).toBeTruthy();
    expect(screen.queryByText("Show older")).toBeNull();
  });
  test("empty, it offers three tries and says which folders it may use", async () => {
    const s = createScreens();
    s.show(<ThreadView onOpenTask={ignore} />, "zh-Hant");
    expect(screen.getByRole("heading").textContent).toBe("要讓 Test desk 做什麼？");
    expect(screen.getByText("它可以使用：Demo。")).toBeTruthy();
    fireEvent.click(screen.getByText("Downloads 裡有什麼？"));
    await vi.waitFor(() => expect(s.given).toEqual([["sendTask", "Downloads 裡有什麼？", "zh-Hant"]]));
  });
});

test("[T62] a hostile reply runs nothing and loads nothing", () => {
  const hostile =
    '<script>boom()</script><img src="x" onerror="boom()">\n\n[go](javascript:boom())\n\n![secret](https://evil.example/?q=1)\n\n<iframe src="https://evil.example"></iframe>';
  const { container } = render(<ReplyText text={hostile} />);
  expect(container.querySelectorAll("script, img, iframe, [onerror]")).toHaveLength(0);
  expect(
    [...container.querySelectorAll("a")]
      .map((a) => a.getAttribute("href"))
      .filter((href) => href?.includes("javascript")),
  ).toEqual([]);
  expect(container.textContent).toContain("Picture not loaded: secret");
});
