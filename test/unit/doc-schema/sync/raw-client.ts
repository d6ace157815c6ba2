/** A client that speaks the relay's protocol by hand: to look at a log, and to write into it what no app would. */
import { randomBytes } from "node:crypto";
import { signRelayAuth, type EpochKeys } from "@deskhand/doc-schema/crypto";
import { parseRelayMessage, writeClientMessage, type RelayMessage } from "@deskhand/doc-schema/wire";
import { WebSocket } from "ws";
import { createCommittedFrames } from "../../sync-server/committed-frames.ts";

export interface RawClient {
  /** Everything since AUTH; what came early is there, as "frame", once it is committed. */
  readonly received: readonly RelayMessage[];
  readonly logId: Uint8Array;
  readonly append: (frame: Uint8Array) => void;
  readonly close: () => void;
}

/** Resolves when the relay says LIVE. */
export const joinRaw = (url: string, keys: EpochKeys): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/sync`, { perMessageDeflate: false });
    const received: RelayMessage[] = [];
    const committed = createCommittedFrames();
    const clientNonce = Uint8Array.from(randomBytes(32));
    let clientSeq = 0;
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before LIVE")));
    socket.on("open", () =>
      socket.send(writeClientMessage({ type: "hello", roomId: keys.roomId, nonce: clientNonce })),
    );
    socket.on("message", (data: Buffer) => {
      const parsed = parseRelayMessage(Uint8Array.from(data));
      if (!parsed.ok) return reject(new Error(parsed.error.type));
      const message = committed(parsed.value);
      if (message === undefined) return;
      if (message.type !== "challenge") {
        received.push(message);
        if (message.type !== "live") return;
        return resolve({
          received,
          logId: message.logId,
          append: (frame) =>
            socket.send(writeClientMessage({ type: "append", clientSeq: ++clientSeq, frame })),
          close: () => socket.close(),
        });
      }
      const time = Math.floor(Date.now() / 1000);
      const signature = signRelayAuth(keys, { origin: url, serverNonce: message.nonce, clientNonce, time });
      socket.send(writeClientMessage({ type: "auth", authKey: keys.authKey, time, after: 0, signature }));
    });
  });
