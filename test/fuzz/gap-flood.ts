/**
 * Thousands of frames behind a gap (R18): a relay that keeps one frame back, and an update that comes after all that
 * builds on it. Yjs's own pending store is quadratic: 4,000 such updates cost it 18 s.
 * 1. While the gap stands nothing behind it is applied, and what is held is bounded.
 * 2. Once the relay gives the frame, or the update comes, the document has everything.
 * 3. Five times the frames cost about five times the CPU, and not twenty-five times.
 */
import {
  createDeviceKeys,
  createEpochKeys,
  createFrameChain,
  redact,
  sealFrame,
  startTranscript,
  STREAM_BYTES,
} from "@deskhand/doc-schema/crypto";
import {
  connectRoom,
  type RoomConnection,
  type SocketConstructor,
  type SocketEvent,
} from "@deskhand/doc-schema/sync";
import { parseClientMessage, writeRelayMessage, type RelayMessage } from "@deskhand/doc-schema/wire";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as Y from "yjs";
import type { Random } from "../sim/random.ts";

export interface FloodReport {
  readonly kind: FloodKind;
  readonly frames: number;
  /** Until nothing moved any more, with the gap; and until all was there, without it. */
  readonly cpuGap: number;
  readonly cpuHeal: number;
  /** What the gap keeps in memory, in MiB, over the log that the relay holds in this process too. */
  readonly memory: number;
  /** Characters in the document while the gap stood. */
  readonly shown: number;
  readonly isHealed: boolean;
}

/** "withheld": the relay leaves a frame out. "late": the log is whole, but its first update was sent last. */
export type FloodKind = "withheld" | "late";

const RELAY = "ws://127.0.0.1:9";
const LOG_ID = new Uint8Array(16).fill(8);
/** Longer than any timer of a connection waits for its next try. */
const LONG_MS = 120_000;

setFlagsFromString("--expose-gc");
// `as`: the flag above puts it there
const collectGarbage = runInNewContext("gc") as () => void;

const memoryInUse = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
};

/** One letter an update, each after the one before. */
const makeUpdates = (count: number): readonly Uint8Array[] => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < count; i++) doc.getText("t").insert(i, "x");
  return updates;
};

export const floodBehindGap = async (
  random: Random,
  kind: FloodKind,
  frames: number,
): Promise<FloodReport> => {
  const keys = createEpochKeys(redact("root-key", random.bytes(32)), 1);
  const author = createDeviceKeys(random.bytes(32), random.bytes(32)).deviceId;
  const reader = createDeviceKeys(random.bytes(32), random.bytes(32)).deviceId;
  const chain = createFrameChain(author, random.bytes(STREAM_BYTES));
  const place = { cursor: 0, transcript: startTranscript(keys.roomId, LOG_ID) };
  const [first = new Uint8Array(0), ...later] = makeUpdates(frames + 1);
  const log = (kind === "late" ? [...later, first] : [first, ...later]).map((body) =>
    sealFrame(keys, chain, { kind: "update", body, ...place }, random.bytes),
  );
  const relay = createPlainRelay(log, random);
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const doc = new Y.Doc();
  const isWhole = (): boolean => doc.getText("t").length === frames + 1;

  /** As time goes on for the connection, until nothing comes any more or all is there. */
  const settle = async (): Promise<number> => {
    const start = process.cpuUsage();
    for (let quiet = 0, sent = -1; quiet < 10 && !isWhole();) {
      await sleep(30);
      quiet = relay.sent() === sent ? quiet + 1 : 0;
      sent = relay.sent();
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  const forward = (connection: RoomConnection): void => {
    ahead += LONG_MS;
    for (const timer of [...waiting].filter(({ at }) => at <= now())) if (waiting.delete(timer)) timer.run();
    connection.retryNow();
  };

  if (kind === "withheld") relay.withhold(2);
  else relay.showUpTo(frames);
  const before = memoryInUse();
  const connection = connectRoom({
    doc,
    keys,
    deviceId: reader,
    relayUrl: RELAY,
    now,
    randomBytes: random.bytes,
    timers: {
      after: (milliseconds, run) => {
        const timer = { at: now() + milliseconds, run };
        waiting.add(timer);
        return () => waiting.delete(timer);
      },
    },
    WebSocket: relay.Socket,
  });
  const cpuGap = await settle();
  const memory = memoryInUse() - before;
  const shown = doc.getText("t").length;
  relay.showAll();
  let cpuHeal = 0;
  // What was too much to hold is asked for again at a later try.
  for (let tries = 0; tries < 4 && !isWhole(); tries++) {
    forward(connection);
    cpuHeal += await settle();
  }
  const isHealed = isWhole();
  connection.destroy();
  return { kind, frames, cpuGap, cpuHeal, memory, shown, isHealed };
};

interface PlainRelay {
  readonly Socket: SocketConstructor;
  /** Frames sent so far. */
  readonly sent: () => number;
  readonly withhold: (seq: number) => void;
  readonly showUpTo: (seq: number) => void;
  /** Nothing is kept back any more; who is live gets what came after. */
  readonly showAll: () => void;
}

/** A relay of one reader and a fixed log, which believes every key. */
const createPlainRelay = (log: readonly Uint8Array[], random: Random): PlainRelay => {
  let withheld = 0;
  let head = log.length;
  let sent = 0;
  const live = new Set<(message: RelayMessage) => void>();
  const frameAt = (seq: number): Uint8Array => log[seq - 1] ?? new Uint8Array(0);

  class PlainSocket {
    binaryType = "arraybuffer";
    readonly bufferedAmount = 0;
    readonly #listeners = new Map<string, ((event: SocketEvent) => void)[]>();
    readonly #send = (message: RelayMessage): void =>
      this.#emit({ type: "message", data: writeRelayMessage(message).slice().buffer });

    constructor() {
      queueMicrotask(() => this.#emit({ type: "open" }));
    }

    #emit(event: SocketEvent): void {
      for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
    }

    addEventListener(type: string, listener: (event: SocketEvent) => void): void {
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    }

    send(data: Uint8Array): void {
      const message = parseClientMessage(data);
      if (!message.ok) return;
      const { value } = message;
      if (value.type === "hello")
        queueMicrotask(() => this.#send({ type: "challenge", nonce: random.bytes(32) }));
      if (value.type === "auth") queueMicrotask(() => this.#replay(value.after));
      if (value.type === "ping") queueMicrotask(() => this.#send({ type: "pong" }));
    }

    #replay(after: number): void {
      for (let seq = after + 1; seq <= head; seq++) {
        if (seq === withheld) continue;
        sent++;
        this.#send({ type: "frame", seq, frame: frameAt(seq) });
      }
      live.add(this.#send);
      this.#send({ type: "live", head, logId: LOG_ID, session: 1 });
    }

    close(code = 1000, reason = ""): void {
      live.delete(this.#send);
      queueMicrotask(() => this.#emit({ type: "close", code, reason }));
    }
  }

  return {
    Socket: PlainSocket,
    sent: () => sent,
    withhold: (seq) => {
      withheld = seq;
    },
    showUpTo: (seq) => {
      head = seq;
    },
    showAll: () => {
      withheld = 0;
      const shown = head;
      head = log.length;
      for (let seq = shown + 1; seq <= head; seq++)
        for (const send of live) send({ type: "frame", seq, frame: frameAt(seq) });
    },
  };
};
