import { TaskBoard } from "@deskhand/mobile/shared-ui";
import { addIntent, putSchedule, type IntentRecord, type Schedule } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);

const FIELDS = {
  title: "Morning look",
  rule: "0 8 * * 1-5",
  timeZone: "Asia/Taipei",
  prompt: "What changed?",
  ifMissed: "run" as const,
  enabled: true,
};

describe("schedules", () => {
  let s: ReturnType<typeof createScreens>;
  let id: Schedule["id"];
  beforeEach(() => {
    s = createScreens();
    id = s.ids.create("schedule");
  });
  const put = (fields: Partial<Schedule> = {}): void =>
    putSchedule(s.doc, { ...FIELDS, id, createdAt: 1, nextRunAt: Date.now() + 86_400_000, ...fields });
  const order = (body: Record<string, unknown>): void => {
    const all = { ...body, id: s.ids.create("intent"), createdAt: Date.now() };
    addIntent(s.doc, all as IntentRecord, s.phone); // each test writes a whole one
  };
  const show = (): void => {
    s.show(<TaskBoard onOpenTask={() => undefined} />);
    fireEvent.click(screen.getByRole("button", { name: "Schedules" }));
  };
  const row = (): string => screen.getByRole("article").textContent ?? "";

  test("a row says its rule and its next time, and the switch turns it off", async () => {
    put();
    show();
    expect(row()).toMatch(/^Morning lookEvery weekday at 08:00Next: .*\(Asia\/Taipei\)$/);
    const toggle = screen.getByRole("switch", { name: "“Morning look” is on" });
    expect(toggle.getAttribute("aria-checked")).toBe("true");
    fireEvent.click(toggle);
    const change = { type: "schedule-change", scheduleId: id, enabled: false };
    await waitFor(() => expect(s.given).toEqual([["give", change]]));
    cleanup();
    order(change);
    show();
    expect(screen.getByRole("switch").getAttribute("aria-checked")).toBe("false");
    expect(row()).toContain("Not on Test desk yet");
    cleanup();
    put({ enabled: false });
    show();
    expect(row()).toMatch(/Off$/);
  });

  test("one that the desktop turned off says why", () => {
    put({ enabled: false, off: { type: "failed", text: "It failed 3 times in a row, so it is off." } });
    show();
    expect(row()).toContain("It failed 3 times in a row, so it is off.");
  });

  test("a missed time is said beside the next one", () => {
    put({ missedAt: Date.now() - 3_600_000 });
    show();
    expect(row()).toMatch(/Missed .*: Test desk was asleep\. Next: /);
  });

  test.each([
    ["Run now", { type: "schedule-run" }],
    ["Not this time", { type: "schedule-change", letGo: 1_700_000_000_000 }],
  ] as const)("a missed time that the desktop asks about: %s", async (button, body) => {
    put({ ifMissed: "ask", missedAt: 1_700_000_000_000 });
    show();
    expect(row()).toMatch(/Missed .*: Test desk was asleep\. Do it now\? Next: /);
    fireEvent.click(screen.getByRole("button", { name: button }));
    const answer = { ...body, scheduleId: id };
    await waitFor(() => expect(s.given).toEqual([["give", answer]]));
    cleanup();
    order(answer);
    show();
    expect(row()).toContain("Not on Test desk yet");
    expect(screen.queryByRole("button", { name: button })).toBeNull();
    cleanup();
    put({ ifMissed: "ask", missedAt: null, lastRunId: s.ids.create("run") });
    show();
    expect(row()).toMatch(/08:00Next: /);
    cleanup();
    put({ ifMissed: "ask", missedAt: 1_700_086_400_000 }); // another day's: the old answer is none to it
    show();
    expect(row()).toContain("Do it now?");
  });

  test("who may not order is asked nothing, nor is anybody by one that is off", () => {
    put({ ifMissed: "ask", missedAt: 1_700_000_000_000, enabled: false });
    show();
    expect(screen.queryByRole("button", { name: "Not this time" })).toBeNull();
    cleanup();
    put({ ifMissed: "ask", missedAt: 1_700_000_000_000, enabled: true });
    s.state.access = { type: "too-old" };
    show();
    expect(screen.queryByRole("button", { name: "Not this time" })).toBeNull();
    expect(row()).toContain("Missed");
  });

  test("a new one is made from what it does and when; without words it is not", async () => {
    show();
    expect(screen.getByText(/^Let something happen by itself/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "New schedule" }));
    const sheet = within(screen.getByRole("dialog"));
    const save = sheet.getByRole<HTMLButtonElement>("button", { name: "Save" });
    expect(save.disabled).toBe(true);
    fireEvent.change(sheet.getByLabelText("What is to be done"), { target: { value: "Sum up the week" } });
    fireEvent.change(sheet.getByLabelText("How often"), { target: { value: "weekly" } });
    fireEvent.change(sheet.getByLabelText("Day"), { target: { value: "5" } });
    fireEvent.change(sheet.getByLabelText("Time"), { target: { value: "17:30" } });
    fireEvent.change(sheet.getByLabelText("If the computer was asleep"), { target: { value: "skip" } });
    fireEvent.click(save);
    await waitFor(() => expect(s.given).toHaveLength(1));
    expect(s.given[0]).toEqual([
      "createSchedule",
      {
        title: "Sum up the week",
        prompt: "Sum up the week",
        rule: "30 17 * * 5",
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        ifMissed: "skip",
        enabled: true,
        locale: "en",
      },
    ]);
  });

  test("one that the desktop does not have yet is shown as such; a deleted one too, until it is gone", () => {
    order({ ...FIELDS, type: "schedule-create", scheduleId: id });
    show();
    expect(row()).toContain("Not on Test desk yet");
    cleanup();
    put();
    order({ type: "schedule-delete", scheduleId: id });
    show();
    expect(row()).toContain("Not on Test desk yet");
    expect(screen.queryByRole("switch")).toBeNull();
  });

  test.each([
    ["Run now", "schedule-run"],
    ["Delete", "schedule-delete"],
  ])("%s is one order", async (name, type) => {
    put();
    show();
    fireEvent.click(screen.getByRole("button", { name: /^Morning look/ }));
    fireEvent.click(screen.getByRole("button", { name }));
    await waitFor(() => expect(s.given).toEqual([["give", { type, scheduleId: id }]]));
  });
});
