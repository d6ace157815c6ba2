/** What sync needs of its surroundings. Browser and Node hand over their own; tests hand over fakes. */

/**
 * The part of a WebSocket that is used. In Node pass a `ws` with `perMessageDeflate: false` and a `maxPayload` of
 * MAX_MESSAGE_BYTES: the built-in one inflates whatever a hostile relay sends.
 */
export interface SocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: SocketEvent) => void,
  ): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Only `ws` has it: ends a dead connection without waiting for the other side. */
  terminate?(): void;
}

export interface SocketEvent {
  readonly type: string;
  /** Of a message. */
  readonly data?: unknown;
  /** Of a close. */
  readonly code?: number;
  readonly reason?: string;
}

export type SocketConstructor = new (url: string) => SocketLike;

export interface Timers {
  /** Returns what stops it. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

/** Where no timer runs yet. */
export const nothingToStop = (): void => {};

export interface SyncPorts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly timers: Timers;
  readonly WebSocket: SocketConstructor;
}
