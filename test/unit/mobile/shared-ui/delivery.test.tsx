import { TaskBoard, ThreadView } from "@deskhand/mobile/shared-ui";
import { putMeta, putRun } from "@deskhand/doc-schema/document";
import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const ignore = () => undefined;

describe("the tick", () => {
  const tick = (): string | null => screen.getByLabelText(/^Delivery: /).getAttribute("aria-label");
  test("says no more than what has been seen, and never goes back", async () => {
    const s = createScreens();
    const taskId = s.sendTask("x");
    const said: (string | null)[] = [];
    const look = async (): Promise<void> => {
      await act(async () => {
        s.tell();
        await vi.waitFor(() => undefined);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      });
      said.push(tick());
    };
    s.state.stage = "saved";
    s.show(<ThreadView onOpenTask={ignore} />);
    await look();
    s.state.stage = "at-relay";
    await look();
    s.state.stage = "at-desktop";
    await look();
    s.state.stage = "saved"; // the relay that had it is gone
    await look();
    putRun(s.doc, {
      id: s.ids.create("run"),
      taskId,
      threadId: s.threadId,
      attempt: 1,
      state: "running",
      stateSince: Date.now(),
    });
    await look();
    expect(said.slice(0, 4)).toEqual([
      "Delivery: Saved on this phone",
      "Delivery: Sent",
      "Delivery: On Test desk",
      "Delivery: On Test desk",
    ]);
    expect(said[4]).toMatch(/^Delivery: Picked up \d\d:\d\d/);
  });
});

describe("the delivery sheet", () => {
  const open = (change: (s: ReturnType<typeof createScreens>) => void, locale: "en" | "zh-Hant" = "en") => {
    const s = createScreens();
    s.sendTask("x");
    change(s);
    s.show(<ThreadView onOpenTask={ignore} />, locale);
    fireEvent.click(screen.getByLabelText(/^(Delivery|傳送狀態)/));
    return { ...s, sheet: within(screen.getByRole("dialog")) };
  };
  test.each<readonly [string, (s: ReturnType<typeof createScreens>) => void, RegExp]>([
    [
      "offline",
      (s) => {
        s.state.stage = "saved";
        s.state.connection = { phase: "offline", unsent: 1 };
      },
      /safe on this phone and goes out when you’re online/,
    ],
    [
      "no relay",
      (s) => {
        s.state.stage = "saved";
        s.state.connection = { phase: "connecting", unsent: 1 };
      },
      /goes out by itself as soon as a relay can be reached/,
    ],
    [
      "removed",
      (s) => {
        s.state.stage = "saved";
        s.state.access = { type: "removed", at: Date.now() };
      },
      /removed before it was sent/,
    ],
    [
      "the desktop is away",
      (s) => {
        s.state.stage = "at-relay";
        s.state.desktop = { online: false };
      },
      /see that Test desk is awake/,
    ],
    [
      "on its way",
      (s) => void (s.state.stage = "at-relay"),
      /until Test desk fetches it\. That takes a moment/,
    ],
    ["there", (s) => void (s.state.stage = "at-desktop"), /starts it when its turn comes/],
    [
      "stopped",
      (s) => {
        s.state.stage = "at-desktop";
        putMeta(s.doc, { stoppedAt: Date.now() });
      },
      /Everything is stopped on Test desk/,
    ],
  ])("%s: says where it is and what can be done", (_name, change, words) => {
    expect(open(change).sheet.getByText(words)).toBeTruthy();
  });
  test("four stages in their order; what was not seen has no time", () => {
    const { sheet } = open((s) => void (s.state.stage = "at-desktop"));
    expect(sheet.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      expect.stringMatching(/^Saved on this phone.*\d/),
      "Sentdone",
      "On Test deskdone",
      "Picked upnot yet",
    ]);
  });
  test("in Chinese", () => {
    const { sheet } = open((s) => void (s.state.stage = "at-relay"), "zh-Hant");
    expect(sheet.getByRole("heading").textContent).toBe("傳送狀態");
    expect(sheet.getByText("已送出")).toBeTruthy();
    expect(sheet.getByText("已到 Test desk")).toBeTruthy();
  });
  test("Try now asks the relay, and the button closes", () => {
    const { sheet, given } = open((s) => {
      s.state.stage = "saved";
      s.state.connection = { phase: "connecting", unsent: 1 };
    });
    fireEvent.click(sheet.getByRole("button", { name: "Try now" }));
    expect(given).toEqual([["retryNow"]]);
    fireEvent.click(sheet.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

test("a card says whether the desktop has the task", () => {
  const line = (stage: "at-relay" | "at-desktop"): string => {
    const s = createScreens();
    s.sendTask("x");
    s.state.stage = stage;
    const { container } = s.show(<TaskBoard onOpenTask={ignore} />);
    const text = container.textContent;
    cleanup();
    return text;
  };
  expect(line("at-relay")).toContain("Test desk hasn’t picked it up yet");
  expect(line("at-desktop")).toContain("Test desk has it but hasn’t started");
});
