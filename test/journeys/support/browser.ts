/** A phone: Debian's Chromium at 390×844 with touch, its own storage, its own network switch. */
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchBrowser = (extraArgs: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: "/usr/bin/chromium", args: [...ARGS, ...extraArgs] });

/** The same with a profile on disk, which outlives the browser. Storage is as a person's: not in memory. */
export const launchProfile = async (profile: string): Promise<Phone> => {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    args: ARGS,
    ...phoneScreen({}),
  });
  return watch(context, context.pages()[0] ?? (await context.newPage()));
};

export interface PhoneOptions {
  readonly locale?: string;
  readonly colorScheme?: "light" | "dark";
}

export interface Phone {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained about on its console, and what it threw. */
  readonly complaints: readonly string[];
}

const phoneScreen = ({ locale = "en-GB", colorScheme = "light" }: PhoneOptions) => ({
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  locale,
  colorScheme,
});

const watch = (context: BrowserContext, page: Page): Phone => {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return { context, page, complaints };
};

export const openPhone = async (browser: Browser, options: PhoneOptions = {}): Promise<Phone> => {
  const context = await browser.newContext(phoneScreen(options));
  return watch(context, await context.newPage());
};
