/** Executors and phones that meet at real relays on real disks. */
import { mkdtempSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import * as Y from "yjs";
import { createEpochKeys, type DeviceKeys, type RootKey } from "@deskhand/doc-schema/crypto";
import { createIdFactory, readTasks, type TaskId } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import { connectRoom, readMove, type Move, type RoomConnection } from "@deskhand/doc-schema/sync";
import { startRelay, type RunningRelay } from "@deskhand/sync-server";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import { createBench, until, type Bench } from "../executor/bench.ts";

export interface TestRelay {
  readonly url: string;
  /** Where its log is; to be copied while it is stopped. */
  readonly dataDir: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export const createTestRelay = async (): Promise<TestRelay> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "deskhand-relay-"));
  let relay: RunningRelay | undefined = await startRelay({ dataDir });
  const { port } = relay;
  const stop = async (): Promise<void> => {
    await relay?.close();
    relay = undefined;
  };
  return {
    url: `ws://127.0.0.1:${port}`,
    dataDir,
    stop,
    start: async () => {
      relay = await startRelay({ dataDir, port });
    },
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/** A bench and a relay for each test of a file; what is given to `cleanUp` goes before them, the last first. */
export interface Stage {
  readonly bench: Bench;
  readonly relay: TestRelay;
  readonly cleanUp: (...cleanups: readonly (() => unknown)[]) => void;
}

export const useStage = (): Stage => {
  const cleanups: (() => unknown)[] = [];
  let bench: Bench;
  let relay: TestRelay;
  beforeEach(async () => {
    bench = await createBench(() => ({ content: [{ type: "text", text: "Done." }] }));
    relay = await createTestRelay();
    cleanups.push(relay.remove, bench.remove);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  return {
    get bench() {
      return bench;
    },
    get relay() {
      return relay;
    },
    cleanUp: (...more) => void cleanups.push(...more),
  };
};

export interface TestPhone {
  readonly doc: Y.Doc;
  readonly room: RoomConnection;
  readonly orders: DeviceOrders;
  /** What the room's control frames said, in the order in which they came. */
  readonly moves: readonly (Move | string)[];
  readonly isSettled: () => boolean;
  readonly send: (prompt: string) => TaskId;
  readonly close: () => void;
}

export interface PhonePlace {
  readonly rootKey: RootKey;
  readonly epoch: number;
  readonly doc?: Y.Doc;
}

/** A phone in one epoch's room; the executor's facts were handed over at its pairing. */
export const joinAsPhone = (
  { device, workspace }: Executor,
  keys: DeviceKeys,
  relayUrl: string,
  { rootKey, epoch, doc = new Y.Doc() }: PhonePlace,
): TestPhone => {
  const moves: (Move | string)[] = [];
  const { workspaceId } = workspace;
  const room = connectRoom({
    ...nodeSyncPorts,
    doc,
    keys: createEpochKeys(rootKey, epoch),
    deviceId: keys.deviceId,
    relayUrl,
    onMoved: (body) => {
      const move = readMove(body, { executorSignKey: device.signKey, workspaceId, epoch, deviceKeys: keys });
      moves.push(move.ok ? move.value : move.error);
    },
  });
  const orders = createDeviceOrders({
    doc,
    keys,
    ids: createIdFactory({ now: Date.now, randomBytes }),
    now: Date.now,
  });
  return {
    doc,
    room,
    orders,
    moves,
    isSettled: () => room.status().phase === "live" && room.status().pending === 0,
    send: (prompt) => {
      const sent = orders.sendTask(prompt, "en");
      if (!sent.ok) throw new Error(sent.error.type);
      return sent.value;
    },
    close: () => room.destroy(),
  };
};

export const hasTask = (doc: Y.Doc, prompt: string): boolean =>
  readTasks(doc).entries.some(({ value }) => value.prompt === prompt);

export const isLive = (executor: Executor, url: string): Promise<unknown> =>
  until(() => executor.relays.link(url).status().phase === "live");
