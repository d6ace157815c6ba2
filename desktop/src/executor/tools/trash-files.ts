/**
 * Takes files and folders out of a granted folder into the undo store. Nothing is deleted: undo puts them back.
 */
import * as z from "zod/mini";
import type { ActionItem } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, type Place } from "../policy/path-scope.ts";
import type { Change } from "../undo/change.ts";
import {
  checkAll,
  defineTool,
  eachOk,
  FOLDER,
  PATH,
  plural,
  protection,
  inTurn,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import type { MoveState } from "./file-effects.ts";
import { lookForTarget } from "./file-facts.ts";
import { createContentsLook } from "./folder-contents.ts";
import type { Folder } from "./folder-handle.ts";
import { overlapOf } from "./overlap.ts";
import { atEntry, inGrant, lookBelow } from "./place.ts";
import type { StepFacts, Tool, ToolContext } from "./tool.ts";

const TRASH_PLAN = z.object({
  path: z.string(),
  /** "inode:size:mtimeNs". */
  identity: z.string(),
  isFolder: z.boolean(),
  modifiedMs: z.number(),
});

interface PlannedTrash {
  readonly place: Place;
  readonly item: z.infer<typeof TRASH_PLAN>;
}

export const createTrashFiles = (ports: EffectPorts): Tool =>
  defineTool({
    name: "trash_files",
    description:
      "Moves up to 1000 files and folders of a granted folder to the trash, from where they can be put back. The " +
      "person is always asked first.",
    effect: "trash",
    input: z.strictObject({ folder: FOLDER, paths: z.array(PATH).check(z.minLength(1), z.maxLength(1000)) }),
    plan: z.object({ grantId: z.string(), folder: z.string(), items: z.array(TRASH_PLAN) }),
    prepare: async ({ folder, paths }, { grants, signal }) => {
      const places = eachOk(paths, (path) => scopePath(grants, folder, path, "write"));
      if (!places.ok) return places;
      const [first] = places.value;
      if (first === undefined) return fault("bad-input", "There is nothing to trash.");
      const overlap = overlapOf(places.value);
      if (overlap !== undefined) return fault("bad-input", overlap);
      const names = { grantId: first.grant.id, folder: first.grant.name };
      const found = await inGrant(first.grant, async (root) => {
        const planned: PlannedTrash[] = [];
        const items: ActionItem[] = [];
        const lookInto = createContentsLook(signal);
        for (const place of places.value) {
          const { shown, path } = place;
          const facts = await atEntry(root, place.parts, shown, async (entry) => {
            const target = lookForTarget(entry, shown);
            if (!target.ok) return target;
            const isFolder = target.value.kind === "folder";
            return ok({ ...target.value, isFolder, ...(isFolder && (await lookInto(entry, place.parts))) });
          });
          if (!facts.ok) return facts;
          const { identity, isFolder, modifiedMs, byteLength } = facts.value;
          planned.push({ place, item: { path, identity, isFolder, modifiedMs } });
          const size = byteLength === undefined ? {} : { byteLength };
          items.push({
            path,
            preimage: identity,
            ...size,
            ...(isFolder ? { isFolder } : {}),
            ...protection(place, facts.value),
          });
        }
        return ok({ planned, items });
      });
      if (!found.ok) return found;
      return ok({
        plan: { ...names, items: found.value.planned.map(({ item }) => item) },
        action: { v: 1, kind: "trash", tool: "trash_files", ...names, items: found.value.items },
        step: stepOf(found.value.planned),
      });
    },
    run: async (plan, context) => {
      const planned = placesOf(plan, context);
      if (!planned.ok) return planned;
      const [first] = planned.value;
      if (first === undefined) return fault("bad-input", "There is nothing to trash.");
      const trashed = await inGrant(first.place.grant, (root) =>
        inTurn(
          planned.value,
          context,
          "trashed",
          ({ place }) => place.shown,
          (one) => trashOne(root, one, context, ports),
        ),
      );
      if (!trashed.ok) return trashed;
      const count = plural(planned.value.length, "item");
      return ok({ content: `Moved ${count} to the trash.`, step: stepOf(planned.value) });
    },
    check: async (plan, context) => {
      const planned = placesOf(plan, context);
      const grant = planned.ok ? planned.value[0]?.place.grant : undefined;
      if (!planned.ok || grant === undefined) return "conflict";
      const states = await inGrant(grant, async (root) => {
        const all: MoveState[] = [];
        for (const one of planned.value) {
          const state = await stateOf(root, one, changeOf(one, context, ports), ports);
          if (!state.ok) return state;
          all.push(state.value);
        }
        return ok(all);
      });
      return states.ok ? checkAll(states.value) : "conflict";
    },
  });

const placesOf = (
  plan: {
    readonly grantId: string;
    readonly folder: string;
    readonly items: readonly PlannedTrash["item"][];
  },
  context: ToolContext,
): Outcome<readonly PlannedTrash[]> =>
  eachOk(plan.items, (item) => {
    const place = scopeAgain(plan, item.path, context);
    return place.ok ? ok({ place: place.value, item }) : place;
  });

const stepOf = (planned: readonly PlannedTrash[]): StepFacts => {
  const [first] = planned;
  const object = first === undefined ? "" : planned.length === 1 ? first.place.shown : first.place.grant.name;
  return { kind: "trash", object, count: planned.length };
};

const trashOne = async (
  root: Folder,
  one: PlannedTrash,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const { shown, parts } = one.place;
  const change = changeOf(one, context, ports);
  const state = await stateOf(root, one, change, ports);
  if (!state.ok) return state;
  if (state.value === "done") return ok(undefined);
  if (state.value === "conflict")
    return fault("changed", `${shown} was changed by somebody else meanwhile; it was left as it is.`);
  const record = ports.undo.record(change);
  if (!record.ok) return record;
  ports.failpoint?.("recorded");
  return atEntry(root, parts, shown, async (entry) => {
    const taken = await ports.undo.take(entry, record.value.id, shown, ports.failpoint);
    if (!taken.ok) return taken;
    ports.failpoint?.("done");
    return attempt(shown, () => entry.folder.sync());
  });
};

const changeOf = (
  { place, item }: PlannedTrash,
  { runId, stepId }: ToolContext,
  { now }: EffectPorts,
): Change => ({
  runId,
  stepId,
  grantId: place.grant.id,
  kind: "trash",
  path: place.path,
  isFolder: item.isFolder,
  pre: item.identity,
  post: null,
  mode: null,
  modifiedMs: item.modifiedMs,
  at: now(),
});

const stateOf = async (
  root: Folder,
  { place: { parts, shown }, item }: PlannedTrash,
  change: Change,
  { undo }: EffectPorts,
): Promise<Outcome<MoveState>> => {
  const record = undo.find(change);
  if (record !== undefined)
    return atEntry(root, parts, shown, (entry) => undo.takeState(entry, record.id, item.identity, shown));
  const there = await lookBelow(root, parts, shown);
  return there.ok ? ok(there.value?.identity === item.identity ? "todo" : "conflict") : there;
};
