/**
 * Which models a key may use, and whether it is taken at all: what the settings ask before they keep a key.
 * A server that has no list is asked for one token instead; then the key is known to work, and the models are not.
 */
import type Anthropic from "@anthropic-ai/sdk";
import { APIError } from "@anthropic-ai/sdk";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createClient, type ModelServer } from "./anthropic-client.ts";
import { modelErrorOf } from "./anthropic-errors.ts";
import type { ModelError } from "./model.ts";

export interface ModelFacts {
  /** As requests name it. */
  readonly id: string;
  /** As a person reads it. */
  readonly name: string;
  /** What it reads at once, in tokens; absent where the server does not say. */
  readonly contextTokens?: number;
  /** What it writes at once at most, in tokens. */
  readonly outputTokens?: number;
}

export interface KeyCheck {
  /** Newest first, without those that are retired or deprecated; absent: this server has no list. */
  readonly models?: readonly ModelFacts[];
}

/** The settings wait for it, and a person for them. */
const PATIENCE_MS = 20_000;
/** More than anybody chooses from. */
const MAX_MODELS = 1_000;

/** @param model what a server without a list is asked for */
export const checkModelKey = async (
  server: ModelServer,
  model: string,
): Promise<Result<KeyCheck, ModelError>> => {
  const { api, close } = createClient(server);
  try {
    return ok(await askFor(api, model));
  } catch (error) {
    return err(modelErrorOf(error));
  } finally {
    close();
  }
};

const askFor = async (api: Anthropic, model: string): Promise<KeyCheck> => {
  const signal = AbortSignal.timeout(PATIENCE_MS); // the SDK's own time-out covers the headers only
  try {
    return { models: await listModels(api, signal) };
  } catch (error) {
    if (!hasNoList(error)) throw error;
  }
  const messages = [{ role: "user" as const, content: "Say yes." }];
  await api.messages.create({ model, max_tokens: 1, messages }, { signal });
  return {};
};

const listModels = async (api: Anthropic, signal: AbortSignal): Promise<readonly ModelFacts[]> => {
  const models: ModelFacts[] = [];
  for await (const info of api.models.list({ limit: 100 }, { signal })) {
    // A compatible server may leave out what Anthropic's own always says.
    const { id, display_name: name, lifecycle, max_input_tokens: reads, max_tokens: writes } = info;
    if (typeof id !== "string" || (lifecycle !== undefined && lifecycle !== "active")) continue;
    if (models.length === MAX_MODELS) break;
    models.push({
      id,
      name: typeof name === "string" && name !== "" ? name : id,
      ...(isTokens(reads) ? { contextTokens: reads } : {}),
      ...(isTokens(writes) ? { outputTokens: writes } : {}),
    });
  }
  return models;
};

/** Servers that do not know say 0 or null. */
const isTokens = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;

const hasNoList = (error: unknown): boolean =>
  error instanceof APIError && (error.status === 404 || error.status === 405 || error.status === 501);
