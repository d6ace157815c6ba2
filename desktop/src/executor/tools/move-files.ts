/**
 * Moves and renames files and folders within one granted folder.
 * 1. All moves of a call are independent: no path lies in another's. So their order does not matter, and each is
 *    found todo, half, done or in conflict after a crash, by itself.
 * 2. Each move is recorded before it; folders are on disk (fsync) before the call answers (move-effects.ts).
 */
import * as z from "zod/mini";
import {
  MANY_ITEMS,
  MAX_ACTION_ITEMS,
  preimagesDigest,
  type ActionItem,
  type FileAction,
} from "@deskhand/doc-schema/document";
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
import { look, targetOf, type Facts } from "./file-facts.ts";
import { createContentsLook } from "./folder-contents.ts";
import type { Folder } from "./folder-handle.ts";
import type { HeldFolders } from "./held-folders.ts";
import { inBatches, moveAll, moveStates, type PlannedMove } from "./move-effects.ts";
import { innermost, overlapOf, type Innermost } from "./overlap.ts";
import { atEntry, inGrant } from "./place.ts";
import type { Tool, ToolContext } from "./tool.ts";

const MOVE_PLAN = z.object({
  from: z.string(),
  to: z.string(),
  /** "inode:size:mtimeNs" before. */
  identity: z.string(),
  isFolder: z.boolean(),
  modifiedMs: z.number(),
});
type MovePlan = z.infer<typeof MOVE_PLAN>;

export const createMoveFiles = (ports: EffectPorts): Tool =>
  defineTool({
    name: "move_files",
    description:
      "Moves or renames up to 10,000 files and folders within one granted folder. Missing folders on the way are made; " +
      "nothing is ever replaced.",
    effect: "move",
    input: z.strictObject({
      folder: FOLDER,
      moves: z
        .array(z.strictObject({ from: PATH, to: PATH }))
        .check(z.minLength(1), z.maxLength(MAX_ACTION_ITEMS)),
    }),
    plan: z.object({ grantId: z.string(), folder: z.string(), moves: z.array(MOVE_PLAN) }),
    prepare: async ({ folder, moves }, { grants, signal }) => {
      const scope = (path: string): Outcome<Place> => scopePath(grants, folder, path, "write");
      const places = eachOk(moves, ({ from, to }) => both(scope(from), scope(to)));
      if (!places.ok) return places;
      const [first] = places.value;
      if (first === undefined) return fault("bad-input", "There is nothing to move.");
      const { grant } = first.from;
      const overlap = overlapOf(
        places.value.map(({ from }) => from),
        places.value.map(({ to }) => to),
      );
      if (overlap !== undefined) return fault("bad-input", overlap);
      const found = await inGrant(grant, async (root) => {
        const planned: MovePlan[] = [];
        const items: ActionItem[] = [];
        const targetFolder = createTargetFolders(root);
        const lookInto = createContentsLook(signal);
        const looked = await inBatches(root, places.value, async (batch, folders) => {
          for (const { from, to } of batch) {
            const facts = await lookAtMove(folders, targetFolder, from, to);
            if (!facts.ok) return facts;
            const { identity, byteLength, modifiedMs } = facts.value;
            const isFolder = facts.value.kind === "folder";
            if (isFolder && mayHideProtected(to.parts))
              return fault("protected", `${to.shown} is protected: no folder is moved to that name.`);
            planned.push({ from: from.path, to: to.path, identity, isFolder, modifiedMs });
            const inside = isFolder
              ? await atEntry(root, from.parts, from.shown, async (entry) =>
                  ok(await lookInto(entry, from.parts)),
                )
              : ok(undefined);
            if (!inside.ok) return inside;
            const size = isFolder ? { isFolder } : { byteLength };
            items.push({
              path: from.path,
              to: to.path,
              preimage: identity,
              ...size,
              ...protection(from, to, inside.value ?? {}),
            });
          }
          return ok(undefined);
        });
        return looked.ok ? ok({ planned, items }) : looked;
      });
      if (!found.ok) return found;
      const { planned, items } = found.value;
      const names = { grantId: grant.id, folder: grant.name };
      return ok({
        plan: { ...names, moves: planned },
        action: { v: 1, kind: "move", tool: "move_files", ...names, ...told(items) },
        step: stepOf(places.value),
      });
    },
    run: async (plan, context) => {
      const places = placesOf(plan, context);
      if (!places.ok) return places;
      const [first] = places.value;
      if (first === undefined) return fault("bad-input", "There is nothing to move.");
      const moved = await inGrant(first.from.grant, (root) => moveAll(root, places.value, context, ports));
      if (!moved.ok) return moved;
      return ok({ content: `Moved ${plural(places.value.length, "item")}.`, step: stepOf(places.value) });
    },
    check: async (plan, context) => {
      const places = placesOf(plan, context);
      const grant = places.ok ? places.value[0]?.from.grant : undefined;
      if (!places.ok || grant === undefined) return "conflict";
      const states = await inGrant(grant, (root) => moveStates(root, places.value, context, ports));
      return states.ok ? checkAll(states.value) : "conflict";
    },
  });

