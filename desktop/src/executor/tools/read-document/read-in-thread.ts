/** Reads a foreign document in a thread of its own (bounded-thread.ts). */
import type { Result } from "@deskhand/doc-schema/wire";
import { scriptBeside } from "../../script-beside.ts";
import { runInThread, type ThreadLimits, type ThreadProblem } from "../bounded-thread.ts";
import type { ThreadInput } from "./document-thread.ts";
import type { Extraction, ExtractProblem, Wanted } from "./extraction.ts";

/** A book or a sheet of 100,000 rows takes about 5 s and 500 MB on a slow desktop. */
export const THREAD_LIMITS: ThreadLimits = { milliseconds: 30_000, megabytes: 1_024 };

export type ReadProblem = ExtractProblem | ThreadProblem;

const THREAD = scriptBeside("document-thread", import.meta.url);

/** `bytes` belong to the thread afterwards. */
export const readInThread = (
  bytes: Uint8Array<ArrayBuffer>,
  wanted: Wanted,
  signal: AbortSignal,
  limits: ThreadLimits = THREAD_LIMITS,
): Promise<Result<Extraction, ReadProblem>> => {
  const input: ThreadInput = { bytes, wanted };
  return runInThread<Extraction, ExtractProblem>(THREAD, input, signal, limits);
};
