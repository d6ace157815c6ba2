/**
 * Reads a foreign document in a thread of its own, which is ended when it takes too long, too much memory, or when the
 * person stops the run. What a reader does wrong stays in there.
 */
import { Worker } from "node:worker_threads";
import { err, type Result } from "@deskhand/doc-schema/wire";
import type { ThreadInput } from "./document-thread.ts";
import type { Extraction, ExtractProblem, Wanted } from "./extraction.ts";

export interface ThreadLimits {
  readonly milliseconds: number;
  /** Of its heap; bytes beside the heap, as a PDF's unpacked streams are, count by the growth of the whole process. */
  readonly megabytes: number;
}

const WATCH_EVERY_MS = 50;

/** A book or a sheet of 100,000 rows takes about 5 s and 500 MB on a slow desktop. */
export const THREAD_LIMITS: ThreadLimits = { milliseconds: 30_000, megabytes: 1_024 };

export type ReadProblem = ExtractProblem | { readonly type: "timed-out" | "stopped"; readonly why?: string };

/** Beside this file in the sources, beside the main script where it is bundled (desktop/build.ts). */
const THREAD = new URL(`./document-thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** `bytes` belong to the thread afterwards. */
export const readInThread = async (
  bytes: Uint8Array<ArrayBuffer>,
  wanted: Wanted,
  signal: AbortSignal,
  limits: ThreadLimits = THREAD_LIMITS,
): Promise<Result<Extraction, ReadProblem>> => {
  if (signal.aborted) return err({ type: "stopped" });
  const workerData: ThreadInput = { bytes, wanted };
  const thread = new Worker(THREAD, {
    workerData,
    transferList: [bytes.buffer],
    // Nothing of the executor's own is in there: no environment, no arguments, and what a reader prints is not shown.
    env: {},
    argv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, stackSizeMb: 8 },
  });
  const ended = Promise.withResolvers<Result<Extraction, ReadProblem>>();
  const timer = setTimeout(() => ended.resolve(err({ type: "timed-out" })), limits.milliseconds);
  const most = process.memoryUsage.rss() + 1.5 * limits.megabytes * 1024 ** 2;
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > most) ended.resolve(err({ type: "swollen" }));
  }, WATCH_EVERY_MS);
  const stop = (): void => ended.resolve(err({ type: "stopped" }));
  signal.addEventListener("abort", stop);
  // The thread runs our extract.ts alone, which posts nothing else.
  thread.on("message", (result: Result<Extraction, ExtractProblem>) => ended.resolve(result));
  thread.on("error", (error) => {
    const isFull = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    ended.resolve(err(isFull ? { type: "swollen" } : { type: "damaged", why: error.message }));
  });
  thread.on("exit", () => ended.resolve(err({ type: "damaged" })));
  const result = await ended.promise;
  clearTimeout(timer);
  clearInterval(watch);
  signal.removeEventListener("abort", stop);
  await thread.terminate();
  return result;
};
