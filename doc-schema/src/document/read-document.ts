/**
 * Reading the document row by row.
 * [RE1] An unreadable entry is returned as unreadable; it never hides the others and never throws.
 */
import type * as Y from "yjs";
import type { ThreadId } from "./ids.ts";
import { decisionKind, intentKind, messageKind, taskKind } from "./records.ts";
import type { DecisionRecord, IntentRecord, MessageRecord, TaskRecord } from "./records.ts";
import { rootsOf, type RecordMap, type RowMap } from "./roots.ts";
import { parseApproval, parseArtifact, parseGrant, parseMeta, parseReply, parseRun } from "./rows.ts";
import type { Approval, Artifact, Grant, Meta, Reply, Run } from "./rows.ts";
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

export const readMessages = (doc: Y.Doc, threadId: ThreadId): ReadAll<Signed<MessageRecord>> =>
  collect(
    rootsOf(doc)
      .messages(threadId)
      .toArray()
      .map((text, at) => {
        const read = readSigned(messageKind, text);
        return [
          `${threadId}/${at}`,
          read.ok && read.value.value.threadId === threadId ? read.value : undefined,
        ] as const;
      }),
  );

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
export const readMeta = (doc: Y.Doc): Meta | undefined => parseMeta(rootsOf(doc).meta);

/** Where a record lies in Yjs's own numbering: what a relay has covered tells whether it was sent. */
export interface StructPlace {
  readonly client: number;
  readonly clock: number;
}

export const taskPlace = (doc: Y.Doc, taskId: string): StructPlace | undefined =>
  placeIn(rootsOf(doc).tasks, taskId);
export const decisionPlace = (doc: Y.Doc, id: string): StructPlace | undefined =>
  placeIn(rootsOf(doc).decisions, id);
export const intentPlace = (doc: Y.Doc, id: string): StructPlace | undefined =>
  placeIn(rootsOf(doc).intents, id);

/** Yjs keeps the item of a map's key in `_map`; its id is what state vectors count. */
const placeIn = (map: RecordMap, key: string): StructPlace | undefined => map._map.get(key)?.id;
