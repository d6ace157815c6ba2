/** What flags and the environment say of the model. A flag that is not set leaves it to what the window keeps. */
import { TOKEN_BOUNDS, type ModelCapabilities } from "../executor/models/capabilities.ts";
import type { Environment } from "./settings.ts";

export interface ModelSettings {
  /** A model other than the default. */
  readonly modelName: string | undefined;
  /** Another server that speaks the Messages API. */
  readonly modelUrl: string | undefined;
  readonly modelCapabilities: ModelCapabilities;
}

/** As flags give them; undefined = look into the environment. */
export interface GivenModelSettings {
  readonly model?: string | undefined;
  readonly "model-url"?: string | undefined;
  readonly "model-context"?: string | undefined;
  readonly "model-output"?: string | undefined;
  readonly "model-cache"?: string | undefined;
  readonly "model-previews"?: string | undefined;
}

/** @param refuse takes a sentence for each value that cannot be used */
export const parseModelSettings = (
  given: GivenModelSettings,
  env: Environment,
  refuse: (sentence: string) => void,
): ModelSettings => {
  const set = (name: string): string | undefined => env[name] || undefined;
  const tokens = (what: string, of: keyof typeof TOKEN_BOUNDS, text: string | undefined) => {
    if (text === undefined) return undefined;
    const { least, most } = TOKEN_BOUNDS[of];
    const count = /^\d+$/.test(text) ? Number(text) : NaN;
    if (count >= least && count <= most) return count;
    refuse(`${what} must be a whole number of tokens from ${least} to ${most}, not "${text}".`);
    return undefined;
  };
  const onOff = (what: string, text: string | undefined): boolean | undefined => {
    if (text === "on" || text === "off") return text === "on";
    if (text !== undefined) refuse(`${what} must be "on" or "off", not "${text}".`);
    return undefined;
  };
  const modelUrl = given["model-url"] ?? set("ANTHROPIC_BASE_URL");
  if (modelUrl !== undefined && !isServer(modelUrl))
    refuse(`The model's server must look like https://models.example, not "${withoutName(modelUrl)}".`);
  return {
    modelName: given.model ?? set("DESKHAND_MODEL"),
    modelUrl,
    modelCapabilities: {
      contextTokens: tokens(
        "What the model reads at once",
        "contextTokens",
        given["model-context"] ?? set("DESKHAND_MODEL_CONTEXT"),
      ),
      outputTokens: tokens(
        "What the model writes in one turn",
        "outputTokens",
        given["model-output"] ?? set("DESKHAND_MODEL_OUTPUT"),
      ),
      caches: onOff(
        "Whether the model's server keeps what it has read",
        given["model-cache"] ?? set("DESKHAND_MODEL_CACHE"),
      ),
      previews: onOff(
        "Whether the model pages through long results",
        given["model-previews"] ?? set("DESKHAND_MODEL_PREVIEWS"),
      ),
    },
  };
};

/** A web address, maybe with a path, without a query, a name or a password in it. */
const isServer = (text: string): boolean =>
  /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/.test(text) && URL.canParse(text);

/** A password that somebody put into the address does not belong on a screen. */
const withoutName = (text: string): string => text.replace(/\/\/.*@/, "//…@");
