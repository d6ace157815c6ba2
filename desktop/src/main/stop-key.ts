/**
 * A key that stops everything, whichever program is in front. It only ever narrows: no key allows, resumes or grants.
 * Where another program has it already there is none; window, tray, phone and file are left.
 */
import { app, globalShortcut } from "electron";

/** The menu's own key with Alt: alone it belongs to file managers. */
export const STOP_KEY = "CommandOrControl+Alt+Shift+.";

export const listenForStopKey = (stopAll: () => void): void => {
  globalShortcut.register(STOP_KEY, stopAll);
  app.once("will-quit", () => globalShortcut.unregister(STOP_KEY));
};
