/** The wish to close a room for good: it outlives sockets, and is settled once. */
import { equalBytes, err, ok, type Result } from "../wire/index.ts";

/** refused: the relay does not take it; closed: somebody else closed the room, or this connection was ended. */
export type CloseRoomError = { readonly type: "refused" | "closed" };

export interface RoomClosing {
  /** What is to replace the log, while that is wished for. */
  readonly body: () => Uint8Array | undefined;
  readonly request: (body: Uint8Array) => Promise<Result<void, CloseRoomError>>;
  readonly done: () => void;
  readonly fail: (type: CloseRoomError["type"]) => void;
  /** Nobody will try any more. */
  readonly end: () => void;
  /** The room is closed: by us, if an acknowledgement was lost, else by another. */
  readonly sawControl: (body: Uint8Array) => void;
}

export const createRoomClosing = (): RoomClosing => {
  let wished: Uint8Array | undefined;
  let settle: ((result: Result<void, CloseRoomError>) => void) | undefined;
  let isEnded = false;
  const settleWith = (result: Result<void, CloseRoomError>): void => {
    wished = undefined;
    settle?.(result);
    settle = undefined;
  };
  return {
    body: () => wished,
    request: (body) => {
      settleWith(err({ type: "closed" }));
      if (isEnded) return Promise.resolve(err({ type: "closed" }));
      wished = body;
      return new Promise((resolve) => (settle = resolve));
    },
    done: () => settleWith(ok(undefined)),
    end: () => {
      isEnded = true;
      settleWith(err({ type: "closed" }));
    },
    fail: (type) => settleWith(err({ type })),
    sawControl: (body) =>
      settleWith(wished !== undefined && equalBytes(body, wished) ? ok(undefined) : err({ type: "closed" })),
  };
};
