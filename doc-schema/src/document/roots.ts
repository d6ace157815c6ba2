/**
 * The roots of the shared document; the only file that asks Yjs for them.
 * Append only: a root, key or enum word is never renamed, retyped or used again.
 */
import type * as Y from "yjs";
import type { ThreadId } from "./ids.ts";

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
