/**
 * Anthropic's Messages API, and servers that speak it.
 * 1. A turn is whole or an error: a cut, stalled or failed stream gives nothing.
 * 2. Blocks other than text and tool calls go back byte for byte.
 * 3. The SDK never retries: whoever asks decides (runner/retry.ts).
 */
import type Anthropic from "@anthropic-ai/sdk";
import type { MessageStream } from "@anthropic-ai/sdk/lib/MessageStream";
import type {
  ContentBlock,
  ContentBlockParam,
  Message as ApiMessage,
  MessageParam,
} from "@anthropic-ai/sdk/resources/messages";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { Clock } from "../clock.ts";
import type { JsonObject } from "../tools/tool.ts";
import { createClient, isOwnServer, serverName, type ModelServer } from "./anthropic-client.ts";
import { modelErrorOf, STALLED, STOPPED, unknownStop } from "./anthropic-errors.ts";
import { CONTEXT_TOKENS, OUTPUT_TOKENS, type ModelCapabilities } from "./capabilities.ts";
import type { AssistantBlock, Message, Model, ModelError, StopReason, Turn } from "./model.ts";
import { microDollarsOf, type TokenUse } from "./prices.ts";

export interface AnthropicOptions extends ModelServer {
  /** DESKHAND_MODEL. */
  readonly model?: string | undefined;
  readonly capabilities?: ModelCapabilities | undefined;
  readonly clock: Clock;
  /** Without an event for so long the stream counts as stalled (milliseconds). */
  readonly idleMs?: number | undefined;
}

/** From the SDK's list of models; it is not deprecated there. */
export const DEFAULT_MODEL = "claude-sonnet-5-5" satisfies Anthropic.Model;

/** The SDK's own timeout covers the headers only. A model that thinks sends pings meanwhile. */
const IDLE_MS = 90_000;

/** A turn asks for no more of the window than this part: the rest is what it has to read. */
const OUTPUT_PART = 4;

export const createAnthropicModel = (options: AnthropicOptions): Model => {
  const { model = DEFAULT_MODEL, capabilities = {}, clock, idleMs = IDLE_MS } = options;
  const isOwn = isOwnServer(options);
  const { caches = isOwn, contextTokens = CONTEXT_TOKENS, previews = true } = capabilities;
  const outputTokens = capabilities.outputTokens ?? Math.floor(contextTokens / OUTPUT_PART);
  const { api, close } = createClient(options);
  return {
    close,
    name: `${model} (${serverName(options)})`,
    hasPreviews: previews,
    remembers: true,
    contextTokens,
    // Another server has prices of its own.
    ...(isOwn ? { priceOf: (use: TokenUse, at: number) => microDollarsOf(model, use, at) } : {}),
    turn: async (request, { signal, onText }) => {
      const stream = api.messages.stream(
        {
          model,
          max_tokens: Math.min(outputTokens, OUTPUT_TOKENS),
          system: request.system,
          messages: request.messages.map(messageToApi),
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            name,
            description,
            input_schema: { ...inputSchema, type: "object" as const },
          })),
          ...(caches ? { cache_control: { type: "ephemeral" as const } } : {}),
        },
        { signal },
      );
      stream.on("text", onText);
      return finish(stream, watch(stream, clock, idleMs), signal);
    },
  };
};

interface Watch {
  readonly isStalled: () => boolean;
  readonly stop: () => void;
}

/** Aborts the stream when nothing comes any more. */
const watch = (stream: MessageStream, clock: Clock, idleMs: number): Watch => {
  let isStalled = false;
  const bite = (): void => {
    isStalled = true;
    stream.abort();
  };
  let stop = clock.after(idleMs, bite);
  stream.on("streamEvent", () => {
    stop();
    stop = clock.after(idleMs, bite);
  });
  return { isStalled: () => isStalled, stop: () => stop() };
};

const finish = async (
  stream: MessageStream,
  dog: Watch,
  signal: AbortSignal,
): Promise<Result<Turn, ModelError>> => {
  try {
    return turnOf(await stream.finalMessage());
  } catch (error) {
    if (signal.aborted) return err(STOPPED);
    return err(dog.isStalled() ? STALLED : modelErrorOf(error));
  } finally {
    dog.stop();
  }
};

const STOP_REASONS: readonly string[] = [
  "end_turn",
  "tool_use",
  "max_tokens",
  "stop_sequence",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
] satisfies StopReason[];

const isStopReason = (word: string): word is StopReason => STOP_REASONS.includes(word);

const turnOf = ({ content, stop_reason, usage }: ApiMessage): Result<Turn, ModelError> => {
  if (stop_reason === null || !isStopReason(stop_reason)) return err(unknownStop(stop_reason));
  const written = usage.cache_creation_input_tokens ?? 0;
  return ok({
    content: content.map(blockFromApi),
    stopReason: stop_reason,
    usage: {
      inputTokens: usage.input_tokens + written,
      outputTokens: usage.output_tokens,
      ...(usage.cache_read_input_tokens ? { cacheReadTokens: usage.cache_read_input_tokens } : {}),
      ...(written === 0 ? {} : { cacheWriteTokens: written }),
    },
  });
};

const blockFromApi = (block: ContentBlock): AssistantBlock => {
  if (block.type === "text" && !block.citations?.length) return { type: "text", text: block.text };
  if (block.type === "tool_use") {
    const { id, name, input } = block;
    return { type: "tool_use", id, name, input: input as JsonObject }; // the API sends an object
  }
  return { type: "opaque", block: { ...block } };
};

const messageToApi = (message: Message): MessageParam =>
  message.role === "user"
    ? { role: "user", content: message.content.map((block) => ({ ...block })) }
    : { role: "assistant", content: message.content.map(blockToApi) };

const blockToApi = (block: AssistantBlock): ContentBlockParam =>
  block.type === "opaque"
    ? (block.block as unknown as ContentBlockParam) // it came from the API as it is
    : { ...block };
