/**
 * Copies files and folders within one granted folder.
 * 1. Nothing is replaced: a taken name is refused, skipped, or the copy gets a number, as the call says.
 * 2. A folder is copied with all that is in it, but links and special files.
 */
import * as z from "zod/mini";
import { MAX_ACTION_ITEMS, type ActionItem } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, type Place } from "../policy/path-scope.ts";
import { mayHideProtected } from "../policy/protected-names.ts";
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
import { fault, type Outcome } from "./fault.ts";
import type { Folder } from "./folder-handle.ts";
import { makeNewFiles, mustBeNew, NEW_FILE, newFileStates, type NewFilePlan } from "./new-files.ts";
import { overlapOf } from "./overlap.ts";
import { inGrant } from "./place.ts";
import { openOut, withSource } from "./sources.ts";
import type { StepFacts, Tool, ToolContext } from "./tool.ts";

const COPY = z.object({
  ...NEW_FILE,
  from: z.string(),
  /** "inode:size:mtimeNs". */
  identity: z.string(),
});
type Copy = z.infer<typeof COPY>;

const PLAN = z.object({
  grantId: z.string(),
  folder: z.string(),
  copies: z.array(COPY),
  skipped: z.number(),
  leftOut: z.number(),
});
type Plan = z.infer<typeof PLAN>;

/** What happens where a name is taken. */
export const CONFLICTS = z.optional(
  z
    .enum(["refuse", "skip", "number"])
    .check(z.describe("Where a name is taken: refuse all (default), skip that one, or add a number.")),
);

export const createCopyFiles = (ports: EffectPorts): Tool =>
  defineTool({
    name: "copy_files",
    description:
      "Copies up to 10,000 files and folders (with all that is in them) within one granted folder. Missing folders on " +
      "the way are made; nothing is ever replaced.",
    effect: "create",
    input: z.strictObject({
      folder: FOLDER,
      copies: z
        .array(z.strictObject({ from: PATH, to: PATH }))
        .check(z.minLength(1), z.maxLength(MAX_ACTION_ITEMS)),
      conflicts: CONFLICTS,
    }),
    plan: PLAN,
    prepare: async ({ folder, copies, conflicts = "refuse" }, { grants, signal }) => {
      const froms = eachOk(copies, ({ from }) => scopePath(grants, folder, from, "write"));
      const tos = eachOk(copies, ({ to }) => scopePath(grants, folder, to, "write"));
      if (!froms.ok) return froms;
      if (!tos.ok) return tos;
      const overlap = overlapOf([], tos.value) ?? insideItself(froms.value, tos.value);
      if (overlap !== undefined) return fault("bad-input", overlap);
      const [first] = froms.value;
      if (first === undefined) return fault("bad-input", "There is nothing to copy.");
      const names = { grantId: first.grant.id, folder: first.grant.name };
      return inGrant(first.grant, async (root) => {
        const planned: Copy[] = [];
        const items: ActionItem[] = [];
        let [skipped, leftOut] = [0, 0];
        for (const [at, from] of froms.value.entries()) {
          const asked = tos.value[at];
          if (asked === undefined) continue;
          const target = await targetOf(root, asked, conflicts, (path) =>
            scopePath(grants, folder, path, "write"),
          );
          if (!target.ok) return target;
          if (target.value === undefined) {
            skipped++;
            continue;
          }
          const sources = await openOut(root, from, signal);
          if (!sources.ok) return sources;
          leftOut += sources.value.leftOut;
          for (const { place, below, isFolder, identity, byteLength, mode, modifiedMs } of sources.value
            .found) {
            const to = below === "" ? target.value.path : `${target.value.path}/${below}`;
            const scoped = scopePath(grants, folder, to, "write");
            if (!scoped.ok) return scoped;
            if (isFolder && mayHideProtected(scoped.value.parts))
              return fault(
                "protected",
                `${scoped.value.shown} is protected: no folder is copied to that name.`,
              );
            planned.push({ from: place.path, to, isFolder, identity, mode, modifiedMs });
            const size = isFolder ? { isFolder } : { byteLength };
            items.push({
              path: place.path,
              to,
              preimage: identity,
              ...size,
              ...protection(place, scoped.value),
            });
          }
        }
        if (items.length > MAX_ACTION_ITEMS)
          return fault("too-large", `These are more than ${MAX_ACTION_ITEMS} files and folders.`);
        if (items.length === 0) return fault("exists", "All of these names are taken; nothing was copied.");
        return ok({
          plan: { ...names, copies: planned, skipped, leftOut },
          action: { v: 1, kind: "copy", tool: "copy_files", ...names, items },
          step: stepOf(first.grant.name, planned.length),
        });
      });
    },
    run: async (plan, context) =>
      withPlan(plan, context, async (root, files) => {
        const done = await makeNewFiles(root, files, "copied", context, ports);
        if (!done.ok) return done;
        const notes = [
          ...(plan.skipped === 0
            ? []
            : [`${plural(plan.skipped, "name was", "names were")} taken and skipped.`]),
          ...(plan.leftOut === 0
            ? []
            : [`${plural(plan.leftOut, "link or special file", "links or special files")} left out.`]),
        ];
        return ok({
          content: [`Copied ${plural(files.length, "item")}.`, ...notes].join(" "),
          step: stepOf(plan.folder, files.length),
        });
      }),
    check: async (plan, context) => {
      const states = await withPlan(plan, context, (root, files) =>
        newFileStates(root, files, context, ports),
      );
      return states.ok ? checkAll(states.value) : "conflict";
    },
  });

