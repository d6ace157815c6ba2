/**
 * An executor on a real disk with its own tools, a model that answers at once, and a phone that allows what is asked.
 * What is measured is the time between two questions to the model: all that the executor does for one turn.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as Y from "yjs";
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  createIdFactory,
  isFinal,
  readApprovals,
  type RunState,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { openExecutor, type Executor } from "../../../desktop/src/executor/index.ts";
import type { AssistantBlock } from "../../../desktop/src/executor/models/model.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../desktop/src/executor/secret-store.ts";
import { until, wait } from "../lib/measure.ts";

export interface Desk {
  readonly root: string;
  /** Granted, as "Work". */
  readonly work: string;
  readonly executor: Executor;
  /** Sends a task whose prompt names a script of `scripts`. */
  readonly send: (script: string) => TaskId;
  /** Milliseconds between the questions to the model, in their order; resolves when the run has ended well. */
  readonly run: (script: string) => Promise<readonly number[]>;
  readonly ended: (task: TaskId) => Promise<RunState>;
  readonly undo: (task: TaskId) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export type Turns = readonly (readonly AssistantBlock[])[];

let calls = 0;
export const call = (name: string, input: object): AssistantBlock => ({
  type: "tool_use",
  id: `call-${++calls}`,
  name,
  input: { folder: "Work", ...input },
});

export interface DeskOptions {
  readonly relayUrls?: readonly string[];
  /** How long the model thinks (milliseconds). */
  readonly thinks?: number;
}

const keys = createDeviceKeys(new Uint8Array(32).fill(1), new Uint8Array(32).fill(101));

export const openDesk = async (
  scripts: Readonly<Record<string, Turns>>,
  { relayUrls = [], thinks = 0 }: DeskOptions = {},
): Promise<Desk> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-bench-"));
  const work = path.join(root, "Work");
  mkdirSync(work);
  const asked = new Map<string, number[]>();
  const scripted = createScriptedModel((request, turn) => {
    const [first] = request.messages;
    const block = first?.role === "user" ? first.content[0] : undefined;
    const script = block?.type === "text" ? block.text : "";
    asked.set(script, [...(asked.get(script) ?? []), performance.now()]);
    return { content: scripts[script]?.[turn] ?? [{ type: "text", text: "Done." }] };
  });
  const opened = await openExecutor({
    dataDir: path.join(root, "data"),
    model: {
      ...scripted,
      turn: async (...turn) => {
        if (thinks > 0) await wait(thinks);
        return scripted.turn(...turn);
      },
    },
    secretStore: createClearSecretStore(path.join(root, "keys")),
    deviceName: "Studio",
    randomBytes,
    relayUrls,
  });
  if (!opened.ok) throw new Error(opened.error.type);
  const executor = opened.value;
  executor.admitDevice({ ...keys, name: "iPhone", kind: "phone" });
  await executor.grants.add(work, "read-write");

  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(executor.doc));
  const ids = createIdFactory({ now: Date.now, randomBytes });
  const orders = createDeviceOrders({ doc, keys, ids, now: Date.now });
  const say = (): void =>
    Y.applyUpdate(executor.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(executor.doc)));
  const allowed = new Set<string>();
  executor.doc.on("update", (update: Uint8Array) => {
    Y.applyUpdate(doc, update);
    setImmediate(() => {
      for (const { id, state } of readApprovals(doc).entries)
        if (state === "pending" && !allowed.has(id)) {
          allowed.add(id);
          orders.decide(id, { verdict: "allow", locale: "en" });
          say();
        }
    });
  });

  const runOf = (task: TaskId) => {
    const id = executor.ledger.runOfTask.get(task);
    return id === undefined ? undefined : executor.ledger.runs.get(id);
  };
  const send: Desk["send"] = (script) => {
    asked.delete(script);
    const task = orders.sendTask(script, "en");
    if (!task.ok) throw new Error(task.error.type);
    say();
    return task.value;
  };
  const ended: Desk["ended"] = async (task) => {
    await until("the run ends", () => isFinal(runOf(task)?.state ?? "queued"), 600_000);
    return runOf(task)?.state ?? "failed";
  };
  return {
    root,
    work,
    executor,
    send,
    ended,
    run: async (script) => {
      const state = await ended(send(script));
      if (state !== "done") throw new Error(`${script}: ${state}`);
      const times = asked.get(script) ?? [];
      return times.slice(1).map((time, at) => time - (times[at] ?? time));
    },
    undo: async (task) => {
      const run = runOf(task);
      if (run === undefined) throw new Error("there is no such run");
      orders.undo(run.id);
      say();
      await until("the run is taken back", () => Object.keys(runOf(task)?.undone ?? {}).length > 0, 600_000);
    },
    remove: async () => {
      await executor.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
