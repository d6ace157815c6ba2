/**
 * Between a real relay and a client: what the relay sends may be left out, changed or added to. It passes nothing on
 * early.
 */
import type { SocketConstructor, SocketEvent, SocketLike } from "@deskhand/doc-schema/sync";
import {
  parseClientMessage,
  parseRelayMessage,
  writeRelayMessage,
  type RefusalCode,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import { createCommittedFrames } from "../../sync-server/committed-frames.ts";
import { realPorts } from "./room-harness.ts";

/** What the client gets in place of this message. */
export type Lie = (message: RelayMessage) => readonly RelayMessage[];
export const honest: Lie = (message) => [message];

export interface LyingRelay {
  readonly WebSocket: SocketConstructor;
  lie: Lie;
  /** Bytes that clients got from the relay, after AUTH or before. */
  receivedBytes: number;
  readonly sockets: readonly SocketLike[];
  /** The next frame that a client appends is not taken, and the client is told so. */
  readonly refuseAppend: (code: RefusalCode) => void;
}

export const createLyingRelay = (lie: Lie = honest): LyingRelay => {
  const sockets: SocketLike[] = [];
  let refusal: RefusalCode | undefined;
  const relay: LyingRelay = {
    lie,
    receivedBytes: 0,
    sockets,
    refuseAppend: (code) => {
      refusal = code;
    },
    WebSocket: class {
      readonly #inner: SocketLike;
      readonly #committed = createCommittedFrames();
      #tell = (_message: RelayMessage): void => {};
      constructor(url: string) {
        this.#inner = new realPorts.WebSocket(url);
        sockets.push(this);
      }
      get binaryType(): string {
        return this.#inner.binaryType;
      }
      set binaryType(type: string) {
        this.#inner.binaryType = type;
      }
      get bufferedAmount(): number {
        return this.#inner.bufferedAmount;
      }
      addEventListener(
        type: "open" | "message" | "close" | "error",
        listener: (event: SocketEvent) => void,
      ): void {
        if (type !== "message") return this.#inner.addEventListener(type, listener);
        this.#tell = (told) => listener({ type, data: new Uint8Array(writeRelayMessage(told)).buffer });
        this.#inner.addEventListener(type, ({ data }) => {
          if (!(data instanceof ArrayBuffer)) throw new Error("the relay speaks binary");
          relay.receivedBytes += data.byteLength;
          const parsed = parseRelayMessage(new Uint8Array(data));
          if (!parsed.ok) throw new Error(parsed.error.type);
          const message = this.#committed(parsed.value);
          for (const told of message === undefined ? [] : relay.lie(message)) this.#tell(told);
        });
      }
      send(data: Uint8Array<ArrayBuffer>): void {
        const message = parseClientMessage(data);
        if (refusal === undefined || !message.ok || message.value.type !== "append")
          return this.#inner.send(data);
        const code = refusal;
        refusal = undefined;
        queueMicrotask(() => this.#tell({ type: "refused", code }));
      }
      close(code?: number, reason?: string): void {
        this.#inner.close(code, reason);
      }
      terminate(): void {
        this.#inner.terminate?.();
      }
    },
  };
  return relay;
};
