/**
 * Foreign bytes are taken apart in a thread of its own, which is ended when it takes too long, too much memory, or when
 * the person stops the run. What a parser does wrong stays in there; but a thread is no sandbox.
 */
import { Worker } from "node:worker_threads";
import { err, type Result } from "@deskhand/doc-schema/wire";

export interface ThreadLimits {
  readonly milliseconds: number;
  /** Of its heap; bytes beside the heap, as a PDF's unpacked streams are, count by the growth of the whole process. */
  readonly megabytes: number;
}

export interface ThreadProblem {
  readonly type: "timed-out" | "stopped" | "swollen" | "damaged";
  readonly why?: string;
}

const WATCH_EVERY_MS = 50;

/**
 * The one message of the thread, a Result, or why there was none.
 * @param workerData holds `bytes`, which belong to the thread afterwards
 */
export const runInThread = async <Value, Problem>(
  script: URL,
  workerData: { readonly bytes: Uint8Array<ArrayBuffer> },
  signal: AbortSignal,
  limits: ThreadLimits,
): Promise<Result<Value, Problem | ThreadProblem>> => {
  if (signal.aborted) return err({ type: "stopped" });
  const thread = new Worker(script, {
    workerData,
    transferList: [workerData.bytes.buffer],
    // Nothing of the executor's own is in there: no environment, no arguments, and what a parser prints is not shown.
    env: {},
    argv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, stackSizeMb: 8 },
  });
  const ended = Promise.withResolvers<Result<Value, Problem | ThreadProblem>>();
  const timer = setTimeout(() => ended.resolve(err({ type: "timed-out" })), limits.milliseconds);
  const most = process.memoryUsage.rss() + 1.5 * limits.megabytes * 1024 ** 2;
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > most) ended.resolve(err({ type: "swollen" }));
  }, WATCH_EVERY_MS);
  const stop = (): void => ended.resolve(err({ type: "stopped" }));
  signal.addEventListener("abort", stop);
  // The thread runs our own script, which posts nothing else.
  thread.on("message", (result: Result<Value, Problem>) => ended.resolve(result));
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
