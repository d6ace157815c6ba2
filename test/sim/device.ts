/** A device of a simulated world, as the world sees it: lives between a start and a crash, and a disk that stays. */
import type * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import { createIdFactory, type IdFactory } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import type { RoomConnection } from "@deskhand/doc-schema/sync";
import { createDeviceDisk, type DeviceDisk } from "./device-disk.ts";
import type { Session, SessionInput } from "./session.ts";
import type { Machine } from "./world.ts";

/** From a start to a crash. */
export interface Life {
  readonly machine: Machine;
  readonly ids: IdFactory;
  /** Of the epoch in which it is. */
  readonly session: () => Session;
  readonly doc: Y.Doc;
  readonly orders: DeviceOrders;
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
  /** It was told that it is no member any more. */
  isRemoved: boolean;
}

export type Shared = Pick<SessionInput, "world" | "network" | "tally" | "relays" | "onAlarm">;

export interface DeviceInput extends Shared {
  readonly name: string;
  readonly keys: DeviceKeys;
  /** Milliseconds by which its clock is off at the next start. */
  readonly skew: () => number;
  /** Planted bug: wraps what makes ids. */
  readonly wrapIds?: ((ids: IdFactory) => IdFactory) | undefined;
  /** Opens what is stored and connects it; the answer tells in which epoch the device is now. */
  readonly boot: (machine: Machine, ids: IdFactory, device: Device) => () => Session;
  readonly onCrash: (device: Device, lost: Life) => void;
}

export const createDevice = (input: DeviceInput): Device => {
  const { world, network, name, keys } = input;
  const disk = createDeviceDisk(world, world.random.fork());
  let life: Life | undefined;

  const start = (): void => {
    const machine = world.boot(name, input.skew());
    world.note(`${name} starts`);
    world.as(machine, () => {
      const now = (): number => Math.floor(world.now() + machine.skew);
      const plain = createIdFactory({ now, randomBytes: machine.random.bytes });
      const ids = input.wrapIds?.(plain) ?? plain;
      const session = input.boot(machine, ids, device);
      life = {
        machine,
        ids,
        session,
        get doc() {
          return session().doc;
        },
        get orders() {
          return createDeviceOrders({ doc: session().doc, keys, ids, now });
        },
        get connections() {
          return session().connections();
        },
      };
    });
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
    input.onCrash(device, lost);
  };
  const device: Device = {
    name,
    keys,
    disk,
    life: () => life,
    start,
    crash,
    crashAtWrite: (n) => disk.cutAtWrite(n, () => crash(false)),
    isRemoved: false,
  };
  return device;
};
