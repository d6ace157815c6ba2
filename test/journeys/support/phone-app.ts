/** What a person does in the phone app, by what the person sees. */
import type { Page } from "playwright-core";
import type { DesktopProcess } from "./desktop.ts";

/** Opens the link, agrees, and has the number typed on the desktop. */
export const pairByLink = async (page: Page, desktop: DesktopProcess): Promise<void> => {
  await page.goto(await desktop.pairingLink());
  await pairFromHere(page, desktop);
};

/** The same for a page that has read the code already. */
export const pairFromHere = async (page: Page, desktop: DesktopProcess): Promise<void> => {
  await page.getByRole("button", { name: "Pair", exact: true }).click();
  const digits = page.getByText(/^\d{3}\s?\d{3}$/);
  await digits.waitFor();
  await desktop.typeDigits(((await digits.textContent()) ?? "").replace(/\s/g, ""));
  await page.waitForURL(/\/thread$/);
};

export const send = async (page: Page, prompt: string): Promise<void> => {
  await page.getByRole("textbox", { name: "Message or task" }).fill(prompt);
  await page.getByRole("button", { name: /^(Send|Queue)( ·|$)/ }).click();
};

/** Taps the bar that says that something waits. */
export const openWaiting = (page: Page): Promise<void> =>
  page.getByRole("button", { name: /needs you ·/ }).click();

export const allow = (page: Page): Promise<void> => page.getByRole("button", { name: "Allow once" }).click();

export const leaveSheet = (page: Page): Promise<void> =>
  page.getByRole("button", { name: "Close", exact: true }).click();

/**
 * Goes to another tab. Resolves when the page that was shown is gone: until then both lie in the outlet, and a
 * control that is on each of them would be found on the wrong one.
 */
export const openTab = async (page: Page, tab: "thread" | "tasks" | "settings"): Promise<void> => {
  const left = await page.locator("ion-router-outlet > .ion-page:visible").elementHandle();
  await page.locator(`ion-tab-button[tab="${tab}"]`).click();
  await left?.waitForElementState("hidden");
};

/** Opens the newest task of that prompt from the thread. */
export const openTask = async (page: Page, prompt: string): Promise<void> => {
  await page.getByRole("article", { name: prompt }).last().getByRole("button").first().click();
  await page.waitForURL(/\/task\//);
};
