/**
 * Stands between a page and its relay, and reads along with the test's keys: which frames this device had stored, and
 * what it had of the log when it sealed them. It can cut the line.
 */
import { bytesToHex, unsealFrame, type EpochKeys } from "@deskhand/doc-schema/crypto";
import { parseClientMessage, parseRelayMessage } from "@deskhand/doc-schema/wire";
import type { BrowserContext, WebSocketRoute } from "playwright-core";

export interface RecordedFrame {
  readonly socket: number;
  /** "device/stream/seq" of the sender. */
  readonly place: string;
  readonly kind: string;
  /** What its sender had of the log. */
  readonly cursor: number;
  /** The log's head when the relay called this socket live; undefined before. */
  readonly headAtLive: number | undefined;
}

export interface FrameRecorder {
  /** Frames that the page gave the relay to store, in order. */
  readonly frames: readonly RecordedFrame[];
  /** Ends every line, and none can be opened until `join`. */
  readonly cut: () => Promise<void>;
  readonly join: () => void;
}

const bytesOf = (message: string | Buffer): Uint8Array => new Uint8Array(Buffer.from(message));

export const recordFrames = async (context: BrowserContext, keys: EpochKeys): Promise<FrameRecorder> => {
  const frames: RecordedFrame[] = [];
  const open = new Set<WebSocketRoute>();
  let isCut = false;
  let sockets = 0;
  await context.routeWebSocket(/\/sync\/[0-9a-f]+$/, (page) => {
    if (isCut) {
      void page.close({ code: 1001 });
      return;
    }
    const socket = ++sockets;
    let headAtLive: number | undefined;
    const relay = page.connectToServer();
    open.add(page);
    page.onMessage((message) => {
      const parsed = parseClientMessage(bytesOf(message));
      if (parsed.ok && parsed.value.type === "append") {
        const frame = unsealFrame(keys, parsed.value.frame);
        if (frame.ok) {
          const { deviceId, stream, seq, kind, cursor } = frame.value;
          const place = `${deviceId}/${bytesToHex(stream)}/${seq}`;
          frames.push({ socket, place, kind, cursor, headAtLive });
        }
      }
      relay.send(message);
    });
    relay.onMessage((message) => {
      const parsed = parseRelayMessage(bytesOf(message));
      if (parsed.ok && parsed.value.type === "live") headAtLive = parsed.value.head;
      page.send(message);
    });
  });
  return {
    frames,
    cut: async () => {
      isCut = true;
      const lines = [...open];
      open.clear();
      await Promise.all(lines.map((line) => line.close({ code: 1001 })));
    },
    join: () => {
      isCut = false;
    },
  };
};
