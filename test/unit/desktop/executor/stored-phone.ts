/**
 * A phone that keeps its own copy of the document in a file, as a real one does: what it said is said again after the
 * executor was killed, and it answers every question once.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  addDecision,
  addTask,
  createIdFactory,
  nextDecisionId,
  parseAction,
  readApprovals,
  readDecisions,
  readTasks,
} from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import type { Executor } from "../../../../desktop/src/executor/index.ts";

export const connectStoredPhone = (
  executor: Executor,
  file: string,
  keys: DeviceKeys,
  ports: Parameters<typeof createIdFactory>[0],
): void => {
  const ids = createIdFactory(ports);
  const doc = new Y.Doc();
  if (existsSync(file)) Y.applyUpdate(doc, readFileSync(file));
  const send = (): void => {
    writeFileSync(file, Y.encodeStateAsUpdate(doc));
    Y.applyUpdate(executor.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(executor.doc)));
  };
  const answer = (): void => {
    const approval = readApprovals(doc).entries.find(({ state }) => state === "pending");
    const action = approval && parseAction(JSON.parse(approval.action));
    if (approval === undefined || action === undefined) return;
    const isAnswered = readDecisions(doc).entries.some(({ value }) => value.approvalId === approval.id);
    if (isAnswered) return;
    const decision = {
      id: nextDecisionId(doc, approval.id, keys.deviceId, ports.now()),
      createdAt: ports.now(),
      approvalId: approval.id,
      requestDigest: approval.requestDigest,
      verdict: "allow" as const,
      scope: "once" as const,
      shownDigest: shownDigest(action, approval, "en"),
      locale: "en",
    };
    addDecision(doc, decision, keys);
    send();
  };
  if (readTasks(doc).entries.length === 0) {
    const { threadId } = executor.workspace;
    const createdAt = ports.now();
    const task = { id: ids.create("task"), createdAt, threadId, prompt: "Tidy up" };
    addTask(
      doc,
      task,
      { id: ids.create("message"), createdAt, threadId, text: "Tidy up", taskId: task.id },
      keys,
    );
  }
  executor.doc.on("update", (update: Uint8Array) => {
    Y.applyUpdate(doc, update);
    setImmediate(answer);
  });
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(executor.doc));
  send();
  answer();
};
