/**
 * One task with a read, a free write and a write that asks, on a disk that may kill the process at any of its
 * operations: before a write, in the middle of it, after it, after the fsync, and around each effect.
 */
import { mkdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Disk } from "../../../../desktop/src/executor/journal-file.ts";
import { nodeDisk } from "../../../../desktop/src/executor/journal-file.ts";
import { openExecutor, type Executor } from "../../../../desktop/src/executor/index.ts";
import { createScriptedModel } from "../../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";
import type { Effect, Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import { deviceKeys, tallyTool } from "./bench.ts";
import { connectStoredPhone } from "./stored-phone.ts";

export const openCrashCase = async (root: string, point: () => void): Promise<Executor> => {
  const work = path.join(root, "Work");
  mkdirSync(work, { recursive: true });
  const disk: Disk = {
    write: (file, bytes) => {
      point();
      const half = Math.floor(bytes.length / 2);
      nodeDisk.write(file, bytes.subarray(0, half));
      point();
      nodeDisk.write(file, bytes.subarray(half));
      point();
    },
    sync: (file) => {
      nodeDisk.sync(file);
      point();
    },
  };
  const tally = path.join(root, "tally");
  const tool = (name: string, effect: Effect): Tool => {
    const plain = tallyTool(name, effect, tally);
    const run: Tool["run"] = async (prepared, context) => {
      point();
      const output = await plain.run(prepared, context);
      point();
      return output;
    };
    return { ...plain, run };
  };
  const call = (id: string, name: string, line: string) => ({
    type: "tool_use" as const,
    id,
    name,
    input: { line },
  });
  const turns = [
    [call("c1", "look", "a"), call("c2", "write", "b")],
    [call("c3", "drop", "c")],
    [{ type: "text" as const, text: "All is done." }],
  ];
  const opened = await openExecutor({
    dataDir: path.join(root, "data"),
    model: createScriptedModel((_request, turn) => ({ content: turns[turn] ?? [] })),
    secretStore: createClearSecretStore(path.join(root, "keys")),
    deviceName: "Studio",
    randomBytes,
    tools: () => [tool("look", "read"), tool("write", "create"), tool("drop", "trash")],
    disk,
  });
  if (!opened.ok) throw new Error(opened.error.type);
  const executor = opened.value;
  const phone = deviceKeys(1);
  executor.admitDevice({ ...phone, name: "iPhone", kind: "phone" });
  if (executor.grants.list().length === 0) await executor.grants.add(work, "read-write");
  connectStoredPhone(executor, path.join(root, "phone"), phone, { now: Date.now, randomBytes });
  return executor;
};
