/**
 * The executor whose stops are watched from outside: a real one, with all its tools, whose model never stops by itself
 * and whose person allows everything. argv[2]: the scene's folder, [3]: the port that stands for the web, [4]: a seed.
 * It is told by messages what the parent wants; it says "ready" and "stopped".
 */
import { randomBytes } from "node:crypto";
import net from "node:net";
import path from "node:path";
import { createIdFactory, readApprovals } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import { openExecutor, type Executor } from "../../../desktop/src/executor/index.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import { createSandbox } from "../../../desktop/src/executor/sandbox/sandbox.ts";
import { createClearSecretStore } from "../../../desktop/src/executor/secret-store.ts";
import { createTools } from "../../../desktop/src/executor/tools/registry.ts";
import { watchStopFile } from "../../../desktop/src/host/stop-file.ts";
import { keysOf } from "../../fixtures/workspace-doc.ts";
import { createRandom } from "../../sim/random.ts";
import { drawCalls } from "./restless-model.ts";

export type ToExecutor =
  | { readonly type: "work" | "resume" | "close" }
  | { readonly type: "stop"; readonly by: "phone" | "window" | "tray" };
export type FromExecutor =
  | { readonly type: "ready"; readonly isStopped: boolean }
  /** `wasWorking`: a run was under way. */
  | { readonly type: "stopped"; readonly wasWorking: boolean };

const [, , root = "", port = "", seed = "1"] = process.argv;
const dataDir = path.join(root, "data");
const random = createRandom(Number(seed));
/** Any name leads to a public address, and that to the parent's server. */
const web = {
  resolve: async () => ["93.184.216.34"],
  dial: () => net.connect({ host: "127.0.0.1", port: Number(port) }),
};

let calls = 0;
const model = createScriptedModel(() => ({
  content: drawCalls(random).map(({ name, input }) => ({
    type: "tool_use",
    id: `c-${calls++}`,
    name,
    input,
  })),
}));

const workDir = path.join(dataDir, "work");
const sandbox = createSandbox({ workDir, home: path.join(root, "home") });
/** Its own programs are not those of a run. */
await sandbox.ready();

const openAll = async (): Promise<Executor> => {
  const opened = await openExecutor({
    dataDir,
    model,
    secretStore: createClearSecretStore(path.join(root, "keys")),
    deviceName: "Studio",
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    home: path.join(root, "home"),
    tools: (ports) => {
      const commands = { sandbox, workDir, outputDir: path.join(dataDir, "outputs") };
      return createTools({ ...ports, web, commands });
    },
  });
  if (!opened.ok) throw new Error(`the executor cannot be opened: ${opened.error.type}`);
  const executor = opened.value;
  for (const keys of [PHONE, WINDOW]) executor.admitDevice({ ...keys, name: "Phone", kind: "phone" });
  if (executor.grants.list().length === 0) {
    const granted = await executor.grants.add(path.join(root, "Work"), "read-write");
    if (!granted.ok) throw new Error(granted.error.text);
  }
  return executor;
};

const PHONE = keysOf(21);
const WINDOW = keysOf(22);
const ids = createIdFactory({ now: Date.now, randomBytes: (length) => new Uint8Array(randomBytes(length)) });

const executor = await openAll();
const ordersOf = (keys: DeviceKeys): DeviceOrders =>
  createDeviceOrders({ doc: executor.doc, keys, ids, now: Date.now });
watchStopFile({ dataFolder: dataDir, stopAll: executor.stopAll });

const tell = (message: FromExecutor): void => void process.send?.(message);

/** The person says yes to everything, at once. */
const allowAll = (): void => {
  for (const { id, state } of readApprovals(executor.doc).entries)
    if (state === "pending") ordersOf(PHONE).decide(id, { verdict: "allow", locale: "en" });
};
executor.on((event) => {
  if (event.type !== "record") return;
  const { record } = event;
  if (record.type === "approval-asked") queueMicrotask(allowAll);
  if (record.type === "stopped")
    tell({
      type: "stopped",
      wasWorking: [...executor.ledger.runs.values()].some(({ state }) => state === "running"),
    });
  // whoever is busy stays busy: a task that ends is followed by another
  if (record.type === "run-moved" && record.state === "failed") queueMicrotask(work);
});
const work = (): void => {
  ordersOf(PHONE).sendTask("Keep busy.", "en");
};

process.on("message", (message: ToExecutor) => {
  switch (message.type) {
    case "work":
      work();
      return work();
    case "resume":
      return executor.resume();
    case "close":
      return void executor.close().then(() => process.exit(0));
    case "stop": {
      if (message.by === "tray") return executor.stopAll();
      return void ordersOf(message.by === "phone" ? PHONE : WINDOW).stopAll();
    }
  }
});
tell({ type: "ready", isStopped: executor.status().state === "stopped" });
