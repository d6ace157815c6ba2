/** What goes wrong in a simulated world. Each world has its own selection, so that no fault hides behind another. */
import { pick } from "./random.ts";
import type { Device } from "./device.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds of one way. */
const USUAL_LATENCY = [1, 30] as const;

export type Fault = () => void;

export const chooseFaults = (stage: Stage): readonly Fault[] => {
  const { world, network, tally, relays, devices, witness } = stage;
  const { random } = world;
  const pair = (): readonly [string, string] => [pick(random, devices).name, pick(random, relays).name];

  const cut: Fault = () => {
    tally.add(
      "cuts",
      network.cut(...pair(), () => true),
    );
  };
  const cutUnnoticed: Fault = () => {
    const noticedBy = pick(random, ["client", "server", "nobody"]);
    tally.add(
      "halfOpen",
      network.cut(...pair(), (end) => end === noticedBy),
    );
  };
  const partition: Fault = () => {
    const chosen = random.chance(0.3) ? relays.map((relay) => [pair()[0], relay.name] as const) : [pair()];
    tally.add("partitions");
    for (const names of chosen) {
      network.link(...names).state = random.chance(0.5) ? "down" : "lost";
      if (random.chance(0.7)) network.cut(...names, () => random.chance(0.5));
      world.after(random.between(200, 20_000), `mends ${names.join("–")}`, () => {
        network.link(...names).state = "up";
        // What a network swallowed, TCP would send again; a socket that lost something never goes on.
        network.cut(...names, () => random.chance(0.5));
      });
    }
  };
  const slow: Fault = () => {
    const link = network.link(...pair());
    link.latency = [random.between(0, 2_000), random.between(2_000, 9_000)];
    world.after(random.between(1_000, 15_000), "fast again", () => {
      link.latency = USUAL_LATENCY;
    });
  };
  const bootLater = (device: Device, ms: number): void =>
    void world.after(ms, "", () => {
      if (device.life() === undefined) device.start();
    });
  const crashDevice: Fault = () => {
    const device = pick(random, devices);
    if (device.life() === undefined) return;
    tally.add("deviceCrashes");
    device.crash(random.chance(0.5));
    bootLater(device, random.between(50, 8_000));
  };
  const crashDesktopAtWrite: Fault = () => {
    tally.add("deviceCrashes");
    stage.desktop.crashAtWrite(random.between(1, 12));
    bootLater(stage.desktop, random.between(6_000, 12_000));
  };
  const restartRelay = (then: Fault): void => {
    const relay = pick(random, relays);
    if (!relay.isUp()) return;
    tally.add("relayRestarts");
    relay.crash(random.chance(0.6));
    then();
    world.after(random.between(20, 6_000), "", () => {
      if (!relay.isUp()) relay.start();
    });
  };
  const crashRelay: Fault = () => restartRelay(() => {});
  const crashRelayAtWrite: Fault = () => {
    const relay = pick(random, relays);
    if (!relay.isUp()) return;
    tally.add("relayRestarts");
    relay.crashAtWrite(random.between(1, 8), random.chance(0.5));
    world.after(random.between(5_000, 9_000), "", () => {
      if (!relay.isUp()) relay.start();
    });
  };
  const loseDisk: Fault = () => {
    const relay = pick(random, relays);
    if (!relay.isUp()) return;
    tally.add("lostDisks");
    relay.crash(random.chance(0.6));
    relay.disk.wipe();
    witness.relayLostDisk(relay.name, devices);
    world.after(random.between(20, 6_000), "", () => {
      if (!relay.isUp()) relay.start();
    });
  };
  const fillDisk: Fault = () => {
    const { disk } = pick(random, relays);
    tally.add("fullDisks");
    disk.isFull = true;
    world.after(random.between(500, 20_000), "disk has room", () => {
      disk.isFull = false;
    });
  };
  const failWrites: Fault = () => {
    tally.add("failedWrites");
    pick(random, relays).disk.failing = random.between(1, 2);
  };

  const all = [
    cut,
    cutUnnoticed,
    partition,
    slow,
    crashDevice,
    crashDesktopAtWrite,
    crashRelay,
    crashRelayAtWrite,
    fillDisk,
    failWrites,
  ].filter(() => random.chance(0.5));
  if (random.chance(0.15)) all.push(loseDisk);
  return all.length === 0 ? [cut] : all;
};

/** Every machine runs and every link works. */
export const mendAll = async ({ world, network, relays, devices }: Stage): Promise<void> => {
  for (const machine of [...relays, ...devices]) machine.crashAtWrite(Infinity);
  await world.run(1); // a power cut of this moment
  for (const relay of relays) {
    relay.disk.isFull = false;
    relay.disk.failing = 0;
    if (!relay.isUp()) relay.start();
    for (const device of devices) {
      const link = network.link(device.name, relay.name);
      if (link.state !== "up") {
        link.state = "up";
        network.cut(device.name, relay.name, () => false);
      }
      link.latency = USUAL_LATENCY;
    }
  }
  for (const device of devices) {
    if (device.life() === undefined) device.start();
  }
};
