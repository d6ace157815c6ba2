/**
 * One thread as the apps show it, oldest first. Order is by id, which is the order of cause ([ID1]).
 * [RE1] An entry that cannot be read stands in its place as such.
 */
import type * as Y from "yjs";
import {
  isBefore,
  readMessages,
  readReplies,
  type MessageRecord,
  type Reply,
  type ThreadId,
} from "../document/index.ts";
import type { DeviceId } from "../crypto/index.ts";
import type { TaskView } from "./task-views.ts";

export type TimelineEntry =
  | {
      readonly type: "message";
      readonly id: string;
      readonly at: number;
      readonly message: MessageRecord;
      readonly device: DeviceId;
    }
  | { readonly type: "task"; readonly id: string; readonly at: number; readonly view: TaskView }
  | { readonly type: "reply"; readonly id: string; readonly at: number; readonly reply: Reply }
  | { readonly type: "unreadable"; readonly id: string; readonly at: number };

export const timeline = (
  doc: Y.Doc,
  threadId: ThreadId,
  tasks: readonly TaskView[],
): readonly TimelineEntry[] => {
  const messages = readMessages(doc, threadId);
  const replies = readReplies(doc, threadId);
  const entries: TimelineEntry[] = [
    ...messages.entries.map(({ value, device }) => ({
      type: "message" as const,
      id: value.id,
      at: value.createdAt,
      message: value,
      device,
    })),
    ...tasks
      .filter((view) => view.task.threadId === threadId)
      .map((view) => ({ type: "task" as const, id: view.task.id, at: view.task.createdAt, view })),
    ...replies.entries.map((reply) => ({ type: "reply" as const, id: reply.id, at: reply.createdAt, reply })),
  ];
  entries.sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
  const unreadable = [...messages.unreadable, ...replies.unreadable];
  return [...unreadable.map((id) => ({ type: "unreadable" as const, id, at: 0 })), ...entries];
};
