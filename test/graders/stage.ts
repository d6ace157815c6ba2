/**
 * One relay, one executor and one phone for all graded tasks. The phone has a document of its own, and what it says
 * travels signed and sealed through the relay; it answers each approval as the task says.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { createDeviceKeys, createEpochKeys } from "@deskhand/doc-schema/crypto";
import {
  createIdFactory,
  isFinal,
  readApprovals,
  readDeviceRegistry,
  readReplies,
  readRuns,
  type Approval,
  type Run,
  type TaskId,
  type Verdict,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { connectRoom } from "@deskhand/doc-schema/sync";
import { startRelay } from "@deskhand/sync-server";
import {
  openExecutor,
  createClearSecretStore,
  systemClock,
  type Executor,
} from "../../desktop/src/executor/index.ts";
import { createOfflinePlanner } from "../../desktop/src/executor/models/offline-planner.ts";

export interface Ended {
  readonly run: Run;
  /** The last words. */
  readonly reply: string;
  readonly approvals: readonly Approval[];
}

export interface Stage {
  readonly root: string;
  readonly executor: Executor;
  /** Sends a task from the phone, answers what it asks, and waits until it has ended and is told. */
  readonly run: (prompt: string, locale: string, verdict: Verdict) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

/** Long enough for a busy machine; nothing is measured. */
const PATIENCE_MS = 50_000;

export const openStage = async (): Promise<Stage> => {
  const root = mkdtempSync(path.join(os.tmpdir(), "deskhand-graders-"));
  const relay = await startRelay({ dataDir: path.join(root, "relay") });
  const relayUrl = relay.url.replace("http", "ws");
  const opened = await openExecutor({
    dataDir: path.join(root, "data"),
    home: path.join(root, "home"),
    model: createOfflinePlanner(),
    secretStore: createClearSecretStore(path.join(root, "keys")),
    deviceName: "Studio",
    randomBytes,
    relayUrls: [relayUrl],
  });
  if (!opened.ok) throw new Error(`open: ${opened.error.type}`);
  const executor = opened.value;
  const keys = createDeviceKeys(randomBytes(32), randomBytes(32));
  executor.admitDevice({ ...keys, name: "Phone", kind: "phone" });

  const doc = new Y.Doc();
  const room = connectRoom({
    doc,
    keys: createEpochKeys(executor.rootKey, executor.workspace.epoch),
    deviceId: keys.deviceId,
    relayUrl,
    randomBytes,
    now: Date.now,
    timers: systemClock,
    WebSocket,
  });
  const orders = createDeviceOrders({
    doc,
    keys,
    ids: createIdFactory({ now: Date.now, randomBytes }),
    now: Date.now,
  });
  /** Looks now and whenever the phone's document changes. */
  const when = async <Value>(what: string, look: () => Value | undefined): Promise<Value> => {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const again = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`it did not come: ${what}`)), PATIENCE_MS);
    doc.on("afterTransaction", again);
    again();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      doc.off("afterTransaction", again);
    }
  };
  await when("the phone's own certificate", () =>
    readDeviceRegistry(doc, executor.device.signKey).get(keys.deviceId),
  );

  const approvalsOf = (taskId: TaskId): readonly Approval[] =>
    readApprovals(doc).entries.filter((approval) => approval.taskId === taskId);
  const endOf = (taskId: TaskId): Omit<Ended, "approvals"> | undefined => {
    const run = readRuns(doc).entries.find((one) => one.taskId === taskId);
    if (run === undefined || !isFinal(run.state)) return undefined;
    const { threadId } = executor.workspace;
    const reply = readReplies(doc, threadId).entries.findLast((one) => one.runId === run.id);
    return reply?.done === true ? { run, reply: reply.text } : undefined;
  };
  return {
    root,
    executor,
    run: async (prompt, locale, verdict) => {
      const sent = orders.sendTask(prompt, locale);
      if (!sent.ok) throw new Error(sent.error.type);
      const taskId = sent.value;
      for (;;) {
        const next = await when(prompt, () => {
          const pending = approvalsOf(taskId).find(({ state }) => state === "pending");
          const ended = endOf(taskId);
          if (pending !== undefined) return { pending };
          return ended === undefined ? undefined : { ended };
        });
        if (next.ended !== undefined) return { ...next.ended, approvals: approvalsOf(taskId) };
        const { id } = next.pending;
        const answered = orders.decide(id, { verdict, locale });
        if (!answered.ok) throw new Error(answered.error.type);
        await when("the answer's effect", () =>
          approvalsOf(taskId).some((one) => one.id === id && one.state === "pending") ? undefined : true,
        );
      }
    },
    close: async () => {
      room.destroy();
      doc.destroy();
      await executor.close();
      await relay.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
