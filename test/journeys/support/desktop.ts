/** The desktop without a window, as its own process, driven through its terminal and its JSON log. */
import { startChild, type Child } from "./child.ts";

export interface DesktopProcess {
  readonly child: () => Child;
  /** Shows a new code. @returns its link */
  readonly pairingLink: () => Promise<string>;
  /** Types the digits once a phone asks, and waits until it is paired. */
  readonly typeDigits: (digits: string) => Promise<void>;
  /** Waits for the next run that reaches the state; `after` = lines seen before. */
  readonly runState: (state: string, options?: { readonly after?: number }) => Promise<void>;
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  readonly start: () => Promise<void>;
}

export interface DesktopOptions {
  readonly home: string;
  readonly relayUrl: string;
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const startDesktop = async ({
  home,
  relayUrl,
  folder,
  env = {},
}: DesktopOptions): Promise<DesktopProcess> => {
  let child: Child;
  /** Lines before the code that is shown now: an older phone's question is none of it. */
  let shownAt = 0;
  const start = async (): Promise<void> => {
    child = startChild(
      "desktop/src/headless.ts",
      [
        "--data",
        home,
        "--relay",
        relayUrl,
        "--public-url",
        relayUrl,
        "--folder",
        folder,
        "--name",
        "Test desk",
      ],
      { DESKHAND_LOG: "json", ANTHROPIC_API_KEY: "", ...env },
    );
    await child.line(/"event":"pairing-link"/); // it shows a code by itself once it is ready
  };
  await start();
  return {
    child: () => child,
    pairingLink: async () => {
      shownAt = child.lines().length;
      child.write("new\n");
      const [, link = ""] = await child.line(/"event":"pairing-link","link":"([^"]+)"/, { after: shownAt });
      return link;
    },
    typeDigits: async (digits) => {
      await child.line(/"event":"pairing-request"/, { after: shownAt });
      const seen = child.lines().length;
      child.write(`${digits}\n`);
      await child.line(/"event":"paired"/, { after: seen });
    },
    runState: async (state, { after = 0 } = {}) => {
      await child.line(new RegExp(`"event":"run-state".*"state":"${state}"`), { after });
    },
    kill: async (signal = "SIGKILL") => void (await child.end(signal)),
    start,
  };
};
