/** The menu, which is where the keys are. No key allows an approval. */
import { Menu, type MenuItemConstructorOptions } from "electron";
import type { EventOf } from "../ipc-contract.ts";
import type { ShellTexts } from "./shell-texts.ts";

export interface ShellActions {
  readonly goTo: (place: EventOf<"goTo">) => void;
  readonly stopAll: () => void;
  readonly quit: () => void;
}

export const installMenu = (texts: ShellTexts, { goTo, stopAll, quit }: ShellActions): void => {
  const place = (to: EventOf<"goTo">, label: string, digit: number): MenuItemConstructorOptions => ({
    label,
    accelerator: `CmdOrCtrl+${digit}`,
    click: () => goTo(to),
  });
  const isMac = process.platform === "darwin";
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [{ role: "appMenu" } as const] : []),
      {
        label: texts.file,
        submenu: [
          { label: texts.newTask, accelerator: "CmdOrCtrl+N", click: () => goTo("new-task") },
          { label: texts.stopAll, accelerator: "CmdOrCtrl+Shift+.", click: stopAll },
          { type: "separator" },
          { label: texts.quit, accelerator: "CmdOrCtrl+Q", click: quit },
        ],
      },
      {
        label: texts.edit,
        submenu: [
          { role: "undo", label: texts.undo },
          { role: "redo", label: texts.redo },
          { type: "separator" },
          { role: "cut", label: texts.cut },
          { role: "copy", label: texts.copy },
          { role: "paste", label: texts.paste },
          { role: "selectAll", label: texts.selectAll },
        ],
      },
      {
        label: texts.view,
        submenu: [
          place("thread", texts.thread, 1),
          { label: texts.search, accelerator: "CmdOrCtrl+K", click: () => goTo("search") },
          place("approvals", texts.approvals, 2),
          place("phone", texts.phone, 3),
          place("folders", texts.folders, 4),
          place("relays", texts.relays, 5),
          place("recovery", texts.recovery, 6),
          place("settings", texts.settings, 7),
          { type: "separator" },
          { role: "zoomIn", label: texts.zoomIn },
          { role: "zoomOut", label: texts.zoomOut },
          { role: "resetZoom", label: texts.resetZoom },
        ],
      },
    ]),
  );
};
