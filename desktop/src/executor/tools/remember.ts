/**
 * Writes or deletes a note that later tasks are told. A run that has read what others wrote has to ask first
 * (policy/decide.ts): what it remembers would otherwise speak to every task after it.
 */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { LONGEST_NOTE, MOST_NOTES, type NoteRefusal, type Notes } from "../memory/notes.ts";
import { defineTool } from "./define-tool.ts";
import { fault, type Outcome } from "./fault.ts";
import type { Tool } from "./tool.ts";

const PLAN = z.object({ name: z.string(), text: z.string(), pre: z.nullable(z.string()) });

const REFUSALS: Readonly<Record<NoteRefusal, string>> = {
  "bad-name": "A note's name has letters, digits, spaces, “-” and “_”, and at most 64 of them.",
  "too-long": `A note has at most ${LONGEST_NOTE} characters.`,
  "too-many": `There are ${MOST_NOTES} notes already; change or delete one of them.`,
};
const refuse = (word: NoteRefusal): Outcome<never> => fault("bad-input", REFUSALS[word]);

export const createRemember = (notes: Notes): Tool => {
  const digestOf = (name: string): string | null => {
    const text = notes.get(name);
    return text === undefined ? null : createHash("sha256").update(text).digest("hex");
  };
  return defineTool({
    name: "remember",
    description:
      "Keeps a short note for later tasks: what the person prefers, where things are. It replaces the note of that " +
      "name; an empty text deletes it. Never for secrets, and not for what only this task needs. The person can read " +
      "and change all notes.",
    effect: "remember",
    input: z.strictObject({
      name: z.string().check(z.minLength(1), z.maxLength(64)),
      text: z.string().check(z.maxLength(LONGEST_NOTE)),
    }),
    plan: PLAN,
    prepare: async ({ name, text: given }) => {
      const text = given.trim();
      const checked = notes.check({ name, text });
      if (!checked.ok) return refuse(checked.error);
      const pre = digestOf(name);
      if (text === "" && pre === null) return fault("not-found", `There is no note “${name}”.`);
      return ok({
        plan: { name, text, pre },
        action: { v: 1, kind: "remember", tool: "remember", name, text, preimage: pre, items: [] },
        step: { kind: "remember", object: name },
      });
    },
    run: async ({ name, text, pre }) => {
      if (digestOf(name) !== pre) return fault("changed", `The note “${name}” was changed meanwhile.`);
      const set = notes.set({ name, text });
      if (!set.ok) return refuse(set.error);
      return ok({
        content: text === "" ? "Forgotten." : "Remembered.",
        step: { kind: "remember", object: name },
      });
    },
    check: async ({ name, text, pre }) => {
      if ((notes.get(name) ?? "") === text) return "done";
      return digestOf(name) === pre ? "not-done" : "conflict";
    },
  });
};
