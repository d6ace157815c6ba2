/** Unpacks a zip archive of a granted folder into a folder there; archive.ts says what is refused. */
import * as z from "zod/mini";
import type { ActionItem } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, type Place } from "../policy/path-scope.ts";
import { mayHideProtected } from "../policy/protected-names.ts";
import { readArchive, type ArchiveEntry, type Limits } from "./archive.ts";
import { CONFLICTS, targetOf } from "./copy-files.ts";
import {
  checkAll,
  defineTool,
  eachOk,
  FOLDER,
  PATH,
  plural,
  protection,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { withFile } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { makeNewFiles, NEW_FILE, newFileStates, type NewFilePlan } from "./new-files.ts";
import { atEntry, inGrant } from "./place.ts";
import type { Tool, ToolContext } from "./tool.ts";

const UNPACKED = z.object({
  ...NEW_FILE,
  /** Place in the archive's directory, from 0. */
  index: z.number(),
});
type Unpacked = z.infer<typeof UNPACKED>;

const PLAN = z.object({
  grantId: z.string(),
  folder: z.string(),
  archive: z.string(),
  /** "inode:size:mtimeNs" of the archive. */
  identity: z.string(),
  unpacked: z.array(UNPACKED),
  skipped: z.number(),
});
type Plan = z.infer<typeof PLAN>;

export interface UnzipPorts extends EffectPorts {
  readonly unzipLimits?: Limits | undefined;
}

export const createUnzipFile = (ports: UnzipPorts): Tool =>
  defineTool({
    name: "unzip_file",
    description:
      "Unpacks a zip archive of a granted folder. Nothing is ever replaced. Encrypted archives, links in them and names " +
      "that lead elsewhere are refused.",
    effect: "create",
    input: z.strictObject({
      folder: FOLDER,
      path: PATH,
      to: z.optional(
        PATH.check(z.describe("Folder to unpack to; default: named after the archive, beside it.")),
      ),
      conflicts: CONFLICTS,
    }),
    plan: PLAN,
    prepare: async ({ folder, path, to, conflicts = "refuse" }, { grants }) => {
      const scope = (text: string): Outcome<Place> => scopePath(grants, folder, text, "write");
      const archive = scope(path);
      if (!archive.ok) return archive;
      const { parts, shown, grant } = archive.value;
      if (parts.length === 0) return fault("bad-input", `${shown} is a folder.`);
      const target = scope(to ?? withoutEnding(archive.value.path));
      if (!target.ok) return target;
      const prefix = target.value.path === "" ? "" : `${target.value.path}/`;
      const names = { grantId: grant.id, folder: grant.name };
      return inArchive(archive.value, ports, async (root, entries, identity) => {
        const unpacked: Unpacked[] = [];
        const items: ActionItem[] = [];
        let skipped = 0;
        for (const [index, { path: name, isFolder, byteLength, modifiedMs }] of entries.entries()) {
          const asked = scope(`${prefix}${name}`);
          if (!asked.ok) return asked;
          if (mayHideProtected(isFolder ? asked.value.parts : asked.value.parts.slice(0, -1)))
            return fault("protected", `${asked.value.shown} is protected; nothing was unpacked.`);
          const place = isFolder ? ok(asked.value) : await targetOf(root, asked.value, conflicts, scope);
          if (!place.ok) return place;
          if (place.value === undefined) {
            skipped++;
            continue;
          }
          unpacked.push({ to: place.value.path, isFolder, mode: null, modifiedMs, index });
          const size = isFolder ? { isFolder } : { byteLength };
          items.push({ path: place.value.path, preimage: null, ...size, ...protection(place.value) });
        }
        if (items.length === 0) return fault("exists", "All of these names are taken; nothing was unpacked.");
        const source = { path: archive.value.path, preimage: identity };
        return ok({
          plan: { ...names, archive: source.path, identity, unpacked, skipped },
          action: { v: 1, kind: "unzip", tool: "unzip_file", ...names, source, items },
          step: { kind: "unzip", object: shown, count: items.length },
        });
      });
    },
    run: (plan, context) =>
      withPlan(plan, context, ports, async (root, files, shown) => {
        const made = await makeNewFiles(root, files, "unpacked", context, ports);
        if (!made.ok) return made;
        const skipped =
          plan.skipped === 0 ? "" : ` ${plural(plan.skipped, "name was", "names were")} taken and skipped.`;
        return ok({
          content: `Unpacked ${plural(files.length, "item")} from ${shown}.${skipped}`,
          step: { kind: "unzip", object: shown, count: files.length },
        });
      }),
    check: async (plan, context) => {
      const states = await withPlan(plan, context, ports, (root, files) =>
        newFileStates(root, files, context, ports),
      );
      return states.ok ? checkAll(states.value) : "conflict";
    },
  });

const withoutEnding = (path: string): string => {
  const plain = path.replace(/\.zip$/i, "");
  return plain === path ? `${path} (unpacked)` : plain;
};

/** Holds the archive open during `work`. */
const inArchive = <T>(
  { grant, parts, shown }: Place,
  { unzipLimits }: UnzipPorts,
  work: (root: Folder, entries: readonly ArchiveEntry[], identity: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> =>
  inGrant(grant, (root) =>
    atEntry(root, parts, shown, (entry) =>
      withFile(entry, shown, async (file) => {
        const entries = await readArchive(file, shown, unzipLimits);
        return entries.ok ? work(root, entries.value, file.facts.identity) : entries;
      }),
    ),
  );

const withPlan = async <T>(
  plan: Plan,
  context: ToolContext,
  ports: UnzipPorts,
  work: (root: Folder, files: readonly NewFilePlan[], shown: string) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const archive = scopeAgain(plan, plan.archive, context);
  if (!archive.ok) return archive;
  const { shown } = archive.value;
  return inArchive(archive.value, ports, async (root, entries, identity) => {
    const changed = fault(
      "changed",
      `${shown} was changed by somebody else meanwhile; nothing more was unpacked.`,
    );
    if (identity !== plan.identity) return changed;
    const files = eachOk(plan.unpacked, (unpacked) => {
      const place = scopeAgain(plan, unpacked.to, context);
      if (!place.ok) return place;
      const entry = entries[unpacked.index];
      if (entry === undefined) return changed;
      const withBytes: NewFilePlan["withBytes"] = async (use) => {
        const done = await attempt(place.value.shown, async () => use(await entry.bytes()));
        return done.ok ? done.value : done;
      };
      return ok({ ...unpacked, place: place.value, withBytes });
    });
    return files.ok ? work(root, files.value, shown) : files;
  });
};
