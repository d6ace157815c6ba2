/**
 * The port behind which every model stands: Anthropic, a compatible server, the offline planner, a test's script.
 * 1. A turn is whole or an error: partial text goes to `onText` for the screen and is never journaled.
 * 2. Blocks that this code does not know (thinking, signatures) are kept byte for byte and sent back as they came.
 */
import type { Result } from "@deskhand/doc-schema/wire";
import type { JsonObject } from "../tools/tool.ts";
import type { TokenUse } from "./prices.ts";

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
}
export interface ToolUseBlock {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
}
export interface ToolResultBlock {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content: string;
  readonly is_error?: boolean;
}
/** Any other block, untouched. */
export interface OpaqueBlock {
  readonly type: "opaque";
  readonly block: JsonObject;
}
export type AssistantBlock = TextBlock | ToolUseBlock | OpaqueBlock;
export type Message =
  | { readonly role: "user"; readonly content: readonly (TextBlock | ToolResultBlock)[] }
  | { readonly role: "assistant"; readonly content: readonly AssistantBlock[] };

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

export interface TurnRequest {
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  readonly messages: readonly Message[];
  /** The language to answer in, a BCP 47 tag ("en", "zh-Hant"). */
  readonly locale: string;
}

export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded";

export interface Turn {
  readonly content: readonly AssistantBlock[];
  readonly stopReason: StopReason;
  readonly usage: TokenUse;
}

export interface ModelError {
  /**
   * "retry" types may be asked again (rate-limited 429, overloaded 529 and 5xx, connection, stalled); the others end
   * the run with a plain sentence.
   */
  readonly type:
    | "rate-limited"
    | "overloaded"
    | "connection"
    | "stalled"
    | "key-refused"
    | "not-allowed"
    | "bad-request"
    | "too-large"
    | "aborted";
  readonly retry: boolean;
  /** Seconds that the server asked to wait. */
  readonly retryAfter?: number;
  readonly text: string;
}

export interface Model {
  /** As a person reads it: "claude-… (Anthropic)", "Built-in planner (offline)". */
  readonly name: string;
  /** Millionths of a US dollar at that time; absent or undefined: not known. */
  readonly priceOf?: (use: TokenUse, at: number) => number | undefined;
  /** How many tokens it can read at once; absent: not known. */
  readonly contextTokens?: number;
  /** Of long results it is shown the beginning and the end, and reads on by itself. */
  readonly hasPreviews?: boolean;
  /** It is told the notes of earlier tasks. */
  readonly remembers?: boolean;
  /** Lets go of what it holds, a process perhaps; it is asked nothing more. */
  readonly close?: () => void;
  readonly turn: (
    request: TurnRequest,
    ports: { readonly signal: AbortSignal; readonly onText: (delta: string) => void },
  ) => Promise<Result<Turn, ModelError>>;
}
