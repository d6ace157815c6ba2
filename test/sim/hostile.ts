/**
 * Relays that lie. What must come of it: an alarm at the device that was lied to, nothing applied after the lie, and
 * never devices that believe themselves in step and are not.
 */
import * as Y from "yjs";
import type { Device } from "./device.ts";
import { act } from "./people-act.ts";
import { pick, type Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import { createTamperedView, LIES, type TamperedView } from "./tampered-view.ts";

export type Attack = "lie" | "fork" | "rollback";

export const chooseAttack = (random: Random): Attack | undefined =>
  random.chance(0.2) ? pick(random, ["lie", "lie", "fork", "rollback"] as const) : undefined;

/** A lie must be noticed within this (virtual milliseconds): presence crosses every 15 s, a retry takes 30 s. */
const NOTICED_WITHIN_MS = 150_000;
const RELAY = "relay-0";

/** Runs the attack, looks, and takes it back; afterwards everything must come right. */
export const playAttack = async (stage: Stage, attack: Attack): Promise<void> => {
  const { tally, world } = stage;
  tally.add("hostile");
  world.note(`attack: ${attack}`);
  if (attack === "lie") await playLie(stage);
  else if (attack === "fork") await playFork(stage);
  else await playRollback(stage);
};

const work = async (stage: Stage, actions: number): Promise<void> => {
  const { world, witness } = stage;
  for (let left = actions; left > 0 && witness.violation() === undefined; left--) {
    act(stage);
    await world.run(world.random.between(50, 1_500));
  }
};

const alarmOf = (device: Device): string | undefined =>
  device.life()?.connections.get(RELAY)?.status().alarm?.type;

/** Structs of others that a device has. */
const foreignState = (device: Device): number => {
  const doc = device.life()?.doc;
  if (doc === undefined) return 0;
  const states = Y.decodeStateVector(Y.encodeStateVector(doc));
  return [...states].reduce((sum, [client, clock]) => sum + (client === doc.clientID ? 0 : clock), 0);
};

const playLie = async (stage: Stage): Promise<void> => {
  const { world, network, devices, relays, witness } = stage;
  const { random } = world;
  const victim = pick(random, devices);
  const view: TamperedView = createTamperedView();
  network.tamperWith((device, relay) =>
    device === victim.name && relay === RELAY ? view.connect() : undefined,
  );
  network.cut(victim.name, RELAY, () => true);
  await world.run(3_000);
  const lie = pick(random, LIES);
  world.note(`lies to ${victim.name}: ${lie}`);
  view.begin(lie);
  witness.expectBentFrames();
  await work(stage, 15);
  // Whoever meets a frame of the other side first sees it: that need not be the one that was lied to.
  const isNoticed = (): boolean => devices.some((device) => alarmOf(device) !== undefined);
  await world.run(NOTICED_WITHIN_MS, () => witness.violation() !== undefined || isNoticed());
  if (view.hasLied() && !isNoticed())
    witness.fail("a lie of the relay raises an alarm", `${lie}, told to ${victim.name}`);
  const before = foreignState(victim);
  await work(stage, 10);
  if (relays.length === 1 && alarmOf(victim) !== undefined && foreignState(victim) !== before)
    witness.fail("nothing is applied while an alarm stands", `${lie}, told to ${victim.name}`);
  neverSilentlyWrong(stage, lie);
  view.end();
  network.tamperWith(() => undefined);
  network.cut(victim.name, RELAY, () => true);
};

/** Two logs with one beginning: some devices are shown one, some the other; then all are shown the first. */
const playFork = async (stage: Stage): Promise<void> => {
  const { world, network, devices, relays } = stage;
  const { random } = world;
  const [first] = relays;
  if (first === undefined) return;
  await world.run(3_000);
  const twin = stage.addTwin(first);
  twin.disk.restore(first.disk.imageAt(first.disk.operations()));
  twin.start();
  const misled = devices.filter(() => random.chance(0.5));
  const route = (to: string | undefined): void => {
    for (const { name } of misled) {
      network.reroute(name, RELAY, to);
      network.cut(name, RELAY, () => true);
    }
  };
  route(twin.name);
  await work(stage, 15);
  await world.run(5_000);
  route(undefined);
  world.note("the branches meet");
  await work(stage, 10);
  await world.run(NOTICED_WITHIN_MS, () => devices.some((device) => alarmOf(device) !== undefined));
  neverSilentlyWrong(stage, "fork");
};

/** The relay's disk goes back to an earlier state under the same log id. */
const playRollback = async (stage: Stage): Promise<void> => {
  const { world, devices, relays } = stage;
  const { random } = world;
  const [relay] = relays;
  if (relay === undefined) return;
  await work(stage, 10);
  relay.crash(true);
  const operations = relay.disk.operations();
  relay.disk.restore(relay.disk.imageAt(operations - random.between(1, Math.min(12, operations))));
  if (random.chance(0.5)) for (const device of devices) if (random.chance(0.5)) device.crash(true);
  await world.run(random.between(100, 3_000));
  relay.start();
  await work(stage, 10);
  for (const device of devices) if (device.life() === undefined) device.start();
  await work(stage, 10);
  await world.run(NOTICED_WITHIN_MS, () => devices.some((device) => alarmOf(device) !== undefined));
  neverSilentlyWrong(stage, "rollback");
};

/** Live everywhere, nothing under way and no alarm: then all must have the same. */
const neverSilentlyWrong = (
  { devices, witness, isInStep, areAllQuiet, world }: Stage,
  what: string,
): void => {
  world.note(`alarms: ${devices.map((device) => `${device.name} ${alarmOf(device) ?? "none"}`).join(", ")}`);
  if (areAllQuiet() && !isInStep())
    witness.fail("a hostile relay never leads devices apart in silence", what);
};

/** What a person does at an alarm that does not go away by itself. */
export const acceptHistories = ({ devices }: Stage): void => {
  for (const device of devices)
    for (const connection of device.life()?.connections.values() ?? [])
      if (connection.status().alarm !== undefined) connection.acceptHistory();
};
