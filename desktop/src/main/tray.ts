/**
 * The tray's symbol and menu. The symbol's shape tells the state: a ring is ready, a disc works, a ring with a dot needs
 * somebody, a square is stopped. On Linux it is seen only where the desktop brings a tray (StatusNotifier), and nobody
 * tells us: without one, without a bus, or with one that does not answer, nothing is seen and nothing waits for it.
 */
import { Menu, nativeImage, Tray, type NativeImage } from "electron";
import type { ShellTexts } from "./shell-texts.ts";

export type TrayState = "ready" | "working" | "needs-you" | "stopped";

export interface TrayActions {
  readonly open: () => void;
  readonly stopAll: () => void;
  readonly quit: () => void;
}

export interface DeskhandTray {
  /** It is surely seen: a window that is hidden can be opened from it. */
  readonly isSeen: boolean;
  readonly show: (state: TrayState, texts: ShellTexts) => void;
  readonly destroy: () => void;
}

/** Twice the 16 pixels that a tray shows. */
const SIZE = 32;
const CENTRE = (SIZE - 1) / 2;
const OUTER = 13;
const LINE = 4;
const DOT = 5;

const isInk = (state: TrayState, x: number, y: number): boolean => {
  const distance = Math.hypot(x - CENTRE, y - CENTRE);
  switch (state) {
    case "working":
      return distance <= OUTER;
    case "ready":
      return distance <= OUTER && distance > OUTER - LINE;
    case "needs-you":
      return (distance <= OUTER && distance > OUTER - LINE) || distance <= DOT;
    case "stopped":
      return Math.max(Math.abs(x - CENTRE), Math.abs(y - CENTRE)) <= OUTER - 2;
  }
};

/** Mid grey: to be seen on light and dark bars alike; macOS takes it as a template and colours it itself. */
const INK = 0x8a;

const drawSymbol = (state: TrayState): NativeImage => {
  const pixels = Buffer.alloc(SIZE * SIZE * 4);
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++)
      if (isInk(state, x, y)) pixels.set([INK, INK, INK, 0xff], (y * SIZE + x) * 4);
  const image = nativeImage.createFromBitmap(pixels, { width: SIZE, height: SIZE, scaleFactor: 2 });
  image.setTemplateImage(true);
  return image;
};

export const createTray = ({ open, stopAll, quit }: TrayActions): DeskhandTray => {
  const tray = new Tray(drawSymbol("ready"));
  tray.on("click", open);
  let shown: readonly [TrayState, ShellTexts] | undefined;
  return {
    isSeen: process.platform !== "linux",
    show: (state, texts) => {
      // each change goes over the desktop's bus, and what follows one event follows twenty times a second
      if (shown?.[0] === state && shown[1] === texts) return;
      shown = [state, texts];
      tray.setImage(drawSymbol(state));
      tray.setToolTip("Deskhand");
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: texts.open, click: open },
          { label: texts.stopAll, click: stopAll },
          { type: "separator" },
          { label: texts.quit, click: quit },
        ]),
      );
    },
    destroy: () => tray.destroy(),
  };
};
