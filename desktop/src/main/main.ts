/**
 * Deskhand with a window: the composition root of the Electron app.
 * 1. One instance a data folder: a second one shows the first and ends.
 * 2. What cannot start is said in a dialog and on stderr, and ends with exit code 1.
 * 3. Quitting tells the phone and closes the journals before the process ends.
 */
import path from "node:path";
import { app, dialog, type BrowserWindow } from "electron";
import type { Result } from "@deskhand/doc-schema/wire";
import { holdsWorkspace } from "../host/data-folder.ts";
import type { Host } from "../host/open-host.ts";
import { folderSentence } from "../host/open-sentences.ts";
import type { HostError } from "../host/secrets.ts";
import { parseSettings, type HostSettings } from "../host/settings.ts";
import type { Outcome } from "../ipc-contract.ts";
import { makePrivateFolder } from "../executor/private-files.ts";
import { declareScheme, servePage } from "./app-protocol.ts";
import { openExecutorHost } from "./executor-host.ts";
import { serveRequests, tellWindow } from "./ipc.ts";
import { installMenu } from "./menu.ts";
import { openPreferences } from "./preferences.ts";
import { shellTexts, type ShellTexts } from "./shell-texts.ts";
import { createStartHandlers } from "./start-handlers.ts";
import { listenForStopKey } from "./stop-key.ts";
import { createTray, type DeskhandTray, type TrayState } from "./tray.ts";
import { createWindow, focusWindow, loadWindow } from "./window.ts";

const DIST = import.meta.dirname;

/** Shown only where somebody can see and close it: a test or a service has no use for a dialog. */
const failToStart = (sentence: string): void => {
  console.error(sentence);
  if (process.env["DESKHAND_NO_DIALOGS"] === undefined)
    dialog.showErrorBox(shellTexts("system", app.getLocale()).cannotStart, sentence);
  app.exit(1);
};

const run = async (settings: HostSettings): Promise<void> => {
  const preferences = openPreferences(settings.dataFolder);
  const texts = (): ShellTexts => shellTexts(preferences.current().language, app.getLocale());
  servePage(path.join(DIST, "renderer"));
  const window = createWindow(DIST);
  let tray: DeskhandTray | undefined;
  let host: Host | undefined;
  let hasStopKey = false;

  const actions = {
    goTo: (place: Parameters<typeof tellWindow<"goTo">>[2]) => {
      focusWindow(window);
      tellWindow(window, "goTo", place);
    },
    open: () => focusWindow(window),
    stopAll: () => host?.executor.stopAll(),
    quit: () => app.quit(),
  };
  const speak = (): void => {
    installMenu(texts(), actions);
    if (host !== undefined) tray?.show(trayState(host), texts());
  };

  let opening: Promise<Result<Host, HostError>> | undefined;
  const open = async (): Promise<Result<Host, HostError>> => {
    const opened = await openExecutorHost(settings, {
      window,
      preferences,
      texts,
      hasStopKey: () => hasStopKey,
      onChange: (changed) => tray?.show(trayState(changed), texts()),
    });
    if (!opened.ok || ending.isUnderWay()) return opened;
    host = opened.value;
    tray = createTray(actions);
    hasStopKey = listenForStopKey(actions.stopAll);
    speak();
    return opened;
  };
  const start = async (): Promise<Outcome> => {
    opening ??= open();
    const opened = await opening;
    if (opened.ok) return { type: "done" };
    if (!ending.isUnderWay()) failToStart(opened.error.sentence);
    return { type: "refused", reason: opened.error.sentence };
  };
  const isFirstStart = (): boolean => opening === undefined && !holdsWorkspace(settings.dataFolder);
  const ending = endTogether(
    window,
    () => opening,
    () => tray,
  );
  app.on("second-instance", () => focusWindow(window));
  speak();
  const onLanguage = speak;
  serveRequests(
    window,
    createStartHandlers({ settings, window, preferences, texts, onLanguage, isFirstStart, start }),
  );
  if (isFirstStart() && !settings.startsNew) {
    if (settings.printsCode) console.log("Choose in the window: start new, or restore with 24 words.");
  } else if ((await start()).type !== "done" || ending.isUnderWay()) return;
  try {
    await loadWindow(window);
  } catch (error) {
    if (!ending.isUnderWay()) throw error;
  }
};

const trayState = ({ executor }: Host): TrayState => {
  const states = { idle: "ready", working: "working", waiting: "needs-you", stopped: "stopped" } as const;
  return states[executor.status().state];
};

/** With a tray that is seen the window only hides; else there may be no way back to it, so closing it quits. */
const endTogether = (
  window: BrowserWindow,
  opening: () => Promise<Result<Host, HostError>> | undefined,
  tray: () => DeskhandTray | undefined,
): { readonly isUnderWay: () => boolean } => {
  let isUnderWay = false;
  window.on("close", (event) => {
    if (tray()?.isSeen !== true || isUnderWay) return;
    event.preventDefault();
    window.hide();
  });
  app.on("before-quit", () => {
    isUnderWay = true;
  });
  app.on("window-all-closed", () => app.quit());
  app.once("will-quit", (event) => {
    event.preventDefault();
    tray()?.destroy();
    // A second quit() is not heard when the first came by a signal: exit() is.
    // A restore that is under way counts for nothing until it is whole, and may be cut short.
    void Promise.resolve(opening())
      .then((opened) => (opened?.ok ? opened.value.close() : undefined))
      .finally(() => app.exit(0));
  });
  return { isUnderWay: () => isUnderWay };
};

const start = (): void => {
  // A person's own *.asar files are files: Electron would show them to our tools as folders.
  process.noAsar = true;
  const settings = parseSettings({}, process.env);
  if (!settings.ok) return failToStart(settings.error.join("\n"));
  const { dataFolder } = settings.value;
  try {
    makePrivateFolder(dataFolder);
  } catch (error) {
    return failToStart(folderSentence(dataFolder, error));
  }
  app.setPath("userData", path.join(dataFolder, "window"));
  if (!app.requestSingleInstanceLock()) return app.exit(0);
  declareScheme();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => app.quit());
  // Never awaited at the top level: Electron is ready only after this module has run (electron#40719).
  app
    .whenReady()
    .then(() => run(settings.value))
    .catch((error: unknown) => failToStart(error instanceof Error ? error.message : String(error)));
};

start();
