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
  /** The room is closed: by us, if an acknowledgement was lost, else by another. */
  readonly sawControl: (body: Uint8Array) => void;
}

export const createRoomClosing = (): RoomClosing => {
  let wished: Uint8Array | undefined;
  let settle: ((result: Result<void, CloseRoomError>) => void) | undefined;
  const end = (result: Result<void, CloseRoomError>): void => {
    wished = undefined;
    settle?.(result);
    settle = undefined;
  };
  return {
    body: () => wished,
    request: (body) => {
      end(err({ type: "closed" }));
      wished = body;
      return new Promise((resolve) => (settle = resolve));
    },
    done: () => end(ok(undefined)),
    fail: (type) => end(err({ type })),
    sawControl: (body) =>
      end(wished !== undefined && equalBytes(body, wished) ? ok(undefined) : err({ type: "closed" })),
  };
};
