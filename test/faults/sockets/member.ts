/**
 * One device of one room, without sealing: it stays connected, resumes by its cursor, and counts what the relay owes it.
 * What it appends carries the time, so that who gets it knows how long it took.
 */
import { randomBytes, sign } from "node:crypto";
import {
  authTranscript,
  NONCE_BYTES,
  parseRelayMessage,
  writeClientMessage,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import { openFrameClient, type FrameClient } from "../../bench/relay/load/frame-client.ts";
import { frameOf, type RoomKeys } from "../../unit/sync-server/relay-client.ts";

/** The provider's: 100 ms doubled each time, at most 2.5 s, and a random part of it. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_500;
const TIME_BYTES = 8;

export interface MemberEvents {
  /** Milliseconds from its append to here, of a frame of another. */
  readonly onFrame?: (took: number, frame: Uint8Array) => void;
  readonly onLive?: () => void;
}

export interface Member {
  readonly isLive: () => boolean;
  /** The last number that it has read. */
  readonly cursor: () => number;
  /** Numbers that were left out or came twice. */
  readonly faults: () => number;
  /** Frames that were sent and not yet acknowledged. */
  readonly unacked: () => number;
  readonly append: (bytes: number) => void;
  /** Reads no more until it is connected anew. */
  readonly sleep: () => void;
  /** Cuts the socket and begins anew. */
  readonly reconnect: () => void;
  readonly leave: () => void;
}

/** Of one machine, whatever the process. */
const now = (): number => performance.timeOrigin + performance.now();

export const openMember = (
  url: string,
  room: RoomKeys,
  localAddress: string,
  { onFrame, onLive }: MemberEvents = {},
): Member => {
  const unacked = new Map<number, Uint8Array>();
  let socket: FrameClient | undefined;
  let cursor = 0;
  let clientSeq = 0;
  let faults = 0;
  let isLive = false;
  let hasLeft = false;
  let failures = 0;

  const connect = (): void => {
    const clientNonce = randomBytes(NONCE_BYTES);
    const mine = openFrameClient(
      `${url}/sync`,
      {
        onMessage: (bytes) => {
          const parsed = parseRelayMessage(bytes);
          if (!parsed.ok) throw new Error(`the relay said something malformed: ${parsed.error.type}`);
          if (mine === socket) read(parsed.value, mine, clientNonce);
        },
        onClose: () => mine === socket && lose(),
      },
      localAddress,
    );
    socket = mine;
    // `lose` hears of it too.
    mine.opened.then(
      () => mine.send(writeClientMessage({ type: "hello", roomId: room.roomId, nonce: clientNonce })),
      () => {},
    );
  };

  const lose = (): void => {
    isLive = false;
    socket = undefined;
    if (hasLeft) return;
    const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures++);
    setTimeout(connect, backoff * (0.5 + Math.random()));
  };

  const read = (message: RelayMessage, from: FrameClient, clientNonce: Uint8Array): void => {
    switch (message.type) {
      case "challenge": {
        const time = Math.floor(Date.now() / 1000);
        const { roomId, authKey, privateKey } = room;
        const transcript = { origin: url, roomId, serverNonce: message.nonce, clientNonce, time };
        const signature = sign(null, authTranscript(transcript), privateKey);
        from.send(writeClientMessage({ type: "auth", authKey, time, after: cursor, signature }));
        return;
      }
      case "live":
        if (message.head !== cursor) faults += 1;
        isLive = true;
        failures = 0;
        for (const [seq, frame] of unacked) from.send(appendOf(seq, frame));
        onLive?.();
        return;
      case "early":
        show(message.frame);
        return;
      case "committed":
        take(message.seq);
        return;
      case "frame":
        take(message.seq);
        show(message.frame);
        return;
      case "ack":
        // A frame that was acknowledged before came with the replay.
        if (message.seq > cursor) take(message.seq);
        unacked.delete(message.clientSeq);
    }
  };

  const show = (frame: Uint8Array): void =>
    onFrame?.(now() - Buffer.from(frame).readDoubleBE(frame.length - TIME_BYTES), frame);

  const take = (seq: number): void => {
    if (seq !== cursor + 1) faults += 1;
    cursor = seq;
  };

  const appendOf = (seq: number, frame: Uint8Array): Uint8Array =>
    writeClientMessage({ type: "append", clientSeq: seq, frame });

  connect();
  return {
    isLive: () => isLive,
    cursor: () => cursor,
    faults: () => faults,
    unacked: () => unacked.size,
    append: (bytes) => {
      clientSeq += 1;
      const body = randomBytes(bytes);
      body.writeDoubleBE(now(), bytes - TIME_BYTES);
      const frame = frameOf(room, body);
      unacked.set(clientSeq, frame);
      if (isLive) socket?.send(appendOf(clientSeq, frame));
    },
    sleep: () => socket?.pause(),
    reconnect: () => {
      const old = socket;
      lose();
      old?.close();
    },
    leave: () => {
      hasLeft = true;
      socket?.close();
    },
  };
};
