/**
 * An executor process whose system clock is libfaketime's, with schedules that a phone ordered. argv[2]: a Plan as
 * JSON. Prints a JSON line for each thing that becomes of a schedule, with both clocks as the scheduler read them when it
 * decided: until its record is on the disk, a fast clock goes on by half a minute.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import { createIdFactory } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type ScheduleFields } from "@deskhand/doc-schema/orders";
import { openExecutor } from "../../../desktop/src/executor/index.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../desktop/src/executor/secret-store.ts";

export interface Plan {
  readonly root: string;
  readonly schedules: readonly Pick<ScheduleFields, "title" | "rule" | "timeZone" | "ifMissed">[];
}

/** Times in milliseconds: `time` and `wall` since 1970, `up` by the clock that nobody sets. */
export interface Told {
  readonly type: "ready" | "schedule-fired" | "schedule-missed" | "failed";
  readonly title: string;
  readonly time: number;
  readonly isCatchUp: boolean;
  readonly wall: number;
  readonly up: number;
}

// `as`: written by clock-process.ts, next to this file.
const { root, schedules } = JSON.parse(process.argv[2] ?? "") as Plan;
let moment = { wall: Date.now(), up: performance.now() };
const tell = (told: Omit<Told, "wall" | "up">): void =>
  void process.stdout.write(`${JSON.stringify({ ...told, ...moment })}\n`);
const plain = { title: "", time: 0, isCatchUp: false };

const opened = await openExecutor({
  dataDir: path.join(root, "data"),
  model: createScriptedModel(() => ({ content: [{ type: "text", text: "Nothing changed." }] })),
  secretStore: createClearSecretStore(path.join(root, "keys")),
  deviceName: "Studio",
  randomBytes,
  // The scheduler asks for it once a look, together with the wall clock.
  uptime: () => {
    moment = { wall: Date.now(), up: performance.now() };
    return moment.up;
  },
});
if (!opened.ok) throw new Error(opened.error.type);
const executor = opened.value;
const keys = createDeviceKeys(new Uint8Array(32).fill(1), new Uint8Array(32).fill(101));
executor.admitDevice({ ...keys, name: "iPhone", kind: "phone" });
executor.on((event) => {
  if (event.type === "failure") tell({ ...plain, type: "failed", title: event.text });
  if (event.type !== "record") return;
  const { record } = event;
  if (record.type !== "schedule-fired" && record.type !== "schedule-missed") return;
  const title = executor.ledger.schedules.get(record.scheduleId)?.title ?? "";
  const isCatchUp = record.type === "schedule-fired" && record.isCatchUp === true;
  tell({ type: record.type, title, time: record.time ?? 0, isCatchUp });
});
const ids = createIdFactory({ now: Date.now, randomBytes });
const orders = createDeviceOrders({ doc: executor.doc, keys, ids, now: Date.now });
for (const schedule of schedules)
  orders.createSchedule({ ...schedule, prompt: "What changed?", enabled: true, locale: "en" });
// A clock that runs fast is not seen by the system's own waiting: the loop has to turn often to notice.
setInterval(() => undefined, 5);
setTimeout(() => tell({ ...plain, type: "ready" }), 50);
process.stdin.on("end", () => void executor.close().then(() => process.exit(0))).resume();
