/**
 * Makes the folder "Deskhand demo", so that a first task has something to work on.
 * 1. A folder of that name that is there already is taken as it is; nothing in it is written or changed.
 * 2. It appears whole or not at all: it is filled beside its place and then renamed into it.
 */
import { lstat, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { demoFiles } from "./demo-files.ts";

export const DEMO_FOLDER_NAME = "Deskhand demo";

export interface DemoFolder {
  readonly path: string;
  /** Relative, "/" between parts, sorted. */
  readonly files: readonly string[];
}

/** `parentDir` is made when it is missing. Throws as node:fs does when the disk refuses. */
export const createDemoFolder = async (parentDir: string): Promise<DemoFolder> => {
  const folder = path.join(parentDir, DEMO_FOLDER_NAME);
  if (!(await isThere(folder))) {
    await mkdir(parentDir, { recursive: true });
    const beside = await mkdtemp(path.join(parentDir, ".deskhand-demo-"));
    try {
      await fill(beside);
      await rename(beside, folder);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      throw error;
    }
  }
  return { path: folder, files: await filesIn(folder) };
};

const isThere = async (folder: string): Promise<boolean> => {
  try {
    await lstat(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
};

const fill = async (folder: string): Promise<void> => {
  for (const file of demoFiles()) {
    const target = path.join(folder, ...file.path.split("/"));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.bytes, { flag: "wx" });
    await utimes(target, file.modified, file.modified);
  }
};

const filesIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
};
