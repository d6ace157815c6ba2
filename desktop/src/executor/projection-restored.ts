/**
 * What a restored workspace shows of the life before it: what was under way is interrupted, what was asked is withdrawn.
 * It is history: this computer's ledger knows nothing of it, so nothing of it goes on by itself ([IN1]).
 */
import type * as Y from "yjs";
import {
  isFinal,
  putApproval,
  putGrant,
  putRun,
  readApprovals,
  readGrants,
  readRuns,
  readTasks,
  type IdFactory,
  type TaskRecord,
} from "@deskhand/doc-schema/document";

const WHY = {
  type: "restored",
  text: "The workspace was restored on another computer. Ask again for what is still wanted.",
};

const interruptedAt = (at: number) =>
  ({ state: "interrupted", stateSince: at, error: WHY, place: null, approvalId: null }) as const;

/** @param doc as it was carried over; none of its rows is in the ledger */
export const showRestored = (doc: Y.Doc, ids: IdFactory, at: number): void =>
  doc.transact(() => {
    for (const { id, state } of readRuns(doc).entries)
      if (!isFinal(state)) putRun(doc, { id, ...interruptedAt(at) });
    showNeverTaken(
      doc,
      readTasks(doc).entries.map(({ value }) => value),
      ids,
      at,
    );
    for (const { id, state } of readApprovals(doc).entries)
      if (state === "pending") putApproval(doc, { id, state: "withdrawn", resolvedAt: at });
    for (const grant of readGrants(doc).entries)
      if (grant.state !== "removed") putGrant(doc, { ...grant, state: "removed" });
  });

/** Tasks of which nobody knows whether the old computer carried them out: those without a run get one that says so. */
export const showNeverTaken = (doc: Y.Doc, tasks: readonly TaskRecord[], ids: IdFactory, at: number): void =>
  doc.transact(() => {
    const taken = new Set(readRuns(doc).entries.map(({ taskId }) => taskId));
    for (const { id: taskId, threadId } of tasks)
      if (!taken.has(taskId))
        putRun(doc, { id: ids.create("run"), taskId, threadId, attempt: 1, ...interruptedAt(at) });
  });
