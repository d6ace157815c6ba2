/**
 * The entries of a thread as bundles: a task with everything that belongs to it, or a message that stands alone.
 * 1. Lines hold what the document holds, verbatim: signed texts, rows with fields that this version does not know.
 * 2. A bundle is open while something of it may still change, and while anything that names it cannot be read here.
 */
import type * as Y from "yjs";
import type { JsonValue } from "../crypto/index.ts";
import type { SegmentLine } from "./archive-segment.ts";
import { isBefore, type TaskId, type ThreadId } from "./ids.ts";
import {
  readApprovals,
  readArtifacts,
  readDecisions,
  readIntents,
  readQuestions,
  readRuns,
  readSchedules,
  readTasks,
} from "./read-document.ts";
import { messageKind } from "./records.ts";
import { rootsOf } from "./roots.ts";
import { parseReply, type Run } from "./rows.ts";
import { isFinal } from "./run-states.ts";
import { isSettled } from "./settled.ts";
import { readEnvelope, readSigned } from "./signed-record.ts";

export interface Bundle {
  /** Of the task, or of the lone message. */
  readonly id: string;
  readonly lines: readonly SegmentLine[];
  /** Ids that the thread shows: messages, the task, replies. */
  readonly shownIds: readonly string[];
  /** Something of it may still change. */
  readonly isOpen: boolean;
  /** Files that its runs changed can be taken back. */
  readonly isUndoable: boolean;
  /** When its last run ended, or the lone message was written (milliseconds since 1970). */
  readonly endedAt: number | undefined;
}

export interface TaskBundles {
  readonly threadIds: readonly ThreadId[];
  /** In the order of cause. */
  readonly ofThread: (threadId: ThreadId) => readonly Bundle[];
  /** Orders and answers that name nothing which is still here: a stop of everything, a change of a schedule. */
  readonly loose: readonly LooseRecord[];
}

