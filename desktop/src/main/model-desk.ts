/**
 * The model's key and name as the window sets them.
 * 1. A key is kept only after its server has taken it. It never goes back to the window, nor into a log. What the server
 *    said of the chosen model is kept with the choice.
 * 2. A kept key goes to no other server than the one that took it.
 * 3. What is saved counts from the next start; what runs goes on with the model that it began with until then.
 */
import { redact, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { loadModelKey, saveModelKey, type ModelKey } from "../executor/models/model-key.ts";
import { DEFAULT_MODEL } from "../executor/models/anthropic.ts";
import type { ListedSizes } from "../executor/models/capabilities.ts";
import { checkModelKey, type KeyCheck } from "../executor/models/model-list.ts";
import type { SecretStore } from "../executor/secret-store.ts";
import { loadModelChoice, saveModelChoice } from "../host/model-choice.ts";
import type { AnswerOf, Outcome, RequestOf } from "../ipc-contract.ts";

export interface ModelDesk {
  readonly check: (request: RequestOf<"checkModel">) => Promise<AnswerOf<"checkModel">>;
  readonly save: (request: RequestOf<"saveModel">) => Promise<Outcome>;
  readonly forget: () => Promise<Outcome>;
}

export interface ModelDeskPorts {
  readonly dataFolder: string;
  readonly store: SecretStore;
}

const DONE: Outcome = { type: "done" };
const refused = (reason: string) => ({ type: "refused" as const, reason });

export const createModelDesk = ({ dataFolder, store }: ModelDeskPorts): ModelDesk => {
  /** What was typed, else what is kept: that one is shown to no other server than the one that took it. */
  const keyOf = async (typed: string | null, baseUrl: string | null): Promise<Result<ModelKey, string>> => {
    if (typed !== null && typed.trim() !== "") return ok(redact("model-key", utf8ToBytes(typed.trim())));
    const kept = await loadModelKey({}, store);
    if (!kept.ok || kept.value === undefined) return err("There is no key to check.");
    if ((baseUrl ?? undefined) !== loadModelChoice(dataFolder).baseUrl)
      return err("The key that is kept belongs to another server. Type the key of this one.");
    return ok(kept.value);
  };
  const check: ModelDesk["check"] = async ({ key: typed, baseUrl }) => {
    const key = await keyOf(typed, baseUrl);
    if (!key.ok) return refused(key.error);
    const { model = DEFAULT_MODEL } = loadModelChoice(dataFolder);
    const checked = await checkModelKey({ key: key.value, baseUrl: baseUrl ?? undefined }, model);
    return checked.ok ? { type: "works", models: modelsOf(checked.value) } : refused(checked.error.text);
  };
  return {
    check,
    save: async ({ key, baseUrl, model, contextTokens }) => {
      const checked = await check({ key, baseUrl });
      if (checked.type === "refused") return checked;
      if (key !== null && key.trim() !== "") {
        const saved = await saveModelKey(store, key);
        if (!saved.ok) return refused(saved.error.type);
      }
      const listed = checked.models.find(({ id }) => id === model);
      saveModelChoice(dataFolder, {
        model,
        ...(baseUrl === null ? {} : { baseUrl }),
        ...(listed === undefined ? {} : sizesOf(listed)),
        ...(contextTokens === null ? {} : { contextTokens }),
      });
      return DONE;
    },
    forget: async () => {
      const saved = await saveModelKey(store, "");
      if (!saved.ok) return refused(saved.error.type);
      saveModelChoice(dataFolder, {});
      return DONE;
    },
  };
};

const modelsOf = ({ models = [] }: KeyCheck) => models.map((facts) => ({ ...facts }));

const sizesOf = ({ contextTokens, outputTokens }: ListedSizes) =>
  contextTokens === undefined && outputTokens === undefined
    ? {}
    : { listed: { contextTokens, outputTokens } };
