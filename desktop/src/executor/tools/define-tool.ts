/**
 * Makes a Tool from a description that names each fact once.
 * 1. Input comes from the model and a plan comes back from the journal: both are outside data and parsed.
 * 2. A tool that reads is safe to run again and declares no check.
 */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { fault, type Outcome } from "./fault.ts";
import type { GrantId } from "@deskhand/doc-schema/document";
import { scopePath, type Place } from "../policy/path-scope.ts";
import type { Change } from "../undo/change.ts";
import type { UndoStore } from "../undo/undo-store.ts";
import type { Failpoint, MoveState } from "./file-effects.ts";
import type { JsonObject, Prepared, Tool, ToolContext, ToolOutput } from "./tool.ts";

export interface ToolSpec<Input, Plan extends JsonObject> extends Pick<
  Tool,
  "name" | "description" | "effect"
> {
  readonly input: z.ZodMiniType<Input>;
  readonly plan: z.ZodMiniType<Plan>;
  readonly prepare: (
    input: Input,
    context: ToolContext,
  ) => Promise<Outcome<Omit<Prepared, "plan"> & { readonly plan: Plan }>>;
  readonly run: (plan: Plan, context: ToolContext) => Promise<Outcome<ToolOutput>>;
  /** Absent: running again does no harm, unless `crash` says that nobody can know. */
  readonly check?: (plan: Plan, context: ToolContext) => ReturnType<Tool["check"]>;
  readonly crash?: "unknown";
}

export const defineTool = <Input, Plan extends JsonObject>(spec: ToolSpec<Input, Plan>): Tool => ({
  name: spec.name,
  description: spec.description,
  effect: spec.effect,
  crash: spec.crash ?? (spec.check === undefined ? "safe" : "check"),
  inputSchema: z.toJSONSchema(spec.input, { io: "input" }),
  prepare: async (input, context) => {
    const parsed = spec.input.safeParse(input);
    if (parsed.success) return spec.prepare(parsed.data, context);
    const where = parsed.error.issues.map(({ path, code }) => `“${path.join(".")}” (${code})`).join(", ");
    return fault("bad-input", `The input of ${spec.name} is not as described: ${where}.`);
  },
  run: async ({ plan }, context) => {
    const parsed = spec.plan.safeParse(plan);
    return parsed.success
      ? spec.run(parsed.data, context)
      : fault("failed", `The journaled plan of ${spec.name} cannot be read; nothing was done.`);
  },
  check: async ({ plan }, context) => {
    const parsed = spec.plan.safeParse(plan);
    if (!parsed.success) return "conflict";
    return spec.check === undefined ? "not-done" : spec.check(parsed.data, context);
  },
});

/** Input fields that several tools share. */
export const FOLDER = z.string().check(z.describe("Name of a granted folder."));
export const PATH = z
  .string()
  .check(z.describe("Path below the folder, with “/” between parts; “” is the folder itself."));

/** What every plan of a tool with effects begins with; the grant is found again by its id, never by its name. */
export const PLACE_PLAN = { grantId: z.string(), folder: z.string(), path: z.string() };

/** What an action's item says of protected names. */
export const protection = (
  ...places: readonly { readonly protectedName?: string | undefined }[]
): { protectedName?: string } => {
  const name = places.find(({ protectedName }) => protectedName !== undefined)?.protectedName;
  return name === undefined ? {} : { protectedName: name };
};

/** The place of a plan, checked again: a grant may have been narrowed since. */
export const scopeAgain = (
  { grantId, folder }: { readonly grantId: string; readonly folder: string },
  path: string,
  { grants }: ToolContext,
): Outcome<Place> =>
  scopePath(
    grants.filter(({ id }) => id === grantId),
    folder,
    path,
    "write",
  );

/** What tools with effects are given. */
export interface EffectPorts {
  readonly undo: UndoStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly failpoint?: Failpoint | undefined;
}

/** The record of a folder that is about to be made. */
export const newFolder = (
  path: string,
  grantId: GrantId,
  { runId, stepId }: ToolContext,
  { now }: EffectPorts,
): Change => ({
  runId,
  stepId,
  grantId,
  kind: "make-folder",
  path,
  isFolder: true,
  pre: null,
  post: null,
  mode: null,
  modifiedMs: null,
  at: now(),
});

/** What a check says of several effects together. */
export const checkAll = (states: readonly MoveState[]): Awaited<ReturnType<Tool["check"]>> => {
  if (states.includes("conflict")) return "conflict";
  if (states.every((state) => state === "done")) return "done";
  return states.every((state) => state === "todo") ? "not-done" : "partly";
};

/** All results, or the first failure. */
export const eachOk = <T, U>(all: readonly T[], make: (one: T) => Outcome<U>): Outcome<readonly U[]> => {
  const made: U[] = [];
  for (const one of all) {
    const result = make(one);
    if (!result.ok) return result;
    made.push(result.value);
  }
  return ok(made);
};

/**
 * One item after the other, until one fails or the person stops it; either says how many were done before.
 * @param past what was done with them: "moved"
 */
export const inTurn = async <Item>(
  items: readonly Item[],
  { signal, progress }: Pick<ToolContext, "signal" | "progress">,
  past: string,
  shownOf: (item: Item) => string,
  act: (item: Item) => Promise<Outcome<void>>,
): Promise<Outcome<void>> => {
  for (const [at, item] of items.entries()) {
    if (signal.aborted)
      return fault("stopped", `Stopped after ${at} of ${items.length}. What was done can be undone.`);
    const done = await act(item);
    if (!done.ok)
      return fault(done.error.type, `${done.error.text} ${at} of ${items.length} were ${past} before.`);
    progress(at + 1, items.length, shownOf(item));
  }
  return ok(undefined);
};

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
