/**
 * Questions to the relay that outlive its connections.
 * 1. When a connection ends, every open question is answered with "cut", and a new connection is tried for: soon at
 *    first, then more rarely, with jitter. Questions asked meanwhile wait for it.
 * 2. It ends for good when the relay does not let us in, when after a cut no answer came for `patienceMs`, or by the
 *    signal; then every question, open or new, has that for an answer, at once. A relay that lets us in again and again
 *    and then says nothing is as good as none.
 */
import { err, ok, type BlobAnswer, type RefusalCode, type Result } from "../../wire/index.ts";
import { nothingToStop } from "../ports.ts";
import { roomUrl } from "../room-url.ts";
import { createBlobSocket, type BlobQuestion, type BlobSocket } from "./blob-socket.ts";
import type { BlobFailure, BlobTransferInput } from "./blob-transfer.ts";

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
const PATIENCE_MS = 120_000;

/** Trying again cannot help. */
const IS_FINAL: ReadonlySet<RefusalCode> = new Set([
  "bad-message",
  "bad-version",
  "bad-auth",
  "bad-origin",
  "wrong-room",
]);

export interface BlobLink {
  readonly ask: (
    question: BlobQuestion,
  ) => Promise<Result<BlobAnswer, BlobFailure | { readonly type: "cut" }>>;
  readonly hasFailed: () => boolean;
}

/** Runs `work` with a link that is closed when it is done; ends before it is when the link fails. */
export const withBlobLink = async <T>(
  input: BlobTransferInput,
  work: (link: BlobLink) => Promise<Result<T, BlobFailure>>,
): Promise<Result<T, BlobFailure>> => {
  const { timers, relayUrl, keys, signal, patienceMs = PATIENCE_MS } = input;
  const url = roomUrl(relayUrl, keys.roomId);
  const waiting = new Set<() => void>();
  let failure: BlobFailure | undefined;
  let socket: BlobSocket | undefined;
  let isOpen = false;
  let attempts = 0;
  let stopRetry = nothingToStop;
  let openQuestions = 0;
  let stopPatience: (() => void) | undefined;

  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  let tellFailure: (failed: Result<never, BlobFailure>) => void;
  const failed = new Promise<Result<never, BlobFailure>>((resolve) => (tellFailure = resolve));

  /** The first reason stays. */
  const fail = (reason: BlobFailure): void => {
    if (failure !== undefined) return;
    failure = reason;
    stopRetry();
    beCalm();
    socket?.close();
    tellFailure(err(reason));
    wake();
  };

  /** Counts from the first cut, not from the last. */
  const beImpatient = (): void => {
    stopPatience ??= timers.after(patienceMs, () => fail({ type: "offline" }));
  };
  const beCalm = (): void => {
    stopPatience?.();
    stopPatience = undefined;
  };

  const connect = (): void => {
    socket = createBlobSocket(input, {
      url,
      keys,
      onOpen: () => {
        isOpen = true;
        if (openQuestions === 0) beCalm();
        wake();
      },
      onClose: (code) => {
        if (failure !== undefined) return;
        if (code !== undefined && IS_FINAL.has(code)) return fail({ type: "refused" });
        isOpen = false;
        beImpatient();
        stopRetry = timers.after(backoff(), connect);
      },
    });
  };

  /** Between half and all of a step that doubles. */
  const backoff = (): number => {
    const step = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempts);
    attempts += 1;
    return step * (0.5 + (input.randomBytes(1)[0] ?? 0) / 510);
  };

  const ask: BlobLink["ask"] = async (question) => {
    openQuestions += 1;
    if (!isOpen && failure === undefined) await new Promise<void>((resume) => waiting.add(resume));
    const answer = failure === undefined ? await socket?.ask(question) : undefined;
    openQuestions -= 1;
    if (answer === undefined) return err(failure ?? { type: "cut" });
    attempts = 0;
    beCalm();
    return ok(answer);
  };

  const cancel = (): void => fail({ type: "cancelled" });
  if (signal?.aborted === true) return err({ type: "cancelled" });
  signal?.addEventListener("abort", cancel);
  beImpatient();
  connect();
  const done = await Promise.race([work({ ask, hasFailed: () => failure !== undefined }), failed]);
  signal?.removeEventListener("abort", cancel);
  fail({ type: "cancelled" });
  return done;
};
