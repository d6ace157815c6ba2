/**
 * What a person orders in the window, as signed records of the window's own device. The executor takes them out of the
 * document like a phone's: the window has no other way to make it do anything.
 */
import type * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  addDecision,
  addIntent,
  addTask,
  nextDecisionId,
  readApprovals,
  readIntents,
  readMeta,
  readTasks,
  type IdFactory,
  type IntentRecord,
} from "@deskhand/doc-schema/document";
import { actionOf, cardLanguage, shownDigest } from "@deskhand/doc-schema/views";
import type { Outcome, RequestChannel, RequestOf } from "../ipc-contract.ts";

export interface WindowOrdersPorts {
  readonly doc: Y.Doc;
  readonly keys: DeviceKeys;
  readonly ids: IdFactory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type OrderChannel = Extract<
  RequestChannel,
  "sendTask" | "decide" | "cancel" | "steer" | "undo" | "stopAll" | "resume"
>;
export type WindowOrders = { readonly [C in OrderChannel]: (request: RequestOf<C>) => Outcome };

const DONE: Outcome = { type: "done" };

/** The part of an intent that says what is wanted, of any kind. */
type Wanted<Intent = IntentRecord> = Intent extends IntentRecord ? Omit<Intent, "id" | "createdAt"> : never;

export const createWindowOrders = ({ doc, keys, ids, now }: WindowOrdersPorts): WindowOrders => {
  /** [ID1] Past everything that has been said, also by a phone whose clock is ahead. */
  const catchUp = (): void => {
    for (const { value } of [...readTasks(doc).entries, ...readIntents(doc).entries]) ids.observe(value.id);
  };

  const order = (wanted: Wanted): Outcome => {
    catchUp();
    addIntent(doc, { ...wanted, id: ids.create("intent"), createdAt: now() } as IntentRecord, keys); // Wanted + its rest
    return DONE;
  };

  return {
    sendTask: ({ prompt, locale }) => {
      const threadId = readMeta(doc)?.threadId;
      if (threadId === undefined) return { type: "refused", reason: "no-thread" };
      catchUp();
      const createdAt = now();
      const taskId = ids.create("task");
      addTask(
        doc,
        { id: taskId, createdAt, threadId, prompt, locale },
        { id: ids.create("message"), createdAt, threadId, text: prompt, taskId },
        keys,
      );
      return DONE;
    },

    decide: ({ approvalId, verdict, note, locale }) => {
      const approval = readApprovals(doc).entries.find(({ id }) => id === approvalId);
      const action = approval === undefined ? undefined : actionOf(approval);
      if (approval === undefined || action === undefined || approval.state !== "pending")
        return { type: "refused", reason: "not-pending" };
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
      return DONE;
    },

    cancel: ({ taskId }) => order({ type: "cancel", taskId }),
    steer: ({ taskId, text }) => order({ type: "steer", taskId, text }),
    undo: ({ runId, stepId }) => order({ type: "undo", runId, ...(stepId === undefined ? {} : { stepId }) }),
    stopAll: () => order({ type: "stop-all" }),
    resume: () => order({ type: "resume" }),
  };
};
