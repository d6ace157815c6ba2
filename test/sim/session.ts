/**
 * One epoch on a simulated device: the real document and connections, on a simulated disk and network.
 * "events": as a phone's store, each update event is written a while after it happened.
 * "differences": as the executor's document-store.ts, what it writes itself is on the disk before it can leave.
 */
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { DeviceId, EpochKeys } from "@deskhand/doc-schema/crypto";
import { ownershipGuard } from "@deskhand/doc-schema/document";
import {
  connectRelays,
  connectRoom,
  writePresence,
  type ConnectRelaysInput,
  type RoomConnection,
  type SyncPorts,
} from "@deskhand/doc-schema/sync";
import type { DeviceDisk, EpochStores } from "./device-disk.ts";
import type { Network } from "./network.ts";
import type { Tally } from "./tally.ts";
import type { Machine, World } from "./world.ts";

export interface Session {
  readonly keys: EpochKeys;
  readonly doc: Y.Doc;
  readonly stores: EpochStores;
  /** By relay. */
  readonly connections: () => ReadonlyMap<string, RoomConnection>;
  readonly connect: () => void;
  readonly disconnect: () => void;
}

export interface SessionInput {
  readonly world: World;
  readonly network: Network;
  readonly tally: Tally;
  readonly machine: Machine;
  readonly disk: DeviceDisk;
  readonly keys: EpochKeys;
  readonly deviceId: DeviceId;
  readonly relays: readonly string[];
  readonly storage: "events" | "differences";
  readonly compactAfterFrames?: number | undefined;
  readonly onAlarm: (where: string) => void;
  readonly onMoved: (body: Uint8Array) => void;
  readonly onStatus?: () => void;
  /** A relay has shown which log it has of this room. */
  readonly onLog?: (url: string, logId: string) => void;
  /** A relay's log was taken to its end. */
  readonly onLive?: () => void;
}

/** How long a store takes, at most (milliseconds): a phone's usually, on a bad day, a desktop's for what it received. */
const STORE_DELAY_MS = 60;
const SLOW_STORE_DELAY_MS = 4_000;
const OTHERS_DELAY_MS = 20;

export const urlOf = (relay: string): string => `ws://${relay}`;

export const syncPorts = ({
  world,
  network,
  machine,
}: Pick<SessionInput, "world" | "network" | "machine">): SyncPorts => ({
  now: () => Math.floor(world.now() + machine.skew),
  randomBytes: machine.random.bytes,
  timers: { after: (ms, run) => world.after(ms, "", run, machine) },
  WebSocket: network.socketsOf(machine),
});

export const openSession = (input: SessionInput): Session => {
  const { world, tally, machine, disk, keys, deviceId, relays, storage, compactAfterFrames } = input;
  const stores = disk.epoch(keys.epoch);

  const keepEvents = (doc: Y.Doc): void => {
    const longest = machine.random.chance(0.25) ? SLOW_STORE_DELAY_MS : STORE_DELAY_MS;
    doc.on("update", (update: Uint8Array) => {
      if (machine.isAlive)
        stores.document.write(machine.random.between(1, longest), (content) => void content.push(update));
    });
  };
  const keepDifferences = (doc: Y.Doc): void => {
    let written = Y.encodeStateVector(doc);
    let isDirty = false;
    let isPlanned = false;
    const flush = (): void => {
      isPlanned = false;
      if (!isDirty || !machine.isAlive) return;
      isDirty = false;
      const update = Y.encodeStateAsUpdate(doc, written);
      written = Y.encodeStateVector(doc);
      disk.writeNow(machine, () => void stores.document.content.push(update));
    };
    doc.on("afterTransaction", ({ local, changed }: Y.Transaction) => {
      if (changed.size === 0) return;
      isDirty = true;
      if (local) return flush();
      if (!isPlanned) world.after(OTHERS_DELAY_MS, "", flush, machine);
      isPlanned = true;
    });
  };

  const doc = new Y.Doc();
  doc.clientID = machine.random.below(2 ** 32);
  const { content } = stores.document;
  for (const update of content) Y.applyUpdate(doc, update);
  content.splice(0, content.length, Y.encodeStateAsUpdate(doc));
  if (storage === "events") keepEvents(doc);
  else keepDifferences(doc);

  const wasLive = new Set<string>();
  const hadAlarm = new Set<string>();
  const shared: Omit<ConnectRelaysInput, "relayUrls" | "guard" | "onContradiction"> = {
    ...syncPorts(input),
    doc,
    keys,
    deviceId,
    ...(compactAfterFrames === undefined
      ? {}
      : { snapshot: () => Y.encodeStateAsUpdate(doc), compactAfterFrames }),
    resume: (url) => stores.resume.content.get(url),
    onResumable: (url, bytes) => {
      if (!machine.isAlive) return;
      tally.add("resumed");
      const delay = machine.random.below(STORE_DELAY_MS);
      stores.resume.write(delay, (resumes) => void resumes.set(url, bytes));
    },
    onMoved: (body) => machine.isAlive && input.onMoved(body),
    onStatus: (url, { phase, alarm, logId }) => {
      if (alarm !== undefined && !hadAlarm.has(url))
        input.onAlarm(`${machine.name} at ${url}: ${JSON.stringify(alarm)}`);
      if (alarm === undefined) hadAlarm.delete(url);
      else hadAlarm.add(url);
      if (phase === "live" && !wasLive.has(url)) world.after(0, "", () => input.onLive?.(), machine);
      if (phase === "live" && logId !== undefined)
        world.after(0, "", () => input.onLog?.(url, logId), machine);
      if (phase === "live") wasLive.add(url);
      else wasLive.delete(url);
      input.onStatus?.();
    },
  };
  let connections = (): ReadonlyMap<string, RoomConnection> => new Map();
  let disconnect = (): void => {};

  const present = (awareness: Awareness): void =>
    writePresence(awareness, {
      deviceId,
      role: storage === "events" ? "phone" : "executor",
      appVersion: "0.1.0",
      onlineSince: shared.now(),
      power: "awake",
    });
  /** As the phone does it. */
  const connectAll = (): void => {
    const set = connectRelays({ ...shared, relayUrls: relays.map(urlOf) });
    present(set.awareness);
    connections = () => new Map([...set.links()].map(([url, link]) => [url.slice("ws://".length), link]));
    disconnect = set.destroy;
  };
  /** As the executor does it: one presence on all connections, and nobody else writes what is its own. */
  const connectEach = (): void => {
    const awareness = new Awareness(doc);
    present(awareness);
    const { resume, onResumable, onMoved, onStatus, ...room } = shared;
    const links = new Map(
      relays.map((relay) => {
        const url = urlOf(relay);
        const link = connectRoom({
          ...room,
          awareness,
          relayUrl: url,
          guard: (update) => ownershipGuard(doc, update).ok,
          onContradiction: () => input.onAlarm(`${machine.name} at ${url}: contradiction`),
          resume: resume?.(url),
          onResumable: (bytes) => onResumable?.(url, bytes),
          onMoved: (body) => onMoved?.(body, url),
          onStatus: (status) => onStatus?.(url, status),
        });
        return [relay, link] as const;
      }),
    );
    connections = () => links;
    disconnect = () => {
      for (const link of links.values()) link.destroy();
      awareness.destroy();
    };
  };

  return {
    keys,
    doc,
    stores,
    connections: () => connections(),
    connect: storage === "events" ? connectAll : connectEach,
    disconnect: () => {
      disconnect();
      connections = () => new Map();
      disconnect = () => {};
    },
  };
};
