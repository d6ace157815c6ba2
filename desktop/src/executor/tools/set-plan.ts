/**
 * What the model means to do, as the person sees it on the task: it changes nothing, and nothing is allowed by it.
 * The plan of the last call stands (runner/run-view.ts).
 */
import * as z from "zod/mini";
import type { PlanStep } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { defineTool } from "./define-tool.ts";
import type { JsonObject, Tool } from "./tool.ts";

/** A plan is a page, and it goes into the run's row each time. */
const MOST_STEPS = 20;
const LONGEST_STEP = 160;

const PLAN = z.object({
  steps: z.array(z.object({ text: z.string(), state: z.enum(["open", "active", "done", "dropped"]) })),
});

export const planStepsOf = (plan: JsonObject): readonly PlanStep[] => PLAN.safeParse(plan).data?.steps ?? [];

export const setPlanTool: Tool = defineTool({
  name: "set_plan",
  description:
    "Shows the person your plan for this task: its steps in order, each open, active, done or dropped. Use it when a " +
    "task has three steps or more, and call it again, with all steps, when one begins or is done.",
  effect: "read",
  input: z.strictObject({
    steps: z
      .array(
        z.strictObject({
          text: z.string().check(z.minLength(1), z.maxLength(LONGEST_STEP)),
          state: z.enum(["open", "active", "done", "dropped"]),
        }),
      )
      .check(z.minLength(1), z.maxLength(MOST_STEPS)),
  }),
  plan: PLAN,
  prepare: async ({ steps }) => ok({ plan: { steps }, step: { kind: "plan", count: steps.length } }),
  run: async ({ steps }) =>
    ok({ content: "The person sees this plan.", step: { kind: "plan", count: steps.length } }),
});
