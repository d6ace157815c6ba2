/** What a model's server can do, as somebody says it: its own list, a person, or a flag. */

export interface ModelCapabilities {
  /** It keeps what it has read, when asked with `cache_control`; unsaid: Anthropic's own does. */
  readonly caches?: boolean | undefined;
  /** What the model reads at once, in tokens: at two thirds of it a conversation is made short. */
  readonly contextTokens?: number | undefined;
  /** What it may write in one turn, in tokens. */
  readonly outputTokens?: number | undefined;
  /** It pages through long results of tools by itself. */
  readonly previews?: boolean | undefined;
}

/** Less than current models of Anthropic read at once: what they read is paid for at each turn. */
export const CONTEXT_TOKENS = 200_000;

/** Room for a long file in one call, well below what current models may write at once. */
export const OUTPUT_TOKENS = 16_000;

/**
 * Smaller windows are full with the tools and the first answers; larger ones nobody has.
 * What is written is bounded by OUTPUT_TOKENS; less than 256 cuts through a call.
 */
export const TOKEN_BOUNDS = {
  contextTokens: { least: 4_000, most: 10_000_000 },
  outputTokens: { least: 256, most: OUTPUT_TOKENS },
} as const;

/** What a server's list says of a model. It may name nonsense, or more than is asked for: then our own number counts. */
export interface ListedSizes {
  readonly contextTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

export const capabilitiesOfListed = ({ contextTokens, outputTokens }: ListedSizes): ModelCapabilities => ({
  ...(contextTokens === undefined ? {} : { contextTokens: Math.min(contextTokens, CONTEXT_TOKENS) }),
  ...(outputTokens === undefined ? {} : { outputTokens: Math.min(outputTokens, OUTPUT_TOKENS) }),
});
