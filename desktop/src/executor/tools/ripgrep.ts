/**
 * ripgrep as a fast filter: which files may hold a text. It never has the last word.
 * 1. It runs in the held folder (its working directory is the open descriptor), without configuration and without
 *    following links. What it names is opened again by our own confined walk, and the lines come from there: a
 *    link swapped in under ripgrep's feet shows nothing.
 * 2. Its settings give at least what our own walk gives: hidden and ignored files too, the same folders skipped. Files
 *    that hold NUL are no texts for either. Looking at each file's size would cost it more than the few large ones do.
 */
import { spawn } from "node:child_process";
import { holdsByDescriptor, type Folder } from "./folder-handle.ts";

export interface RipgrepSearch {
  readonly program: string;
  readonly text: string;
  readonly skip: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Paths below the folder, in no order; undefined when there is no ripgrep or it failed. */
export const filesWithText = (
  folder: Folder,
  { program, text, skip, signal }: RipgrepSearch,
): Promise<readonly string[] | undefined> =>
  new Promise((resolve) => {
    const skipped = [...skip].flatMap((name) => ["--glob", `!${name}/`]);
    const settings = ["--no-config", "--no-messages", "--no-follow", "--hidden", "--no-ignore"];
    const output = ["--files-with-matches", "--null", "--encoding", "none"];
    const wanted = ["--ignore-case", "--fixed-strings", "-e", text];
    const child = spawn(program, [...settings, ...output, ...skipped, ...wanted, "--", "."], {
      cwd: workingFolder(folder),
      env: { PATH: process.env["PATH"], SystemRoot: process.env["SystemRoot"] },
      stdio: ["ignore", "pipe", "ignore"],
      signal,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", () => resolve(undefined)); // not installed, or aborted: the caller looks at the signal
    child.on("close", (code) => {
      // 1 = nothing found; 2 = some file could not be read, the others were
      if (code === null || code > 2) return resolve(undefined);
      const paths = Buffer.concat(chunks).toString("utf8").split("\0");
      resolve(
        paths.filter((path) => path !== "").map((path) => path.replace(/^\.[/\\]/, "").replaceAll("\\", "/")),
      );
    });
  });

/** By our process id: "self" would be the child's, whose descriptors are being closed. */
const workingFolder = (folder: Folder): string =>
  holdsByDescriptor ? folder.at(".").replace("/self/", `/${process.pid}/`) : folder.at(".");
