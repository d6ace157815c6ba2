/**
 * A document of a granted folder, read whole by a thread and kept for the next page of the same file.
 * "inode:size:mtimeNs" says that it is still the same; a few are kept, the one that was used longest ago goes first.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { visible, type Place } from "../../policy/path-scope.ts";
import type { ThreadLimits } from "../bounded-thread.ts";
import { attempt, fault, type Outcome } from "../fault.ts";
import { withFile } from "../file-facts.ts";
import { atEntry, inGrant } from "../place.ts";
import type { Extraction, Wanted } from "./extraction.ts";
import { readInThread, type ReadProblem } from "./read-in-thread.ts";

export type OpenDocument = (
  place: Place,
  wanted: Wanted,
  signal: AbortSignal,
) => Promise<Outcome<Extraction>>;

export interface DocumentLimits extends ThreadLimits {
  /** Of a file. */
  readonly bytes: number;
}

const MOST_BYTES = 32 * 1024 * 1024;
const MOST_KEPT = 4;

export const createOpenDocument = (limits?: DocumentLimits): OpenDocument => {
  const kept = new Map<string, Extraction>();
  const keep = (key: string, document: Extraction): void => {
    kept.delete(key);
    kept.set(key, document);
    for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
  };
  return ({ grant, parts, shown, path }, wanted, signal) =>
    inGrant(grant, (root) =>
      atEntry(root, parts, shown, (entry) =>
        withFile(entry, shown, async ({ handle, facts }) => {
          const key = [wanted, facts.device, facts.identity, path].join(":");
          const known = kept.get(key);
          if (known !== undefined) {
            keep(key, known);
            return ok(known);
          }
          const most = limits?.bytes ?? MOST_BYTES;
          if (facts.byteLength > most)
            return fault(
              "too-large",
              `${shown} is larger than ${Math.floor(most / 1024 ** 2)} MB; documents so large are not read.`,
            );
          const bytes = await attempt(shown, async () => new Uint8Array(await handle.readFile()));
          if (!bytes.ok) return bytes;
          const read = await readInThread(bytes.value, wanted, signal, limits);
          if (!read.ok) return problem(read.error, shown);
          keep(key, read.value);
          return ok(read.value);
        }),
      ),
    );
};

const problem = ({ type, why }: ReadProblem, shown: string): Outcome<never> => {
  switch (type) {
    case "old-format":
      return fault(
        "not-text",
        `${shown} is of an old Office format or locked by a password. Save it as .docx or .xlsx.`,
      );
    case "encrypted":
      return fault("encrypted", `${shown} is locked by a password; Deskhand does not take passwords.`);
    case "no-text":
      return fault("not-text", `${shown} holds no text that can be read.`);
    case "swollen":
      return fault("too-large", `${shown} becomes too large when it is opened, so it is not read.`);
    case "timed-out":
      return fault("timed-out", `Reading ${shown} took too long and was ended.`);
    case "stopped":
      return fault("stopped", `Reading ${shown} was stopped.`);
    case "damaged":
      return fault(
        "not-text",
        `${shown} cannot be read: it is damaged or of a kind that is not known${why === undefined ? "" : ` (${visible(why)})`}.`,
      );
  }
};
