/** A person's hands at the desktop's window: going somewhere, confirming, pairing. */
import type { DesktopWindow } from "./electron.ts";
import type { PairingPlace } from "./node-phone.ts";

export interface WindowHands extends PairingPlace {
  readonly goTo: (place: string) => Promise<void>;
  /** Presses a button and the one of the same name in the dialog that it opens. */
  readonly press: (button: string) => Promise<void>;
  /** The text of the first element that shows this. */
  readonly seen: (text: string | RegExp) => Promise<string>;
}

export const handsOn = (desktop: () => DesktopWindow): WindowHands => {
  const goTo: WindowHands["goTo"] = (name) =>
    desktop().page.getByRole("navigation").getByRole("button", { name }).click();
  return {
    goTo,
    press: async (name) => {
      const { page } = desktop();
      await page.getByRole("button", { name, exact: true }).first().click();
      await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
    },
    seen: (text) => desktop().page.getByText(text).first().innerText(),
    pairingLink: async () => {
      const { page, app } = desktop();
      await goTo("Phone");
      await page.getByRole("button", { name: /^Show (a new )?code$/ }).click();
      await page.getByRole("button", { name: "Copy link" }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      return app.evaluate(({ clipboard }) => clipboard.readText());
    },
    typeDigits: async (digits) => {
      const { page } = desktop();
      await page.getByLabel("The six digits on your phone").fill(digits);
      await page.getByRole("button", { name: "Pair", exact: true }).click();
    },
  };
};
