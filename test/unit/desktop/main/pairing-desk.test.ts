import type { PairingOffer, PairingOfferState } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import { createPairingDesk, type PairingDesk } from "../../../../desktop/src/host/pairing-desk.ts";

/** An offer whose states the test decides. */
const createBench = (): {
  readonly desk: PairingDesk;
  readonly offers: { readonly change: (state: PairingOfferState) => void; readonly calls: string[] }[];
  readonly seen: string[];
} => {
  const offers: { change: (state: PairingOfferState) => void; calls: string[] }[] = [];
  const seen: string[] = [];
  const desk = createPairingDesk({
    onState: (state) => seen.push(state.type),
    createOffer: (onState): PairingOffer => {
      let state: PairingOfferState = { type: "waiting" };
      const calls: string[] = [];
      const change = (next: PairingOfferState): void => {
        state = next;
        onState(next);
      };
      offers.push({ change, calls });
      return {
        link: `https://relay.example/#p=${offers.length}`,
        expiresAt: offers.length,
        state: () => state,
        typeDigits: async (text) => {
          calls.push(`digits ${text}`);
          return state;
        },
        refuse: () => {
          calls.push("refuse");
          change({ type: "refused" });
        },
        close: () => void calls.push("close"),
      };
    },
  });
  return { desk, offers, seen };
};

const REQUESTED = { type: "requested", name: "Phone", kind: "phone", triesLeft: 2 } as const;

describe("the pairing desk", () => {
  test("without a code there is none, and digits go nowhere", async () => {
    const { desk, offers } = createBench();
    await desk.typeDigits("123456");
    desk.refuse();
    expect(desk.state()).toEqual({ type: "none" });
    expect(offers).toEqual([]);
  });

  test("a code carries its link and its end", () => {
    const { desk } = createBench();
    desk.show();
    expect(desk.state()).toEqual({ type: "waiting", link: "https://relay.example/#p=1", expiresAt: 1 });
  });

  test("a new code closes the one that nobody used", () => {
    const { desk, offers } = createBench();
    desk.show();
    desk.show();
    expect(offers[0]?.calls).toEqual(["close"]);
    expect(desk.state()).toMatchObject({ expiresAt: 2 });
  });

  test("a new code refuses the phone that asked with the old one, and says no more of it", () => {
    const { desk, offers, seen } = createBench();
    desk.show();
    offers[0]?.change(REQUESTED);
    desk.show();
    expect(offers[0]?.calls).toEqual(["refuse"]);
    expect(seen).toEqual(["waiting", "requested", "waiting"]);
  });

  test("digits go to the code that is shown", async () => {
    const { desk, offers } = createBench();
    desk.show();
    desk.show();
    offers[1]?.change(REQUESTED);
    await desk.typeDigits("123456");
    expect(offers.map(({ calls }) => calls)).toEqual([["close"], ["digits 123456"]]);
  });

  test("how it ended stays to be read until it is put away", () => {
    const { desk, offers, seen } = createBench();
    desk.show();
    offers[0]?.change({ type: "unanswered" });
    expect(desk.state().type).toBe("unanswered");
    desk.putAway();
    expect(desk.state().type).toBe("none");
    expect(seen).toEqual(["waiting", "unanswered", "none"]);
  });
});
