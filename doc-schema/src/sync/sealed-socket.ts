/**
 * A WebSocket class for the stock y-websocket provider, over sealed frames.
 * It is a thin shell: the provider wants to construct it and sets its handlers; all that happens is in
 * sealed-connection.ts.
 */
import type { SocketEvent } from "./ports.ts";
import { createSealedConnection, type SealedConnection } from "./sealed-connection.ts";
import type { SealedRoom } from "./sealed-room.ts";

const READY_STATE = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

type Handler<Event> = ((event: Event) => void) | null;

/** What the provider uses of a WebSocket. */
export interface SealedSocket {
  binaryType: string;
  onopen: Handler<SocketEvent>;
  onmessage: Handler<{ readonly data: ArrayBuffer }>;
  onclose: Handler<SocketEvent>;
  onerror: Handler<SocketEvent>;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type SealedSocketConstructor = new () => SealedSocket;

export const createSealedSocket = (room: SealedRoom): SealedSocketConstructor =>
  class implements SealedSocket {
    readonly CONNECTING = READY_STATE.CONNECTING;
    readonly OPEN = READY_STATE.OPEN;
    readonly CLOSING = READY_STATE.CLOSING;
    readonly CLOSED = READY_STATE.CLOSED;
    binaryType = "arraybuffer";
    onopen: Handler<SocketEvent> = null;
    onmessage: Handler<{ readonly data: ArrayBuffer }> = null;
    onclose: Handler<SocketEvent> = null;
    onerror: Handler<SocketEvent> = null;
    #readyState: number = READY_STATE.CONNECTING;
    readonly #connection: SealedConnection = createSealedConnection(room, {
      isAttached: () => this.onmessage !== null && this.#readyState < READY_STATE.CLOSING,
      opened: () => {
        this.#readyState = READY_STATE.OPEN;
        this.onopen?.({ type: "open" });
      },
      receive: (message) => this.onmessage?.({ data: message.slice().buffer }),
      failed: (event) => this.onerror?.(event),
      closed: (event) => {
        this.#readyState = READY_STATE.CLOSED;
        this.onclose?.(event);
      },
    });

    get readyState(): number {
      return this.#readyState;
    }

    get bufferedAmount(): number {
      return this.#connection.bufferedAmount();
    }

    send(data: Uint8Array): void {
      this.#connection.fromProvider(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#readyState < READY_STATE.CLOSING) this.#connection.close(code, reason);
    }
  };
