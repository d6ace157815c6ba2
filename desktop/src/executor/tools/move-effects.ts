/**
 * The effects of one plan of moves, a batch at a time.
 * 1. The undo records of a batch are on disk (one fsync) before its first move.
 * 2. Between two batches others have their turn, the person may stop it, and is told how far it is. A stop is also
 *    heard after each new folder.
 * 3. Each move is found todo, half, done or in conflict after a crash, by itself.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ok } from "@deskhand/doc-schema/wire";
import type { Place } from "../policy/path-scope.ts";
import type { Change } from "../undo/change.ts";
import { newFolder, type EffectPorts } from "./define-tool.ts";
import { attempt, attemptNow, fault, type Outcome } from "./fault.ts";
import { asideName, finishMove, moveEntry, moveState, type MoveState } from "./file-effects.ts";
import type { Folder } from "./folder-handle.ts";
import { withHeldFolders, type HeldFolders } from "./held-folders.ts";
import { inFolder, makeFolders } from "./place.ts";
import type { ToolContext } from "./tool.ts";

export interface MovePlan {
  /** "inode:size:mtimeNs" before. */
  readonly identity: string;
  readonly isFolder: boolean;
  readonly modifiedMs: number;
}

export interface PlannedMove {
  readonly move: MovePlan;
  readonly from: Place;
  readonly to: Place;
}

/** So many take some milliseconds. */
const LARGEST_BATCH = 128;

/** Gives them to `work` in batches, small ones first so that the person sees it begin, each with its folders held. */
export const inBatches = async <Item>(
  root: Folder,
  items: readonly Item[],
  work: (batch: readonly Item[], folders: HeldFolders, at: number) => Promise<Outcome<void>>,
): Promise<Outcome<void>> => {
  for (let at = 0; at < items.length;) {
    const batch = items.slice(at, at + Math.min(Math.max(at, 1), LARGEST_BATCH));
    const begun = at;
    const done = await withHeldFolders(root, (folders) => work(batch, folders, begun));
    if (!done.ok) return done;
    at += batch.length;
    if (at < items.length) await nextTurn();
  }
  return ok(undefined);
};

export const moveAll = async (
  root: Folder,
  moves: readonly PlannedMove[],
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<void>> => {
  const moved = await inBatches(root, moves, async (batch, folders, at) => {
    if (context.signal.aborted)
      return fault("stopped", `Stopped after ${at} of ${moves.length}. What was done can be undone.`);
    const { count, failure } = await moveBatch(root, batch, folders, context, ports);
    const done = at + count;
    if (failure !== undefined)
      return fault(failure.type, `${failure.text} ${done} of ${moves.length} were moved before.`);
    context.progress(done, moves.length, batch.at(-1)?.to.shown);
    return ok(undefined);
  });
  const synced = await syncFolders(root, moves);
  return moved.ok ? synced : moved;
};

/** How far each has come. */
export const moveStates = async (
  root: Folder,
  moves: readonly PlannedMove[],
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<readonly MoveState[]>> => {
  const states: MoveState[] = [];
  const looked = await inBatches(root, moves, async (batch, folders) => {
    for (const planned of batch) {
      const state = await stateOf(planned, folders, context, ports);
      if (!state.ok) return state;
      states.push(state.value);
    }
    return ok(undefined);
  });
  return looked.ok ? ok(states) : looked;
};

type Failed = Extract<Outcome<never>, { readonly ok: false }>["error"];

/** How many were moved until one failed. */
const moveBatch = async (
  root: Folder,
  batch: readonly PlannedMove[],
  folders: HeldFolders,
  context: ToolContext,
  ports: EffectPorts,
): Promise<{ readonly count: number; readonly failure?: Failed }> => {
  const states: Exclude<MoveState, "conflict">[] = [];
  let failure: Failed | undefined;
  for (const planned of batch) {
    const ready = await makeReady(root, planned, folders, context, ports);
    if (!ready.ok) failure = ready.error;
    if (!ready.ok) break;
    states.push(ready.value);
    // Each new folder takes its time on the disk.
    if (context.signal.aborted) return { count: 0, failure: { type: "stopped", text: "Stopped." } };
  }
  const fitting = batch.slice(0, states.length);
  const undone = fitting.filter((_, at) => states[at] !== "done");
  const records = ports.undo.recordAll(undone.map((planned) => changeOf(planned, context, ports)));
  if (!records.ok) return { count: 0, failure: records.error };
  const ids = new Map(undone.map((planned, at) => [planned, records.value[at]?.id ?? ""]));
  for (const [count, planned] of fitting.entries()) {
    const id = ids.get(planned);
    if (id === undefined) continue;
    const done = await moveOne(planned, states[count] === "half", id, folders, ports);
    if (!done.ok) return { count, failure: done.error };
  }
  return { count: fitting.length, ...(failure === undefined ? {} : { failure }) };
};

/** Its state, with the folders made that it goes to. */
const makeReady = async (
  root: Folder,
  planned: PlannedMove,
  folders: HeldFolders,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<Exclude<MoveState, "conflict">>> => {
  const { from, to } = planned;
  const state = await stateOf(planned, folders, context, ports);
  if (!state.ok) return state;
  if (state.value === "conflict")
    return fault("changed", `${from.shown} or its target was changed by somebody else meanwhile.`);
  if (state.value === "done") return ok("done");
  const target = await folders.entry(to.parts, to.shown);
  if (target.ok) return ok(state.value);
  const made = await makeFolders(root, to.parts.slice(0, -1), to.shown, (path) =>
    ports.undo.record(newFolder(path, to.grant.id, context, ports)),
  );
  return made.ok ? ok(state.value) : made;
};

const moveOne = async (
  { move, from, to }: PlannedMove,
  isHalf: boolean,
  id: string,
  folders: HeldFolders,
  { failpoint }: EffectPorts,
): Promise<Outcome<void>> => {
  const source = await folders.entry(from.parts, from.shown);
  const target = await folders.entry(to.parts, to.shown);
  if (!source.ok) return source;
  if (!target.ok) return target;
  const aside = { ...source.value, name: asideName(id, "move") };
  failpoint?.("recorded");
  return attemptNow(to.shown, () => {
    if (isHalf) finishMove(source.value, target.value, aside, failpoint);
    else moveEntry(source.value, target.value, aside, move.isFolder, failpoint);
    failpoint?.("done");
  });
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
  planned: PlannedMove,
  folders: HeldFolders,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<MoveState>> => {
  const { move, from, to } = planned;
  const record = ports.undo.find(changeOf(planned, context, ports));
  const source = await folders.look(from.parts, from.shown);
  const target = await folders.look(to.parts, to.shown);
  if (!source.ok) return source;
  if (!target.ok) return target;
  const facts = { from: source.value, to: target.value, aside: undefined };
  if (record === undefined) return ok(moveState(move.identity, facts));
  const aside = await folders.look([...from.parts.slice(0, -1), asideName(record.id, "move")], from.shown);
  return aside.ok ? ok(moveState(move.identity, { ...facts, aside: aside.value })) : aside;
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
