/**
 * A device of a simulated world: the real document, orders, ids and connections, on a simulated disk and network.
 * "events": as y-indexeddb on a phone, each update event is written a while after it happened.
 * "differences": as the executor's document-store.ts, what it writes itself is on the disk before it can leave.
 */
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { DeviceKeys, EpochKeys } from "@deskhand/doc-schema/crypto";
import { createIdFactory, type IdFactory } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import {
  connectRoom,
  writePresence,
  type ConnectRoomInput,
  type RoomConnection,
} from "@deskhand/doc-schema/sync";
import { createDeviceDisk, type DeviceDisk } from "./device-disk.ts";
import type { Network } from "./network.ts";
import type { Tally } from "./tally.ts";
import type { Machine, World } from "./world.ts";

/** From a start to a crash. */
export interface Life {
  readonly machine: Machine;
  readonly doc: Y.Doc;
  readonly ids: IdFactory;
  readonly orders: DeviceOrders;
  readonly awareness: Awareness;
  /** By relay. */
  readonly connections: ReadonlyMap<string, RoomConnection>;
}

export interface Device {
  readonly name: string;
  readonly keys: DeviceKeys;
  readonly disk: DeviceDisk;
  readonly life: () => Life | undefined;
  readonly start: () => void;
  /** The power goes: nothing is said to anybody, and what was not yet on the disk is lost. */
  readonly crash: (isTold: boolean) => void;
  /** The power goes with the n-th write from now that is waited for. */
  readonly crashAtWrite: (n: number) => void;
}

export interface DeviceInput {
  readonly world: World;
  readonly network: Network;
  readonly tally: Tally;
  readonly name: string;
  readonly keys: DeviceKeys;
  readonly epochKeys: EpochKeys;
  readonly relays: readonly string[];
  readonly storage: "events" | "differences";
  /** Milliseconds by which its clock is off at the next start. */
  readonly skew: () => number;
  readonly compactAfterFrames?: number | undefined;
  readonly guard?: ConnectRoomInput["guard"];
  /** Planted bug: wraps what makes ids. */
  readonly wrapIds?: ((ids: IdFactory) => IdFactory) | undefined;
  /** After the stored document was read, before it is connected. */
  readonly onLoaded?: (machine: Machine, doc: Y.Doc, ids: IdFactory) => void;
  readonly onLive?: () => void;
  readonly onAlarm: (where: string) => void;
  readonly onCrash?: (lost: Life) => void;
}

/** How long a store takes, at most (milliseconds): a phone's usually, on a bad day, and a desktop's for what it received. */
const STORE_DELAY_MS = 60;
const SLOW_STORE_DELAY_MS = 4_000;
const OTHERS_DELAY_MS = 20;

export const createDevice = (input: DeviceInput): Device => {
  const { world, network, tally, name, keys, epochKeys, relays, storage } = input;
  const disk = createDeviceDisk(world, world.random.fork());
  let life: Life | undefined;

  const keepEvents = (doc: Y.Doc, machine: Machine): void => {
    const longest = machine.random.chance(0.25) ? SLOW_STORE_DELAY_MS : STORE_DELAY_MS;
    doc.on("update", (update: Uint8Array) => {
      if (machine.isAlive)
        disk.document.write(machine.random.between(1, longest), (content) => void content.push(update));
    });
  };
  const keepDifferences = (doc: Y.Doc, machine: Machine): void => {
    let written = Y.encodeStateVector(doc);
    let isDirty = false;
    let isPlanned = false;
    const flush = (): void => {
      isPlanned = false;
      if (!isDirty || !machine.isAlive) return;
      isDirty = false;
      const update = Y.encodeStateAsUpdate(doc, written);
      written = Y.encodeStateVector(doc);
      disk.writeNow(machine, () => void disk.document.content.push(update));
    };
    doc.on("afterTransaction", ({ local, changed }: Y.Transaction) => {
      if (changed.size === 0) return;
      isDirty = true;
      if (local) return flush();
      if (!isPlanned) world.after(OTHERS_DELAY_MS, "", flush, machine);
      isPlanned = true;
    });
  };

  const load = (machine: Machine): Y.Doc => {
    const doc = new Y.Doc();
    doc.clientID = machine.random.below(2 ** 32);
    const { content } = disk.document;
    for (const update of content) Y.applyUpdate(doc, update);
    content.splice(0, content.length, Y.encodeStateAsUpdate(doc));
    if (storage === "events") keepEvents(doc, machine);
    else keepDifferences(doc, machine);
    return doc;
  };

  const connect = (machine: Machine, doc: Y.Doc, awareness: Awareness, relay: string): RoomConnection => {
    const resume = disk.resume.content.get(relay);
    let wasLive = false;
    let hadAlarm = false;
    return connectRoom({
      doc,
      awareness,
      keys: epochKeys,
      deviceId: keys.deviceId,
      relayUrl: `ws://${relay}`,
      now: () => Math.floor(world.now() + machine.skew),
      randomBytes: machine.random.bytes,
      timers: { after: (ms, run) => world.after(ms, "", run, machine) },
      WebSocket: network.socketsOf(machine),
      ...(input.compactAfterFrames === undefined
        ? {}
        : { snapshot: () => Y.encodeStateAsUpdate(doc), compactAfterFrames: input.compactAfterFrames }),
      ...(resume === undefined ? {} : { resume }),
      ...(input.guard === undefined ? {} : { guard: input.guard }),
      onResumable: (bytes) => {
        if (!machine.isAlive) return;
        tally.add("resumed");
        disk.resume.write(machine.random.below(STORE_DELAY_MS), (content) => void content.set(relay, bytes));
      },
      onStatus: ({ phase, alarm }) => {
        if (alarm !== undefined && !hadAlarm) input.onAlarm(`${name} at ${relay}: ${JSON.stringify(alarm)}`);
        hadAlarm = alarm !== undefined;
        const isLive = phase === "live";
        if (isLive && !wasLive) world.after(0, "", () => input.onLive?.(), machine);
        wasLive = isLive;
      },
    });
  };

  const start = (): void => {
    const machine = world.boot(name, input.skew());
    world.as(machine, () => {
      const doc = load(machine);
      const now = (): number => Math.floor(world.now() + machine.skew);
      const plain = createIdFactory({ now, randomBytes: machine.random.bytes });
      const ids = input.wrapIds?.(plain) ?? plain;
      const awareness = new Awareness(doc);
      writePresence(awareness, {
        deviceId: keys.deviceId,
        role: storage === "events" ? "phone" : "executor",
        appVersion: "0.1.0",
        onlineSince: now(),
        power: "awake",
      });
      const orders = createDeviceOrders({ doc, keys, ids, now });
      const connections = new Map<string, RoomConnection>();
      life = { machine, doc, ids, orders, awareness, connections };
      input.onLoaded?.(machine, doc, ids);
      for (const relay of relays) connections.set(relay, connect(machine, doc, awareness, relay));
    });
    world.note(`${name} starts`);
  };

  const crash = (isTold: boolean): void => {
    if (life === undefined) return;
    const lost = life;
    life = undefined;
    lost.machine.isAlive = false;
    disk.cutAtWrite(Infinity, () => {});
    disk.cutPower();
    network.forget(lost.machine, isTold);
    world.note(`${name} is down`);
    input.onCrash?.(lost);
  };

  return {
    name,
    keys,
    disk,
    life: () => life,
    start,
    crash,
    crashAtWrite: (n) => disk.cutAtWrite(n, () => crash(false)),
  };
};
