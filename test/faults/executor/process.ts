/**
 * The executor process that dies: plays a script and is killed by SIGKILL, or loses its power, before the call that
 * it was told, or in the middle of that write. argv[2]: an Order as JSON. Prints, as its last line, what its disk calls
 * were when it is not killed.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { installHooks, real, type FileCall } from "./file-system-hooks.ts";
import type { Stage } from "./play.ts";
import { createPower } from "./power.ts";
import { SCRIPTS } from "./scripts.ts";

export interface Order {
  readonly script: number;
  readonly stage: Stage;
  /** The call to die at, from 0; absent: it lives. */
  readonly at?: number;
  /** "before" the call, in the "middle" of a write, or by a power cut before it. */
  readonly how?: "before" | "middle" | "dropped" | "torn";
  readonly seed?: number;
}

// `as`: written by faults.ts, next to this file.
const order = JSON.parse(process.argv[2] ?? "") as Order;
const { stage, at, how = "before", seed = 0 } = order;
const script = SCRIPTS[order.script];
if (script === undefined) throw new Error(`no script ${order.script}`);
const isPower = how === "dropped" || how === "torn";

const watched = [stage.dataDir, path.join(stage.root, "Work"), path.join(stage.root, "Inbox")];
const graves = [stage.dataDir, stage.root].map((folder) => `${folder}.grave`);
for (const grave of graves) mkdirSync(grave, { recursive: true });
const [dataGrave = "", rootGrave = ""] = graves;
const power = createPower(
  (folder) => (folder.startsWith(stage.dataDir) ? dataGrave : rootGrave),
  watched.filter((folder) => real.existsSync(folder)),
);

let state = (seed * 2_654_435_761 + 1) >>> 0;
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};

const calls: FileCall[] = [];
const before = (call: FileCall): void => {
  if (calls.length === at) {
    if (isPower) power.cut(how, random);
    if (how === "middle" && call.descriptor !== undefined && call.bytes !== undefined)
      real.writeSync(call.descriptor, call.bytes, 0, Math.ceil(call.bytes.length / 2));
    process.kill(process.pid, "SIGKILL");
  }
  calls.push(call);
  if (isPower) power.before(call);
};
/** The root itself, too: who makes the inbox in it fsyncs it. */
const isWatched = (file: string): boolean =>
  file === stage.root || watched.some((folder) => file === folder || file.startsWith(`${folder}/`));
await installHooks(isWatched, {
  before,
  lose: (call) => isPower && power.lose(call),
});

const { play } = await import("./play.ts");
const ending = await play(stage, script);
const told = calls.map(({ kind, path: file }) => ({
  kind,
  path: path.relative(path.dirname(stage.dataDir), file),
}));
process.stdout.write(JSON.stringify({ calls: told, ending }));
process.exit(0);
