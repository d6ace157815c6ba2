/**
 * One run's own file, `runs/run_….jsonl`: every event of it, and nothing of another run.
 * The first event is written at opening, so that a steer may come before the run begins.
 */
import path from "node:path";
import type { IdFactory } from "@deskhand/doc-schema/document";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import { openJournal, type Disk, type JournalError } from "../journal-file.ts";
import type { RunFacts } from "../ledger-state.ts";
import { parseRunEvent, type RunEvent } from "./events.ts";

export interface RunJournal {
  readonly events: readonly RunEvent[];
  readonly append: (event: RunEvent) => void;
  readonly close: () => void;
}

export interface RunJournalPorts {
  readonly folder: string;
  readonly ids: IdFactory;
  readonly now: () => number;
  readonly disk?: Disk | undefined;
  /** After every event. */
  readonly onAppend: () => void;
}

export const DEFAULT_LOCALE = "en";

export const openRunJournal = (
  run: RunFacts,
  model: string,
  { folder, ids, now, disk, onAppend }: RunJournalPorts,
): Result<RunJournal, JournalError> => {
  const journal = openJournal(path.join(folder, `${run.id}.jsonl`), parseRunEvent, disk);
  if (!journal.ok) return journal;
  const { entries, append, close } = journal.value;
  if (entries.length === 0)
    append({
      type: "began",
      at: now(),
      runId: run.id,
      taskId: run.task.id,
      replyId: ids.create("reply"),
      prompt: run.task.prompt,
      locale: run.task.locale ?? DEFAULT_LOCALE,
      model,
    });
  return ok({
    events: entries,
    append: (event) => {
      append(event);
      onAppend();
    },
    close,
  });
};
