/** Shows what was left out of a long result of this run. Nothing is done anew: the journal has it whole. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { defineTool } from "./define-tool.ts";
import { fault } from "./fault.ts";
import type { Tool } from "./tool.ts";

const PAGE = 15_000;
const INPUT = { result: z.string(), offset: z.optional(z.int().check(z.minimum(0))) };

export const readResultTool: Tool = defineTool({
  name: "read_result",
  description:
    "Shows the rest of a long tool result of this task, 15,000 characters at once from `offset` on. `result` is the id " +
    "that stands where it was left out.",
  effect: "read",
  input: z.strictObject(INPUT),
  plan: z.object(INPUT),
  prepare: async (input) => ok({ plan: input, step: { kind: "recall" } }),
  run: async ({ result, offset = 0 }, { resultOf }) => {
    const content = resultOf?.(result);
    if (content === undefined) return fault("not-found", "This task has no result of that id.");
    const page = content.slice(offset, offset + PAGE);
    if (page === "") return fault("bad-input", `That result has ${content.length} characters.`);
    const next = offset + page.length;
    const rest = next < content.length ? `\n[${content.length - next} more from offset ${next} on]` : "";
    return ok({ content: `${page}${rest}`, step: { kind: "recall", count: page.length } });
  },
});
