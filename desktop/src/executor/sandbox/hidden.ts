/**
 * What is covered up in a folder before a command sees it: what may hold keys, and sockets and pipes, through which
 * it could talk to programs outside. Links are left: where they lead is not there inside.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { keyPart } from "../policy/protected-names.ts";
import { fault, type Outcome } from "../tools/fault.ts";
import type { Folder } from "../tools/folder-handle.ts";
import { walk } from "../tools/walk.ts";

export interface Hidden {
  /** Below the folder. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** Beyond this a look at all names takes longer than most commands. */
const MOST_ENTRIES = 200_000;
/** Each is one mount. */
const MOST_HIDDEN = 500;

export const findHidden = async (
  folder: Folder,
  shown: string,
  signal: AbortSignal,
): Promise<Outcome<readonly Hidden[]>> => {
  const hidden: Hidden[] = [];
  let entries = 0;
  let covered: string | undefined;
  for await (const { path, kind } of walk(folder, { recursive: true, signal })) {
    if (++entries > MOST_ENTRIES)
      return fault("too-large", `${shown} holds more than ${MOST_ENTRIES} entries; name a folder below.`);
    // its own entries come right after a folder that is covered as a whole
    if (covered !== undefined && path.startsWith(covered)) continue;
    if (kind === "link" || (kind !== "other" && keyPart(path.split("/")) === undefined)) continue;
    hidden.push({ path, isFolder: kind === "folder" });
    covered = kind === "folder" ? `${path}/` : undefined;
  }
  if (signal.aborted) return fault("stopped", "The command was stopped before it began.");
  return hidden.length > MOST_HIDDEN
    ? fault(
        "too-large",
        `${shown} holds more than ${MOST_HIDDEN} files that may hold keys; name a folder below.`,
      )
    : ok(hidden);
};
