/**
 * A device that writes without a pause at whichever node takes it, keeps its frames until they are acknowledged, and
 * holds the relay to its word: numbers without a hole, never a shorter log than was read, one frame a number.
 */
import { parseRelayMessage, type RelayMessage } from "@deskhand/doc-schema/wire";
import {
  authenticate,
  bodyOf,
  dial,
  frameOf,
  type RelayClient,
  type RoomKeys,
} from "../../unit/sync-server/relay-client.ts";

export interface Writer {
  /** The number of each frame of its own that was acknowledged, by its text. */
  readonly acked: ReadonlyMap<string, number>;
  /** What the relay may never do, as sentences. */
  readonly wrongs: readonly string[];
  /** The longest time without an acknowledgement since the last call (milliseconds). */
  longestGap(): number;
  /** Stops writing and resolves when all is acknowledged. */
  finish(): Promise<void>;
}

export interface WriterOptions {
  /** Dialled in turn. */
  readonly urls: readonly string[];
  readonly room: RoomKeys;
  readonly name: string;
}

const WRITE_MS = 25;
const REDIAL_MS = 200;
/** The devices do not wait longer for a node that says nothing. */
const LIVE_MS = 5_000;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const startWriter = ({ urls, room, name }: WriterOptions): Writer => {
  const acked = new Map<string, number>();
  const wrongs: string[] = [];
  const seen = new Map<number, string>();
  /** By client number: not acknowledged. */
  const kept = new Map<number, string>();
  let lastClientSeq = 0;
  let cursor = 0;
  let logId: string | undefined;
  let live: RelayClient | undefined;
  let lastAck = Date.now();
  let longest = 0;
  let isFinishing = false;

  const note = (seq: number, text: string): void => {
    const before = seen.get(seq);
    if (before !== undefined && before !== text) wrongs.push(`${name}: ${seq} was ${before}, is ${text}`);
    seen.set(seq, text);
    while (seen.has(cursor + 1)) cursor += 1;
  };

  const hear = (message: RelayMessage, client: RelayClient): void => {
    switch (message.type) {
      case "frame":
        if (message.seq > cursor + 1 + kept.size) wrongs.push(`${name}: ${message.seq} after ${cursor}`);
        return note(message.seq, bodyOf(message.frame));
      case "ack": {
        const text = kept.get(message.clientSeq);
        kept.delete(message.clientSeq);
        if (text === undefined) return;
        acked.set(text, message.seq);
        note(message.seq, text);
        longest = Math.max(longest, Date.now() - lastAck);
        lastAck = Date.now();
        return;
      }
      case "live": {
        const id = Buffer.from(message.logId).toString("hex");
        if (logId !== undefined && logId !== id) wrongs.push(`${name}: another log`);
        logId = id;
        if (message.head < cursor) wrongs.push(`${name}: head ${message.head} below ${cursor}`);
        live = client;
        for (const [clientSeq, text] of kept) {
          client.send({ type: "append", clientSeq, frame: frameOf(room, text) });
        }
        return;
      }
      case "refused":
        if (message.code === "read-only") client.socket.terminate(); // as good as gone: its frames are kept
        return;
      default:
    }
  };

  const connect = async (url: string): Promise<void> => {
    const client = await dial(url, { handshakeTimeout: LIVE_MS });
    client.socket.on("message", (data) => {
      const message = parseRelayMessage(data instanceof Uint8Array ? data : new Uint8Array(0));
      if (message.ok) hear(message.value, client);
    });
    const tooLate = setTimeout(() => live !== client && client.socket.terminate(), LIVE_MS);
    await authenticate(client, url, room, { after: cursor });
    await client.closed;
    clearTimeout(tooLate);
  };

  const stayConnected = async (): Promise<void> => {
    const hasWork = (): boolean => !isFinishing || kept.size > 0;
    for (let turn = 0; hasWork(); turn++) {
      try {
        await connect(urls[turn % urls.length] ?? "");
      } catch {
        live = undefined; // the node is gone, or went while we said who we are: the next one
      }
      live = undefined;
      await pause(REDIAL_MS);
    }
  };

  const write = async (): Promise<void> => {
    for (;;) {
      if (isFinishing) return;
      lastClientSeq += 1;
      const text = `${name} ${lastClientSeq}`;
      kept.set(lastClientSeq, text);
      live?.send({ type: "append", clientSeq: lastClientSeq, frame: frameOf(room, text) });
      await pause(WRITE_MS);
    }
  };
  void stayConnected();
  void write();

  return {
    acked,
    wrongs,
    longestGap: () => {
      const gap = Math.max(longest, Date.now() - lastAck);
      longest = 0;
      return gap;
    },
    finish: async () => {
      isFinishing = true;
      const until = Date.now() + 60_000;
      while (kept.size > 0 && Date.now() < until) await pause(WRITE_MS);
      if (kept.size > 0) wrongs.push(`${name}: ${kept.size} frames were never acknowledged`);
      live?.socket.terminate();
    },
  };
};
