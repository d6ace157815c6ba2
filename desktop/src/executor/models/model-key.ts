/** The model key: from the environment, else from the secret store; never printed, never in the document. */
import { redact, utf8ToBytes, type Redacted } from "@deskhand/doc-schema/crypto";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import type { SecretError, SecretStore } from "../secret-store.ts";

export type ModelKey = Redacted<"model-key">;

/** undefined = there is none. */
export const loadModelKey = async (
  env: Readonly<Record<string, string | undefined>>,
  secretStore: SecretStore,
): Promise<Result<ModelKey | undefined, SecretError>> => {
  const text = env["ANTHROPIC_API_KEY"]?.trim();
  if (text) return ok(redact("model-key", utf8ToBytes(text)));
  const stored = await secretStore.load("model-key");
  if (!stored.ok) return stored;
  return ok(stored.value?.length ? redact("model-key", stored.value) : undefined);
};

/** @param text empty: the kept one is forgotten */
export const saveModelKey = (secretStore: SecretStore, text: string): Promise<Result<void, SecretError>> =>
  secretStore.save("model-key", utf8ToBytes(text.trim()));
