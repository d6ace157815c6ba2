/** SHA-256 of files, to tell copies from files that differ. Nothing of their contents is told. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, visible } from "../policy/path-scope.ts";
import { defineTool, eachOk, FOLDER, PATH, plural } from "./define-tool.ts";
import { attempt, fault } from "./fault.ts";
import { hashFile, withFile } from "./file-facts.ts";
import { atEntry, inGrant } from "./place.ts";
import { openOut, type Source } from "./sources.ts";
import { linesThatFit } from "./text.ts";

/** Bytes of one call: some minutes of a slow disk. */
const MOST_BYTES = 50 * 1024 ** 3;

const INPUT = z.strictObject({
  folder: FOLDER,
  paths: z
    .array(PATH)
    .check(z.minLength(1), z.maxLength(1000), z.describe("Files, or folders for all that is in them.")),
  duplicatesOnly: z.optional(
    z.boolean().check(z.describe("Only files that have the same bytes as another one of them.")),
  ),
});

export const hashFiles = defineTool({
  name: "hash_files",
  description:
    "SHA-256 of files of a granted folder: a line each: hash, bytes and path, separated by tabs; files with the same " +
    "bytes stand together. With `duplicatesOnly`, files of a size of their own are not even read.",
  effect: "read",
  input: INPUT,
  plan: INPUT,
  prepare: async (input, { grants }) => {
    const places = eachOk(input.paths, (path) => scopePath(grants, input.folder, path, "read"));
    if (!places.ok) return places;
    return ok({ plan: input, step: { kind: "hash", object: input.folder, count: input.paths.length } });
  },
  run: async ({ folder, paths, duplicatesOnly = false }, { grants, signal, progress }) => {
    const places = eachOk(paths, (path) => scopePath(grants, folder, path, "read"));
    if (!places.ok) return places;
    const [first] = places.value;
    if (first === undefined) return fault("bad-input", "There is nothing to hash.");
    return inGrant(first.grant, async (root) => {
      const all = new Map<string, Source>();
      for (const place of places.value) {
        const sources = await openOut(root, place, signal);
        if (!sources.ok) return sources;
        for (const source of sources.value.found) if (!source.isFolder) all.set(source.place.path, source);
      }
      const sizes = Map.groupBy(all.values(), ({ byteLength }) => byteLength);
      const wanted = [...all.values()].filter(
        ({ byteLength }) => !duplicatesOnly || (sizes.get(byteLength)?.length ?? 0) > 1,
      );
      if (wanted.reduce((sum, { byteLength }) => sum + byteLength, 0) > MOST_BYTES)
        return fault("too-large", "These files are larger than 50 GB together; name fewer.");
      const hashed: { readonly hash: string; readonly source: Source }[] = [];
      for (const source of wanted) {
        if (signal.aborted) return fault("stopped", "Hashing was stopped.");
        const { parts, shown } = source.place;
        const hash = await atEntry(root, parts, shown, (entry) =>
          withFile(entry, shown, ({ handle }) => attempt(shown, () => hashFile(handle, signal))),
        );
        if (!hash.ok) return hash;
        hashed.push({ hash: hash.value, source });
        progress(hashed.length, wanted.length, shown);
      }
      const groups = [...Map.groupBy(hashed, ({ hash }) => hash).values()].filter(
        (group) => !duplicatesOnly || group.length > 1,
      );
      const lines = groups.flatMap((group) =>
        group.map(({ hash, source: { byteLength, place } }) =>
          [hash, byteLength, place.path.split("/").map(visible).join("/")].join("\t"),
        ),
      );
      const fitting = linesThatFit(lines);
      const cut =
        fitting.length < lines.length
          ? [`Only the first ${fitting.length} of ${lines.length} lines are shown; name fewer files.`]
          : [];
      const heading = duplicatesOnly
        ? `${plural(groups.length, "group")} of files with the same bytes, among ${all.size}`
        : plural(lines.length, "file");
      return ok({
        content: [heading, ...fitting, ...cut].join("\n"),
        step: { kind: "hash", object: folder, count: all.size },
      });
    });
  },
});
