/** What Back closes; the browser's history is played, because its way back takes a moment. */
import { useBackCloses } from "@deskhand/mobile/shared-ui";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi, type MockInstance } from "vitest";

const Over = ({ close }: { readonly close: () => void }) => {
  useBackCloses(true, close);
  return null;
};
/** The entries beneath the present one, as their states. */
let beneath: unknown[];
let state: unknown;
let back: MockInstance<() => void>;
/** The browser has gone back by one, and tells it. */
const arriveBack = (): void => {
  state = beneath.pop();
  dispatchEvent(new Event("popstate"));
};
beforeEach(() => {
  [beneath, state] = [[], null];
  vi.spyOn(history, "state", "get").mockImplementation(() => state);
  vi.spyOn(history, "pushState").mockImplementation((next: unknown) => {
    beneath.push(state);
    state = next;
  });
  back = vi.spyOn(history, "back").mockImplementation(() => undefined);
});
afterEach(() => {
  cleanup();
  arriveBack(); // what the test left open has asked for it
  vi.restoreAllMocks();
});

test("Back closes what is open, and leaves the page where it is", () => {
  const close = vi.fn<() => void>();
  render(<Over close={close} />);
  expect(beneath).toEqual([null]);
  arriveBack();
  expect(close).toHaveBeenCalledOnce();
  expect(state).toBe(null);
});

test("closed otherwise, its entry is taken away again", () => {
  const close = vi.fn<() => void>();
  render(<Over close={close} />).unmount();
  expect(back).toHaveBeenCalledOnce();
  arriveBack();
  expect(close).not.toHaveBeenCalled();
});

test("what opens before that has happened stays open, and Back still closes it", () => {
  const second = vi.fn<() => void>();
  render(<Over close={() => undefined} />).unmount();
  render(<Over close={second} />);
  arriveBack(); // the first one's
  expect(second).not.toHaveBeenCalled();
  expect(beneath).toHaveLength(1);
  arriveBack();
  expect(second).toHaveBeenCalledOnce();
});

test("of two that are open Back closes the upper one, and then the lower one", () => {
  const [lower, upper] = [vi.fn<() => void>(), vi.fn<() => void>()];
  render(<Over close={lower} />);
  const top = render(<Over close={upper} />);
  arriveBack();
  expect([lower.mock.calls.length, upper.mock.calls.length]).toEqual([0, 1]);
  top.unmount();
  arriveBack();
  expect(lower).toHaveBeenCalledOnce();
});
