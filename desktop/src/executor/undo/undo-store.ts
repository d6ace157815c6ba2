/**
 * What runs did to files, and the way back.
 * 1. A change is recorded (fsync) before its effect. A record without an effect is harmless: undo finds the world
 *    as it was before and says so.
 * 2. Undo goes backwards, one change after the other, the moves of one call by batches. It never replaces or removes what somebody changed since:
 *    that change is a conflict and stays.
 * 3. Undo may be cut anywhere and called again; what was taken back is not taken back twice.
 * 4. Nothing here lies in a granted folder, and nothing is deleted: what undo removes is kept, too.
 */
import path from "node:path";
import type { GrantId, RunId, StepId } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { openJournal, type Journal, type JournalError } from "../journal-file.ts";
import { errnoOf, fault, type Outcome } from "../tools/fault.ts";
import type { Failpoint } from "../tools/file-effects.ts";
import type { GrantedFolder } from "../tools/tool.ts";
import { changeKey, parseUndoEntry, type Change, type ChangeRecord, type UndoEntry } from "./change.ts";
import { createKeptFiles, type KeptFiles } from "./kept-files.ts";
import type { UndoneItem } from "./reversal.ts";
import { reverseChanges } from "./reverse-change.ts";
import { filesOf } from "./taken-back.ts";

/** One file of a step: its place among the step's files from 0, and its path before the change. Both must fit. */
export interface FileOfStep {
  readonly stepId: StepId;
  readonly file: number;
  readonly path: string;
}

export interface UndoStore extends Pick<KeptFiles, "keepBytes" | "takeState" | "take"> {
  /** On disk when it returns ok. The same attempt recorded again is the same record. */
  readonly record: (change: Change) => Outcome<ChangeRecord>;
  /** Several by one fsync, in their order; all or none are on disk when it returns. */
  readonly recordAll: (changes: readonly Change[]) => Outcome<readonly ChangeRecord[]>;
  /** The standing record of this change, if there is one. */
  readonly find: (change: Change) => ChangeRecord | undefined;
  /** In the order of the effects. */
  readonly changesOf: (runId: RunId) => readonly ChangeRecord[];
  /** In the order of undoing: the last change first. Empty when nothing is known of the step. */
  readonly undoStep: (stepId: StepId) => Promise<readonly UndoneItem[]>;
  readonly undoRun: (runId: RunId) => Promise<readonly UndoneItem[]>;
  /** Undefined when the step has no such file. The last one takes along the folders that the step made. */
  readonly undoFile: (file: FileOfStep) => Promise<UndoneItem | undefined>;
  readonly close: () => void;
}

export interface UndoPorts {
  /** Absolute; outside every grant. */
  readonly dir: string;
  readonly resolveGrant: (id: GrantId) => GrantedFolder | undefined;
  readonly now: () => number;
  /** Called in the middle of undoing; tests die here. */
  readonly failpoint?: Failpoint;
}

