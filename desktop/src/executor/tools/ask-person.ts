/**
 * Asks the person something, with choices or for a text of their own. The runner carries it out (ask-question.ts): the
 * run waits, for days if need be. An answer is told to the model and allows nothing.
 */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { defineTool } from "./define-tool.ts";
import { fault } from "./fault.ts";
import type { JsonObject, Tool } from "./tool.ts";

/** A screen of a phone has room for this. */
const LONGEST_QUESTION = 2000;
const LONGEST_CHOICE = 200;
const MOST_CHOICES = 8;

const PLAN = z.object({ text: z.string(), choices: z.array(z.string()) });

export const parseQuestionPlan = (plan: JsonObject): z.infer<typeof PLAN> | undefined =>
  PLAN.safeParse(plan).data;

export const askPersonTool: Tool = defineTool({
  name: "ask_person",
  description:
    "Asks the person one question and waits for the answer, perhaps for days. Ask only what you cannot find out " +
    "yourself and what changes the outcome. Offer 2 to 8 `choices` where the answers are known; the person may always " +
    "answer in their own words, or leave it to you.",
  effect: "question",
  input: z.strictObject({
    question: z.string().check(z.minLength(1), z.maxLength(LONGEST_QUESTION)),
    choices: z.optional(
      z.array(z.string().check(z.minLength(1), z.maxLength(LONGEST_CHOICE))).check(z.maxLength(MOST_CHOICES)),
    ),
  }),
  plan: PLAN,
  prepare: async ({ question, choices = [] }) =>
    new Set(choices).size < choices.length
      ? fault("bad-input", "Two of the choices are the same.")
      : ok({ plan: { text: question, choices }, step: { kind: "question" } }),
  run: async () => fault("failed", "The person was not asked."),
});
