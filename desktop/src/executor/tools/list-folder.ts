/** Lists a granted folder. Links and special files are counted in the heading only: no tool uses them. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, visible } from "../policy/path-scope.ts";
import { defineTool, FOLDER, PATH, plural } from "./define-tool.ts";
import { fault } from "./fault.ts";
import { look } from "./file-facts.ts";
import { globMatcher } from "./glob.ts";
import { inFolder, inGrant } from "./place.ts";
import { linesThatFit } from "./text.ts";
import { walk } from "./walk.ts";

const MOST_LINES = 2000;
/** Beyond this a walk only costs time; the heading says "more than". */
const MOST_COUNTED = 100_000;

const INPUT = z.strictObject({
  folder: FOLDER,
  path: z.optional(PATH),
  recursive: z.optional(z.boolean().check(z.describe("Also what lies in folders below; default false."))),
  offset: z.optional(z.int().check(z.minimum(0), z.describe("How many entries to pass over; default 0."))),
  pattern: z.optional(
    z.string().check(z.describe("Glob: *.pdf fits names at any depth, 2026/**/*.pdf the path below `path`.")),
  ),
});

export const listFolder = defineTool({
  name: "list_folder",
  description:
    "Lists a granted folder: a heading with the number of entries, then a line each: kind, bytes, local time of the " +
    "last change and path (from the granted folder on), separated by tabs. At most 2000 lines; when there are more, the " +
    "last line names the next offset.",
  effect: "read",
  input: INPUT,
  plan: INPUT,
  prepare: async (input, { grants }) => {
    const place = scopePath(grants, input.folder, input.path ?? "", "read");
    if (!place.ok) return place;
    if (input.pattern !== undefined && globMatcher(input.pattern) === undefined)
      return fault("bad-input", "The pattern is not one that can be used.");
    return ok({ plan: input, step: { kind: "list", object: place.value.shown } });
  },
  run: async ({ folder, path = "", recursive = false, pattern, offset = 0 }, { grants, signal }) => {
    const place = scopePath(grants, folder, path, "read");
    if (!place.ok) return place;
    const { parts, shown, grant } = place.value;
    const fits = pattern === undefined ? () => true : globMatcher(pattern);
    if (fits === undefined) return fault("bad-input", "The pattern is not one that can be used.");
    return inGrant(grant, (root) =>
      inFolder(root, parts, shown, async (below) => {
        const lines: string[] = [];
        let count = 0;
        let others = 0;
        for await (const found of walk(below, { recursive, signal })) {
          if (count > MOST_COUNTED) break;
          if (!fits(found.path)) continue;
          if (found.kind === "link" || found.kind === "other") others++;
          else if (++count > offset && lines.length < MOST_LINES) {
            const facts = look(found.entry, shown);
            if (!facts.ok || facts.value === undefined) count--;
            else {
              const { byteLength, modifiedMs } = facts.value;
              const bytes = found.kind === "folder" ? 0 : byteLength;
              const full = visiblePath([...parts, found.path].join("/"));
              lines.push([found.kind, bytes, localTime(modifiedMs), full].join("\t"));
            }
          }
        }
        if (signal.aborted) return fault("stopped", "The listing was stopped.");
        const total =
          count > MOST_COUNTED ? `${MOST_COUNTED} entries and more` : plural(count, "entry", "entries");
        const rest =
          others === 0 ? "" : `, besides ${plural(others, "link or special file", "links or special files")}`;
        const fitting = linesThatFit(lines);
        const next = offset + fitting.length;
        const cut =
          next >= count
            ? []
            : [`Only ${offset + 1} to ${next} are shown; go on with offset ${next}, or name a folder below.`];
        return ok({
          content: [`${total} in ${shown}${rest}`, ...fitting, ...cut].join("\n"),
          step: { kind: "list", object: shown, count },
        });
      }),
    );
  },
});

/** Names from the disk may hold anything but "/" and NUL. */
const visiblePath = (path: string): string => path.split("/").map(visible).join("/");

/** "2026-11-21T04:42:27", by this desktop's clock and zone. */
const localTime = (milliseconds: number): string => {
  const time = new Date(milliseconds);
  return new Date(milliseconds - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};
