/**
 * Orders of one device, signed with its keys and put into the document: how the phone and the desktop's window say
 * what they want. The executor takes them out again; there is no other way to make it do anything.
 * [AP2] An answer carries the digest of the card as this device renders it, so it is made here and not by the caller.
 * [ID1] Before an id is made, the clock is raised past every id that was said, also by a device whose clock is ahead.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "../crypto/index.ts";
import {
  addDecision,
  addIntent,
  addTask,
  MAX_TEXT_LENGTH,
  nextDecisionId,
  readApprovals,
  readMeta,
  rootsOf,
  type ApprovalId,
  type IdFactory,
  type IntentRecord,
  type RunId,
  type StepId,
  type TaskId,
  type ThreadId,
  type Verdict,
} from "../document/index.ts";
import { actionOf, cardLanguage, shownDigest } from "../views/index.ts";
import { err, ok, type Result } from "../wire/index.ts";

export interface OrderPorts {
  readonly doc: Y.Doc;
  readonly keys: DeviceKeys;
  readonly ids: IdFactory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The thread that is known beside the document, for when the document is not here: its copy was lost. */
  readonly rememberedThread?: (() => ThreadId | undefined) | undefined;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly note?: string | undefined;
  /** The language in which the card was shown, a BCP 47 tag. */
  readonly locale: string;
}

/**
 * "no-thread": the workspace has not arrived yet. "not-pending": answered, expired or unreadable by now.
 * "too-long": more than MAX_TEXT_LENGTH characters; readers would drop it without a word.
 */
export type OrderError = { readonly type: "no-thread" | "not-pending" | "too-long" };

export interface DeviceOrders {
  readonly sendTask: (prompt: string, locale: string) => Result<TaskId, OrderError>;
  readonly decide: (approvalId: ApprovalId, answer: Answer) => Result<void, OrderError>;
  readonly cancel: (taskId: TaskId) => void;
  readonly steer: (taskId: TaskId, text: string) => void;
  /** One step, or without `stepId` the whole run. */
  readonly undo: (runId: RunId, stepId?: StepId) => void;
  readonly stopAll: () => void;
  readonly resume: () => void;
}

type Common = Pick<IntentRecord, "id" | "createdAt">;

export const createDeviceOrders = ({ doc, keys, ids, now, rememberedThread }: OrderPorts): DeviceOrders => {
  const catchUp = (): void => {
    const { tasks, intents, runs, approvals } = rootsOf(doc);
    for (const map of [tasks, intents, runs, approvals]) for (const id of map.keys()) ids.observe(id);
  };
  const order = (intentOf: (common: Common) => IntentRecord): void => {
    catchUp();
    addIntent(doc, intentOf({ id: ids.create("intent"), createdAt: now() }), keys);
  };
  return {
    sendTask: (prompt, locale) => {
      const threadId = readMeta(doc)?.threadId ?? rememberedThread?.();
      if (threadId === undefined) return err({ type: "no-thread" });
      if (prompt.length > MAX_TEXT_LENGTH) return err({ type: "too-long" });
      catchUp();
      const createdAt = now();
      const messageId = ids.create("message");
      const taskId = ids.create("task");
      const message = { id: messageId, createdAt, threadId, text: prompt, taskId };
      addTask(doc, { id: taskId, createdAt, threadId, prompt, locale }, message, keys);
      return ok(taskId);
    },
    decide: (approvalId, { verdict, note, locale }) => {
      const approval = readApprovals(doc).entries.find((row) => row.id === approvalId);
      const action = approval === undefined ? undefined : actionOf(approval);
      if (approval?.state !== "pending" || action === undefined) return err({ type: "not-pending" });
      if ((note?.length ?? 0) > MAX_TEXT_LENGTH) return err({ type: "too-long" });
      const decision = {
        id: nextDecisionId(doc, approvalId, keys.deviceId),
        createdAt: now(),
        approvalId,
        requestDigest: approval.requestDigest,
        verdict,
        scope: "once" as const,
        shownDigest: shownDigest(action, approval, locale),
        locale: cardLanguage(locale),
        ...(note === undefined ? {} : { note }),
      };
      addDecision(doc, decision, keys);
      return ok(undefined);
    },
    cancel: (taskId) => order((common) => ({ ...common, type: "cancel", taskId })),
    steer: (taskId, text) => order((common) => ({ ...common, type: "steer", taskId, text })),
    undo: (runId, stepId) =>
      order((common) => ({ ...common, type: "undo", runId, ...(stepId === undefined ? {} : { stepId }) })),
    stopAll: () => order((common) => ({ ...common, type: "stop-all" })),
    resume: () => order((common) => ({ ...common, type: "resume" })),
  };
};
