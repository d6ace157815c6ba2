/**
 * Who did what, when, and by whose leave; outside every grant.
 *   row  = { n, at, kind, …, previous, hash }
 *   hash = SHA-256("deskhand/1 audit" ‖ "\n" ‖ canonical JSON of the row without its hash)
 * 1. Each row carries the hash of the one before: a row that is changed, removed or put in breaks the chain there.
 * 2. A row is on disk before `write` returns. It holds digests and names, never contents or keys.
 */
import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { canonicalDigest } from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { openJournal, type Disk, type JournalError } from "../journal-file.ts";

export const AUDIT_KINDS = [
  "workspace",
  "paired",
  "removed",
  "grant",
  "task",
  "asked",
  "answered",
  "ran",
  "step",
  "undone",
  "ended",
  "cancel",
  "stop",
  "resume",
  "refused",
  "error",
  "relay",
  "epoch",
  "late",
  "alarm",
  "quarantine",
  "recovery",
  "restored",
  "sent",
  "received",
  "schedule",
  "order",
] as const;

const ROW = z.strictObject({
  n: z.number(),
  at: z.number(),
  kind: z.enum(AUDIT_KINDS),
  /** One plain phrase or id: what it was about. */
  what: z.string(),
  outcome: z.optional(z.string()),
  device: z.optional(z.string()),
  runId: z.optional(z.string()),
  approvalId: z.optional(z.string()),
  /** Hex digest of the action. */
  digest: z.optional(z.string()),
  previous: z.string(),
  hash: z.string(),
});

export type AuditRow = z.infer<typeof ROW>;
export type AuditEntry = Omit<AuditRow, "n" | "at" | "previous" | "hash">;

export interface AuditLog {
  readonly write: (entry: AuditEntry) => void;
  readonly rows: () => readonly AuditRow[];
  /** Hash of the last row. */
  readonly head: () => string;
  readonly close: () => void;
}

/** The first row's predecessor. */
const GENESIS = "0".repeat(64);

const hashOf = (row: Omit<AuditRow, "hash">): string => {
  const present = Object.entries(row).filter(([, value]) => value !== undefined);
  return canonicalDigest("audit", Object.fromEntries(present));
};

export const openAuditLog = (
  file: string,
  now: () => number,
  disk?: Disk,
): Result<AuditLog, JournalError> => {
  const journal = openJournal(file, (value) => ROW.safeParse(value).data, disk);
  if (!journal.ok) return journal;
  const { entries, append, close } = journal.value;
  const head = (): string => entries.at(-1)?.hash ?? GENESIS;
  return ok({
    write: (entry) => {
      const row = { ...entry, n: entries.length + 1, at: now(), previous: head() };
      append({ ...row, hash: hashOf(row) });
    },
    rows: () => entries,
    head,
    close,
  });
};

/** The number of the first row (from 1) that does not fit the one before it, or undefined. */
export const verifyRows = (rows: readonly AuditRow[]): number | undefined => {
  let previous = GENESIS;
  for (const [at, { hash, ...row }] of rows.entries()) {
    if (row.n !== at + 1 || row.previous !== previous || hashOf(row) !== hash) return at + 1;
    previous = hash;
  }
  return undefined;
};

export type AuditVerdict = Result<
  { readonly rows: number; readonly head: string },
  { readonly type: "broken-chain"; readonly row: number }
>;

/** Reads the file anew; `row` is the first line (from 1) that does not fit the one before it. */
export const verifyAuditLog = (file: string): AuditVerdict => {
  const lines = readFileSync(file, "utf8").split("\n");
  const unfinished = lines.pop();
  let previous = GENESIS;
  for (const [at, line] of lines.entries()) {
    const row = parseRow(line);
    if (row === undefined || row.n !== at + 1 || row.previous !== previous)
      return err({ type: "broken-chain", row: at + 1 });
    const { hash, ...rest } = row;
    if (hashOf(rest) !== hash) return err({ type: "broken-chain", row: at + 1 });
    previous = hash;
  }
  if (unfinished !== "") return err({ type: "broken-chain", row: lines.length + 1 });
  return ok({ rows: lines.length, head: previous });
};

/** Those that can be read; `verifyAuditLog` says whether all can. */
export const readAuditRows = (file: string): readonly AuditRow[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => parseRow(line) ?? []);

const parseRow = (line: string): AuditRow | undefined => {
  try {
    const json: unknown = JSON.parse(line);
    return JSON.stringify(json) === line ? ROW.safeParse(json).data : undefined; // not a byte otherwise
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
