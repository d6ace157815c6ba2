/**
 * A proven blob socket: requests in, answers out, in the order in which they came.
 * 1. Only as many are under way as a client may have unanswered; while more wait, the socket is not read. So neither a
 *    fast sender nor a slow reader makes the relay hold more than a few chunks.
 * 2. A request that does not parse ends this socket only.
 */
import {
  BLOB_REQUESTS_IN_FLIGHT,
  parseBlobRequest,
  writeBlobMessage,
  type BlobAnswer,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";
import type { BlobSeat, ChunkRequest } from "./blob-desk.ts";

export interface BlobSessionDeps {
  readonly seat: BlobSeat;
  /** `written` is called once the message has left the process; never when the socket has gone. */
  readonly send: (message: Uint8Array, written?: () => void) => void;
  readonly refuse: (code: RefusalCode) => void;
  /** Stops and resumes the reading of the socket. */
  readonly pause: (isPaused: boolean) => void;
}

export interface BlobSession {
  onMessage(data: Uint8Array): void;
  /** Waiting requests are dropped. */
  end(): void;
}

export const createBlobSession = ({ seat, send, refuse, pause }: BlobSessionDeps): BlobSession => {
  const waiting: ChunkRequest[] = [];
  let underWay = 0;
  let answered = Promise.resolve();
  let hasEnded = false;

  const reply = async (answer: Promise<BlobAnswer>): Promise<void> => {
    const message = writeBlobMessage(await answer);
    if (hasEnded) return;
    await new Promise<void>((written) => send(message, written));
    underWay -= 1;
    work();
  };

  const work = (): void => {
    while (underWay < BLOB_REQUESTS_IN_FLIGHT) {
      const next = waiting.shift();
      if (next === undefined) break;
      underWay += 1;
      const answer = seat.answer(next);
      answered = answered.then(() => reply(answer));
    }
    pause(waiting.length > 0);
  };

  send(writeBlobMessage({ type: "blobs-open" }));
  return {
    onMessage: (data) => {
      const parsed = parseBlobRequest(data);
      if (!parsed.ok) return refuse(parsed.error.type);
      if (parsed.value.type === "ping") return send(writeBlobMessage({ type: "pong" }));
      waiting.push(parsed.value);
      work();
    },
    end: () => {
      hasEnded = true;
      waiting.length = 0;
      seat.leave();
    },
  };
};
