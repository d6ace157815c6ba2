import { ApprovalPanel, NeedsYouBar } from "@deskhand/mobile/shared-ui";
import { addDecision, nextDecisionId, putDevice } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";
import { deviceRecordText } from "../../../fixtures/workspace-doc.ts";

afterEach(cleanup);
const buttons = (): string[] => screen.queryAllByRole("button").map((button) => button.textContent);

describe("a pending approval", () => {
  test("shows the exact action, what becomes of it and every item", () => {
    const s = createScreens();
    const { id } = s.addApproval({ reason: "They are temporary." });
    s.show(<ApprovalPanel approvalId={id} />);
    expect(screen.getByRole("heading").textContent).toBe("Delete 14 items in Demo?");
    expect(screen.getByText(/undo store.*can be undone/)).toBeTruthy();
    expect(screen.getAllByRole("listitem")).toHaveLength(5);
    fireEvent.click(screen.getByText("Show all 14"));
    expect(screen.getAllByRole("listitem")).toHaveLength(14);
    expect(screen.getByText(/They are temporary/).closest("blockquote")?.textContent).toContain("It says:");
    expect(screen.getByText(/Delete the .tmp files/)).toBeTruthy();
  });

  test("offers deny and allow once, and nothing wider ([AP4])", async () => {
    const s = createScreens();
    const { id } = s.addApproval();
    s.show(<ApprovalPanel approvalId={id} />);
    expect(buttons()).toEqual(["Show all 14", "Deny", "Allow once", "Deny and tell it why"]);
    fireEvent.click(screen.getByText("Allow once"));
    await vi.waitFor(() => expect(s.given).toEqual([["decide", id, { verdict: "allow", locale: "en" }]]));
  });

  test("an answer that could not be stored is said, and the buttons stay", async () => {
    const s = createScreens();
    const { id } = s.addApproval();
    s.state.failWith = "disk full";
    s.show(<ApprovalPanel approvalId={id} />);
    fireEvent.click(screen.getByText("Deny"));
    expect((await screen.findByRole("alert")).textContent).toBe(
      "Your answer could not be saved. Nothing was decided.",
    );
    expect(buttons()).toContain("Allow once");
  });

  test("high risk is not allowed by one tap; the key path asks once more", async () => {
    const s = createScreens();
    const { id } = s.addApproval({ risk: "high" });
    s.show(<ApprovalPanel approvalId={id} />);
    expect(screen.getByText(/High risk/)).toBeTruthy();
    fireEvent.click(screen.getByText("Hold to allow"));
    expect(s.given).toEqual([]);
    expect(document.activeElement?.textContent).toBe("Allow this for sure?");
    expect(buttons()).toEqual(["Show all 14", "Yes, allow it", "Not now"]);
    fireEvent.click(screen.getByText("Yes, allow it"));
    await vi.waitFor(() => expect(s.given).toHaveLength(1));
  });

  test("high risk held long enough is allowed, and the release asks nothing more", async () => {
    vi.useFakeTimers();
    const s = createScreens();
    const { id } = s.addApproval({ risk: "high" });
    s.show(<ApprovalPanel approvalId={id} />);
    const hold = screen.getByText("Hold to allow");
    fireEvent.pointerDown(hold);
    vi.advanceTimersByTime(900);
    fireEvent.pointerUp(hold);
    vi.advanceTimersByTime(900);
    expect(s.given).toEqual([]);
    fireEvent.pointerDown(hold);
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    fireEvent.pointerUp(hold);
    fireEvent.click(hold);
    await vi.waitFor(() => expect(s.given).toEqual([["decide", id, { verdict: "allow", locale: "en" }]]));
    expect(screen.queryByText("Yes, allow it")).toBeNull();
  });

  test("a denial can say why, and says nothing without words", async () => {
    const s = createScreens();
    const { id } = s.addApproval();
    s.show(<ApprovalPanel approvalId={id} />);
    fireEvent.click(screen.getByText("Deny and tell it why"));
    expect(screen.getByText("Deny")).toHaveProperty("disabled", true);
    fireEvent.change(screen.getByRole("textbox"), { target: { value: " Keep the newest. " } });
    fireEvent.click(screen.getByText("Deny"));
    const answer = { verdict: "deny", locale: "en", note: "Keep the newest." };
    await vi.waitFor(() => expect(s.given).toEqual([["decide", id, answer]]));
  });

  test("an approval whose action cannot be read cannot be allowed", () => {
    const s = createScreens();
    s.show(<ApprovalPanel approvalId={s.addApproval({ action: "{}" }).id} />);
    expect(screen.getByRole("heading").textContent).toContain("can’t be read here");
    expect(buttons()).toEqual([]);
  });

  test("a phone without a vote may read it, and is told", () => {
    const s = createScreens();
    putDevice(s.doc, s.phone.deviceId, deviceRecordText(s.phone, s.executor, ["send"]));
    s.show(<ApprovalPanel approvalId={s.addApproval().id} />);
    expect(screen.getByRole("status").textContent).toBe("This device may read but not decide.");
    expect(buttons()).toEqual(["Show all 14"]);
  });
});

