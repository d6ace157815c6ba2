/**
 * Everything that the journal of one run can hold. The state of a run is a fold over it (next-step.ts).
 * 1. An effect is bracketed: `start` is on disk before it, `result` after it.
 * 2. The model's turn is there whole or not at all, blocks byte for byte as they came.
 * Append only: an event type or field is never renamed, retyped or used again.
 */
import * as z from "zod/mini";
import { parseId, type ArtifactId, type ReplyId } from "@deskhand/doc-schema/document";
import {
  action,
  approvalId,
  deviceId,
  failure,
  grantId,
  questionId,
  runId,
  stepId,
  taskId,
} from "../ledger-records.ts";
import { BUDGET_KINDS } from "../limits.ts";
import type { AssistantBlock } from "../models/model.ts";
import type { TokenUse } from "../models/prices.ts";
import type { JsonObject, Prepared, ProducedFile, StepFacts } from "../tools/tool.ts";

const replyId = z.custom<ReplyId>((value) => parseId("reply", value) !== undefined);
const artifactId = z.custom<ArtifactId>((value) => parseId("artifact", value) !== undefined);
/** Milliseconds since 1970. */
const at = z.number();
const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const json = z.custom<JsonObject>(isObject);
/** Written by `modelTurn` and read back: our own bytes, so only their outline is checked. */
const block = z.custom<AssistantBlock>((value) => isObject(value) && typeof value["type"] === "string");

const STEP_FACTS = z.object({
  kind: z.string(),
  object: z.optional(z.string()),
  count: z.optional(z.number()),
});
const PREPARED = z.object({ plan: json, action: z.optional(action), step: STEP_FACTS });
const PRODUCED_FILE = z.object({
  artifactId,
  grantId,
  path: z.string(),
  name: z.string(),
  mediaType: z.string(),
  byteLength: z.number(),
  sha256: z.string(),
  excerpt: z.optional(z.string()),
  preview: z.optional(z.object({ jpeg: z.string(), width: z.number(), height: z.number() })),
  isShown: z.optional(z.literal(true)),
});

/** The tools' own types for what a schema has checked: JSON has no undefined where zod allows it. */
const checkedBy = <Value>(schema: z.ZodMiniType): z.ZodMiniType<Value> =>
  z.custom<Value>((value) => schema.safeParse(value).success);
const stepFacts = checkedBy<StepFacts>(STEP_FACTS);
const prepared = checkedBy<Prepared>(PREPARED);
const producedFile = checkedBy<ProducedFile & { readonly artifactId: ArtifactId }>(PRODUCED_FILE);

const usage = checkedBy<TurnUsage>(
  z.object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.optional(z.number()),
    cacheWriteTokens: z.optional(z.number()),
    microDollars: z.optional(z.number()),
  }),
);
/** With what it cost on its day, in millionths of a US dollar, where that is known. */
export interface TurnUsage extends TokenUse {
  readonly microDollars?: number;
}
const budget = { per: z.enum(["run", "day"]), kind: z.enum(BUDGET_KINDS), more: z.number() };

const EVENT = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("began"),
    at,
    runId,
    taskId,
    replyId,
    prompt: z.string(),
    locale: z.string(),
    model: z.string(),
    /** Another journal's events come before these. */
    continues: z.optional(runId),
  }),
  /** The notes of earlier tasks, as they were when the run began. */
  z.object({ type: z.literal("reminded"), at, text: z.string() }),
  /** What is to be done was said anew before the run began. */
  z.object({ type: z.literal("edited"), at, prompt: z.string() }),
  /** `seen` is the journal's length when the request was sent: what came later goes into the next message. */
  z.object({
    type: z.literal("turn"),
    at,
    seen: z.number(),
    content: z.array(block),
    stopReason: z.enum([
      "end_turn",
      "tool_use",
      "max_tokens",
      "stop_sequence",
      "pause_turn",
      "refusal",
      "model_context_window_exceeded",
    ]),
    usage: usage,
  }),
  /** What was said and done before `seen` is told to the model as this summary from now on. */
  z.object({ type: z.literal("compacted"), at, seen: z.number(), summary: z.string(), usage }),
  /** A limit is reached: the person is asked for `more`. */
  z.object({ type: z.literal("over-budget"), at, approvalId, ...budget, used: z.number() }),
  z.object({ type: z.literal("extended"), at, approvalId, ...budget }),
  /** What the task brought along comes into the folder at `path`, which this run alone may read under this name. */
  z.object({ type: z.literal("receiving"), at, grantId, folder: z.string(), path: z.string() }),
  z.object({
    type: z.literal("received"),
    at,
    stepId,
    folder: z.string(),
    files: z.array(z.object({ name: z.string(), mediaType: z.string(), byteLength: z.number() })),
  }),
  z.object({ type: z.literal("retry"), at, stepId, text: z.string() }),
  /** The model did not take the request: it was too long. */
  z.object({ type: z.literal("too-long"), at }),
  z.object({ type: z.literal("steer"), at, intentId: z.string(), text: z.string() }),
  z.object({ type: z.literal("asked"), at, callId: z.string(), approvalId }),
  /** The model asked the person something. */
  z.object({ type: z.literal("question"), at, callId: z.string(), stepId, questionId }),
  z.object({
    type: z.literal("start"),
    at,
    callId: z.string(),
    stepId,
    prepared,
    approvalId: z.optional(approvalId),
  }),
  z.object({
    type: z.literal("result"),
    at,
    callId: z.string(),
    stepId,
    content: z.string(),
    isError: z.boolean(),
    outcome: z.enum(["done", "failed", "denied", "skipped", "unknown"]),
    step: stepFacts,
    /** For the person, where the step line alone does not say it. */
    detail: z.optional(z.string()),
    files: z.optional(z.array(producedFile)),
    approvalId: z.optional(approvalId),
    undoable: z.optional(z.boolean()),
  }),
  z.object({ type: z.literal("cancel"), at, by: z.optional(deviceId) }),
  /** The model could not be asked any further. */
  z.object({ type: z.literal("gave-up"), at, failure }),
  z.object({
    type: z.literal("end"),
    at,
    state: z.enum(["done", "failed", "cancelled"]),
    summary: z.optional(z.string()),
    failure: z.optional(failure),
  }),
]);

export type RunEvent = z.infer<typeof EVENT>;
export type RunEventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { readonly type: Type }>;
export const parseRunEvent = (value: unknown): RunEvent | undefined => EVENT.safeParse(value).data;