const stepOf = (folder: string, count: number): StepFacts => ({ kind: "copy", object: folder, count });

/** A copy of a folder into itself would never end. */
const insideItself = (froms: readonly Place[], tos: readonly Place[]): string | undefined => {
  const found = froms.find((from, at) => {
    const to = tos[at];
    return to !== undefined && from.parts.every((part, depth) => to.parts[depth] === part);
  });
  return found === undefined ? undefined : `${found.shown} cannot be copied into itself.`;
};

/** undefined: skipped. */
export const targetOf = async (
  root: Folder,
  place: Place,
  conflicts: "refuse" | "skip" | "number",
  scope: (path: string) => Outcome<Place>,
): Promise<Outcome<Place | undefined>> => {
  const isNew = await mustBeNew(root, place);
  if (isNew.ok) return ok(place);
  if (isNew.error.type !== "exists" || conflicts === "refuse") return isNew;
  if (conflicts === "skip") return ok(undefined);
  for (let number = 2; number <= MOST_NUMBERS; number++) {
    const numbered = scope(withNumber(place.path, number));
    if (!numbered.ok) return numbered;
    if ((await mustBeNew(root, numbered.value)).ok) return ok(numbered.value);
  }
  return isNew;
};
const MOST_NUMBERS = 1000;

/** "a/b.tar" → "a/b (2).tar". */
const withNumber = (path: string, number: number): string => {
  const end = path.lastIndexOf(".");
  const isEnding = end > path.lastIndexOf("/") + 1;
  return isEnding ? `${path.slice(0, end)} (${number})${path.slice(end)}` : `${path} (${number})`;
};

const withPlan = async <T>(
  plan: Plan,
  context: ToolContext,
  work: (root: Folder, files: readonly NewFilePlan[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const places = eachOk(plan.copies, (copy) => {
    const from = scopeAgain(plan, copy.from, context);
    const to = scopeAgain(plan, copy.to, context);
    if (!from.ok) return from;
    return to.ok ? ok({ copy, from: from.value, place: to.value }) : to;
  });
  if (!places.ok) return places;
  const [first] = places.value;
  if (first === undefined) return fault("bad-input", "There is nothing to copy.");
  return inGrant(first.place.grant, (root) =>
    work(
      root,
      places.value.map(({ copy, from, place }) => ({
        ...copy,
        place,
        withBytes: (use) => withSource(root, from, copy.identity, use),
      })),
    ),
  );
};
