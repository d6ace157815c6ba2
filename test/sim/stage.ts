/** One world's machines: a desktop with its executor, phones, relays, and the network between them. */
import { createDevice, type Device, type Life } from "./device.ts";
import { createExecutor, type Executor } from "./executor.ts";
import { createNetwork, type Network } from "./network.ts";
import { firstRecords, type Cast } from "./people.ts";
import { createPhone } from "./phone.ts";
import type { Plant } from "./plants.ts";
import { createRelayNode, type RelayNode } from "./relay-node.ts";
import type { Tally } from "./tally.ts";
import { areEqual, createWitness, type Witness } from "./witness.ts";
import { urlOf } from "./session.ts";
import type { World } from "./world.ts";

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
  /** Those that were not removed. */
  readonly members: () => readonly Device[];
  readonly removed: () => readonly Device[];
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

const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

export const createStage = (world: World, tally: Tally, cast: Cast, plant: Plant | undefined): Stage => {
  const { random } = world;
  const network = createNetwork(world);
  const witness = createWitness(world);
  const createNode = (name: string, dialledAs = name): RelayNode =>
    createRelayNode(world, network, tally, name, dialledAs, plant?.relay?.(world) ?? {});
  const relays = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, index) =>
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
  const shared = { world, network, tally, relays: relayNames, onAlarm };
  const isLasting = (name: string): boolean => relayNames.includes(name);
  const common = {
    ...shared,
    wrapIds: plant?.wrapIds,
    onCrash: (device: Device, lost: Life): void => witness.deviceDied(device, lost, isLasting),
  };

  let executor: Executor | undefined;
  const compactAfterFrames = random.between(3, 40);
  const desktop = createDevice({
    ...common,
    name: "desktop",
    keys: cast.desktop,
    skew: createSkew(),
    boot: (machine, ids, { disk }) => {
      const { ledger } = disk;
      const now = Math.floor(world.now() + machine.skew);
      if (ledger.length === 0) ledger.push(...firstRecords(cast, ids, now, relayNames.map(urlOf)));
      executor = createExecutor({
        ...shared,
        machine,
        disk,
        ids,
        compactAfterFrames,
        device: cast.desktop,
        firstRootKey: cast.rootKey,
        onRecord: witness.ledgerGrew,
        onEpoch: () => tally.add("rotations"),
        onFailure: (error) => {
          if (machine.isAlive) witness.fail("the executor does not fail", errorText(error));
        },
      });
      return executor.session;
    },
  });
  const workspaceId = (): string =>
    desktop.disk.ledger.find((record) => record.type === "workspace-created")?.workspaceId ?? "";

  const phones: Device[] = [];
  const addPhone = (): Device => {
    const person = cast.phones[phones.length];
    if (person === undefined) throw new Error("stage: no further phone is cast");
    const phone = createPhone({
      ...common,
      name: `phone-${phones.length}`,
      cast,
      person,
      firstKeys: executor?.session().keys ?? cast.epochKeys,
      workspaceId,
      skew: createSkew(),
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
  const isRemoved = ({ keys }: Device): boolean =>
    executor?.ledger.state.devices.get(keys.deviceId)?.revokedAt !== undefined;
  const members = (): readonly Device[] => devices().filter((device) => !isRemoved(device));
  const removed = (): readonly Device[] => devices().filter(isRemoved);
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
      executor?.ledger.state.oldRooms.length === 0 &&
      removed().every((device) => device.isRemoved) &&
      members().every((device) => device.life()?.session().keys.epoch === executor?.session().keys.epoch) &&
      members().every((device) =>
        [...(device.life()?.connections.values() ?? [])].every(({ status }) => {
          const { phase, pending, held, alarm } = status();
          return phase === "live" && pending === 0 && held === 0 && alarm === undefined;
        }),
      ),
    isInStep: () => areEqual(members().flatMap((device) => device.life()?.doc ?? [])),
    members,
    removed,
    isUnderAttack: false,
    addPhone,
  };
  return stage;
};
