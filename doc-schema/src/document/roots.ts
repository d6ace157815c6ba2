/**
 * The roots of the shared document; the only file that asks Yjs for them.
 * Append only: a root, key or enum word is never renamed, retyped or used again.
 */
import * as Y from "yjs";
import { parseId, type ThreadId } from "./ids.ts";
import { rootNameOf, THREAD_ROOTS } from "./ownership.ts";

/** A record of a person: the JSON text of a signed record. */
export type RecordMap = Y.Map<string>;
/** A row of the desktop: a nested map, which the desktop alone creates. */
export type RowMap = Y.Map<Y.Map<unknown>>;

export interface Roots {
  readonly meta: Y.Map<unknown>;
  readonly devices: RecordMap;
  readonly revocations: RecordMap;
  readonly threads: RecordMap;
  readonly messages: (threadId: ThreadId) => Y.Array<string>;
  readonly replies: (threadId: ThreadId) => Y.Array<Y.Map<unknown>>;
  readonly tasks: RecordMap;
  readonly intents: RecordMap;
  readonly decisions: RecordMap;
  readonly runs: RowMap;
  readonly approvals: RowMap;
  readonly artifacts: RowMap;
  readonly grants: RowMap;
  readonly questions: RowMap;
  readonly schedules: RowMap;
  readonly connectors: RowMap;
  readonly marks: Y.Map<unknown>;
  readonly archive: Y.Array<unknown>;
}

export const rootsOf = (doc: Y.Doc): Roots => ({
  meta: doc.getMap("meta"),
  devices: doc.getMap("devices"),
  revocations: doc.getMap("revocations"),
  threads: doc.getMap("threads"),
  messages: (threadId) => doc.getArray(`messages/${threadId}`),
  replies: (threadId) => doc.getArray(`replies/${threadId}`),
  tasks: doc.getMap("tasks"),
  intents: doc.getMap("intents"),
  decisions: doc.getMap("decisions"),
  runs: doc.getMap("runs"),
  approvals: doc.getMap("approvals"),
  artifacts: doc.getMap("artifacts"),
  grants: doc.getMap("grants"),
  questions: doc.getMap("questions"),
  schedules: doc.getMap("schedules"),
  connectors: doc.getMap("connectors"),
  marks: doc.getMap("marks"),
  archive: doc.getArray("archive"),
});

/** Every thread that has a record, a message or a reply here, in the order of cause. */
export const threadIdsOf = (doc: Y.Doc): readonly ThreadId[] => {
  const named = [...doc.share.keys()].filter((key) => THREAD_ROOTS.includes(rootNameOf(key) ?? "meta"));
  const keys = [...rootsOf(doc).threads.keys(), ...named.map((key) => key.slice(key.indexOf("/") + 1))];
  const ids = keys.map((key) => parseId("thread", key)).filter((id) => id !== undefined);
  return [...new Set(ids)].toSorted();
};

/**
 * Roots that this version does not know, copied as they are. What Yjs holds under a key is a list and a map at once;
 * which of them the newer app reads is its own business.
 */
export const copyUnknownRoots = (from: Y.Doc, to: Y.Doc): void => {
  for (const [key, type] of [...from.share].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (rootNameOf(key) !== undefined) continue;
    const entries = [...type._map]
      .filter(([, item]) => !item.deleted)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const items = listItems(type);
    if (entries.length > 0) {
      const map = to.getMap(key);
      for (const [name, item] of entries)
        if (!map.has(name)) map.set(name, copied(item.content.getContent().at(-1)));
    } else if (items.some((item) => item.content instanceof Y.ContentString)) {
      const text = to.getText(key);
      if (text.length === 0) text.applyDelta(from.getText(key).toDelta());
    } else if (items.length > 0) {
      const array = to.getArray(key);
      if (array.length === 0) array.push(items.flatMap((item) => item.content.getContent().map(copied)));
    }
  }
};

type RootType = Y.Doc["share"] extends Map<string, infer Type> ? Type : never;

const listItems = (type: RootType): readonly Y.Item[] => {
  const items: Y.Item[] = [];
  for (let item = type._start; item !== null; item = item.right)
    if (!item.deleted && item.countable) items.push(item);
  return items;
};

const copied = (value: unknown): unknown => (value instanceof Y.AbstractType ? value.clone() : value);
