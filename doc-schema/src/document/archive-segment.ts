/**
 * A segment: finished tasks with all that belongs to them, as one value outside the document.
 *
 *   line 1     JCS { "v": 1, "threadId", "fromId", "toId", "count" }
 *   line 2 …   JCS { "root", "key", "value" }, records as their signed text, rows as plain JSON
 *
 * 1. The same rows give the same bytes: lines stand in the order of `ARCHIVED_ROOTS`, then of their ids.
 * 2. Reading it back checks every line; one that cannot be taken refuses the segment, which is sealed and hashed whole.
 * 3. As a document of its own (`historyOf`) it is read by the same readers and views as the live one.
 */
import * as z from "zod/mini";
import * as Y from "yjs";
import { bytesToText, canonicalText, utf8ToBytes, type JsonValue } from "../crypto/index.ts";
import { err, ok, type Result } from "../wire/index.ts";
import * as field from "./fields.ts";
import type { ThreadId } from "./ids.ts";
import { rootsOf, type Roots } from "./roots.ts";
import { parseJson } from "./signed-record.ts";

/** What leaves the document with a task. Append only. */
export const ARCHIVED_ROOTS = [
  "messages",
  "tasks",
  "intents",
  "decisions",
  "runs",
  "replies",
  "approvals",
  "questions",
  "artifacts",
] as const;
export type ArchivedRoot = (typeof ARCHIVED_ROOTS)[number];

export interface SegmentLine {
  readonly root: ArchivedRoot;
  readonly key: string;
  readonly value: JsonValue;
}

export interface Segment {
  readonly threadId: ThreadId;
  /** The first and the last id that the thread shows of it, in the order of cause. */
  readonly fromId: string;
  readonly toId: string;
  readonly lines: readonly SegmentLine[];
}

export type SegmentError = { readonly type: "too-large" | "bad-head" | "bad-line" | "wrong-count" };

/** A screen loads it whole while a person scrolls. 1 MiB: about 1,000 tasks with their steps. */
export const SEGMENT_BYTES = 1024 * 1024;
/** What a reader takes at most: one bundle may go over the size above. */
export const MAX_SEGMENT_BYTES = 16 * SEGMENT_BYTES;
const MAX_LINE_LENGTH = 8 * 1024 * 1024;

const HEAD = z.object({
  v: z.literal(1),
  threadId: field.threadId,
  fromId: z.string(),
  toId: z.string(),
  count: field.count,
});
const LINE = z.object({ root: z.enum(ARCHIVED_ROOTS), key: z.string(), value: z.unknown() });

export const lineToText = ({ root, key, value }: SegmentLine): string => canonicalText({ root, key, value });

export const segmentToBytes = ({ threadId, fromId, toId, lines }: Segment): Uint8Array => {
  const head = canonicalText({ v: 1, threadId, fromId, toId, count: lines.length });
  return utf8ToBytes([head, ...lines.map(lineToText)].join("\n"));
};

export const readSegment = (bytes: Uint8Array): Result<Segment, SegmentError> => {
  if (bytes.length > MAX_SEGMENT_BYTES) return err({ type: "too-large" });
  const [first = "", ...texts] = (bytesToText(bytes) ?? "").split("\n");
  const json = parseJson(first);
  const head = HEAD.safeParse(json.ok ? json.value : undefined).data;
  if (head === undefined) return err({ type: "bad-head" });
  const lines: SegmentLine[] = [];
  for (const text of texts) {
    const read = parseJson(text, MAX_LINE_LENGTH);
    const line = LINE.safeParse(read.ok ? read.value : undefined).data;
    if (line === undefined) return err({ type: "bad-line" });
    lines.push({ ...line, value: line.value as JsonValue }); // it came out of JSON.parse
  }
  const { threadId, fromId, toId, count } = head;
  return lines.length === count ? ok({ threadId, fromId, toId, lines }) : err({ type: "wrong-count" });
};

/** Segments as a document that readers and views take like the live one; never synced. */
export const historyOf = (segments: readonly Segment[]): Y.Doc => {
  const doc = new Y.Doc();
  const roots = rootsOf(doc);
  doc.transact(() => {
    for (const { threadId, lines } of segments) for (const line of lines) insertLine(roots, threadId, line);
  });
  return doc;
};

const insertLine = (roots: Roots, threadId: ThreadId, { root, key, value }: SegmentLine): void => {
  switch (root) {
    case "messages":
      return roots.messages(threadId).push([asText(value)]);
    case "replies":
      return roots.replies(threadId).push([asRow(value)]);
    case "tasks":
    case "intents":
    case "decisions":
      roots[root].set(key, asText(value));
      return;
    default:
      roots[root].set(key, asRow(value));
  }
};

/** [RE1] What is no text or no row is put there as it is, for readers to name as unreadable. */
const asText = (value: JsonValue): string => (typeof value === "string" ? value : canonicalText(value));
const asRow = (value: JsonValue): Y.Map<unknown> =>
  new Y.Map(Object.entries(value !== null && typeof value === "object" ? value : { value }));
