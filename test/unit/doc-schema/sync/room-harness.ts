/** A real relay on a real disk, and clients with the stock provider and `ws`. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDeviceKeys, createEpochKeys, redact, type EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  connectRoom,
  type ConnectRoomInput,
  type RoomConnection,
  type SyncPorts,
} from "@deskhand/doc-schema/sync";
import { startRelay, type RunningRelay } from "@deskhand/sync-server";
import { MAX_MESSAGE_BYTES } from "@deskhand/doc-schema/wire";
import { vi } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";

export const bytes = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

/** The contents of all files in a relay's folder. */
export const filesIn = (folder: string): readonly Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

/** As a Node program has to pass it: no inflating of what a hostile relay sends, and no message beyond ours. */
class PlainSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  }
}

export const realPorts: SyncPorts = {
  now: Date.now,
  randomBytes: bytes,
  timers: {
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  WebSocket: PlainSocket,
};

/** Ports whose clock can be set forward, with everything else real. */
export const movableClock = (): {
  readonly ports: SyncPorts;
  readonly forward: (milliseconds: number) => void;
} => {
  let ahead = 0;
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  const now = (): number => Date.now() + ahead;
  return {
    ports: {
      ...realPorts,
      now,
      timers: {
        after: (milliseconds, run) => {
          const timer = { at: now() + milliseconds, run };
          waiting.add(timer);
          return () => waiting.delete(timer);
        },
      },
    },
    forward: (milliseconds) => {
      ahead += milliseconds;
      for (const timer of [...waiting].filter(({ at }) => at <= now()))
        if (waiting.delete(timer)) timer.run();
    },
  };
};

export const freshKeys = (epoch = 1): EpochKeys => createEpochKeys(redact("root-key", bytes(32)), epoch);

export const until = (condition: () => boolean, timeout = 8_000): Promise<void> =>
  vi.waitFor(
    () => {
      if (!condition()) throw new Error(`not yet: ${condition.toString()}`);
    },
    { timeout, interval: 5 },
  );

export interface TestClient extends RoomConnection {
  readonly doc: Y.Doc;
  readonly text: () => string;
  readonly isLive: () => boolean;
  readonly isSettled: () => boolean;
}

export interface TestRoom {
  readonly keys: EpochKeys;
  readonly dataDir: string;
  readonly relay: () => RunningRelay;
  readonly url: () => string;
  readonly client: (options?: Partial<ConnectRoomInput>) => TestClient;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly wipe: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const openRoom = async (
  relayOptions: Partial<Parameters<typeof startRelay>[0]> = {},
): Promise<TestRoom> => {
  const dataDir = mkdtempSync(join(tmpdir(), "deskhand-sync-"));
  const keys = freshKeys();
  const clients: TestClient[] = [];
  let relay = await startRelay({ dataDir, ...relayOptions });
  const { port } = relay;
  const start = async (): Promise<void> => {
    relay = await startRelay({ dataDir, port, ...relayOptions });
  };
  const url = (): string => `ws://127.0.0.1:${port}`;
  return {
    keys,
    dataDir,
    relay: () => relay,
    url,
    client: (options = {}) => {
      const doc = options.doc ?? new Y.Doc();
      const connection = connectRoom({
        ...realPorts,
        doc,
        keys,
        deviceId: createDeviceKeys(bytes(32), bytes(32)).deviceId,
        relayUrl: url(),
        ...options,
      });
      const isLive = (): boolean => connection.status().phase === "live";
      const client: TestClient = {
        ...connection,
        doc,
        text: () => doc.getText("t").toJSON(),
        isLive,
        isSettled: () => isLive() && connection.status().pending === 0,
      };
      clients.push(client);
      return client;
    },
    stop: () => relay.close(),
    start,
    wipe: async () => {
      await relay.close();
      rmSync(dataDir, { recursive: true, force: true });
      await start();
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await relay.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
