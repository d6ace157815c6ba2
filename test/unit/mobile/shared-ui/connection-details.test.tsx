import {
  AlarmBanner,
  Composer,
  ConnectionDetails,
  ConnectionLine,
  NeedsYouBar,
  StopEverythingButton,
  TaskBoard,
  type RelayAlarm,
  type RelayState,
} from "@deskhand/mobile/shared-ui";
import { putMeta } from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";

afterEach(cleanup);
const ignore = () => undefined;
const relay = (fields: Partial<RelayState> = {}): RelayState => ({
  url: "wss://relay.example",
  phase: "live",
  unsent: 0,
  held: 0,
  ignored: {},
  ...fields,
});

describe("connection details", () => {
  const details = (...relays: readonly RelayState[]) => {
    const s = createScreens();
    s.state.relays = relays;
    s.show(<ConnectionDetails />);
    return s;
  };
  test("each relay with its state, what it lacks, what waits, what was left out and why", () => {
    details(
      relay(),
      relay({
        url: "ws://192.168.1.20:8787",
        phase: "connecting",
        heardAt: Date.now() - 120_000,
        unsent: 2,
        held: 1,
        ignored: { "bad-tag": 2, "bad-commit": 1, "wrong-epoch": 4, "too-deep": 1, "foreign-write": 1 },
      }),
    );
    const [good, away] = screen.getAllByRole("listitem").filter((item) => item.querySelector("h3") !== null);
    expect(good?.textContent).toBe("relay.exampleConnected");
    expect(away?.textContent).toContain("192.168.1.20:8787Can’t be reachedHad everything 2 min");
    for (const words of [
      "2 changes are not there yet",
      "1 change waits for an earlier one",
      "3 entries were left out: damaged, or not from your devices",
      "4 entries were left out: sealed with another key, such as an old one",
      "1 entry was left out: it would have damaged the thread",
      "1 entry was left out: written by a device that may not",
    ])
      expect(screen.getByText(words)).toBeTruthy();
  });
  test("the way hop by hop, and Try now where one is away", () => {
    const s = createScreens();
    s.state.relays = [relay({ phase: "refused", refusal: "room-full" })];
    s.state.connection = { phase: "refused", unsent: 0, refusal: "room-full" };
    s.state.desktop = { online: false, power: "asleep", powerSince: Date.now() };
    s.show(<ConnectionDetails />);
    const [here, between, there] = screen.getAllByRole("listitem").map((item) => item.textContent);
    expect([here, between]).toEqual(["this phoneOnline", "RelayTurned away"]);
    expect(there).toMatch(/^Test deskAsleep since /);
    expect(screen.getByText("The relay’s reason: room-full")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Try now" }));
    expect(s.given).toEqual([["retryNow"]]);
  });
  test("the line leads there", () => {
    const s = createScreens();
    s.state.connection = { phase: "offline", unsent: 0 };
    s.state.relays = [relay({ phase: "offline" })];
    s.show(<ConnectionLine />);
    fireEvent.click(screen.getByRole("button", { name: /^You’re offline/ }));
    expect(within(screen.getByRole("dialog")).getByText("relay.example")).toBeTruthy();
  });
});

describe("an alarm", () => {
  const alarmed = (type: RelayAlarm["type"]) => {
    const s = createScreens();
    s.state.relays = [relay({ alarm: { type, deviceId: s.phone.deviceId, at: Date.now() } })];
    s.show(<AlarmBanner />);
    fireEvent.click(within(screen.getByRole("alert")).getByRole("button", { name: "Details" }));
    return { ...s, sheet: within(screen.getByRole("dialog")) };
  };
  test.each([
    ["missing", /leaves out something that this phone has seen/],
    ["fork", /different histories/],
    ["rollback", /went back to an older state/],
    ["withheld", /this phone has read something on this relay that is not shown here/],
  ] as const)("%s: what happened, what is safe, what to do; taken only after a question", (type, words) => {
    const { sheet, given } = alarmed(type);
    expect(screen.getByRole("alert").textContent).toContain("The history on relay.example doesn’t fit");
    expect(sheet.getByText(words)).toBeTruthy();
    expect(sheet.getByText(/^Nothing of it was taken\./)).toBeTruthy();
    expect(sheet.getByText(/^Ask who runs this relay/)).toBeTruthy();
    fireEvent.click(sheet.getByRole("button", { name: "Take its history as it is" }));
    expect(given).toEqual([]);
    fireEvent.click(sheet.getByRole("button", { name: "Not now" }));
    expect(given).toEqual([]);
    fireEvent.click(sheet.getByRole("button", { name: "Take its history as it is" }));
    fireEvent.click(sheet.getByRole("button", { name: "Take it" }));
    expect(given).toEqual([["acceptHistory", "wss://relay.example"]]);
  });
  test("a foreign write names the device and leads to its removal, not to taking it", () => {
    const { sheet } = alarmed("foreign-write");
    expect(
      sheet.getByText(/^A frame that names this phone writes what only Test desk may write/),
    ).toBeTruthy();
    expect(sheet.getByText(/remove the device that you don’t trust on Test desk/)).toBeTruthy();
    expect(sheet.queryByRole("button", { name: /history/ })).toBeNull();
  });
});

test.each([
  [
    "foreign-write",
    /stopped everything by itself\. A frame that names this phone writes.*Nothing of it was taken or run/,
  ],
  ["rollback", /The relay relay\.example went back to an older state/],
  ["contradiction", /Two different contents came under one name/],
  ["a-later-word", /Something about relay\.example doesn’t fit/],
])("the desktop's own alarm is shown too: %s", (type, words) => {
  const s = createScreens();
  putMeta(s.doc, {
    stoppedAt: Date.now(),
    alarm: { type, relayUrl: "wss://relay.example", deviceId: s.phone.deviceId },
  });
  s.show(<AlarmBanner />);
  expect(screen.getByRole("alert").textContent).toMatch(words);
});

describe.each([
  ["removed", { type: "removed", at: Date.now() }, /^This phone was removed on Test desk at /],
  ["too old", { type: "too-old" }, /runs a newer Deskhand\. Here you can only read/],
] as const)("a device that only reads: %s", (_name, access, words) => {
  test("says why, and offers no order", () => {
    const s = createScreens();
    s.addApproval();
    s.addRun("running");
    s.sendTask("never sent");
    s.state.isAtRelay = false;
    s.state.access = access;
    s.show(
      <>
        <ConnectionLine />
        <TaskBoard onOpenTask={ignore} />
        <NeedsYouBar onOpenNeed={ignore} />
        <StopEverythingButton />
        <Composer sendOnEnter draft="text" />
      </>,
    );
    expect(screen.getByRole("status").textContent).toMatch(words);
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.queryByRole("button", { name: /^(Stop|Allow|Deny|Send|\d+ needs)/ })).toBeNull();
    expect(screen.queryAllByText("Not sent")).toHaveLength(access.type === "removed" ? 1 : 0);
  });
});
