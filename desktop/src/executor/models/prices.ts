/**
 * What models cost, as data: US dollars per million tokens from a day on (platform.claude.com, read on 21 November 2026).
 * 1. A turn costs what its day's price says, and its journal keeps that: a later price changes nothing that is over.
 * 2. A model that is not here has no price: its tokens are counted, and no money is claimed.
 */

export interface TokenUse {
  /** Read anew, with what was written into the service's cache. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number | undefined;
  /** The part of `inputTokens` that went into the cache, for five minutes. */
  readonly cacheWriteTokens?: number | undefined;
}

interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}
interface Price extends Rates {
  readonly models: readonly string[];
  /** ISO 8601 day, UTC; absent: since there is the model. */
  readonly from?: string;
  /** A request that reads more tokens than this, the cached ones too, pays these rates for all of its tokens. */
  readonly long?: Rates & { readonly above: number };
}

const SONNET = { models: ["claude-sonnet-5-5"], input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 };

/** Of several prices of a model the last that has begun counts. */
const PRICES: readonly Price[] = [
  SONNET,
  { ...SONNET, from: "2026-10-07", cacheRead: 0.1 },
  { models: ["claude-opus-5-5"], input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  {
    models: ["claude-haiku-5-5"],
    input: 0.1,
    output: 0.5,
    cacheRead: 0.01,
    cacheWrite: 0.125,
    long: { above: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
  },
  {
    models: ["claude-fable-5-1", "claude-mythos-5-1"],
    input: 10,
    output: 50,
    cacheRead: 0.25,
    cacheWrite: 12.5,
  },
  { models: ["claude-fable-5", "claude-mythos-5"], input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 },
  { models: ["claude-sonnet-5"], input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  {
    models: ["claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"],
    input: 5,
    output: 25,
    cacheRead: 0.5,
    cacheWrite: 6.25,
  },
  {
    models: ["claude-sonnet-4-6", "claude-sonnet-4-5"],
    input: 3,
    output: 15,
    cacheRead: 0.3,
    cacheWrite: 3.75,
  },
  { models: ["claude-haiku-4-5"], input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
];

/**
 * Millionths of a US dollar; undefined where the price is not known.
 * @param model as the service names it; a day at its end ("-20251001") names the same model
 * @param at milliseconds since 1970
 */
export const microDollarsOf = (model: string, use: TokenUse, at: number): number | undefined => {
  const name = model.replace(/-\d{8}$/, "");
  const price = PRICES.findLast(
    ({ models, from }) => models.includes(name) && (from === undefined || Date.parse(from) <= at),
  );
  if (price === undefined) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = use;
  const isLong = price.long !== undefined && inputTokens + cacheReadTokens > price.long.above;
  const { input, output, cacheRead, cacheWrite } = isLong && price.long !== undefined ? price.long : price;
  // Dollars a million tokens are millionths of a dollar a token.
  return Math.ceil(
    (inputTokens - cacheWriteTokens) * input +
      cacheWriteTokens * cacheWrite +
      cacheReadTokens * cacheRead +
      outputTokens * output,
  );
};
