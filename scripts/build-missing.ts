/** Builds the phone app and the desktop app when there is no build or a source is newer than it. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "..");

const newest = (folder: string): number => {
  let latest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) latest = Math.max(latest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  return latest;
};

interface Build {
  readonly name: string;
  readonly workspace: string;
  /** Written last by the build. */
  readonly output: string;
  readonly sources: readonly string[];
}

const BUILDS: readonly Build[] = [
  {
    name: "phone app",
    workspace: "@deskhand/mobile",
    output: "mobile/dist/index.html",
    sources: ["mobile/src", "mobile/public", "doc-schema/src"],
  },
  {
    name: "desktop app",
    workspace: "@deskhand/desktop",
    output: "desktop/dist/preload.cjs",
    sources: ["desktop/src", "mobile/src/shared-ui", "doc-schema/src"],
  },
];

const isFresh = ({ output, sources }: Build): boolean => {
  const file = path.join(ROOT, output);
  if (!existsSync(file)) return false;
  const built = statSync(file).mtimeMs;
  return sources.every((source) => newest(path.join(ROOT, source)) <= built);
};

/** @returns false when a build failed; its own output is on stderr by then */
export const buildMissing = (say: (line: string) => void): boolean => {
  for (const build of BUILDS.filter((candidate) => !isFresh(candidate))) {
    const started = performance.now();
    say(`Building the ${build.name} …`);
    const { status } = spawnSync("npm", ["run", "-s", "-w", build.workspace, "build"], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) return false;
    say(`Built the ${build.name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return true;
};
