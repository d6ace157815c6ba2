/**
 * Finds files by name, by text, or by both. With and without ripgrep the answer is the same: it only narrows which
 * files are opened (see ripgrep.ts).
 */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { parsePath, scopePath, visible } from "../policy/path-scope.ts";
import { keyPart } from "../policy/protected-names.ts";
import { defineTool, FOLDER, PATH, plural } from "./define-tool.ts";
import { fault, type Outcome } from "./fault.ts";
import type { Entry, Folder } from "./folder-handle.ts";
import { globMatcher } from "./glob.ts";
import { atEntry, inFolder, inGrant } from "./place.ts";
import { filesWithText } from "./ripgrep.ts";
import { linesThatFit, withText } from "./text.ts";
import type { Tool } from "./tool.ts";
import { comparePaths, walk } from "./walk.ts";

const DEFAULT_LIMIT = 200;
/** Version control's and package managers' copies: no person means them. */
const SKIPPED: ReadonlySet<string> = new Set([".git", "node_modules"]);
/** Larger files are hardly texts. */
const LARGEST_BYTES = 10 * 1024 * 1024;
/** Characters of a found line. */
const LONGEST_LINE = 300;

const INPUT = z.strictObject({
  folder: FOLDER,
  path: z.optional(PATH),
  text: z.optional(
    z.string().check(z.minLength(1), z.maxLength(1000), z.describe("Literal text; case does not matter.")),
  ),
  name: z.optional(z.string().check(z.describe("Glob for file names, such as *.pdf."))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(2000), z.describe("Most lines; default 200."))),
});

interface Search {
  readonly text: string | undefined;
  readonly fits: (path: string) => boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
}

export const createSearchFiles = (ripgrep: string): Tool =>
  defineTool({
    name: "search_files",
    description:
      "Searches a granted folder and all below it, by file name (`name`), by text inside (`text`) or both. Lines are " +
      "“path:line: text”, or “path” without `text`. Looks in text files up to 10 MB; not in .git and node_modules, nor in what may hold keys.",
    effect: "read",
    input: INPUT,
    plan: INPUT,
    prepare: async (input, { grants }) => {
      const place = scopePath(grants, input.folder, input.path ?? "", "read");
      if (!place.ok) return place;
      if (input.text === undefined && input.name === undefined)
        return fault("bad-input", "Say what to search for: `text`, `name` or both.");
      if (input.text !== undefined && /\p{Cc}/u.test(input.text))
        return fault("bad-input", "The text to search for must be within one line.");
      if (input.text !== undefined && keyPart(place.value.parts) !== undefined)
        return fault("protected", `${place.value.shown} may hold keys or passwords and is not searched.`);
      if (input.name !== undefined && globMatcher(input.name) === undefined)
        return fault("bad-input", "The name is not a pattern that can be used.");
      return ok({ plan: input, step: { kind: "search", object: input.text ?? input.name ?? "" } });
    },
    run: async ({ folder, path = "", text, name, limit = DEFAULT_LIMIT }, { grants, signal }) => {
      const place = scopePath(grants, folder, path, "read");
      if (!place.ok) return place;
      const { parts, shown, grant } = place.value;
      const fits = name === undefined ? () => true : globMatcher(name);
      if (fits === undefined) return fault("bad-input", "The name is not a pattern that can be used.");
      const search: Search = { text, fits, limit, signal };
      const found = await inGrant(grant, (root) =>
        inFolder(root, parts, shown, async (below) => {
          const paths =
            text === undefined
              ? undefined
              : await filesWithText(below, {
                  program: ripgrep,
                  text,
                  skip: SKIPPED,
                  signal,
                });
          return paths === undefined ? searchByWalk(below, search) : searchPaths(below, paths, search);
        }),
      );
      if (!found.ok) return found;
      if (signal.aborted) return fault("stopped", "The search was stopped.");
      const prefix = parts.length === 0 ? "" : `${place.value.path}/`;
      const lines = found.value.slice(0, limit).map((line) => `${prefix}${line}`);
      const fitting = linesThatFit(lines);
      const count = fitting.length;
      const isCut = count < found.value.length;
      return ok({
        content: [
          ...fitting,
          ...(isCut ? [`Only the first ${plural(count, "line")} are shown; there is more.`] : []),
          ...(found.value.length === 0 ? ["Nothing was found."] : []),
        ].join("\n"),
        step: { kind: "search", object: text ?? name ?? "", count },
      });
    },
  });

/** One line more than the limit is sought, so that it is known whether there is more. */
const searchByWalk = async (folder: Folder, search: Search): Promise<Outcome<readonly string[]>> => {
  const lines: string[] = [];
  for await (const { entry, path, kind } of walk(folder, {
    recursive: true,
    skip: SKIPPED,
    signal: search.signal,
  })) {
    if (lines.length > search.limit) break;
    if (kind === "file" && search.fits(path)) lines.push(...(await hitsIn(entry, path, search)));
  }
  return ok(lines);
};

const searchPaths = async (
  folder: Folder,
  paths: readonly string[],
  search: Search,
): Promise<Outcome<readonly string[]>> => {
  const lines: string[] = [];
  for (const path of paths.toSorted(comparePaths)) {
    if (lines.length > search.limit || search.signal.aborted) break;
    const parts = parsePath(path);
    if (!parts.ok || !search.fits(path)) continue;
    const hits = await atEntry(folder, parts.value, path, async (entry) =>
      ok(await hitsIn(entry, path, search)),
    );
    if (hits.ok) lines.push(...hits.value);
  }
  return ok(lines);
};

/** What cannot be read as text holds no text; what may hold keys is not looked into. */
const hitsIn = async (entry: Entry, path: string, { text, limit }: Search): Promise<readonly string[]> => {
  const name = path.split("/").map(visible).join("/");
  if (text === undefined) return [name];
  if (keyPart(path.split("/")) !== undefined) return [];
  // the "u" flag folds case as ripgrep does
  const wanted = new RegExp(text.replaceAll(/[\\^$.|?*+()[\]{}/]/g, String.raw`\$&`), "iu");
  const hits = await withText(entry, path, async (file) => {
    if (file.bytes.length > LARGEST_BYTES) return ok([]);
    const lines: string[] = [];
    for (const [at, line] of file.text.split(/\r?\n/).entries()) {
      if (lines.length > limit) break;
      if (wanted.test(line)) lines.push(`${name}:${at + 1}: ${line.trim().slice(0, LONGEST_LINE)}`);
    }
    return ok(lines);
  });
  return hits.ok ? hits.value : [];
};
