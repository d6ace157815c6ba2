/**
 * One run's own file, `runs/run_….jsonl`: every event of it, and nothing of another run.
 * The first event is written at opening, so that a steer may come before the run begins.
 */
import path from "node:path";
import { isFinal, type IdFactory, type RunId } from "@deskhand/doc-schema/document";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import { openJournal, type Disk, type Journal, type JournalError } from "../journal-file.ts";
import type { RunFacts } from "../ledger-state.ts";
import { parseRunEvent, type RunEvent } from "./events.ts";

export interface RunJournal {
  /** Of the run that this one goes on with, and of those before it. */
  readonly history: readonly RunEvent[];
  readonly events: readonly RunEvent[];
  readonly append: (event: RunEvent) => void;
  /** For what protects nothing by itself: on disk with the next event, and shown with it. */
  readonly appendSoon: (event: RunEvent) => void;
}

export interface RunJournals {
  /** Opens the run's journal unless it is open. Throws for a damaged one: its run cannot go on. */
  readonly of: (run: RunFacts) => RunJournal;
  /** What the run's journal holds; nothing when it is damaged. */
  readonly eventsOf: (run: RunFacts) => readonly RunEvent[];
  readonly close: (id: RunId) => void;
  readonly closeAll: () => void;
}

export interface RunJournalsPorts {
  readonly folder: string;
  /** Names the model that answers from now on. */
  readonly model: string;
  readonly ids: IdFactory;
  readonly now: () => number;
  readonly runs: ReadonlyMap<RunId, RunFacts>;
  readonly disk?: Disk | undefined;
  /** After every event. */
  readonly onAppend: (id: RunId) => void;
}

export const DEFAULT_LOCALE = "en";

export const createRunJournals = (ports: RunJournalsPorts): RunJournals => {
  const { folder, model, ids, now, runs, disk, onAppend } = ports;
  const open = new Map<RunId, Journal<RunEvent>>();

  const journalOf = ({ id, task, continues }: RunFacts): Result<Journal<RunEvent>, JournalError> => {
    const known = open.get(id);
    if (known !== undefined) return ok(known);
    const journal = openJournal(path.join(folder, `${id}.jsonl`), parseRunEvent, disk);
    if (!journal.ok) return journal;
    open.set(id, journal.value);
    if (journal.value.entries.length === 0)
      journal.value.append({
        type: "began",
        at: now(),
        runId: id,
        taskId: task.id,
        replyId: ids.create("reply"),
        prompt: task.prompt,
        locale: task.locale ?? DEFAULT_LOCALE,
        model,
        ...(continues === undefined ? {} : { continues }),
      });
    return journal;
  };
  /** A steer opened it before the person said anew what is to be done. */
  const takeEdit = ({ task: { prompt } }: RunFacts, { entries, append }: Journal<RunEvent>): void => {
    const said = entries.findLast((event) => event.type === "began" || event.type === "edited");
    if (said !== undefined && said.prompt !== prompt) append({ type: "edited", at: now(), prompt });
  };
  const eventsOf = (run: RunFacts): readonly RunEvent[] => {
    if (run.state === "queued" && !open.has(run.id)) return [];
    const journal = journalOf(run);
    if (!journal.ok) return [];
    const events = [...journal.value.entries];
    if (isFinal(run.state)) close(run.id);
    return events;
  };
  const historyOf = ({ continues }: RunFacts): readonly RunEvent[] => {
    const older = continues === undefined ? undefined : runs.get(continues);
    return older === undefined ? [] : [...historyOf(older), ...eventsOf(older)];
  };
  const close = (id: RunId): void => {
    open.get(id)?.close();
    open.delete(id);
  };
  return {
    of: (run) => {
      const journal = journalOf(run);
      if (!journal.ok) throw new Error(`the journal of ${run.id} is damaged at line ${journal.error.line}`);
      const { entries, append, appendSoon } = journal.value;
      takeEdit(run, journal.value);
      return {
        history: historyOf(run),
        events: entries,
        append: (event) => {
          append(event);
          onAppend(run.id);
        },
        appendSoon,
      };
    },
    eventsOf,
    close,
    closeAll: () => {
      for (const id of open.keys()) close(id);
    },
  };
};
