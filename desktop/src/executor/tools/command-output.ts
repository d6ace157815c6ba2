/**
 * What a command printed: kept in a private file up to a bound, shown to the model in its beginning and its end.
 * Colours and cursor movements are left out; other control characters are made visible.
 */
import { open } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ok } from "@deskhand/doc-schema/wire";
import { visible } from "../policy/path-scope.ts";
import { makePrivateFolder } from "../private-files.ts";
import { attempt, type Outcome } from "./fault.ts";
import type { ToolContext } from "./tool.ts";

const MOST_KEPT = 16 * 1024 * 1024;
/** Beginning and end together fit a result with room for what is said around them. */
const SHOWN_BYTES = 28 * 1024;
const PROGRESS_EVERY_MS = 500;

export interface Output {
  readonly take: (chunk: Uint8Array) => void;
  readonly text: () => string;
  /** Resolves when all of it is in the file. */
  readonly close: () => Promise<void>;
}

export const openOutput = async (
  dir: string,
  { runId, stepId, progress }: ToolContext,
  now: () => number,
): Promise<Outcome<Output>> => {
  const folder = path.join(dir, runId);
  const opened = await attempt("The file for the command's output", async () => {
    makePrivateFolder(dir);
    makePrivateFolder(folder);
    return open(path.join(folder, `${stepId}.txt`), "w", 0o600);
  });
  if (!opened.ok) return opened;
  const file = opened.value;
  let [head, tail] = [Buffer.alloc(0), Buffer.alloc(0)];
  let [total, kept, shownAt] = [0, 0, 0];
  let written: Promise<unknown> = Promise.resolve();

  const take = (chunk: Uint8Array): void => {
    total += chunk.length;
    const room = SHOWN_BYTES - head.length;
    if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
    if (chunk.length > room)
      tail = Buffer.concat([tail, chunk.subarray(Math.max(0, room))]).subarray(-SHOWN_BYTES);
    const part = Buffer.from(chunk.subarray(0, Math.max(0, MOST_KEPT - kept)));
    kept += part.length;
    // a full disk ends the keeping, not the command; the model has its part in memory
    if (part.length > 0) written = written.then(() => file.write(part)).catch(() => undefined);
    if (now() - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = now();
    progress(total, undefined, lastLine(tail.length > 0 ? tail : head));
  };

  return ok({
    take,
    text: () => {
      const cut = total - head.length - tail.length;
      const between = cut > 0 ? `\n[… ${cut} bytes are left out here …]\n` : "";
      const text = `${plain(head)}${between}${plain(tail)}`;
      return text === "" ? "It printed nothing." : text;
    },
    close: async () => {
      await written;
      await file.close();
    },
  });
};

const CONTROL = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

const plain = (bytes: Uint8Array): string =>
  stripVTControlCharacters(new TextDecoder().decode(bytes))
    .replaceAll("\r\n", "\n")
    .replaceAll(CONTROL, (character) => ("\n\t".includes(character) ? character : visible(character)));

const lastLine = (bytes: Uint8Array): string =>
  (plain(bytes).trimEnd().split("\n").at(-1) ?? "").slice(0, 80);
