/**
 * Reading the document row by row.
 * [RE1] An unreadable entry is returned as unreadable; it never hides the others and never throws.
 */
import type * as Y from "yjs";
import type { ThreadId } from "./ids.ts";
import { decisionKind, intentKind, messageKind, taskKind, threadKind } from "./records.ts";
import type { DecisionRecord, IntentRecord, MessageRecord, TaskRecord, ThreadRecord } from "./records.ts";
import { rootsOf, type RecordMap, type RowMap } from "./roots.ts";
import {
  parseApproval,
  parseArchiveReference,
  parseArtifact,
  parseConnector,
  parseGrant,
  parseMeta,
  parseQuestion,
  parseReply,
  parseRun,
  parseSchedule,
} from "./rows.ts";
import type {
  Approval,
  ArchiveReference,
  Artifact,
  Connector,
  Grant,
  Meta,
  Question,
  Reply,
  Run,
  Schedule,
} from "./rows.ts";
import { readSigned, type RecordKind, type Signed } from "./signed-record.ts";

/** Entries that could be read, and the keys of those that could not. */
export interface ReadAll<Entry> {
  readonly entries: readonly Entry[];
  readonly unreadable: readonly string[];
}

const collect = <Entry>(items: Iterable<readonly [string, Entry | undefined]>): ReadAll<Entry> => {
  const entries: Entry[] = [];
  const unreadable: string[] = [];
  for (const [key, entry] of items) {
    if (entry === undefined) unreadable.push(key);
    else entries.push(entry);
  }
  return { entries, unreadable };
};

/** The signed record under `key`; a record that is filed under another id than its own is unreadable. */
const readRecord = <Value extends { readonly id: string }>(
  kind: RecordKind<Value>,
  key: string,
  text: unknown,
): Signed<Value> | undefined => {
  const read = readSigned(kind, text);
  return read.ok && read.value.value.id === key ? read.value : undefined;
};

const readRecords = <Value extends { readonly id: string }>(
  kind: RecordKind<Value>,
  map: RecordMap,
): ReadAll<Signed<Value>> =>
  collect([...map.entries()].map(([key, text]) => [key, readRecord(kind, key, text)] as const));

export const readThreads = (doc: Y.Doc): ReadAll<Signed<ThreadRecord>> =>
  readRecords(threadKind, rootsOf(doc).threads);
export const readTasks = (doc: Y.Doc): ReadAll<Signed<TaskRecord>> =>
  readRecords(taskKind, rootsOf(doc).tasks);
export const readIntents = (doc: Y.Doc): ReadAll<Signed<IntentRecord>> =>
  readRecords(intentKind, rootsOf(doc).intents);

const isOwnDecision = (signed: Signed<DecisionRecord>): boolean => {
  const [approvalId, deviceId] = signed.value.id.split("/");
  return approvalId === signed.value.approvalId && deviceId === signed.device;
};

/** [OW3] A decision filed under another device's name is unreadable. */
export const readDecisions = (doc: Y.Doc): ReadAll<Signed<DecisionRecord>> => {
  const all = readRecords(decisionKind, rootsOf(doc).decisions);
  return {
    entries: all.entries.filter(isOwnDecision),
    unreadable: [
      ...all.unreadable,
      ...all.entries.filter((entry) => !isOwnDecision(entry)).map((entry) => entry.value.id),
    ],
  };
};

/** The messages of a thread in the order of the array; one that two windows of a device added both is one. */
export const readMessages = (doc: Y.Doc, threadId: ThreadId): ReadAll<Signed<MessageRecord>> => {
  const texts = rootsOf(doc).messages(threadId).toArray();
  const seen = new Set<unknown>();
  const entries: (readonly [string, Signed<MessageRecord> | undefined])[] = [];
  for (const [at, text] of texts.entries()) {
    if (seen.has(text)) continue;
    seen.add(text);
    const read = readSigned(messageKind, text);
    const signed = read.ok && read.value.value.threadId === threadId ? read.value : undefined;
    // [OW2] An id that is taken cannot be said again with another text.
    const isSecond = signed !== undefined && seen.has(signed.value.id);
    if (signed !== undefined) seen.add(signed.value.id);
    entries.push([`${threadId}/${at}`, isSecond ? undefined : signed]);
  }
  return collect(entries);
};

export const readReplies = (doc: Y.Doc, threadId: ThreadId): ReadAll<Reply> =>
  collect(
    rootsOf(doc)
      .replies(threadId)
      .map((row, at) => [`${threadId}/${at}`, parseReply(row)] as const),
  );

const readRows = <Row extends { readonly id: string }>(
  map: RowMap,
  parse: (row: unknown) => Row | undefined,
): ReadAll<Row> =>
  collect(
    [...map.entries()].map(([key, value]) => {
      const row = parse(value);
      return [key, row?.id === key ? row : undefined] as const;
    }),
  );

export const readRuns = (doc: Y.Doc): ReadAll<Run> => readRows(rootsOf(doc).runs, parseRun);
export const readApprovals = (doc: Y.Doc): ReadAll<Approval> =>
  readRows(rootsOf(doc).approvals, parseApproval);
export const readArtifacts = (doc: Y.Doc): ReadAll<Artifact> =>
  readRows(rootsOf(doc).artifacts, parseArtifact);
export const readGrants = (doc: Y.Doc): ReadAll<Grant> => readRows(rootsOf(doc).grants, parseGrant);
export const readQuestions = (doc: Y.Doc): ReadAll<Question> =>
  readRows(rootsOf(doc).questions, parseQuestion);
export const readSchedules = (doc: Y.Doc): ReadAll<Schedule> =>
  readRows(rootsOf(doc).schedules, parseSchedule);
export const readConnectors = (doc: Y.Doc): ReadAll<Connector> =>
  readRows(rootsOf(doc).connectors, parseConnector);
export const readArchive = (doc: Y.Doc): ReadAll<ArchiveReference> =>
  collect(
    rootsOf(doc)
      .archive.toArray()
      .map((row, at) => [`archive/${at}`, parseArchiveReference(row)] as const),
  );
export const readMeta = (doc: Y.Doc): Meta | undefined => parseMeta(rootsOf(doc).meta);
