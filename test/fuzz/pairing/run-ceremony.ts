/** One ceremony from one seed. */
import type { VirtualGlobals } from "../../sim/virtual-globals.ts";
import { openStage } from "./pairing-stage.ts";
import { SCENARIOS, type Scenario, type ScenarioName } from "./scenarios.ts";

export interface CeremonyResult {
  readonly seed: number;
  readonly scenario: ScenarioName;
  /** How the desktop's side ended. */
  readonly end: string;
  readonly withdrawn: number;
  /** Equal for equal seeds. */
  readonly hash: string;
  readonly flaw?: string;
  readonly recent?: readonly string[];
}

// `as`: its own keys
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

/** Longer than anything of a ceremony waits once it is decided (virtual milliseconds). */
const AFTERMATH_MS = 45_000;

/** Each seed plays the next scenario, so that all come equally often. */
export const scenarioOf = (seed: number): ScenarioName => {
  const name = SCENARIO_NAMES[seed % SCENARIO_NAMES.length];
  if (name === undefined) throw new Error("scenarioOf: there are no scenarios");
  return name;
};

export const runCeremony = async (seed: number, globals: VirtualGlobals): Promise<CeremonyResult> => {
  const name = scenarioOf(seed);
  const scenario: Scenario = SCENARIOS[name];
  const stage = openStage(seed, globals, scenario.options);
  const { world, offer } = stage;
  let thrown: string | undefined;
  try {
    await scenario.play(stage);
    await stage.pass(AFTERMATH_MS);
  } catch (error) {
    thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { mustEnd = offer.state().type } = scenario;
  const wrongEnd =
    offer.state().type === mustEnd ? undefined : `${offer.state().type}, and should be ${mustEnd}`;
  const flaw = thrown ?? stage.flaw() ?? wrongEnd;
  const result = {
    seed,
    scenario: name,
    end: offer.state().type,
    withdrawn: stage.counts().withdrawn,
    hash: world.hash(),
  };
  stage.close();
  return flaw === undefined ? result : { ...result, flaw, recent: world.recent() };
};
