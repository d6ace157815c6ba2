/**
 * Moves and renames files and folders within one granted folder.
 * 1. All moves of a call are independent: no path lies in another's. So their order does not matter, and each is
 *    found todo, half, done or in conflict after a crash, by itself.
 * 2. Each move is recorded just before it; folders are on disk (fsync) before the call answers.
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
import type { Change } from "../undo/change.ts";
import {
  checkAll,
  defineTool,
  eachOk,
  FOLDER,
  newFolder,
  PATH,
  plural,
  protection,
  inTurn,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { asideName, finishMove, moveEntry, moveState, type MoveState } from "./file-effects.ts";
import { lookForTarget, look, type Facts } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { innermost, overlapOf } from "./overlap.ts";
import { atEntry, inFolder, inGrant, lookBelow, makeFolders } from "./place.ts";
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

interface PlannedMove {
  readonly move: MovePlan;
  readonly from: Place;
  readonly to: Place;
}

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
    prepare: async ({ folder, moves }, { grants }) => {
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
        for (const { from, to } of places.value) {
          const facts = await lookAtMove(root, from, to);
          if (!facts.ok) return facts;
          const { identity, byteLength, modifiedMs } = facts.value;
          const isFolder = facts.value.kind === "folder";
          if (isFolder && mayHideProtected(to.parts))
            return fault("protected", `${to.shown} is protected: no folder is moved to that name.`);
          planned.push({ from: from.path, to: to.path, identity, isFolder, modifiedMs });
          const size = isFolder ? { isFolder } : { byteLength };
          items.push({ path: from.path, to: to.path, preimage: identity, ...size, ...protection(from, to) });
        }
        return ok({ planned, items });
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
      const moved = await inGrant(first.from.grant, async (root) => {
        const done = await inTurn(
          places.value,
          context,
          "moved",
          ({ to }) => to.shown,
          (planned) => moveOne(root, planned, context, ports),
        );
        const synced = await syncFolders(root, places.value);
        return done.ok ? synced : done;
      });
      if (!moved.ok) return moved;
      return ok({ content: `Moved ${plural(places.value.length, "item")}.`, step: stepOf(places.value) });
    },
    check: async (plan, context) => {
      const places = placesOf(plan, context);
      const grant = places.ok ? places.value[0]?.from.grant : undefined;
      if (!places.ok || grant === undefined) return "conflict";
      const states = await inGrant(grant, async (root) => {
        const all: MoveState[] = [];
        for (const planned of places.value) {
          const state = await stateOf(root, planned, changeOf(planned, context, ports), ports);
          if (!state.ok) return state;
          all.push(state.value);
        }
        return ok(all);
      });
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
const lookAtMove = async (root: Folder, from: Place, to: Place): Promise<Outcome<Facts>> => {
  const source = await atEntry(root, from.parts, from.shown, (entry) => lookForTarget(entry, from.shown));
  if (!source.ok) return source;
  const target = await innermost(root, to.parts, to.shown);
  if (!target.ok) return target;
  const { facts, isWhole } = target.value;
  if (isWhole) return fault("exists", `${to.shown} is already there; nothing was moved.`);
  if (facts.kind === "link")
    return fault("link", `${to.shown} leads through a link, and links are not followed.`);
  if (facts.kind !== "folder")
    return fault("exists", `${to.shown}: there is a file where a folder is needed.`);
  if (facts.device !== source.value.device)
    return fault("bad-input", `${from.shown} and ${to.shown} are on different disks.`);
  return source;
};

const moveOne = async (
  root: Folder,
  planned: PlannedMove,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const { move, from, to } = planned;
  const change = changeOf(planned, context, ports);
  const state = await stateOf(root, planned, change, ports);
  if (!state.ok) return state;
  if (state.value === "done") return ok(undefined);
  if (state.value === "conflict")
    return fault("changed", `${from.shown} or its target was changed by somebody else meanwhile.`);
  const parents = await makeFolders(root, to.parts.slice(0, -1), to.shown, (path) =>
    ports.undo.record(newFolder(path, to.grant.id, context, ports)),
  );
  if (!parents.ok) return parents;
  const record = ports.undo.record(change);
  if (!record.ok) return record;
  ports.failpoint?.("recorded");
  return atEntry(root, from.parts, from.shown, (source) =>
    atEntry(root, to.parts, to.shown, (target) =>
      attempt(to.shown, async () => {
        const aside = { ...source, name: asideName(record.value.id, "move") };
        if (state.value === "half") await finishMove(source, target, aside, ports.failpoint);
        else await moveEntry(source, target, aside, move.isFolder, ports.failpoint);
        ports.failpoint?.("done");
      }),
    ),
  );
};

const changeOf = (
  { move, from, to }: PlannedMove,
  { runId, stepId }: ToolContext,
  { now }: EffectPorts,
): Change => ({
  runId,
  stepId,
  grantId: from.grant.id,
  kind: "move",
  path: from.path,
  to: to.path,
  isFolder: move.isFolder,
  pre: move.identity,
  post: null,
  mode: null,
  modifiedMs: move.modifiedMs,
  at: now(),
});

const stateOf = async (
  root: Folder,
  { move, from, to }: PlannedMove,
  change: Change,
  { undo }: EffectPorts,
): Promise<Outcome<MoveState>> => {
  const record = undo.find(change);
  const source = await lookBelow(root, from.parts, from.shown);
  const target = await lookBelow(root, to.parts, to.shown);
  if (!source.ok) return source;
  if (!target.ok) return target;
  if (record === undefined)
    return ok(moveState(move.identity, { from: source.value, to: target.value, aside: undefined }));
  const aside = await atEntry(root, from.parts, from.shown, ({ folder }) =>
    look({ folder, name: asideName(record.id, "move") }, from.shown),
  );
  if (!aside.ok && aside.error.type !== "not-found") return aside;
  const facts = aside.ok ? aside.value : undefined;
  return ok(moveState(move.identity, { from: source.value, to: target.value, aside: facts }));
};

/** The new names first: a power cut in between must not leave a file without any. */
const syncFolders = async (root: Folder, moves: readonly PlannedMove[]): Promise<Outcome<void>> => {
  const folders = new Map(
    [...moves.map(({ to }) => to), ...moves.map(({ from }) => from)].map(({ parts, shown }) => [
      parts.slice(0, -1).join("/"),
      shown,
    ]),
  );
  for (const [path, shown] of folders) {
    const parts = path === "" ? [] : path.split("/");
    const synced = await inFolder(root, parts, shown, (folder) => attempt(shown, () => folder.sync()));
    if (!synced.ok && synced.error.type !== "not-found") return synced;
  }
  return ok(undefined);
};
