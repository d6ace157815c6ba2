/**
 * From the document of one epoch to the fresh one of the next.
 * 1. Signed records go verbatim, rows with every field, unreadable entries and a newer app's roots too: reading both
 *    documents gives the same. Only what Yjs remembers of the past stays behind.
 * 2. The order is fixed, so the same document and client id give the same bytes.
 * 3. What is there already is not added again: carrying over twice, or after a crash half-way, is harmless ([OW2]).
 * 4. A device that comes along says again what no relay had, and what it had said and the fresh document does not know.
 */
import * as Y from "yjs";
import type { DeviceId } from "../crypto/index.ts";
import { LOOSE_MS } from "./archive.ts";
import { readArchive, readRuns } from "./read-document.ts";
import { placeInMap, placesInArray, type StructPlace } from "./places.ts";
import { pendingRecords, type UnsentRecord } from "./records-in-update.ts";
import { copyUnknownRoots, rootsOf, threadIdsOf, type RecordMap, type Roots } from "./roots.ts";
import type { Meta } from "./rows.ts";
import { readEnvelope, type Envelope } from "./signed-record.ts";

export interface CarryOverOptions {
  readonly epoch: number;
  /** What else is different from now on, such as the relays. */
  readonly meta?: Partial<Omit<Meta, "epoch">>;
}

const RECORD_ROOTS = ["tasks", "intents", "decisions"] as const;
const ROW_ROOTS = [
  "runs",
  "approvals",
  "questions",
  "artifacts",
  "schedules",
  "connectors",
  "grants",
] as const;

/** @param newDoc a fresh document, or one that an earlier attempt has begun to fill */
export const carryOver = (oldDoc: Y.Doc, newDoc: Y.Doc, { epoch, meta = {} }: CarryOverOptions): void =>
  newDoc.transact(() => {
    const from = rootsOf(oldDoc);
    const to = rootsOf(newDoc);
    copyMeta(from, to, { ...meta, epoch });
    for (const root of ["devices", "revocations", "threads"] as const) copyEntries(from[root], to[root]);
    const threadIds = threadIdsOf(oldDoc);
    for (const id of threadIds) copyItems(from.messages(id), to.messages(id));
    for (const id of threadIds) copyItems(from.replies(id), to.replies(id));
    for (const root of RECORD_ROOTS) copyEntries(from[root], to[root]);
    for (const root of ROW_ROOTS) copyEntries(from[root], to[root]);
    copyEntries(from.marks, to.marks);
    copyItems(from.archive, to.archive);
    copyUnknownRoots(oldDoc, newDoc);
  });

