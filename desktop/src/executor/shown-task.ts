/** A task in the document that this computer's ledger may never have seen: a workspace that was restored shows such. */
import type * as Y from "yjs";
import {
  readRuns,
  readSigned,
  rootsOf,
  taskKind,
  verifySigned,
  type TaskId,
} from "@deskhand/doc-schema/document";
import type { LedgerState } from "./ledger-state.ts";
import type { ShownTask } from "./queue-orders.ts";

/** Nothing of a device that is not certified here, or that was revoked. */
export const createShownTask =
  ({ devices }: Pick<LedgerState, "devices">, doc: () => Y.Doc) =>
  (id: TaskId): ShownTask | undefined => {
    const read = readSigned(taskKind, rootsOf(doc()).tasks.get(id));
    if (!read.ok || read.value.value.id !== id) return undefined;
    const task = verifySigned(taskKind, read.value, (device) => devices.get(device), "send");
    if (!task.ok) return undefined;
    const attempts = readRuns(doc())
      .entries.filter(({ taskId }) => taskId === id)
      .map(({ attempt }) => attempt);
    return { task: task.value, attempts: Math.max(0, ...attempts) };
  };