export interface LooseRecord {
  readonly line: SegmentLine;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One line of a bundle. */
interface Piece {
  readonly line: SegmentLine;
  readonly isOpen: boolean;
  readonly shownId?: string;
}

type Raw = Readonly<Record<string, unknown>>;

export const createTaskBundles = (doc: Y.Doc): TaskBundles => {
  const roots = rootsOf(doc);
  const tasks = new Map(readTasks(doc).entries.map(({ value }) => [value.id, value]));
  const runs = Map.groupBy(readRuns(doc).entries, (run) => run.taskId);
  const ownerOf = createOwners(doc);
  const piecesOfTask = new Map<string, Piece[]>();

  const add = (raw: Raw, piece: Piece): void => {
    const owner = ownerOf(raw);
    if (owner === undefined) return;
    const pieces = piecesOfTask.get(owner);
    if (pieces === undefined) piecesOfTask.set(owner, [piece]);
    else pieces.push(piece);
  };
  const addRecords = (root: "intents" | "decisions", isOpen: (key: string) => boolean): void => {
    for (const [key, text] of roots[root].entries())
      add(rawOfText(text), { line: { root, key, value: text }, isOpen: isOpen(key) });
  };
  const addRows = (
    root: "runs" | "approvals" | "questions" | "artifacts",
    isOpen: (key: string) => boolean,
  ): void => {
    for (const [key, row] of roots[root].entries()) {
      const value = jsonOf(row);
      add(rawOfJson(value), { line: { root, key, value }, isOpen: isOpen(key) });
    }
  };

  for (const id of tasks.keys())
    add(
      { taskId: id },
      { line: { root: "tasks", key: id, value: roots.tasks.get(id) ?? null }, isOpen: false, shownId: id },
    );
  const finalRuns = idsOf([...runs.values()].flat().filter((run) => isFinal(run.state)));
  addRows("runs", (key) => !finalRuns.has(key));
  const resolved = idsOf(readApprovals(doc).entries.filter(({ state }) => state !== "pending"));
  addRows("approvals", (key) => !resolved.has(key));
  const answered = idsOf(readQuestions(doc).entries.filter(({ state }) => state !== "pending"));
  addRows("questions", (key) => !answered.has(key));
  const artifacts = idsOf(readArtifacts(doc).entries);
  addRows("artifacts", (key) => !artifacts.has(key));
  const decisions = idsOf(readDecisions(doc).entries.map(({ value }) => value));
  addRecords("decisions", (key) => !decisions.has(key));
  const settled = idsOf(
    readIntents(doc)
      .entries.map(({ value }) => value)
      .filter((intent) => isSettled(intent, latestOf(runs.get((ownerOf(intent) ?? "") as TaskId)))), // only looked up
  );
  addRecords("intents", (key) => !settled.has(key));

  const kept = new Set(readSchedules(doc).entries.map(({ lastRunId }) => ownerOf({ runId: lastRunId })));

  const bundleOfTask = (id: TaskId): Bundle => {
    const attempts = runs.get(id) ?? [];
    const pieces = piecesOfTask.get(id) ?? [];
    return {
      id,
      lines: pieces.map(({ line }) => line),
      shownIds: pieces.flatMap(({ shownId }) => shownId ?? []),
      isOpen: kept.has(id) || pieces.some(({ isOpen }) => isOpen),
      isUndoable: attempts.some(({ changes = 0 }) => changes > 0),
      endedAt: attempts.reduce<number | undefined>(
        (last, { endedAt, stateSince }) => Math.max(last ?? 0, endedAt ?? stateSince),
        undefined,
      ),
    };
  };

  /** Adds the pieces that lie in the thread's arrays. @returns the messages that belong to no task */
  const readThread = (threadId: ThreadId): readonly Bundle[] => {
    const lone: Bundle[] = [];
    const isElsewhere = (raw: Raw): boolean =>
      tasks.get((ownerOf(raw) ?? "") as TaskId)?.threadId !== threadId; // only looked up
    for (const text of new Set(roots.messages(threadId).toArray())) {
      const read = readSigned(messageKind, text);
      const message = read.ok ? read.value.value : undefined;
      const raw = rawOfText(text);
      const key = message?.id ?? "";
      const line: SegmentLine = { root: "messages", key, value: text };
      if (message?.threadId === threadId && ownerOf(raw) === undefined)
        lone.push({
          id: message.id,
          lines: [line],
          shownIds: [message.id],
          isOpen: false,
          isUndoable: false,
          endedAt: message.createdAt,
        });
      else add(raw, { line, isOpen: message?.threadId !== threadId || isElsewhere(raw), shownId: key });
    }
    for (const row of roots.replies(threadId)) {
      const reply = parseReply(row);
      const value = jsonOf(row);
      const raw = rawOfJson(value);
      const key = reply?.id ?? "";
      const line: SegmentLine = { root: "replies", key, value };
      add(raw, { line, isOpen: reply?.done !== true || isElsewhere(raw), shownId: key });
    }
    return lone;
  };

  const threadIds = [...roots.threads.keys()].toSorted() as ThreadId[]; // keys of this root are thread ids
  const loneByThread = new Map(threadIds.map((threadId) => [threadId, readThread(threadId)]));
  const tasksByThread = Map.groupBy(tasks.values(), (task) => task.threadId);
  const looseOf = (
    root: "intents" | "decisions",
    records: readonly { readonly id: string; readonly createdAt: number }[],
  ): LooseRecord[] =>
    records
      .filter((record) => ownerOf({ ...record }) === undefined)
      .map(({ id, createdAt }) => ({
        line: { root, key: id, value: roots[root].get(id) ?? null },
        createdAt,
      }));
  return {
    threadIds,
    loose: [
      ...looseOf(
        "intents",
        readIntents(doc).entries.map(({ value }) => value),
      ),
      ...looseOf(
        "decisions",
        readDecisions(doc).entries.map(({ value }) => value),
      ),
    ],
    ofThread: (threadId) => {
      const own = (tasksByThread.get(threadId) ?? []).map((task) => bundleOfTask(task.id));
      const bundles = [...(loneByThread.get(threadId) ?? []), ...own];
      return bundles.sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
    },
  };
};

/** The task that a record or row names: itself, or through a run, an approval or a question. */
const createOwners = (doc: Y.Doc): ((raw: Raw) => string | undefined) => {
  const roots = rootsOf(doc);
  const taskNamedBy = (rows: typeof roots.runs): ReadonlyMap<unknown, unknown> =>
    new Map([...rows.entries()].map(([key, row]) => [key, rawOfJson(jsonOf(row))["taskId"]]));
  const through = [
    ["runId", taskNamedBy(roots.runs)],
    ["approvalId", taskNamedBy(roots.approvals)],
    ["questionId", taskNamedBy(roots.questions)],
  ] as const;
  return (raw) => {
    const named = raw["taskId"] ?? through.map(([name, tasks]) => tasks.get(raw[name])).find((id) => id);
    return typeof named === "string" && roots.tasks.has(named) ? named : undefined;
  };
};

const idsOf = (entries: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(entries.map(({ id }) => id));

const latestOf = (attempts: readonly Run[] = []): Run | undefined =>
  attempts.reduce<Run | undefined>(
    (best, run) => (best === undefined || run.attempt > best.attempt ? run : best),
    undefined,
  );

/** A row as plain JSON; a device with the room key can put anything there. */
const jsonOf = (row: unknown): JsonValue => {
  const plain: unknown =
    row !== null && typeof row === "object" && "toJSON" in row && typeof row.toJSON === "function"
      ? row.toJSON()
      : row;
  return plain as JsonValue; // Yjs holds JSON values (and bytes, which no row of ours has)
};

const rawOfJson = (value: JsonValue): Raw =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Raw) : {};

const rawOfText = (text: string): Raw => {
  const envelope = readEnvelope(text);
  return envelope.ok ? envelope.value.value : {};
};
