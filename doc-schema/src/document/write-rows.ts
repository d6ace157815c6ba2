/**
 * What the desktop writes into its own roots ([OW1]); called by the executor's projection only.
 * 1. Writing a row twice with the same values produces no update: projecting again after a restart is free.
 * 2. Streaming text is appended, never rewritten (8 KB in 127 pieces: 9 KB against 522 KB).
 */
import * as Y from "yjs";
import type { ThreadId } from "./ids.ts";
import type {
  Approval,
  ArchiveReference,
  Artifact,
  Connector,
  Grant,
  Meta,
  Question,
  Reply,
  RunRow,
  Schedule,
  Step,
} from "./rows.ts";
import { parseArchiveReference } from "./rows.ts";
import { rootsOf, type RowMap } from "./roots.ts";

const sameValue = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** What is absent stays as it is; null clears a field, and costs nothing where there was none. */
const setFields = <Value>(map: Y.Map<Value>, fields: { readonly [key: string]: Value | undefined }): void => {
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined && !sameValue(map.get(key) ?? null, value)) map.set(key, value);
};

type Fields = { readonly [key: string]: unknown };

const putRow = (rows: RowMap, id: string, fields: Fields): Y.Map<unknown> => {
  const there: unknown = rows.get(id); // a device with the room key can put anything there
  const row = there instanceof Y.Map ? there : rows.set(id, new Y.Map<unknown>());
  setFields(row, fields);
  return row;
};

/** `minReader` only rises: an older desktop does not let older apps in again. */
export const putMeta = (doc: Y.Doc, { minReader = 0, ...fields }: Partial<Meta>): void =>
  doc.transact(() => {
    const { meta } = rootsOf(doc);
    const asked = meta.get("minReader");
    const rises = minReader > 0 && !(typeof asked === "number" && asked >= minReader);
    setFields(meta, rises ? { ...fields, minReader } : fields);
  });

/** @param text the signed device record, as the desktop certified it */
export const putDevice = (doc: Y.Doc, deviceId: string, text: string): void =>
  doc.transact(() => setFields(rootsOf(doc).devices, { [deviceId]: text }));

export const putRevocation = (doc: Y.Doc, deviceId: string, text: string): void =>
  doc.transact(() => setFields(rootsOf(doc).revocations, { [deviceId]: text }));

/** Fields of a run but its steps, which are only ever appended. */
export type RunFields = Partial<Omit<RunRow, "steps">> & { readonly id: RunRow["id"] };

export const putRun = (doc: Y.Doc, run: RunFields): void =>
  doc.transact(() => {
    const row = putRow(rootsOf(doc).runs, run.id, run);
    if (!row.has("steps")) row.set("steps", new Y.Array());
  });

/** Appends the steps that the row does not hold yet; `steps` is the whole list. */
export const putSteps = (doc: Y.Doc, runId: string, steps: readonly Step[]): void =>
  doc.transact(() => {
    const list = rootsOf(doc).runs.get(runId)?.get("steps");
    if (list instanceof Y.Array && list.length < steps.length) list.push(steps.slice(list.length));
  });

export const putApproval = (
  doc: Y.Doc,
  approval: Partial<Approval> & { readonly id: Approval["id"] },
): void => doc.transact(() => void putRow(rootsOf(doc).approvals, approval.id, approval));

/** The whole row: a file that is not at the relay any more has no reference. */
export const putArtifact = (doc: Y.Doc, artifact: Artifact): void =>
  doc.transact(() => {
    const row = putRow(rootsOf(doc).artifacts, artifact.id, artifact);
    for (const field of ["blob", "notSent"]) if (artifact[field] === undefined) row.delete(field);
  });

export const putGrant = (doc: Y.Doc, grant: Grant): void =>
  doc.transact(() => void putRow(rootsOf(doc).grants, grant.id, grant));

export const putQuestion = (
  doc: Y.Doc,
  question: Partial<Question> & { readonly id: Question["id"] },
): void => doc.transact(() => void putRow(rootsOf(doc).questions, question.id, question));

export const putSchedule = (
  doc: Y.Doc,
  schedule: Partial<Schedule> & { readonly id: Schedule["id"] },
): void => doc.transact(() => void putRow(rootsOf(doc).schedules, schedule.id, schedule));

export const removeSchedule = (doc: Y.Doc, id: Schedule["id"]): void =>
  doc.transact(() => rootsOf(doc).schedules.delete(id));

export const putConnector = (
  doc: Y.Doc,
  connector: Partial<Connector> & { readonly id: Connector["id"] },
): void => doc.transact(() => void putRow(rootsOf(doc).connectors, connector.id, connector));

export const removeConnector = (doc: Y.Doc, id: Connector["id"]): void =>
  doc.transact(() => rootsOf(doc).connectors.delete(id));

/** Appends the reference once; a segment is named by its id. */
export const putArchiveReference = (doc: Y.Doc, reference: ArchiveReference): void =>
  doc.transact(() => {
    const { archive } = rootsOf(doc);
    const isThere = archive.toArray().some((row) => parseArchiveReference(row)?.id === reference.id);
    if (!isThere) archive.push([reference]);
  });

/** The segment lies elsewhere now: its reference changes places in one transaction, so that no reader finds a hole. */
export const replaceArchiveReference = (doc: Y.Doc, reference: ArchiveReference): void =>
  doc.transact(() => {
    const { archive } = rootsOf(doc);
    const at = archive.toArray().findIndex((row) => parseArchiveReference(row)?.id === reference.id);
    if (at >= 0) archive.delete(at);
    archive.push([reference]);
  });

const replyRow = (doc: Y.Doc, threadId: ThreadId, replyId: string): Y.Map<unknown> | undefined => {
  const rows = rootsOf(doc).replies(threadId);
  for (let at = rows.length - 1; at >= 0; at--) {
    const row: unknown = rows.get(at);
    if (row instanceof Y.Map && row.get("id") === replyId) return row;
  }
  return undefined;
};

const extendText = (text: Y.Text, whole: string): void => {
  const shown = text.toJSON();
  if (shown === whole) return;
  if (!whole.startsWith(shown)) text.delete(0, shown.length);
  text.insert(text.length, whole.slice(text.length));
};

/**
 * Brings a reply to `text`: appends what is missing; when the shown text is no beginning of it (a cut stream was
 * asked again), the text is replaced once.
 */
export const putReply = (doc: Y.Doc, threadId: ThreadId, reply: Reply): void =>
  doc.transact(() => {
    let row = replyRow(doc, threadId, reply.id);
    if (row === undefined) {
      row = new Y.Map<unknown>([["text", new Y.Text()]]);
      rootsOf(doc).replies(threadId).push([row]);
    }
    const { text: whole, ...fields } = reply;
    setFields(row, fields);
    const text = row.get("text");
    if (text instanceof Y.Text) extendText(text, whole);
  });
