/**
 * A proven blob socket: requests in, answers out, in the order in which they came.
 * 1. One request is at work and one answer on its way at a time. While more wait than a client may have under way, the
 *    socket is not read: neither a fast sender nor a slow reader makes the relay hold more than a few chunks.
 * 2. A request that does not parse ends this socket only.
 */
import {
  BLOB_REQUESTS_IN_FLIGHT,
  parseBlobRequest,
  writeBlobMessage,
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
  let isWorking = false;
  let hasEnded = false;

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      pause(waiting.length >= BLOB_REQUESTS_IN_FLIGHT);
      const answer = await seat.answer(next);
      if (hasEnded) return;
      await new Promise<void>((written) => send(writeBlobMessage(answer), written));
    }
    isWorking = false;
  };

  send(writeBlobMessage({ type: "blobs-open" }));
  return {
    onMessage: (data) => {
      const parsed = parseBlobRequest(data);
      if (!parsed.ok) return refuse(parsed.error.type);
      if (parsed.value.type === "ping") return send(writeBlobMessage({ type: "pong" }));
      waiting.push(parsed.value);
      pause(waiting.length >= BLOB_REQUESTS_IN_FLIGHT);
      void work();
    },
    end: () => {
      hasEnded = true;
      waiting.length = 0;
      seat.leave();
    },
  };
};
