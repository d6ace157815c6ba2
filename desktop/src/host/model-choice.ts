/**
 * Which model answers: what the environment says, else what was chosen in the window, else the planner that needs
 * neither key nor network. The key rests with the other secrets; which model and server, in a file beside them.
 */
import path from "node:path";
import * as z from "zod/mini";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createAnthropicModel, loadModelKey, systemClock, type Model } from "../executor/index.ts";
import { createOfflinePlanner } from "../executor/models/offline-planner.ts";
import { readPrivateFile, replacePrivateFile } from "../executor/private-files.ts";
import type { HostError, HostSecrets } from "./secrets.ts";
import type { HostSettings } from "./settings.ts";

const CHOICE = z.object({ model: z.optional(z.string()), baseUrl: z.optional(z.string()) });
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
  { dataFolder, modelKey, modelName, modelUrl }: HostSettings,
  { store }: HostSecrets,
): Promise<Result<ChosenModel, HostError>> => {
  const key = await loadModelKey({ ANTHROPIC_API_KEY: modelKey }, store);
  if (!key.ok)
    return err({ sentence: "The model's key cannot be read from where keys are kept. Nothing was changed." });
  const isFixed = modelKey !== undefined;
  if (key.value === undefined) return ok({ model: createOfflinePlanner(), hasModelKey: false, isFixed });
  const choice = isFixed ? {} : loadModelChoice(dataFolder);
  const model = createAnthropicModel({
    key: key.value,
    model: modelName ?? choice.model,
    baseUrl: modelUrl ?? choice.baseUrl,
    clock: systemClock,
  });
  return ok({ model, hasModelKey: true, isFixed });
};
