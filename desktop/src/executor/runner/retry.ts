/**
 * Asking the model again. The retries are ours, so that each is seen, can be stopped, and never repeats an effect:
 * between turns nothing is under way.
 */
import { err, type Result } from "@deskhand/doc-schema/wire";
import type { ModelError, Turn } from "../models/model.ts";

/** With the waits below about a minute: longer outages are for the person to know. */
export const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export interface RetryPorts {
  /** Ends early when the run is stopped. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly signal: AbortSignal;
  readonly onRetry: (error: ModelError) => void;
}

/** The server's own wait when it names one; else doubling, with up to a quarter added so that desktops spread. */
export const waitBefore = (attempt: number, error: ModelError, spread: number): number => {
  if (error.retryAfter !== undefined) return Math.min(error.retryAfter * 1000, LONGEST_WAIT_MS);
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (1 + spread / 4);
};

export const withRetries = async (
  ask: () => Promise<Result<Turn, ModelError>>,
  { sleep, randomBytes, signal, onRetry }: RetryPorts,
): Promise<Result<Turn, ModelError>> => {
  for (let attempt = 1; ; attempt++) {
    const turn = await ask();
    if (turn.ok || !turn.error.retry || attempt === MAX_TRIES || signal.aborted) return turn;
    onRetry(turn.error);
    await sleep(waitBefore(attempt, turn.error, (randomBytes(1)[0] ?? 0) / 255));
    if (signal.aborted) return err({ type: "aborted", retry: false, text: "The request was stopped." });
  }
};
