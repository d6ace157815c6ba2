/** What a code can be wrong in, and what is said of a good one before anything is sent. */
import { createDeviceKeys, redact } from "@deskhand/doc-schema/crypto";
import { encodePairingCode } from "@deskhand/doc-schema/sync";
import { TextProvider } from "@deskhand/mobile/shared-ui";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { PairPage } from "../../../../mobile/src/pages/PairPage.tsx";
import { takePairingLink } from "../../../../mobile/src/state/app-state.ts";

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const linkTo = (relayUrl: string, expiresAt = Date.now() + 60_000): string =>
  encodePairingCode(
    {
      expiresAt,
      pairingKey: redact("root-key", bytes(1)),
      oneTimeKey: createDeviceKeys(bytes(2), bytes(3)).sealKey,
      relayUrls: [relayUrl],
    },
    "https://relay.example/p",
  );
/** Without its last bytes; what is left is whole base64url, four characters for three bytes. */
const cutShort = (link: string): string => {
  const [start = "", encoded = ""] = link.split("#p=");
  return `${start}#p=${encoded.slice(0, encoded.length - (encoded.length % 4) - 8)}`;
};
const page = (link?: string) => (
  <TextProvider locale="en">
    <PairPage link={link} onPaired={() => Promise.reject(new Error("nobody was paired"))} />
  </TextProvider>
);
const paste = (text: string): void => {
  fireEvent.change(screen.getByLabelText("Link from the computer"), { target: { value: text } });
  fireEvent.click(screen.getByRole("button", { name: "Continue" }));
};
afterEach(cleanup);

test.each([
  ["a page that is not ours", "https://example.com/#p=aGVsbG8", "That is not a Deskhand code."],
  ["a code cut short", cutShort(linkTo("wss://relay.example")), "That code is damaged or incomplete."],
  ["an expired code", linkTo("wss://relay.example", Date.now() - 1_000), "This code has expired."],
])("%s is refused with words, and the ways to a code stay", (_, text, words) => {
  render(page());
  paste(text);
  expect(screen.getByRole("alert").textContent).toContain(words);
  expect(screen.getByRole("button", { name: "Scan the code" })).toBeTruthy();
});

test("[T23] a link that opened the app goes to the check, which names the relay and waits for the person", () => {
  render(page(linkTo("wss://relay.example")));
  expect(screen.getByText(/wss:\/\/relay\.example/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Pair" })).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.getByRole("button", { name: "Scan the code" })).toBeTruthy();
});

test("a later link in the same tab replaces the earlier one", () => {
  const { rerender } = render(page(linkTo("wss://first.example")));
  rerender(page(linkTo("wss://second.example")));
  expect(screen.getByText(/second\.example/)).toBeTruthy();
  expect(screen.queryByText(/first\.example/)).toBeNull();
});

test("a pairing link leaves the address bar when it is taken, and is taken once", () => {
  history.replaceState({ key: "kept" }, "", "/p#p=secret");
  expect(takePairingLink()).toContain("#p=secret");
  expect(location.hash).toBe("");
  expect(history.state).toEqual({ key: "kept" });
  expect(takePairingLink()).toBeUndefined();
});
