/** Draws previews of foreign pictures, one at a time, each in a thread of its own (bounded-thread.ts). */
import type { FileHandle } from "node:fs/promises";
import type { Preview } from "@deskhand/doc-schema/document";
import { err, type Result } from "@deskhand/doc-schema/wire";
import { scriptBeside } from "../../script-beside.ts";
import { runInThread, type ThreadLimits, type ThreadProblem } from "../bounded-thread.ts";
import type { PreviewProblem } from "./draw-preview.ts";
import type { ThreadInput } from "./preview-thread.ts";

export interface PreviewLimits extends ThreadLimits {
  /** Of a file. */
  readonly bytes: number;
}

/** A picture of 100 million pixels takes about 4 s and 1 GB on a slow desktop. */
const LIMITS: PreviewLimits = { milliseconds: 20_000, megabytes: 1_024, bytes: 64 * 1024 ** 2 };

export type NoPreview = PreviewProblem | ThreadProblem | { readonly type: "too-large" };

/** Throws what reading the file throws. */
export type DrawPreview = (
  handle: FileHandle,
  byteLength: number,
  signal: AbortSignal,
) => Promise<Result<Preview, NoPreview>>;

const THREAD = scriptBeside("preview-thread", import.meta.url);

export const createPreviewer = (limits: PreviewLimits = LIMITS): DrawPreview => {
  let turn: Promise<unknown> = Promise.resolve();
  return (handle, byteLength, signal) => {
    const drawn = turn.then(async (): Promise<Result<Preview, NoPreview>> => {
      if (byteLength > limits.bytes) return err({ type: "too-large" });
      const input: ThreadInput = { bytes: new Uint8Array(await handle.readFile()) };
      return runInThread<Preview, PreviewProblem>(THREAD, input, signal, limits);
    });
    turn = drawn.catch(() => undefined); // the next one does not wait for this one to be good
    return drawn;
  };
};
