/**
 * A file that stops everything: whoever makes `stop` in the data folder, by hand or from a script, orders it as from
 * this computer. It is taken away once the stop is in the ledger, so a stop outlives it until somebody resumes.
 * The folder is looked at now and then, too: not every disk tells what happens on it.
 */
import { existsSync, rmSync, watch, type FSWatcher } from "node:fs";
import path from "node:path";

export const STOP_FILE = "stop";

/** Half of the second that a stop may take is left for the stop itself. */
const LOOK_EVERY_MS = 400;

export interface StopFilePorts {
  readonly dataFolder: string;
  /** Returns when the stop is on disk. */
  readonly stopAll: () => void;
}

/** One that is there already counts at once. Returns what ends the watch. */
export const watchStopFile = ({ dataFolder, stopAll }: StopFilePorts): (() => void) => {
  const file = path.join(dataFolder, STOP_FILE);
  const look = (): void => {
    if (!existsSync(file)) return;
    stopAll();
    rmSync(file, { recursive: true, force: true });
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  const watcher = watched(dataFolder, look);
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
};

/** undefined: there are no watches left on this computer, or the disk has none. The timer is enough. */
const watched = (dataFolder: string, look: () => void): FSWatcher | undefined => {
  try {
    const watcher = watch(dataFolder, (_, name) => {
      if (name === STOP_FILE) look();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
};
