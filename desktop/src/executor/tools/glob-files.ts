/** Finds files and folders by a pattern, a page at a time. Links and special files are not among them. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, visible } from "../policy/path-scope.ts";
import { defineTool, FOLDER, PATH, plural } from "./define-tool.ts";
import { fault } from "./fault.ts";
import { globMatcher } from "./glob.ts";
import { inFolder, inGrant } from "./place.ts";
import { linesThatFit } from "./text.ts";
import { walk } from "./walk.ts";

const DEFAULT_LIMIT = 500;
/** Beyond this a walk only costs time. */
const MOST_WALKED = 200_000;

const INPUT = z.strictObject({
  folder: FOLDER,
  path: z.optional(PATH),
  pattern: z
    .string()
    .check(
      z.describe(
        "*.pdf fits names at any depth, 2026/**/*.{jpg,png} the path below `path`; case is ignored.",
      ),
    ),
  kind: z.optional(z.enum(["file", "folder"]).check(z.describe("Only these; default both."))),
  offset: z.optional(z.int().check(z.minimum(0), z.describe("How many hits to pass over; default 0."))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(2000), z.describe("Most hits; default 500."))),
});

export const globFiles = defineTool({
  name: "glob",
  description:
    "Finds files and folders of a granted folder by a glob pattern: a heading with the number of hits, then one path " +
    "a line (folders end in “/”), by name. When there are more, the last line names the next offset.",
  effect: "read",
  input: INPUT,
  plan: INPUT,
  prepare: async (input, { grants }) => {
    const place = scopePath(grants, input.folder, input.path ?? "", "read");
    if (!place.ok) return place;
    if (globMatcher(input.pattern) === undefined)
      return fault("bad-input", "The pattern is not one that can be used.");
    return ok({ plan: input, step: { kind: "search", object: input.pattern } });
  },
  run: async ({ folder, path = "", pattern, kind, offset = 0, limit = DEFAULT_LIMIT }, context) => {
    const place = scopePath(context.grants, folder, path, "read");
    if (!place.ok) return place;
    const { parts, shown, grant } = place.value;
    const fits = globMatcher(pattern);
    if (fits === undefined) return fault("bad-input", "The pattern is not one that can be used.");
    const { signal, progress } = context;
    return inGrant(grant, (root) =>
      inFolder(root, parts, shown, async (below) => {
        const page: string[] = [];
        let [hits, walked] = [0, 0];
        for await (const found of walk(below, { recursive: true, signal })) {
          if (++walked > MOST_WALKED)
            return fault(
              "too-large",
              `${shown} holds more than ${MOST_WALKED} entries; name a folder below.`,
            );
          if (walked % 1000 === 0) progress(walked);
          if (found.kind !== "file" && found.kind !== "folder") continue;
          if ((kind ?? found.kind) !== found.kind || !fits(found.path)) continue;
          if (++hits <= offset || page.length >= limit) continue;
          const full = [...parts, ...found.path.split("/")].map(visible).join("/");
          page.push(found.kind === "folder" ? `${full}/` : full);
        }
        if (signal.aborted) return fault("stopped", "The search was stopped.");
        const fitting = linesThatFit(page);
        const next = offset + fitting.length;
        const more = next < hits ? [`[${offset + 1} to ${next} of ${hits}; go on with offset ${next}.]`] : [];
        return ok({
          content: [`${plural(hits, "hit")} in ${shown}`, ...fitting, ...more].join("\n"),
          step: { kind: "search", object: pattern, count: hits },
        });
      }),
    );
  },
});
