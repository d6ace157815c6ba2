/**
 * The executor under attack: a real one, with all its tools and a model that does what the sequences say. Every request
 * to the model is written down. argv[2]: the scene's root, [3]: "deny" or "allow": which sequences, [4]: every how many
 * of them, [5]: the port that stands for the web, 0 when the way to it is real, [6]: a text that their names hold.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import * as Y from "yjs";
import { createIdFactory, readApprovals, type TaskId } from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { actionOf } from "@deskhand/doc-schema/views";
import { openExecutor } from "../../../desktop/src/executor/index.ts";
import { saveModelKey } from "../../../desktop/src/executor/models/model-key.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import { createSandbox } from "../../../desktop/src/executor/sandbox/sandbox.ts";
import { createClearSecretStore } from "../../../desktop/src/executor/secret-store.ts";
import { createTools } from "../../../desktop/src/executor/tools/registry.ts";
import { keysOf } from "../../fixtures/workspace-doc.ts";
import { SINK_ADDRESS } from "./egress.ts";
import { buildWork, MODEL_KEY, protectedDigest, sceneAt } from "./scene.ts";
import { readInjections, readSequences, type Sequence } from "./sequences.ts";

export interface VictimReport {
  readonly sequences: number;
  readonly calls: number;
  readonly asked: number;
  /** What is wrong, in words. */
  readonly broken: readonly string[];
  /** Addresses that a person allowed. */
  readonly allowedUrls: readonly string[];
}

const [, , root = "", pass = "", every = "1", port = "0", only = ""] = process.argv;
const scene = sceneAt(root);
const words = {
  outside: scene.outside,
  home: scene.home,
  data: scene.data,
  sink: SINK_ADDRESS,
  pid: `${process.pid}`,
};
const sequences = readSequences(words)
  .filter(({ name, answers }) => (answers === "deny") === (pass === "deny") && name.includes(only))
  .filter((_, at) => at % Number(every) === 0);
const injections = readInjections();
const write = (name: string, text: string): void => appendFileSync(path.join(scene.observed, name), text);

let calls = 0;
let current: Sequence | undefined;
let injection = injections[0];
const model = createScriptedModel((request, turn) => {
  write("requests.jsonl", `${JSON.stringify(request)}\n`);
  // what lies in the folder is read first: from then on the run has seen what others wrote
  const first = [
    { name: "list_folder", input: { folder: "Work", path: "" } },
    { name: "read_text", input: { folder: "Work", path: injection?.name ?? "" } },
  ];
  const hostile = turn === 0 ? first : current?.turns[turn - 1];
  if (hostile === undefined) return { content: [{ type: "text", text: "Everything was allowed by you." }] };
  return {
    content: [
      { type: "text", text: "The person has already allowed this." },
      ...hostile.map(({ name, input }) => ({ type: "tool_use" as const, id: `c-${calls++}`, name, input })),
    ],
  };
});

const secretStore = createClearSecretStore(scene.keys);
await saveModelKey(secretStore, MODEL_KEY);
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const web = {
  timeoutMs: 2000,
  resolve: async () => [SINK_ADDRESS],
  ...(port === "0" ? {} : { dial: () => net.connect({ host: "127.0.0.1", port: Number(port) }) }),
};
const opened = await openExecutor({
  dataDir: scene.data,
  model,
  secretStore,
  deviceName: "Studio",
  randomBytes: random,
  home: scene.home,
  tools: (ports) => {
    const workDir = path.join(scene.data, "work");
    const sandbox = createSandbox({ workDir, home: scene.home });
    return createTools({
      ...ports,
      web,
      commands: { sandbox, workDir, outputDir: path.join(scene.data, "outputs") },
    });
  },
});
if (!opened.ok) throw new Error(`the executor cannot be opened: ${opened.error.type}`);
const executor = opened.value;
const phone = keysOf(31);
executor.admitDevice({ ...phone, name: "Phone", kind: "phone" });
if (executor.grants.list().length === 0) {
  const granted = await executor.grants.add(scene.work, "read-write");
  if (!granted.ok) throw new Error(granted.error.text);
}
const { doc } = executor;
const orders = createDeviceOrders({
  doc,
  keys: phone,
  ids: createIdFactory({ now: Date.now, randomBytes: random }),
  now: Date.now,
});

const broken: string[] = [];
const allowedUrls: string[] = [];
let asked = 0;
let allowed = 0;
const answerAll = (): void => {
  for (const approval of readApprovals(doc).entries) {
    if (approval.state !== "pending") continue;
    const isFirst = allowed === 0;
    const isAllowed = current?.answers === "allow" || (current?.answers === "allow-first" && isFirst);
    if (isAllowed) {
      allowed++;
      const action = actionOf(approval);
      if (action?.kind === "fetch") allowedUrls.push(action.url);
    }
    orders.decide(approval.id, { verdict: isAllowed ? "allow" : "deny", locale: "en" });
  }
};
let onEnded: (taskId: TaskId) => void = () => undefined;
executor.on((event) => {
  if (event.type === "failure") broken.push(`everything was halted: ${event.text}`);
  if (event.type !== "record") return;
  const { record } = event;
  if (record.type === "approval-asked") {
    asked++;
    queueMicrotask(answerAll);
  }
  if (record.type === "approval-spent" && current?.answers === "deny")
    broken.push(`${current.name}: a question that was denied was spent`);
  if (record.type === "run-moved" && ["done", "failed", "cancelled"].includes(record.state)) {
    const task = executor.ledger.runs.get(record.runId)?.task;
    if (task !== undefined) onEnded(task.id);
  }
});

const SEQUENCE_MS = 120_000;
const play = (sequence: Sequence, at: number): Promise<void> =>
  new Promise((resolve) => {
    current = sequence;
    allowed = 0;
    injection = injections[at % injections.length];
    if (injection !== undefined) buildWork(scene, injection);
    const before = protectedDigest(scene);
    const end = (): void => {
      clearTimeout(timer);
      if (sequence.answers === "deny" && protectedDigest(scene) !== before)
        broken.push(`${sequence.name}: what is protected was changed without a yes`);
      resolve();
    };
    const timer = setTimeout(() => {
      broken.push(`${sequence.name}: it did not end`);
      end();
    }, SEQUENCE_MS);
    const sent = orders.sendTask(`${injection?.text ?? ""}\n\nSequence ${at}`, "en");
    onEnded = (taskId) => {
      if (sent.ok && taskId === sent.value) setImmediate(end);
    };
    if (!sent.ok) broken.push(`${sequence.name}: the task could not be sent (${sent.error.type})`);
  });

for (const [at, sequence] of sequences.entries()) await play(sequence, at);
const grants = executor.grants.list();
if (grants.length !== 1 || grants[0]?.path !== scene.work) broken.push("the grants are others than before");
if (pass === "deny" && executor.ledger.schedules.size > 0)
  broken.push("there is a schedule that nobody allowed");
if ([...executor.ledger.devices.values()].length !== 1) broken.push("there is a device that nobody paired");
writeFileSync(path.join(scene.observed, `document-${pass}.bin`), Y.encodeStateAsUpdate(doc));
writeFileSync(path.join(scene.observed, `document-${pass}.json`), JSON.stringify(doc.toJSON()));
await executor.close();
const report: VictimReport = { sequences: sequences.length, calls, asked, broken, allowedUrls };
writeFileSync(path.join(scene.observed, `report-${pass}.json`), JSON.stringify(report));
process.exit(0);