/** The preimage of each, or of very many together. */
const told = (items: readonly ActionItem[]): Pick<FileAction, "items" | "preimages"> =>
  items.length <= MANY_ITEMS
    ? { items: [...items] }
    : {
        items: items.map((item) => ({ ...item, preimage: null })),
        preimages: preimagesDigest(items.map(({ preimage }) => preimage ?? "")),
      };

const both = <T>(from: Outcome<T>, to: Outcome<T>): Outcome<{ readonly from: T; readonly to: T }> =>
  !from.ok ? from : !to.ok ? to : ok({ from: from.value, to: to.value });

const placesOf = (
  plan: { readonly grantId: string; readonly folder: string; readonly moves: readonly MovePlan[] },
  context: ToolContext,
): Outcome<readonly PlannedMove[]> =>
  eachOk(plan.moves, (move) => {
    const places = both(scopeAgain(plan, move.from, context), scopeAgain(plan, move.to, context));
    return places.ok ? ok({ move, ...places.value }) : places;
  });

const stepOf = (
  moves: readonly { readonly from: Place }[],
): { kind: string; object: string; count: number } => {
  const [first] = moves;
  const object = first === undefined ? "" : moves.length === 1 ? first.from.shown : first.from.grant.name;
  return { kind: "move", object, count: moves.length };
};

/** The source as it is; refused when the target is taken or on another disk. */
const lookAtMove = async (
  folders: HeldFolders,
  targetFolder: ReturnType<typeof createTargetFolders>,
  from: Place,
  to: Place,
): Promise<Outcome<Facts>> => {
  const entry = await folders.entry(from.parts, from.shown);
  if (!entry.ok) return entry;
  const source = targetOf(look(entry.value, from.shown), from.shown);
  if (!source.ok) return source;
  const folder = await targetFolder(to);
  if (!folder.ok) return folder;
  const target = folder.value.isWhole ? await folders.look(to.parts, to.shown) : ok(undefined);
  if (!target.ok) return target;
  if (target.value !== undefined) return fault("exists", `${to.shown} is already there; nothing was moved.`);
  return folder.value.facts.device === source.value.device
    ? source
    : fault("bad-input", `${from.shown} and ${to.shown} are on different disks.`);
};

/** The folder of a new name, or the innermost above it that is there; refused when no folder can be there. */
const createTargetFolders = (root: Folder): ((to: Place) => Promise<Outcome<Innermost>>) => {
  const known = new Map<string, Outcome<Innermost>>();
  return async ({ parts, shown }) => {
    const path = parts.slice(0, -1).join("/");
    const before = known.get(path);
    if (before?.ok === true) return before;
    const found = await folderAt(root, parts.slice(0, -1), shown);
    known.set(path, found);
    return found;
  };
};

const folderAt = async (
  root: Folder,
  parts: readonly string[],
  shown: string,
): Promise<Outcome<Innermost>> => {
  const found = await innermost(root, parts, shown);
  if (!found.ok) return found;
  const { kind } = found.value.facts;
  if (kind === "link") return fault("link", `${shown} leads through a link, and links are not followed.`);
  return kind === "folder" ? found : fault("exists", `${shown}: there is a file where a folder is needed.`);
};