describe("an approval that was answered", () => {
  const answered = (fields: Parameters<ReturnType<typeof createScreens>["addApproval"]>[0]) => {
    const s = createScreens();
    s.show(<ApprovalPanel approvalId={s.addApproval(fields).id} />);
    return screen.getByRole("status").textContent;
  };
  test.each([
    [
      "allowed elsewhere",
      { state: "allowed" as const, resolvedAt: Date.now() },
      /^Allowed on another device at /,
    ],
    [
      "denied elsewhere",
      { state: "denied" as const, resolvedAt: Date.now() },
      /^Denied on another device at /,
    ],
    [
      "[AP3] crossed",
      { state: "denied" as const, crossed: true },
      /^Denied\. Deny counts when answers cross\.$/,
    ],
    ["expired", { state: "expired" as const }, /^No answer by .*The step was skipped\.$/],
    ["past its time", { expiresAt: Date.now() - 1 }, /^No answer by /],
    ["withdrawn", { state: "withdrawn" as const }, /^No longer needed\.$/],
  ])("%s says so and has no buttons", (_name, fields, words) => {
    expect(answered(fields)).toMatch(words);
    expect(buttons().filter((text) => text !== "Show all 14")).toEqual([]);
  });

  test("here but not yet on the desktop can be taken back", async () => {
    const s = createScreens();
    const { id, requestDigest } = s.addApproval();
    addDecision(
      s.doc,
      {
        id: nextDecisionId(s.doc, id, s.phone.deviceId, Date.now()),
        createdAt: Date.now(),
        approvalId: id,
        requestDigest,
        verdict: "allow",
        scope: "once",
        shownDigest: "0".repeat(64),
        locale: "en",
      },
      s.phone,
    );
    s.state.isAtRelay = false;
    s.state.connection = { phase: "offline", unsent: 1 };
    s.show(<ApprovalPanel approvalId={id} />);
    expect(screen.getByRole("status").textContent).toMatch(/^Allowed .* not on Test desk yet$/);
    expect(screen.getByText("Sent when you’re online. Until then the task waits.")).toBeTruthy();
    fireEvent.click(screen.getByText("Take back"));
    await vi.waitFor(() => expect(s.given).toEqual([["decide", id, { verdict: "none", locale: "en" }]]));
  });
});

test("the bar counts what waits and opens the oldest; in Chinese too", () => {
  const s = createScreens();
  const { id } = s.addApproval();
  s.addApproval();
  const opened: string[] = [];
  s.show(<NeedsYouBar onOpenNeed={(approvalId) => opened.push(approvalId)} />, "zh-Hant");
  const bar = screen.getByRole("button");
  expect(bar.textContent).toBe("2 件事需要你 · 要刪除「Demo」裡的 14 個項目嗎？");
  fireEvent.click(bar);
  expect(opened).toEqual([id]);
});
