/**
 * The authority: what this desktop has certified, granted, taken, asked, allowed and done. On its own disk; the
 * document is written from it and never read back into it.
 * 1. `append` returns when the record is on disk, and only then does the state know it.
 * 2. [IN1] What it has handled it never handles again, whatever the document or the relay show.
 */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { KnownDevice } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { openJournal, type Disk, type Journal, type JournalError } from "./journal-file.ts";
import { parseLedgerRecord, type LedgerRecord } from "./ledger-records.ts";
import { createLedgerFold, type LedgerState } from "./ledger-state.ts";

export interface Ledger {
  readonly state: LedgerState;
  readonly append: (record: LedgerRecord) => void;
  readonly close: () => void;
}

export interface LedgerPorts {
  /** Knows the executor's own key, which certifies devices. */
  readonly executor: (id: DeviceId) => KnownDevice | undefined;
  /** After each new record: whoever shows the state shows it anew. */
  readonly onRecord?: ((record: LedgerRecord) => void) | undefined;
}

export const createLedger = (
  journal: Omit<Journal<LedgerRecord>, "appendSoon">,
  { executor, onRecord }: LedgerPorts,
): Ledger => {
  const fold = createLedgerFold(executor);
  for (const record of journal.entries) fold.apply(record);
  return {
    state: fold.state,
    append: (record) => {
      journal.append(record);
      fold.apply(record);
      onRecord?.(record);
    },
    close: journal.close,
  };
};

/** "keys-lost": the ledger was begun by another executor key, so nothing in it can be verified. */
export const openLedger = (
  file: string,
  ports: LedgerPorts,
  disk?: Disk,
): Result<Ledger, JournalError | { readonly type: "keys-lost" }> => {
  const journal = openJournal(file, parseLedgerRecord, disk);
  if (!journal.ok) return journal;
  const [first] = journal.value.entries;
  if (first?.type === "workspace-created" && ports.executor(first.executorId) === undefined) {
    journal.value.close();
    return err({ type: "keys-lost" });
  }
  return ok(createLedger(journal.value, ports));
};
