/**
 * The one window.
 * 1. [T62] Sandboxed and isolated, without remote content: it shows our page, opens nothing, goes nowhere, is granted
 *    no permission, and its session reaches no network.
 * 2. It sends nothing out for spell checking, and keeps nothing of what is typed.
 */
import path from "node:path";
import { BrowserWindow, session, type Session } from "electron";
import { isOurPage, WINDOW_URL } from "./app-protocol.ts";

/** Smaller than this, the thread has no room beside the rail. */
const MIN_SIZE = { minWidth: 720, minHeight: 520 };

const lockSession = (locked: Session): void => {
  locked.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  locked.setPermissionCheckHandler(() => false);
  locked.setDevicePermissionHandler(() => false);
  locked.setSpellCheckerEnabled(false);
  locked.webRequest.onBeforeRequest((request, answer) =>
    answer({
      cancel:
        !isOurPage(request.url) && !request.url.startsWith("devtools:") && !request.url.startsWith("data:"),
    }),
  );
};

/** @param distFolder holds preload.cjs */
export const createWindow = (distFolder: string): BrowserWindow => {
  lockSession(session.defaultSession);
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    ...MIN_SIZE,
    show: false,
    title: "Deskhand",
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(distFolder, "preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: "deny" }));
  window.webContents.on("will-navigate", (event) => event.preventDefault());
  window.webContents.on("will-attach-webview", (event) => event.preventDefault());
  window.once("ready-to-show", () => window.show());
  return window;
};

export const loadWindow = (window: BrowserWindow): Promise<void> => window.loadURL(WINDOW_URL);

export const focusWindow = (window: BrowserWindow): void => {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
};
