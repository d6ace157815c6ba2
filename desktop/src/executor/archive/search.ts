/**
 * Words in the whole history: the live thread and every archived segment of this disk. Newest first.
 * Case, width and accents do not matter; all words must be there. CJK text is found by any part of it.
 */
import type * as Y from "yjs";
import {
  historyOf,
  readMessages,
  readReplies,
  readTasks,
  rootsOf,
  type MessageId,
  type ReplyId,
  type TaskId,
  type ThreadId,
} from "@deskhand/doc-schema/document";
import type { SegmentFiles } from "./segment-files.ts";

export interface Found {
  readonly id: MessageId | ReplyId | TaskId;
  readonly threadId: ThreadId;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Around the first word. */
  readonly excerpt: string;
  /** Not in the live document any more. */
  readonly isArchived: boolean;
}

export interface Search {
  readonly found: readonly Found[];
  /** There is more than was asked for. */
  readonly hasMore: boolean;
  /** Segments that this disk has and cannot read. */
  readonly unreadable: number;
}

const EXCERPT_BEFORE = 40;
const EXCERPT_LENGTH = 160;

export const searchHistory = (doc: Y.Doc, files: SegmentFiles, query: string, limit = 50): Search => {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return { found: [], hasMore: false, unreadable: 0 };
  const segments = files.ids().map(files.get);
  const readable = segments.flatMap((segment) => (segment.ok ? [segment.value] : []));
  const all = [
    ...readable.flatMap((segment) => findIn(historyOf([segment]), words, true)),
    ...findIn(doc, words, false), // last: what is still here counts
  ];
  const byId = new Map(all.map((found) => [found.id, found]));
  const sorted = [...byId.values()].toSorted((a, b) => b.at - a.at);
  return {
    found: sorted.slice(0, limit),
    hasMore: sorted.length > limit,
    unreadable: segments.length - readable.length,
  };
};

interface Said {
  readonly id: Found["id"];
  readonly threadId: ThreadId;
  readonly createdAt: number;
  readonly text: string;
}

const findIn = (doc: Y.Doc, words: readonly string[], isArchived: boolean): readonly Found[] =>
  saidIn(doc).flatMap(({ id, threadId, createdAt, text }) => {
    const folded = fold(text);
    return words.every((word) => folded.includes(word))
      ? [
          {
            id,
            threadId,
            at: createdAt,
            excerpt: excerptOf(text, folded.indexOf(words[0] ?? "")),
            isArchived,
          },
        ]
      : [];
  });

const saidIn = (doc: Y.Doc): readonly Said[] => {
  const threadIds = threadsIn(doc);
  return [
    ...readTasks(doc).entries.map(({ value }) => ({ ...value, text: value.prompt })),
    ...threadIds.flatMap((threadId) =>
      readMessages(doc, threadId).entries.flatMap(({ value }) => (value.taskId === undefined ? [value] : [])),
    ),
    ...threadIds.flatMap((threadId) =>
      readReplies(doc, threadId).entries.map((reply) => ({ ...reply, threadId })),
    ),
  ];
};

/** A history document has no thread records; its threads are those that its tasks and messages name. */
const threadsIn = (doc: Y.Doc): readonly ThreadId[] => {
  const named = [...doc.share.keys()].flatMap((key) => {
    const [root, threadId] = key.split("/");
    return (root === "messages" || root === "replies") && threadId !== undefined ? [threadId] : [];
  });
  return [...new Set([...rootsOf(doc).threads.keys(), ...named])] as ThreadId[]; // keys of these roots are thread ids
};

/** Without case, width and accents; a text's length may change by it, so excerpts are only near the place. */
const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase()
    .normalize("NFKC");

const excerptOf = (text: string, at: number): string => {
  const from = Math.max(0, at - EXCERPT_BEFORE);
  const piece = text
    .slice(from, from + EXCERPT_LENGTH)
    .replaceAll(/\s+/g, " ")
    .trim();
  return `${from > 0 ? "…" : ""}${piece}${from + EXCERPT_LENGTH < text.length ? "…" : ""}`;
};
