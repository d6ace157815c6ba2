/**
 * What a device adds to the document: signed records, one transaction each.
 * [OW2] A record is added once; adding its key again changes nothing and says so.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "../crypto/index.ts";
import { decisionKind, intentKind, messageKind, taskKind, threadKind } from "./records.ts";
import type { DecisionRecord, IntentRecord, MessageRecord, TaskRecord, ThreadRecord } from "./records.ts";
import { rootsOf, type RecordMap } from "./roots.ts";
import { writeSigned } from "./signed-record.ts";

const addOnce = (map: RecordMap, key: string, text: string): boolean => {
  if (map.has(key)) return false;
  map.set(key, text);
  return true;
};

export const addThread = (doc: Y.Doc, thread: ThreadRecord, keys: DeviceKeys): boolean =>
  doc.transact(() => addOnce(rootsOf(doc).threads, thread.id, writeSigned(threadKind, thread, keys)));

export const addMessage = (doc: Y.Doc, message: MessageRecord, keys: DeviceKeys): void =>
  doc.transact(() =>
    rootsOf(doc)
      .messages(message.threadId)
      .push([writeSigned(messageKind, message, keys)]),
  );

/** A task and the message that carries it appear together or not at all. */
export const addTask = (doc: Y.Doc, task: TaskRecord, message: MessageRecord, keys: DeviceKeys): boolean =>
  doc.transact(() => {
    addMessage(doc, message, keys);
    return addOnce(rootsOf(doc).tasks, task.id, writeSigned(taskKind, task, keys));
  });

export const addIntent = (doc: Y.Doc, intent: IntentRecord, keys: DeviceKeys): boolean =>
  doc.transact(() => addOnce(rootsOf(doc).intents, intent.id, writeSigned(intentKind, intent, keys)));

export const addDecision = (doc: Y.Doc, decision: DecisionRecord, keys: DeviceKeys): boolean =>
  doc.transact(() => addOnce(rootsOf(doc).decisions, decision.id, writeSigned(decisionKind, decision, keys)));

/**
 * The key of this device's next answer to an approval ([OW3]): its number is above those of its answers here. By the time,
 * because a device may have lost its last answer that others have, and none takes two records under one key.
 * @param now milliseconds since 1970
 */
export const nextDecisionId = (doc: Y.Doc, approvalId: string, deviceId: string, now: number): string => {
  const prefix = `${approvalId}/${deviceId}/`;
  const numbers = [...rootsOf(doc).decisions.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)) + 1);
  return `${prefix}${Math.max(now, ...numbers)}`;
};
