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
/** Longer than any timer that writes something. */
const QUIET_MS = 1_500;
const CUT_NOTICED_MS = 100;
/** A relay that mends its ways is believed again without anybody doing anything. */
const MENDS_ITSELF_MS = 90_000;

export const runSeed = ({ seed, cast, globals, plant, isTracing = false }: SeedInput): SeedResult => {
  const world = createWorld(createRandom(seed), isTracing);
  const tally = createTally();
  globals.serve(world);
  const stage = createStage(world, tally, cast, plant);
  const { witness } = stage;
  const restoreConsole = failOnErrors(stage);
  try {
    play(stage);
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

const play = (stage: Stage): void => {
  const { world, relays, devices, witness } = stage;
  const { random } = world;
  for (const relay of relays) relay.start();
  for (const device of devices) device.start();
  const faults = chooseFaults(stage);
  const faultRate = 0.05 + random.next() * 0.25;
  const pace = random.between(20, 800);
  for (let actions = random.between(15, 75); actions > 0; actions--) {
    world.run(random.between(0, 2 * pace));
    if (witness.violation() !== undefined) return;
    if (random.chance(faultRate)) pick(random, faults)();
    else act(stage);
  }
  mendAll(stage);
  settle(stage, "after the faults");
  const attack = chooseAttack(random);
  if (attack !== undefined && witness.violation() === undefined) {
    stage.isUnderAttack = true;
    playAttack(stage, attack);
    mendAll(stage);
    world.run(MENDS_ITSELF_MS, () => isQuiet(stage));
    settle(stage, "after the attack");
  }
  reconnectQuietly(stage);
  restartAll(stage);
};

/** Lets the world run until all is quiet, then looks. */
const settle = (stage: Stage, when: string): void => {
  const { world, witness, desktop, executor } = stage;
  if (witness.violation() !== undefined) return;
  world.note(`settles ${when}`);
  waitForQuiet(stage);
  world.run(QUIET_MS);
  waitForQuiet(stage);
  if (witness.violation() !== undefined) return;
  witness.checkDocuments(stage.devices);
  const state = executor()?.ledger.state;
  const doc = desktop.life()?.doc;
  if (state !== undefined && doc !== undefined) witness.checkExecutor(state, desktop.disk.ledger, doc);
};

/** What a device sealed while it was lied to stays in the log, so alarms may come back; then a person says yes. */
const waitForQuiet = (stage: Stage): void => {
  const { world, witness, isUnderAttack } = stage;
  world.run(HEALS_WITHIN_MS, () => {
    if (isUnderAttack) acceptHistories(stage);
    return witness.violation() !== undefined || isQuiet(stage);
  });
};

const isQuiet = ({ areAllQuiet, isInStep }: Stage): boolean => areAllQuiet() && isInStep();

/** Connections come and go while nobody writes: then nothing is appended either. */
const reconnectQuietly = (stage: Stage): void => {
  const { world, network, relays, devices, witness } = stage;
  const bytesBefore = relays.map(({ disk }) => disk.appendedBytes());
  for (let times = 2; times > 0; times--) {
    for (const relay of relays)
      for (const device of devices) network.cut(device.name, relay.name, () => true);
    world.run(CUT_NOTICED_MS);
    waitForQuiet(stage);
  }
  for (const [index, { name, disk }] of relays.entries()) {
    const grown = disk.appendedBytes() - (bytesBefore[index] ?? 0);
    if (grown > 0) witness.fail("a reconnect appends nothing that the relay has", `${name}: ${grown} bytes`);
  }
  world.note("reconnected quietly");
};

/** With a device that comes last and has nothing. */
const restartAll = (stage: Stage): void => {
  if (stage.witness.violation() !== undefined) return;
  for (const device of stage.devices) {
    device.crash(true);
    device.start();
  }
  stage.addPhone().start();
  settle(stage, "after a restart from what was stored");
};
