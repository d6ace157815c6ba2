/**
 * Where a record lies in Yjs's own numbering. What a relay has acknowledged is counted in it, so a place tells how far
 * a record has come.
 */
import type * as Y from "yjs";
import type { MessageId, ThreadId } from "./ids.ts";
import { messageKind } from "./records.ts";
import { rootsOf } from "./roots.ts";
import { readSigned } from "./signed-record.ts";

export interface StructPlace {
  readonly client: number;
  readonly clock: number;
}

/** Yjs keeps the item of a map's key in `_map`. */
export const placeInMap = <Value>(map: Y.Map<Value>, key: string): StructPlace | undefined =>
  map._map.get(key)?.id;

/** The values of an array with the place of each, in order. Values of one push lie in one item, a clock each. */
export const placesInArray = <Value>(array: Y.Array<Value>): readonly (readonly [unknown, StructPlace])[] => {
  const places: (readonly [unknown, StructPlace])[] = [];
  for (let item = array._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const { client, clock } = item.id;
    for (const [at, value] of item.content.getContent().entries())
      places.push([value, { client, clock: clock + at }]);
  }
  return places;
};

export const taskPlace = (doc: Y.Doc, taskId: string): StructPlace | undefined =>
  placeInMap(rootsOf(doc).tasks, taskId);
export const decisionPlace = (doc: Y.Doc, id: string): StructPlace | undefined =>
  placeInMap(rootsOf(doc).decisions, id);
export const intentPlace = (doc: Y.Doc, id: string): StructPlace | undefined =>
  placeInMap(rootsOf(doc).intents, id);

/** Looks from the end: it is the newest messages that are asked for. */
export const messagePlace = (doc: Y.Doc, threadId: ThreadId, messageId: MessageId): StructPlace | undefined =>
  placesInArray(rootsOf(doc).messages(threadId)).findLast(([text]) => {
    if (typeof text !== "string" || !text.includes(messageId)) return false;
    const read = readSigned(messageKind, text);
    return read.ok && read.value.value.id === messageId;
  })?.[1];
