/** The desktop with its window, as its own process, driven by Playwright. Needs a display and an Electron runtime. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { ROOT } from "./child.ts";

export interface DesktopWindow {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** What the page threw or wrote as an error. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

export interface DesktopWindowOptions {
  readonly home: string;
  readonly relayUrl: string;
  readonly folder: string;
  /** Opens it at its very first screen; else a new workspace is started where there is none. */
  readonly isLeftAtFirstStart?: boolean;
}

/** Where `npm test` has prepared it (scripts/find-electron.ts). */
const electronFolder = (): string => {
  const folder = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (folder === undefined)
    throw new Error(
      "ELECTRON_OVERRIDE_DIST_PATH is not set: `npm test` prepares an Electron runtime and sets it",
    );
  return folder;
};

const launchOptions = ({
  home,
  relayUrl,
  folder,
}: DesktopWindowOptions): {
  readonly executablePath: string;
  readonly args: string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
} => ({
  executablePath: path.join(electronFolder(), "electron"),
  args: ["--disable-gpu", "desktop"],
  cwd: ROOT,
  env: {
    ...(process.env as Record<string, string>), // what is not set is not there to copy
    DESKHAND_HOME: home,
    DESKHAND_RELAY_URL: relayUrl,
    DESKHAND_PUBLIC_URL: relayUrl,
    DESKHAND_FOLDERS: folder,
    DESKHAND_NAME: "Test desk",
    DESKHAND_NO_DIALOGS: "1",
    ANTHROPIC_API_KEY: "",
    LANGUAGE: "en",
  },
});

/** Without Playwright, whose debugger would hold the end of the process. */
export const spawnDesktopWindow = (options: DesktopWindowOptions): ChildProcess => {
  const { executablePath, args, cwd, env } = launchOptions(options);
  return spawn(executablePath, args, { cwd, env, stdio: "ignore" });
};

export const openDesktopWindow = async (options: DesktopWindowOptions): Promise<DesktopWindow> => {
  const app = await _electron.launch(launchOptions(options));
  const page = await app.firstWindow();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  const navigation = page.getByRole("navigation");
  const startNew = page.getByRole("button", { name: "Start new" });
  await navigation.or(startNew).first().waitFor();
  if (options.isLeftAtFirstStart !== true && (await startNew.isVisible())) await startNew.click();
  if (options.isLeftAtFirstStart !== true) await navigation.waitFor();
  return { app, page, problems, close: () => app.close() };
};
