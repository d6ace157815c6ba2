/** Reads a text file, or some of its lines. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopeContents } from "../policy/path-scope.ts";
import { defineTool, FOLDER, PATH } from "./define-tool.ts";
import { atEntry, inGrant } from "./place.ts";
import { beginningOf, linesThatFit, MAX_CONTENT_BYTES, withText } from "./text.ts";

const INPUT = z.strictObject({
  folder: FOLDER,
  path: PATH,
  offset: z.optional(z.int().check(z.minimum(1), z.describe("First line to read, from 1."))),
  limit: z.optional(z.int().check(z.minimum(1), z.describe("Number of lines."))),
});

export const readText = defineTool({
  name: "read_text",
  description:
    "Reads a text file (UTF-8) of a granted folder; at most 64 KB a call, longer ones in pieces by line.",
  effect: "read",
  input: INPUT,
  plan: INPUT,
  prepare: async (input, { grants }) => {
    const place = scopeContents(grants, input.folder, input.path);
    if (!place.ok) return place;
    return ok({ plan: input, step: { kind: "read", object: place.value.shown } });
  },
  run: async ({ folder, path, offset = 1, limit = Infinity }, { grants }) => {
    const place = scopeContents(grants, folder, path);
    if (!place.ok) return place;
    const { parts, shown, grant } = place.value;
    return inGrant(grant, (root) =>
      atEntry(root, parts, shown, (entry) =>
        withText(entry, shown, async ({ text }) =>
          ok({
            content: pageOf(text.replace(/^\uFEFF/, ""), offset, limit),
            step: { kind: "read", object: shown },
          }),
        ),
      ),
    );
  },
});

/** The lines asked for, and a sentence when others follow. */
export const pageOf = (text: string, offset: number, limit: number): string => {
  const all = text.split("\n");
  const asked = all.slice(offset - 1, offset - 1 + limit);
  if (asked.length === 0) return `[The file has ${all.length} lines.]`;
  const [first = ""] = asked;
  const fitting = linesThatFit(asked);
  if (fitting.length === 0)
    return `${beginningOf(first, MAX_CONTENT_BYTES - 512)}\n[Line ${offset} is longer than fits; this is its beginning.]`;
  const last = offset - 1 + fitting.length;
  if (last >= all.length) return fitting.join("\n");
  return `${fitting.join("\n")}\n[Lines ${offset} to ${last} of ${all.length}; go on with offset ${last + 1}.]`;
};