const copyMeta = (from: Roots, to: Roots, changes: Partial<Meta>): void => {
  const fields = { ...from.meta.toJSON(), ...changes };
  for (const [key, value] of Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (JSON.stringify(to.meta.get(key)) !== JSON.stringify(value)) to.meta.set(key, value);
};

const copyEntries = <Value>(from: Y.Map<Value>, to: Y.Map<Value>): void => {
  for (const key of [...from.keys()].toSorted())
    if (!to.has(key)) to.set(key, cloneValue(from.get(key) as Value)); // a key of this map
};

const copyItems = <Value>(from: Y.Array<Value>, to: Y.Array<Value>): void => {
  const there = new Set(to.toArray().map(nameOf));
  const missing = from.toArray().filter((value) => !there.has(nameOf(value)));
  if (missing.length > 0) to.push(missing.map(cloneValue));
};

/** A row of an array is known by its id: the rest of it may have changed since. */
const nameOf = (value: unknown): string => {
  const id: unknown = value instanceof Y.Map ? value.get("id") : undefined;
  return typeof id === "string" ? id : JSON.stringify(value);
};

/** A type belongs to its document; a copy of it belongs to none yet. Streamed text becomes one piece. */
const cloneValue = <Value>(value: Value): Value =>
  value instanceof Y.AbstractType ? (value.clone() as Value) : value; // clone gives the same type

/**
 * For a device that returns after the epoch ended: what it has to say again.
 * @param isAcked whether the old room's relays had what lies at this place
 */
export const unsentRecords = (
  oldDoc: Y.Doc,
  isAcked: (place: StructPlace) => boolean,
): readonly UnsentRecord[] => {
  const roots = rootsOf(oldDoc);
  const inMap = (root: Exclude<UnsentRecord["root"], "messages">): UnsentRecord[] => {
    const map: Y.Map<unknown> | RecordMap = roots[root];
    return [...map.keys()]
      .filter((key) => {
        const place = placeInMap<unknown>(map as Y.Map<unknown>, key); // only read
        return place !== undefined && !isAcked(place);
      })
      .toSorted()
      .map((key) => ({ root, key, value: map.get(key) }));
  };
  const messages = threadIdsOf(oldDoc).flatMap((threadId) =>
    placesInArray(roots.messages(threadId))
      .filter(([, place]) => !isAcked(place))
      .map(([value]): UnsentRecord => ({ root: "messages", key: threadId, value })),
  );
  const maps = (["tasks", "intents", "decisions", "marks"] as const).flatMap(inMap);
  return [...inMap("threads"), ...messages, ...maps];
};

/**
 * What `device` said in the old document and the fresh one does not know: the desktop never saw it, because something
 * else stood under its name in Yjs ([T34]), or what it builds on is lost. Asked once the fresh document is here in full.
 * What the desktop had taken and then archived is not lacking.
 * @param now milliseconds since 1970
 */
export const lackingRecords = (
  oldDoc: Y.Doc,
  newDoc: Y.Doc,
  { device, now }: { readonly device: DeviceId; readonly now: number },
): readonly UnsentRecord[] => {
  const there = new Set(unsentRecords(newDoc, () => false).map(({ value }) => value));
  const isArchived = createArchivedCheck(oldDoc, newDoc, now);
  const said = [...unsentRecords(oldDoc, () => false), ...pendingRecords(oldDoc)];
  return said.filter(({ root, value }) => {
    if (root === "marks" || there.has(value)) return false;
    const envelope = readEnvelope(value);
    return envelope.ok && envelope.value.device === device && !isArchived(root, envelope.value.value);
  });
};

/**
 * A record that names what was in the old document and is gone from the new one went into the archive with it; an order
 * that names nothing went by its age.
 */
const createArchivedCheck = (oldDoc: Y.Doc, newDoc: Y.Doc, now: number) => {
  const tasksWithRuns = new Set<string>(readRuns(oldDoc).entries.map(({ taskId }) => taskId));
  const segments = readArchive(newDoc).entries;
  const to = rootsOf(newDoc);
  return (
    root: UnsentRecord["root"],
    {
      id,
      createdAt,
      threadId,
      taskId = root === "tasks" ? id : undefined,
      approvalId,
      questionId,
      runId,
    }: Envelope["value"],
  ): boolean => {
    if (isGone(approvalId, to.approvals) || isGone(questionId, to.questions) || isGone(runId, to.runs))
      return true;
    if (typeof taskId === "string") return tasksWithRuns.has(taskId) && !to.tasks.has(taskId);
    if (root === "intents") return typeof createdAt === "number" && now - createdAt >= LOOSE_MS;
    return segments.some(
      (segment) =>
        segment.threadId === threadId && typeof id === "string" && segment.fromId <= id && id <= segment.toId,
    );
  };
};

const isGone = (name: unknown, map: { readonly has: (key: string) => boolean }): boolean =>
  typeof name === "string" && !map.has(name);

export interface Appended {
  readonly added: number;
  /** Keys at which something else stands: the record of another window of this device came first. */
  readonly taken: readonly string[];
}

/**
 * Adds each record once by its id ([OW2]); a mark is set again. What stood there and is gone went into the archive: it
 * stays there. One transaction.
 */
export const appendRecords = (newDoc: Y.Doc, records: readonly UnsentRecord[]): Appended =>
  newDoc.transact(() => {
    const roots = rootsOf(newDoc);
    let added = 0;
    const taken: string[] = [];
    for (const { root, key, value } of records) {
      if (root === "marks") {
        roots.marks.set(key, value);
        added++;
      } else if (typeof value !== "string") taken.push(key);
      else if (root === "messages") {
        const array = roots.messages(key as Parameters<Roots["messages"]>[0]); // the key of a messages root
        if (array.toArray().some((text) => messageIdOf(text) === messageIdOf(value))) continue;
        array.push([value]);
        added++;
      } else if (placeInMap(roots[root], key) === undefined) {
        roots[root].set(key, value);
        added++;
      } else if (!roots[root].has(key)) continue;
      else if (roots[root].get(key) !== value) taken.push(key);
    }
    return { added, taken };
  });

const messageIdOf = (text: string): unknown => {
  const envelope = readEnvelope(text);
  return envelope.ok ? envelope.value.value["id"] : text;
};
