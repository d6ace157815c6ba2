/**
 * One world from one seed: a workspace is made, people work while things go wrong, everything is mended, and then
 * what must hold is looked at; again after quiet reconnects, after a restart of every device from what it stored,
 * and with a device that comes last.
 */
import { act } from "./people-act.ts";
import { chooseFaults, mendAll } from "./faults.ts";
import { acceptHistories, chooseAttack, playAttack } from "./hostile.ts";
import type { Cast } from "./people.ts";
import type { Plant } from "./plants.ts";
import { createRandom, pick } from "./random.ts";
import { createStage, type Stage } from "./stage.ts";
import { createTally, type Counts } from "./tally.ts";
import type { VirtualGlobals } from "./virtual-globals.ts";
import type { Violation } from "./witness.ts";
import { createWorld } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  /** Equal for equal seeds. */
  readonly hash: string;
  readonly counts: Counts;
  readonly violation?: Violation;
  /** The last events before it. */
  readonly recent?: readonly string[];
}

export interface SeedInput {
  readonly seed: number;
  readonly cast: Cast;
  readonly globals: VirtualGlobals;
  readonly plant?: Plant | undefined;
  readonly isTracing?: boolean;
}

/** Within this everything must have come together again (virtual milliseconds): a refusal alone waits for a minute. */
const HEALS_WITHIN_MS = 400_000;
/** Worlds in which phones are removed. */
const ROTATING_SHARE = 0.15;
/** Longer than any timer that writes something: what others wrote is passed on to a second relay after 3 s. */
const QUIET_MS = 3_500;
const CUT_NOTICED_MS = 100;
/** A relay that mends its ways is believed again without anybody doing anything. */
const MENDS_ITSELF_MS = 90_000;

export const runSeed = async ({
  seed,
  cast,
  globals,
  plant,
  isTracing = false,
}: SeedInput): Promise<SeedResult> => {
  const world = createWorld(createRandom(seed), isTracing);
  const tally = createTally();
  globals.serve(world);
  const stage = createStage(world, tally, cast, plant);
  const { witness } = stage;
  const restoreConsole = failOnErrors(stage);
  try {
    await play(stage);
  } catch (error) {
    witness.fail("nothing throws", error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    restoreConsole();
  }
  tally.add("seeds");
  tally.add("events", world.events());
  const violation = witness.violation();
  const result = { seed, hash: world.hash(), counts: tally.counts() };
  return violation === undefined ? result : { ...result, violation, recent: world.recent() };
};

/** Libraries report by console.error what they caught. */
const failOnErrors = ({ witness }: Stage): (() => void) => {
  const { error } = console;
  console.error = (...args: unknown[]) =>
    witness.fail(
      "nothing is logged as an error",
      args.map((arg) => (arg instanceof Error ? arg.stack : String(arg))).join(" "),
    );
  return () => {
    console.error = error;
  };
};

const play = async (stage: Stage): Promise<void> => {
  const { world, relays, devices, witness } = stage;
  const { random } = world;
  for (const relay of relays) relay.start();
  for (const device of devices) device.start();
  const faults = chooseFaults(stage);
  const faultRate = 0.05 + random.next() * 0.25;
  const pace = random.between(20, 800);
  const removals = stage.phones.length > 1 && random.chance(ROTATING_SHARE) ? random.between(1, 2) : 0;
  if (removals > 0) world.waitForPromises();
  const actions = random.between(12, 50);
  for (let action = 0; action < actions; action++) {
    await world.run(random.between(0, 2 * pace));
    if (witness.violation() !== undefined) return;
    if (removals > 0 && action % Math.ceil(actions / (removals + 1)) === 10) removePhone(stage);
    else if (random.chance(faultRate)) pick(random, faults)();
    else act(stage);
  }
  await mendAll(stage);
  await settle(stage, "after the faults");
  // A relay that lies about the end of an epoch is a matter of its own.
  const attack = removals > 0 ? undefined : chooseAttack(random);
  if (attack !== undefined && witness.violation() === undefined) {
    stage.isUnderAttack = true;
    await playAttack(stage, attack);
    await mendAll(stage);
    await world.run(MENDS_ITSELF_MS, () => isQuiet(stage));
    await settle(stage, "after the attack");
  }
  await reconnectQuietly(stage);
  await restartAll(stage);
};

/** A new epoch begins; another phone may be away while it does, and for longer. */
const removePhone = ({ world, phones, members, witness, executor }: Stage): void => {
  const { random } = world;
  const left = phones.filter((phone) => members().includes(phone));
  const going = executor();
  if (left.length < 2 || going === undefined) return;
  const removed = pick(random, left);
  const away = pick(random, left);
  if (away !== removed && random.chance(0.7) && away.life() !== undefined) {
    away.crash(true);
    world.after(random.between(5_000, 40_000), "", () => {
      if (away.life() === undefined) away.start();
    });
  }
  witness.deviceRemoved(removed);
  going.remove(removed.keys.deviceId);
};

/** Lets the world run until all is quiet, then looks. */
const settle = async (stage: Stage, when: string): Promise<void> => {
  const { world, witness, desktop, executor } = stage;
  if (witness.violation() !== undefined) return;
  world.note(`settles ${when}`);
  await waitForQuiet(stage);
  await world.run(QUIET_MS);
  await waitForQuiet(stage);
  if (witness.violation() !== undefined) return;
  witness.checkDocuments(stage.members());
  witness.checkRemoved(stage.removed());
  const state = executor()?.ledger.state;
  const doc = desktop.life()?.doc;
  if (state !== undefined && doc !== undefined) witness.checkExecutor(state, desktop.disk.ledger, doc);
};

/** What a device sealed while it was lied to stays in the log, so alarms may come back; then a person says yes. */
const waitForQuiet = async (stage: Stage): Promise<void> => {
  const { world, witness, isUnderAttack } = stage;
  await world.run(HEALS_WITHIN_MS, () => {
    if (isUnderAttack) acceptHistories(stage);
    return witness.violation() !== undefined || isQuiet(stage);
  });
};

const isQuiet = ({ areAllQuiet, isInStep }: Stage): boolean => areAllQuiet() && isInStep();

/** Connections come and go while nobody writes: then nothing is appended either. */
const reconnectQuietly = async (stage: Stage): Promise<void> => {
  const { world, network, relays, devices, witness } = stage;
  const bytesBefore = relays.map(({ disk }) => disk.appendedBytes());
  for (const relay of relays) for (const device of devices) network.cut(device.name, relay.name, () => true);
  await world.run(CUT_NOTICED_MS);
  await waitForQuiet(stage);
  for (const [index, { name, disk }] of relays.entries()) {
    const grown = disk.appendedBytes() - (bytesBefore[index] ?? 0);
    if (grown > 0) witness.fail("a reconnect appends nothing that the relay has", `${name}: ${grown} bytes`);
  }
  world.note("reconnected quietly");
};

/** With a device that comes last and has nothing. */
const restartAll = async (stage: Stage): Promise<void> => {
  if (stage.witness.violation() !== undefined) return;
  for (const device of stage.devices) {
    device.crash(true);
    device.start();
  }
  stage.addPhone().start();
  await settle(stage, "after a restart from what was stored");
};
