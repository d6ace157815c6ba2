/** Looking at folders as a person would: which files are there, with which contents. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const made: string[] = [];

export const temporaryFolder = (name: string): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), `deskhand-${name}-`));
  made.push(folder);
  return folder;
};

export const removeTemporaryFolders = (): void => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** Relative path → SHA-256 of every file below the folder. Files that move while it reads make it read again. */
export const contentsOf = (folder: string): Readonly<Record<string, string>> => {
  for (;;) {
    try {
      return readContents(folder);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
};

const readContents = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    namesIn(folder)
      .map(
        (name) =>
          [
            name,
            createHash("sha256")
              .update(readFileSync(path.join(folder, name)))
              .digest("hex"),
          ] as const,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Relative paths of every file below the folder. */
export const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

/** Waits until `probe` holds; the test's own time limit applies through `timeoutMs`. */
export const until = async (
  what: string,
  probe: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> => {
  const end = performance.now() + timeoutMs;
  while (!(await probe())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
