/**
 * A key that stops everything, whichever program is in front. It only ever narrows: no key allows, resumes or grants.
 * Where another program has it already there is none, and the settings say so; window, tray, phone and file are left.
 */
import { app, globalShortcut } from "electron";

/** The menu's own key with Alt: alone it belongs to file managers. */
export const STOP_KEY = "CommandOrControl+Alt+Shift+.";

/** @returns false where the system did not give us the key */
export const listenForStopKey = (stopAll: () => void): boolean => {
  const isOurs = globalShortcut.register(STOP_KEY, stopAll);
  if (isOurs) app.once("will-quit", () => globalShortcut.unregister(STOP_KEY));
  return isOurs;
};
