/**
 * From the ledger and the runs' journals to the document: the only writer of the desktop's roots ([OW1]).
 * 1. It writes what is true on disk and nothing else, so projecting everything again is always right; where
 *    nothing changed, no update arises.
 * 2. The document is never read to decide anything here.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  actionToText,
  addThread,
  isFinal,
  MIN_READER,
  putApproval,
  putArtifact,
  putDevice,
  putGrant,
  putMeta,
  putReply,
  putRevocation,
  putRun,
  putSteps,
  SCHEMA_VERSION,
  type ApprovalId,
  type GrantId,
  type RunId,
} from "@deskhand/doc-schema/document";
import type { LedgerState } from "./ledger-state.ts";
import { viewRun, withPartial } from "./runner/run-view.ts";
import type { RunEvent } from "./runner/events.ts";

export interface Projection {
  readonly workspace: () => void;
  readonly devices: () => void;
  readonly grant: (id: GrantId, isThere: boolean) => void;
  readonly approval: (id: ApprovalId) => void;
  /** @param partial what the model is saying right now */
  readonly run: (id: RunId, events: readonly RunEvent[], partial?: string) => void;
  /** Places in the queue, 1 = next, in this order. */
  readonly queue: (waiting: readonly RunId[]) => void;
}

export interface ProjectionPorts {
  readonly doc: Y.Doc;
  readonly state: LedgerState;
  readonly keys: DeviceKeys;
  /** As a person reads it. */
  readonly model: string;
  /** A path as it is shown: ~ for the home folder. */
  readonly shownPath: (path: string) => string;
}

/** The one thread of a new workspace; the apps show the desktop's name for it. */
const FIRST_THREAD_TITLE = "Deskhand";

export const createProjection = ({ doc, state, keys, model, shownPath }: ProjectionPorts): Projection => ({
  workspace: () => {
    const { workspace, stopped } = state;
    if (workspace === undefined) return;
    const { workspaceId, threadId, executorId, epoch, desktopName, createdAt } = workspace;
    putMeta(doc, {
      schema: SCHEMA_VERSION,
      minReader: MIN_READER,
      workspaceId,
      epoch,
      createdAt,
      executorId,
      desktopName,
      threadId,
      model,
      stoppedAt: stopped?.at ?? null,
      stoppedBy: stopped?.by ?? null,
    });
    addThread(doc, { id: threadId, createdAt, title: FIRST_THREAD_TITLE }, keys);
  },

  devices: () => {
    for (const { record, text, revocation } of state.devices.values()) {
      putDevice(doc, record.id, text);
      if (revocation !== undefined) putRevocation(doc, record.id, revocation);
    }
  },

  grant: (id, isThere) => {
    const grant = state.grants.get(id);
    if (grant === undefined) return;
    const { name, path, mode, createdAt, removed } = grant;
    putGrant(doc, {
      id,
      kind: "folder",
      name,
      target: shownPath(path),
      mode,
      state: removed ? "removed" : isThere ? "available" : "missing",
      createdAt,
    });
  },

  approval: (id) => {
    const approval = state.approvals.get(id);
    if (approval === undefined) return;
    const { runId, taskId, callId, actionDigest, requestDigest, risk, reversible, reason } = approval;
    const { requestedAt, expiresAt, resolvedAt, resolvedBy, crossed } = approval;
    putApproval(doc, {
      id,
      runId,
      taskId,
      callId,
      action: actionToText(approval.action),
      actionDigest,
      requestDigest,
      risk,
      reversible,
      requestedAt,
      expiresAt,
      state: approval.state,
      ...(reason === undefined ? {} : { reason }),
      ...(resolvedAt === undefined ? {} : { resolvedAt }),
      ...(resolvedBy === undefined ? {} : { resolvedBy }),
      ...(crossed === undefined ? {} : { crossed }),
    });
  },

  run: (id, events, partial = "") => {
    const run = state.runs.get(id);
    if (run === undefined) return;
    const view = viewRun(events);
    const { task, stateSince, startedAt, endedAt, summary, failure, approvalId, undone } = run;
    const changes = [...view.changesByStep]
      .filter(([stepId]) => undone[stepId]?.outcome !== "undone")
      .reduce((total, [, count]) => total + count, 0);
    putRun(doc, {
      id,
      taskId: task.id,
      threadId: task.threadId,
      attempt: 1,
      state: run.state,
      stateSince,
      approvalId: approvalId ?? null,
      changes,
      undone: { ...undone },
      usage: view.usage,
      ...(run.state === "queued" ? {} : { place: null }),
      ...(view.model === "" ? {} : { model: view.model }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(summary === undefined ? {} : { summary }),
      ...(failure === undefined ? {} : { error: failure }),
    });
    putSteps(doc, id, view.steps);
    for (const { artifactId, at, excerpt, ...file } of view.files)
      putArtifact(doc, {
        id: artifactId,
        runId: id,
        createdAt: at,
        grantId: file.grantId,
        path: file.path,
        name: file.name,
        mediaType: file.mediaType,
        byteLength: file.byteLength,
        sha256: file.sha256,
        ...(excerpt === undefined ? {} : { excerpt }),
      });
    const text = withPartial(view.reply?.text ?? "", partial);
    if (view.reply !== undefined && text !== "")
      putReply(doc, task.threadId, {
        id: view.reply.id,
        runId: id,
        createdAt: view.reply.createdAt,
        text,
        done: isFinal(run.state),
      });
  },

  queue: (waiting) => {
    for (const [at, id] of waiting.entries()) putRun(doc, { id, place: at + 1 });
  },
});