export const createUndoStore = ({
  dir,
  resolveGrant,
  now,
  failpoint,
}: UndoPorts): Result<UndoStore, JournalError> => {
  const kept = createKeptFiles(dir);
  const file = path.join(dir, "changes.jsonl");
  const opened = openJournal(file, parseUndoEntry);
  if (!opened.ok) return opened;
  /** undefined after a failed write: opening again finds out what the disk holds. */
  let journal: Journal<UndoEntry> | undefined = opened.value;

  const recordsById = new Map<string, ChangeRecord>();
  const idsOfStep = new Map<StepId, string[]>();
  const idsOfRun = new Map<RunId, string[]>();
  /** The standing record of each change: one call may make ten thousand. */
  const standing = new Map<string, ChangeRecord>();
  const fold = (entry: UndoEntry): void => {
    if (entry.type === "undone") {
      const record = recordsById.get(entry.id);
      if (record === undefined) return;
      recordsById.set(entry.id, { ...record, undoneAt: entry.at });
      const key = changeKey(record);
      if (standing.get(key)?.id === entry.id) standing.delete(key);
      return;
    }
    const { type: _, ...change } = entry;
    const record = { ...change, undoneAt: undefined };
    if (!recordsById.has(entry.id)) {
      addTo(idsOfStep, entry.stepId, entry.id);
      addTo(idsOfRun, entry.runId, entry.id);
    }
    recordsById.set(entry.id, record);
    if (!standing.has(changeKey(record))) standing.set(changeKey(record), record);
  };
  for (const entry of journal.entries) fold(entry);

  const append = (...entries: readonly UndoEntry[]): Outcome<void> => {
    try {
      if (journal === undefined) {
        const again = openJournal(file, parseUndoEntry);
        if (!again.ok) return fault("failed", "The undo journal is damaged; nothing was changed.");
        journal = again.value;
      }
      journal.append(...entries);
      for (const entry of entries) fold(entry);
      return ok(undefined);
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      journal?.close();
      journal = undefined;
      return code === "ENOSPC" || code === "EDQUOT"
        ? fault("disk-full", "There is no room left for the undo record; nothing was changed.")
        : fault("failed", `The undo record could not be written (${code}); nothing was changed.`);
    }
  };

  const recordsOf = (ids: readonly string[] | undefined): readonly ChangeRecord[] =>
    (ids ?? []).flatMap((id) => recordsById.get(id) ?? []);
  const recordsOfStep = (stepId: StepId): readonly ChangeRecord[] => recordsOf(idsOfStep.get(stepId));
  const find: UndoStore["find"] = (change) => standing.get(changeKey(change));

  const recordAll: UndoStore["recordAll"] = (changes) => {
    const added: Extract<UndoEntry, { type: "change" }>[] = [];
    const records = changes.map((change): ChangeRecord => {
      const found = find(change);
      if (found !== undefined) return found;
      const before = added.filter(({ stepId }) => stepId === change.stepId).length;
      const id = `${change.stepId}.${(idsOfStep.get(change.stepId)?.length ?? 0) + before}`;
      added.push({ type: "change", id, ...change });
      return { ...change, id, undoneAt: undefined };
    });
    const written = added.length === 0 ? ok(undefined) : append(...added);
    return written.ok ? ok(records) : err(written.error);
  };
  const record: UndoStore["record"] = (change) => {
    const records = recordAll([change]);
    if (!records.ok) return records;
    const [one] = records.value;
    return one === undefined ? fault("failed", "The undo record was lost.") : ok(one);
  };

  const changesOf: UndoStore["changesOf"] = (runId) => recordsOf(idsOfRun.get(runId));

  const isUndone = ({ id }: ChangeRecord): boolean => recordsById.get(id)?.undoneAt !== undefined;
  const undoBatch = async (batch: readonly ChangeRecord[]): Promise<readonly UndoneItem[]> => {
    const [first] = batch;
    if (first === undefined) return [];
    const grant = resolveGrant(first.grantId);
    if (grant === undefined)
      return batch.map((change) => ({
        change,
        outcome: "gone",
        why: "not-granted",
        text: `${change.path}: its folder is no longer granted.`,
      }));
    const reversals = await reverseChanges(batch, grant, kept, failpoint);
    const items = batch.flatMap((change, at) => {
      const reversal = reversals[at];
      return reversal === undefined ? [] : [{ change, ...reversal }];
    });
    const undone = items.filter(({ outcome }) => outcome === "undone");
    if (undone.length === 0) return items;
    failpoint?.("done");
    const marked = append(
      ...undone.map(({ change: { id } }) => ({ type: "undone" as const, id, at: now() })),
    );
    if (marked.ok) return items;
    return items.map((item) =>
      item.outcome === "undone"
        ? { ...item, outcome: "failed", why: "failed", text: marked.error.text }
        : item,
    );
  };

  /** One undo at a time: two that cross would each see the other's half-done work as a conflict. */
  let last: Promise<unknown> = Promise.resolve();
  const undoAll = (changes: () => readonly ChangeRecord[]): Promise<readonly UndoneItem[]> => {
    const turn = last.then(async () => {
      const items: UndoneItem[] = [];
      const all = changes().toReversed();
      for (const batch of batchesOf(all.filter((change) => !isUndone(change))))
        items.push(...(await undoBatch(batch)));
      const tried = new Map(items.map((item) => [item.change.id, item]));
      return all.map((change): UndoneItem => tried.get(change.id) ?? { change, outcome: "already-undone" });
    });
    last = turn.catch(() => undefined); // the caller of that turn has its error; the next one must not
    return turn;
  };

  const undoFile: UndoStore["undoFile"] = async ({ stepId, file, path }) => {
    const id = filesOf(recordsOfStep(stepId))[file]?.id;
    const items = await undoAll(() => {
      const all = recordsOfStep(stepId);
      const named = all.filter((change) => change.id === id && change.path === path);
      const isLast = filesOf(all).every((other) => other.id === id || isUndone(other));
      return isLast && named.length > 0 ? all : named;
    });
    return items.find(({ change }) => change.id === id);
  };

  return ok({
    keepBytes: kept.keepBytes,
    takeState: kept.takeState,
    take: kept.take,
    record,
    recordAll,
    find,
    changesOf,
    undoStep: (stepId) => undoAll(() => recordsOfStep(stepId)),
    undoRun: (runId) => undoAll(() => changesOf(runId)),
    undoFile,
    close: () => journal?.close(),
  });
};

const addTo = <Key>(lists: Map<Key, string[]>, key: Key, id: string): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
};

/** So many take some milliseconds. */
const LARGEST_BATCH = 128;

/** Moves of one call are independent of each other, so they may be taken back together; all else goes by itself. */
const batchesOf = (changes: readonly ChangeRecord[]): readonly (readonly ChangeRecord[])[] => {
  const batches: ChangeRecord[][] = [];
  for (const change of changes) {
    const batch = batches.at(-1);
    const [first] = batch ?? [];
    const belongs = change.kind === "move" && first?.kind === "move" && first.stepId === change.stepId;
    if (belongs && batch !== undefined && batch.length < LARGEST_BATCH) batch.push(change);
    else batches.push([change]);
  }
  return batches;
};
