/**
 * Which model answers: what the environment says, else what was chosen in the window, else the planner that needs
 * neither key nor network. The key rests with the other secrets; which model and server, in a file beside them.
 */
import path from "node:path";
import * as z from "zod/mini";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createAnthropicModel, loadModelKey, systemClock, type Model } from "../executor/index.ts";
import {
  capabilitiesOfListed,
  TOKEN_BOUNDS,
  type ModelCapabilities,
} from "../executor/models/capabilities.ts";
import { createOfflinePlanner } from "../executor/models/offline-planner.ts";
import { readPrivateFile, replacePrivateFile } from "../executor/private-files.ts";
import type { HostError, HostSecrets } from "./secrets.ts";
import type { HostSettings } from "./settings.ts";

const { catch: orElse } = z;
/** A size that is none says nothing, and takes nothing else with it. */
const tokensOf = ({ least, most }: { readonly least: number; readonly most: number }) =>
  orElse(z.optional(z.int().check(z.minimum(least), z.maximum(most))), undefined);
const listedTokens = tokensOf({ least: 1, most: Number.MAX_SAFE_INTEGER });

const CHOICE = z.object({
  model: z.optional(z.string()),
  baseUrl: z.optional(z.string()),
  /** What its server's list said of it. */
  listed: orElse(
    z.optional(z.object({ contextTokens: listedTokens, outputTokens: listedTokens })),
    undefined,
  ),
  /** What the person said: it goes before the list. */
  contextTokens: tokensOf(TOKEN_BOUNDS.contextTokens),
});
export type ModelChoice = z.infer<typeof CHOICE>;

export interface ChosenModel {
  readonly model: Model;
  readonly hasModelKey: boolean;
  /** Set from outside, so that the window cannot change it. */
  readonly isFixed: boolean;
}

const choiceFile = (dataFolder: string): string => path.join(dataFolder, "model.json");

/** A file that cannot be read says nothing: the default model answers, and the window shows which. */
export const loadModelChoice = (dataFolder: string): ModelChoice => {
  const bytes = readPrivateFile(choiceFile(dataFolder));
  if (bytes === undefined) return {};
  try {
    return CHOICE.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
};

export const saveModelChoice = (dataFolder: string, choice: ModelChoice): void =>
  replacePrivateFile(choiceFile(dataFolder), new TextEncoder().encode(JSON.stringify(choice)));

export const chooseModel = async (
  { dataFolder, modelKey, modelName, modelUrl, modelCapabilities }: HostSettings,
  { store }: HostSecrets,
): Promise<Result<ChosenModel, HostError>> => {
  const key = await loadModelKey({ ANTHROPIC_API_KEY: modelKey }, store);
  if (!key.ok)
    return err({ sentence: "The model's key cannot be read from where keys are kept. Nothing was changed." });
  const isFixed = modelKey !== undefined;
  if (key.value === undefined) return ok({ model: createOfflinePlanner(), hasModelKey: false, isFixed });
  const choice = isFixed ? {} : loadModelChoice(dataFolder);
  const named = { model: modelName ?? choice.model, baseUrl: modelUrl ?? choice.baseUrl };
  // What was said of the chosen model is not true of another, or of one of that name elsewhere.
  const isChosen = named.model === choice.model && named.baseUrl === choice.baseUrl;
  const model = createAnthropicModel({
    ...named,
    key: key.value,
    capabilities: { ...(isChosen ? capabilitiesOf(choice) : {}), ...definedOf(modelCapabilities) },
    clock: systemClock,
  });
  return ok({ model, hasModelKey: true, isFixed });
};

const capabilitiesOf = ({ listed = {}, contextTokens }: ModelChoice): ModelCapabilities => ({
  ...capabilitiesOfListed(listed),
  ...(contextTokens === undefined ? {} : { contextTokens }),
});

/** What a flag does not say hides nothing. */
const definedOf = (said: ModelCapabilities): ModelCapabilities =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
