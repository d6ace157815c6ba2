/** One world's machines: a desktop with its executor, phones, relays, and the network between them. */
import type * as Y from "yjs";
import { rootsOf, type IdFactory } from "@deskhand/doc-schema/document";
import { createDevice, type Device } from "./device.ts";
import { createExecutor, firstRecords, type Executor } from "./executor.ts";
import { createNetwork, type Network } from "./network.ts";
import type { Cast } from "./people.ts";
import type { Plant } from "./plants.ts";
import { createRelayNode, type RelayNode } from "./relay-node.ts";
import type { Tally } from "./tally.ts";
import { areEqual, createWitness, type Witness } from "./witness.ts";
import type { Machine, World } from "./world.ts";

export interface Stage {
  readonly world: World;
  readonly network: Network;
  readonly tally: Tally;
  readonly witness: Witness;
  readonly cast: Cast;
  readonly relays: readonly RelayNode[];
  readonly desktop: Device;
  readonly phones: readonly Device[];
  readonly devices: readonly Device[];
  readonly executor: () => Executor | undefined;
  /** A second relay behind the same address. */
  readonly addTwin: (relay: RelayNode) => RelayNode;
  /** Every connection is live without an alarm, with nothing under way. */
  readonly areAllQuiet: () => boolean;
  /** All documents hold the same. */
  readonly isInStep: () => boolean;
  /** A hostile relay is at work: alarms are right. */
  isUnderAttack: boolean;
  /** A phone that was never there before, with nothing stored. */
  readonly addPhone: () => Device;
}

/** How far a clock may be off (milliseconds); some are off by a lot. */
const SMALL_SKEW_MS = 2_000;
const LARGE_SKEW_MS = 5 * 3600 * 1000;

export const createStage = (world: World, tally: Tally, cast: Cast, plant: Plant | undefined): Stage => {
  const { random } = world;
  const network = createNetwork(world);
  const witness = createWitness(world);
  const createNode = (name: string, dialledAs = name): RelayNode =>
    createRelayNode(world, network, tally, name, dialledAs, plant?.relay?.(world) ?? {});
  const relays = Array.from({ length: random.chance(0.3) ? 2 : 1 }, (_, index) =>
    createNode(`relay-${index}`),
  );
  const relayNames = relays.map((relay) => relay.name);
  const areClocksOff = random.chance(0.3);
  /** Half of the clocks stay as they are; others are set right, or wrong, at a start. */
  const createSkew = (): (() => number) => {
    const draw = (): number => {
      const most = areClocksOff ? LARGE_SKEW_MS : SMALL_SKEW_MS;
      return random.between(-most, most);
    };
    let skew = draw();
    const isSteady = random.chance(0.5);
    return () => {
      if (!isSteady && random.chance(0.3)) skew = draw();
      return skew;
    };
  };
  const onAlarm = (where: string): void => {
    tally.add("alarms");
    if (!stage.isUnderAttack) witness.fail("an honest relay raises no alarm", where);
  };
  const shared = {
    world,
    network,
    tally,
    epochKeys: cast.epochKeys,
    relays: relayNames,
    wrapIds: plant?.wrapIds,
    onAlarm,
  };
  const isLasting = (name: string): boolean => relayNames.includes(name);
  const onCrash =
    (self: () => Device) =>
    (lost: Parameters<Witness["deviceDied"]>[1]): void =>
      witness.deviceDied(self(), lost, isLasting);

  let executor: Executor | undefined;
  const startExecutor = (machine: Machine, doc: Y.Doc, ids: IdFactory): void => {
    const { ledger } = desktop.disk;
    const now = (): number => Math.floor(world.now() + machine.skew);
    if (ledger.length === 0) {
      const certified = cast.phones.map(({ keys, certificate: text }) => ({ id: keys.deviceId, text }));
      ledger.push(...firstRecords(cast.desktop, ids, now(), certified));
    }
    const mine = createExecutor({
      doc,
      ids,
      keys: cast.desktop,
      random: machine.random,
      now,
      entries: [...ledger],
      append: (record) =>
        desktop.disk.writeNow(machine, () => {
          witness.ledgerGrew(record, ledger);
          ledger.push(record);
        }),
      onRecord: () => {},
    });
    executor = mine;
    let isScanDue = false;
    const scanSoon = (): void => {
      if (isScanDue) return;
      isScanDue = true;
      world.after(
        0,
        "scans",
        () => {
          isScanDue = false;
          mine.scan();
        },
        machine,
      );
    };
    mine.showAll();
    const { tasks, intents, decisions } = rootsOf(doc);
    for (const root of [tasks, intents, decisions]) root.observe(scanSoon);
    scanSoon();
  };
  const desktop: Device = createDevice({
    ...shared,
    name: "desktop",
    keys: cast.desktop,
    storage: "differences",
    skew: createSkew(),
    compactAfterFrames: random.between(3, 40),
    onLoaded: startExecutor,
    onLive: () => executor?.showAll(),
    onCrash: onCrash(() => desktop),
  });

  const phones: Device[] = [];
  const addPhone = (): Device => {
    const person = cast.phones[phones.length];
    if (person === undefined) throw new Error("stage: no further phone is cast");
    const phone: Device = createDevice({
      ...shared,
      name: `phone-${phones.length}`,
      keys: person.keys,
      storage: "events",
      skew: createSkew(),
      onCrash: onCrash(() => phone),
    });
    phones.push(phone);
    return phone;
  };
  for (let i = random.between(1, 3); i > 0; i--) addPhone();
  for (const relay of relays) {
    for (const name of ["desktop", ...phones.map((phone) => phone.name)]) {
      const least = random.between(0, 40);
      network.link(name, relay.name).latency = [least, least + random.between(1, 200)];
    }
  }
  const devices = (): readonly Device[] => [desktop, ...phones];
  const stage: Stage = {
    world,
    network,
    tally,
    witness,
    cast,
    relays,
    desktop,
    phones,
    get devices() {
      return devices();
    },
    executor: () => (desktop.life()?.machine.isAlive === true ? executor : undefined),
    addTwin: (relay) => createNode(`${relay.name}-twin`, relay.name),
    areAllQuiet: () =>
      devices().every((device) =>
        [...(device.life()?.connections.values() ?? [])].every(({ status }) => {
          const { phase, pending, held, alarm } = status();
          return phase === "live" && pending === 0 && held === 0 && alarm === undefined;
        }),
      ),
    isInStep: () => areEqual(devices().flatMap((device) => device.life()?.doc ?? [])),
    isUnderAttack: false,
    addPhone,
  };
  return stage;
};
