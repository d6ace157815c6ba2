/**
 * Hearing from a quorum. A stream's leader that was cut off may go on answering reads from what it had; an empty message
 * that a quorum stores shows that whoever answers next knows all that was acknowledged before.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Away, JetStream } from "./jetstream-api.ts";
import { BARRIER_SUBJECT } from "./stream.ts";

/** Who asks while a question is under way shares the next one. */
export const createBarrier = (jetStream: JetStream): (() => Promise<Result<void, Away>>) => {
  let underWay: Promise<unknown> | undefined;
  let next: Promise<Result<void, Away>> | undefined;

  const ask = async (): Promise<Result<void, Away>> => {
    next = undefined;
    const stored = await jetStream.publish(BARRIER_SUBJECT, new Uint8Array(0), true);
    return stored.ok ? ok(undefined) : err({ type: "away", detail: stored.error.detail });
  };

  const start = (): Promise<Result<void, Away>> => {
    const asked = ask();
    const ended: Promise<unknown> = asked.finally(() => {
      if (underWay === ended) underWay = undefined;
    });
    underWay = ended;
    return asked;
  };

  return () => (underWay === undefined ? start() : (next ??= underWay.then(start)));
};
