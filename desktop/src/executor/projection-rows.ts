/** Runs, approvals and questions as rows of the document, from what the ledger and the run's journal hold of them. */
import type * as Y from "yjs";
import {
  actionToText,
  isFinal,
  putApproval,
  putArtifact,
  putQuestion,
  putReply,
  putRun,
  putSteps,
  type Artifact,
  type ArtifactId,
  type RunFields,
} from "@deskhand/doc-schema/document";
import type { ApprovalFacts, QuestionFacts, RunFacts } from "./ledger-state.ts";
import type { RunEvent } from "./runner/events.ts";
import { viewRun, withPartial } from "./runner/run-view.ts";
import { stepFiles, takenBackOf } from "./undo/taken-back.ts";
import type { UndoStore } from "./undo/undo-store.ts";

export interface RunRowPorts {
  readonly eventsOf: (run: RunFacts) => readonly RunEvent[];
  /** What the run changed, in this order. */
  readonly changesOf: UndoStore["changesOf"];
  /** Where a file that a run made is, beside its place on this computer. */
  readonly whereIs: (id: ArtifactId) => Pick<Artifact, "where" | "blob" | "notSent">;
}

/** Of one run: 128 KB of a document that should stay under 1 MB. The others are files without a preview. */
const MOST_PREVIEWS = 16;

/** @param partial what the model is saying right now */
export const writeRun = (
  doc: Y.Doc,
  facts: RunFacts,
  { eventsOf, changesOf, whereIs }: RunRowPorts,
  partial: string,
): void => {
  const { id } = facts;
  const view = viewRun(eventsOf(facts));
  const { task, attempt, continues, stateSince, startedAt, endedAt, summary, failure, undone } = facts;
  const changes = changesOf(id);
  const changesOfStep = Map.groupBy(changes, ({ stepId }) => stepId);
  const takenBack = [...changesOfStep].flatMap(([stepId, own]) => {
    const tried = facts.tried[stepId];
    const back = takenBackOf(own, tried?.leftAlone ?? [], tried?.at);
    return back === undefined ? [] : [[stepId, back] as const];
  });
  putRun(doc, {
    id,
    taskId: task.id,
    threadId: task.threadId,
    attempt,
    state: facts.state,
    stateSince,
    ...waitsFor(facts),
    ...(facts.intents.length === 0 ? {} : { intents: [...facts.intents] }),
    ...(facts.isEdited ? { prompt: task.prompt } : {}),
    ...(continues === undefined ? {} : { continues }),
    ...(view.plan.length === 0 ? {} : { plan: [...view.plan] }),
    changes: changes.filter(({ undoneAt }) => undoneAt === undefined).length,
    undone: { ...undone },
    ...(takenBack.length === 0 ? {} : { takenBack: Object.fromEntries(takenBack) }),
    usage: view.usage,
    ...(facts.state === "queued" ? {} : { place: null }),
    ...(view.model === "" ? {} : { model: view.model }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(summary === undefined ? {} : { summary }),
    ...(failure === undefined ? {} : { error: failure }),
  });
  const steps = view.steps.map((step) => {
    const files = stepFiles(changesOfStep.get(step.id) ?? []);
    return files === undefined ? step : { ...step, files };
  });
  putSteps(doc, id, steps);
  const previews = new Set(view.files.filter((file) => file.preview !== undefined).slice(0, MOST_PREVIEWS));
  for (const made of view.files) {
    const { artifactId, at, excerpt, preview, ...file } = made;
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
      ...(previews.has(made) ? { preview } : {}),
      ...whereIs(artifactId),
    });
  }
  const text = withPartial(view.reply?.text ?? "", partial);
  if (view.reply !== undefined && text !== "")
    putReply(doc, task.threadId, {
      id: view.reply.id,
      runId: id,
      createdAt: view.reply.createdAt,
      text,
      done: isFinal(facts.state),
    });
};

/** A person, a time, another task; null where it waits for none of them. */
const waitsFor = ({
  state,
  task,
  approvalId,
  questionId,
  heldAt,
  heldWhy,
}: RunFacts): Omit<RunFields, "id"> => ({
  approvalId: approvalId ?? null,
  questionId: questionId ?? null,
  heldAt: heldAt ?? null,
  heldWhy: heldWhy ?? null,
  notBefore: state === "queued" ? (task.notBefore ?? null) : null,
  after: state === "queued" ? (task.after ?? null) : null,
});

export const writeApproval = (doc: Y.Doc, facts: ApprovalFacts): void => {
  const { runId, taskId, callId, actionDigest, requestDigest, risk, reversible, reason } = facts;
  const { requestedAt, expiresAt, resolvedAt, resolvedBy, crossed } = facts;
  putApproval(doc, {
    id: facts.approvalId,
    runId,
    taskId,
    callId,
    action: actionToText(facts.action),
    actionDigest,
    requestDigest,
    risk,
    reversible,
    requestedAt,
    expiresAt,
    state: facts.state,
    ...(reason === undefined ? {} : { reason }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
    ...(crossed === undefined ? {} : { crossed }),
  });
};

export const writeQuestion = (doc: Y.Doc, facts: QuestionFacts): void => {
  const { runId, taskId, text, choices, askedAt, expiresAt, resolvedAt } = facts;
  const { answer, answeredWith, answeredBy } = facts;
  putQuestion(doc, {
    id: facts.questionId,
    runId,
    taskId,
    text,
    choices: [...choices],
    askedAt,
    expiresAt,
    state: facts.state,
    ...(answer === undefined ? {} : { answer }),
    ...(answeredWith === undefined ? {} : { answeredWith }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
  });
};
