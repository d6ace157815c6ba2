import { ApprovalPanel, Notices, TaskBoard, TaskDetail, type Notice } from "@deskhand/mobile/shared-ui";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { putRun } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const ignore = () => undefined;

describe("an answer that the desktop has not taken yet", () => {
  const answered = () => {
    const s = createScreens();
    const approval = s.addApproval();
    const orders = createDeviceOrders({ doc: s.doc, keys: s.phone, ids: s.ids, now: Date.now });
    expect(orders.decide(approval.id, { verdict: "allow", locale: "en" }).ok).toBe(true);
    return s;
  };
  test.each([
    ["offline", false, { phase: "offline", unsent: 1 }, false, "Your answer is sent when you’re online."],
    ["on its way", true, { phase: "live", unsent: 0 }, true, "Your answer is on its way to Test desk"],
    [
      "the desktop is away",
      true,
      { phase: "live", unsent: 0 },
      false,
      "Test desk goes on with your answer when it is back.",
    ],
  ] as const)("%s: the card says so and asks no more", (_name, isAtRelay, connection, online, words) => {
    const s = answered();
    s.state.isAtRelay = isAtRelay;
    s.state.connection = connection;
    s.state.desktop = { online };
    s.show(<TaskBoard onOpenTask={ignore} />);
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.getByText("Answered")).toBeTruthy();
    expect(screen.queryByText("Needs your OK")).toBeNull();
    expect(screen.queryByText("Needs you")).toBeNull();
  });
});

describe("words that turn the direction of the app's own", () => {
  const HOSTILE = "Show a.txt\u202E?gnihton eteled\u2069";
  const SHOWN = "Show a.txt\uFFFD?gnihton eteled\uFFFD";
  test("are made plain on cards, in headings and in approvals", () => {
    const s = createScreens();
    const approval = s.addApproval({ reason: HOSTILE });
    const taskId = s.sendTask(HOSTILE);
    putRun(s.doc, { id: approval.runId, taskId });
    s.show(
      <>
        <TaskBoard onOpenTask={ignore} />
        <TaskDetail taskId={taskId} />
        <ApprovalPanel approvalId={approval.id} />
      </>,
    );
    expect(document.body.textContent).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
    expect(screen.getAllByText(SHOWN).length).toBeGreaterThan(1);
    expect(document.querySelector("article[aria-label]")?.getAttribute("aria-label")).toBe(SHOWN);
  });
});

test("the built-in planner has a name in Chinese, and a model keeps its own", () => {
  const facts = (model: string): string | null => {
    const s = createScreens();
    const { taskId } = s.addRun("done", { model, usage: { inputTokens: 1, outputTokens: 2, turns: 3 } });
    const { container } = s.show(<TaskDetail taskId={taskId} />, "zh-Hant");
    const text = container.textContent;
    cleanup();
    return text;
  };
  expect(facts("Built-in planner (offline)")).toContain("內建規劃器（離線）");
  expect(facts("claude-x (Anthropic)")).toContain("claude-x (Anthropic)");
});

describe("notices", () => {
  const shown = (notice: Notice, phase: "live" | "offline" = "live") => {
    const s = createScreens();
    s.state.notices = [notice];
    s.state.connection = { phase, unsent: 0 };
    s.show(<Notices />);
    return { ...s, words: screen.getByRole("status").textContent };
  };
  test("a damaged copy is said, and what happens next", () => {
    expect(shown({ type: "damaged" }).words).toMatch(/^This phone’s copy was damaged\. Fetching it again\./);
    cleanup();
    expect(shown({ type: "damaged" }, "offline").words).toContain("fetched again when you’re online");
  });
  test("storage that takes nothing is said with its reason and cannot be put aside", () => {
    expect(shown({ type: "not-kept", reason: "QuotaExceededError" }).words).toContain("QuotaExceededError");
    expect(screen.queryByRole("button")).toBeNull();
  });
  test.each(["restored", "renewed"] as const)("%s is put aside once it is read", (type) => {
    const { given } = shown({ type });
    fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(given).toEqual([["dismiss", type]]);
  });
});
