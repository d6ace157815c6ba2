/**
 * Signed records in an update that Yjs cannot place: what it builds on may be lost for good, with the relay or the device
 * that alone had it. A record says by itself whose it is and where it belongs, so it needs no neighbours.
 * 1. What is found is what parses as a record of its kind; whether its signature holds is for the reader to check.
 * 2. Marks are not signed, and are not found.
 */
import * as Y from "yjs";
import { decisionKind, intentKind, messageKind, taskKind, threadKind } from "./records.ts";
import { readSigned, type RecordKind } from "./signed-record.ts";

/** A signed record or a mark, and where it belongs. */
export interface UnsentRecord {
  readonly root: "threads" | "messages" | "tasks" | "intents" | "decisions" | "marks";
  readonly key: string;
  /** The signed text, or a mark's value. */
  readonly value: unknown;
}

type RecordRoot = Exclude<UnsentRecord["root"], "marks">;
interface Named {
  readonly id: string;
  readonly threadId?: string | undefined;
}

/** Ids differ by kind, so a text is a record of one of these at most. */
const KINDS: Readonly<Record<RecordRoot, RecordKind<Named>>> = {
  threads: threadKind,
  messages: messageKind,
  tasks: taskKind,
  intents: intentKind,
  decisions: decisionKind,
};

/** @param update in Yjs's format 1, one that Yjs can decode */
export const recordsInUpdate = (update: Uint8Array): readonly UnsentRecord[] =>
  recordsIn(Y.decodeUpdate(update));

/** What waits in a document for structs that are missing. */
export const pendingRecords = ({ store }: Y.Doc): readonly UnsentRecord[] =>
  store.pendingStructs === null ? [] : recordsIn(Y.decodeUpdateV2(store.pendingStructs.update));

const recordsIn = ({ structs }: ReturnType<typeof Y.decodeUpdate>): readonly UnsentRecord[] =>
  structs
    .flatMap((struct): readonly unknown[] =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentAny ? struct.content.arr : [],
    )
    .flatMap((value) => recordOf(value) ?? []);

const recordOf = (value: unknown): UnsentRecord | undefined => {
  if (typeof value !== "string") return undefined;
  // `as`: the keys of KINDS are its type
  for (const root of Object.keys(KINDS) as readonly RecordRoot[]) {
    const read = readSigned(KINDS[root], value);
    if (!read.ok) continue;
    const { id, threadId = id } = read.value.value;
    return { root, key: root === "messages" ? threadId : id, value };
  }
  return undefined;
};
