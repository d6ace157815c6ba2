/**
 * One script on a real executor, from wherever its disk stands, until all that was wanted has come. The person's phone
 * is another device: it keeps what it has said in a file of its own, and says it again.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as Y from "yjs";
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  createIdFactory,
  isFinal,
  readApprovals,
  readIntents,
  readDecisions,
  readRuns,
  readTasks,
  type Attachment,
  type Run,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { verifyAuditLog } from "../../../desktop/src/executor/audit/audit-log.ts";
import { openExecutor, type Executor } from "../../../desktop/src/executor/index.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../desktop/src/executor/secret-store.ts";
import type { Script } from "./scripts.ts";
import { treeOf } from "./tree.ts";

export interface Stage {
  /** Holds Work (granted), Inbox, keys and the phone. */
  readonly root: string;
  /** The executor's own folder; on another disk where the script says so. */
  readonly dataDir: string;
  readonly relayUrl?: string;
}

export interface Ending {
  readonly state: Run["state"];
  /** "write done" and so on, in their order. */
  readonly steps: readonly string[];
  readonly allowed: number;
  /** Before it was taken back; absent where that had begun already. */
  readonly tree?: string;
  /** After all of it was taken back. */
  readonly undoneTree: string;
  /** What undo says of each step. */
  readonly undone: readonly string[];
  readonly isAuditSound: boolean;
}

const keys = createDeviceKeys(new Uint8Array(32).fill(1), new Uint8Array(32).fill(101));

export const workOf = ({ root }: Pick<Stage, "root">): string => path.join(root, "Work");

export const openStage = async ({ root, dataDir, relayUrl }: Stage, script: Script): Promise<Executor> => {
  mkdirSync(workOf({ root }), { recursive: true });
  const opened = await openExecutor({
    dataDir,
    model: createScriptedModel((_request, turn) => ({ content: script.turns[turn] ?? [] })),
    secretStore: createClearSecretStore(path.join(root, "keys")),
    deviceName: "Studio",
    randomBytes,
    inboxFolder: path.join(root, "Inbox"),
    ...(relayUrl === undefined ? {} : { relayUrls: [relayUrl] }),
  });
  if (!opened.ok) throw new Error(opened.error.type);
  const executor = opened.value;
  if (!executor.ledger.devices.has(keys.deviceId))
    executor.admitDevice({ ...keys, name: "iPhone", kind: "phone" });
  if (executor.grants.list().length === 0) await executor.grants.add(workOf({ root }), "read-write");
  return executor;
};

/** The phone acts whenever its copy of the document changes; `look` sees the run after that. */
const connectPhone = (executor: Executor, { root }: Stage, script: Script, mayUndo: () => boolean) => {
  const file = path.join(root, "phone");
  const doc = new Y.Doc();
  if (existsSync(file)) Y.applyUpdate(doc, readFileSync(file));
  const ids = createIdFactory({ now: Date.now, randomBytes });
  const orders = createDeviceOrders({ doc, keys, ids, now: Date.now });
  const send = (): void => {
    writeFileSync(file, Y.encodeStateAsUpdate(doc));
    Y.applyUpdate(executor.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(executor.doc)));
  };
  const run = (): Run | undefined => readRuns(doc).entries[0];
  const hasSaid = (type: string): boolean =>
    readIntents(doc).entries.some(({ value }) => value.type === type);

  const answer = (): boolean => {
    const approval = readApprovals(doc).entries.find(({ state }) => state === "pending");
    if (approval === undefined) return false;
    if (script.answer === "cancel") return !hasSaid("cancel") && orders.cancel(approval.taskId).ok;
    const isAnswered = readDecisions(doc).entries.some(({ value }) => value.approvalId === approval.id);
    return !isAnswered && orders.decide(approval.id, { verdict: script.answer ?? "allow", locale: "en" }).ok;
  };
  const act = (): void => {
    const now = run();
    const isFirst = readTasks(doc).entries.length === 0;
    if (isFirst) orders.sendTask("Tidy up", "en", attachmentsOf(root));
    const steer =
      script.steer !== undefined && now !== undefined && now.steps.length > 0 && !hasSaid("steer");
    const isSteered = steer && orders.steer(now.taskId, script.steer).ok;
    const isUndoing = now !== undefined && isFinal(now.state) && mayUndo() && !hasSaid("undo");
    const isUndone = isUndoing && orders.undo(now.id).ok;
    if ([isFirst, isSteered, isUndone, answer()].includes(true)) send();
  };
  executor.doc.on("update", (update: Uint8Array) => {
    Y.applyUpdate(doc, update);
    setImmediate(act);
  });
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(executor.doc));
  send();
  act();
  return { run, act, undoOrder: () => readIntents(doc).entries.find(({ value }) => value.type === "undo") };
};

const attachmentsOf = (root: string): readonly Attachment[] => {
  const file = path.join(root, "attachments.json");
  // `as`: written by bases.ts, next to this file.
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Attachment[]) : [];
};

/** Each run is also taken back at its end, to see that it can be. */
export const play = async (stage: Stage, script: Script): Promise<Ending> => {
  const executor = await openStage(stage, script);
  try {
    return await playOn(executor, stage, script);
  } finally {
    await executor.close(); // also of one that waits for what never comes: it would write into the next fault's disk
  }
};

const playOn = async (executor: Executor, stage: Stage, script: Script): Promise<Ending> => {
  let mayUndo = false;
  const phone = connectPhone(executor, stage, script, () => mayUndo);
  const isTakenBackAlready = phone.undoOrder() !== undefined;
  const facts = () => [...executor.ledger.runs.values()][0];
  const isUndone = (): boolean => {
    const order = phone.undoOrder();
    return order !== undefined && executor.ledger.handled.has(order.value.id);
  };
  const isEnded = (): boolean => {
    const run = facts();
    return run !== undefined && isFinal(run.state);
  };
  await until("the run ends", isEnded);
  const tree = isTakenBackAlready ? {} : { tree: treeOf(workOf(stage)) };
  mayUndo = true;
  phone.act();
  await until("the run is taken back", isUndone);
  const run = readRuns(executor.doc).entries[0];
  await executor.close();
  return {
    state: run?.state ?? "queued",
    steps: (run?.steps ?? []).map(({ kind, outcome }) => `${kind} ${outcome}`),
    allowed: [...executor.ledger.approvals.values()].filter(({ state }) => state === "allowed").length,
    ...tree,
    undoneTree: treeOf(workOf(stage)),
    undone: Object.values(run?.undone ?? {}).map(({ outcome }) => outcome),
    isAuditSound: verifyAuditLog(path.join(stage.dataDir, "audit.jsonl")).ok,
  };
};

/** A minute: on a busy machine everything takes longer, and what does not come never comes. */
const PATIENCE_MS = 60_000;

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + PATIENCE_MS; !holds(); await new Promise((resolve) => setTimeout(resolve, 2)))
    if (Date.now() > end) throw new Error(`not reached: ${what}`);
};
