/** What all histories share: the devices, the run's three calls, and the first lines of the ledger, signed once. */
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import { createEpochKeys, redact } from "@deskhand/doc-schema/crypto";
import {
  createIdFactory,
  parseAction,
  type Action,
  type RunId,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../../../desktop/src/executor/audit/audit-log.ts";
import { createLedger } from "../../../desktop/src/executor/ledger.ts";
import type { LedgerRecord } from "../../../desktop/src/executor/ledger-records.ts";
import { createScriptedModel } from "../../../desktop/src/executor/models/scripted.ts";
import type { Model } from "../../../desktop/src/executor/models/model.ts";
import type { GrantedFolder, Tool } from "../../../desktop/src/executor/tools/tool.ts";
import { certifyDevice, createWorkspace } from "../../../desktop/src/executor/workspace.ts";
import { keysOf, NOW, seededBytes } from "../../fixtures/workspace-doc.ts";

/** APPROVAL_LIFE_MS, said by the rules and not by the gate. */
export const APPROVAL_HOURS = 24;
/** The run throws three files away, one after the other. */
export const CALLS = 3;

export const EXECUTOR = keysOf(3);
export const APPROVERS: readonly [DeviceKeys, DeviceKeys] = [keysOf(11), keysOf(12)];
export const SENDER = keysOf(13);
export const STRANGER = keysOf(14);

const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(5) });
export const GRANT: GrantedFolder = {
  id: ids.create("grant"),
  name: "Work",
  path: "/nowhere",
  mode: "read-write",
};
export const RUN_ID: RunId = ids.create("run");
export const TASK_ID: TaskId = ids.create("task");
export const FIRST_ROOT_KEY = new Uint8Array(32).fill(9);

export const NO_AUDIT: AuditLog = {
  write: () => undefined,
  rows: () => [],
  head: () => "",
  close: () => undefined,
};

const actions = new Map<string, Action>();
export const actionOf = (call: number, version: number): Action => {
  const name = `${call}:${version}`;
  const known = actions.get(name);
  if (known !== undefined) return known;
  const action = parseAction({
    v: 1,
    kind: "trash",
    tool: "drop",
    grantId: GRANT.id,
    folder: GRANT.name,
    items: [{ path: `${call}.txt`, preimage: `1:${version}:1` }],
  });
  if (action === undefined) throw new Error("the scene's action cannot be read");
  actions.set(name, action);
  return action;
};

/** The ledger of a workspace with its devices and one task that was taken. */
export const beginningOfLedger = (): readonly LedgerRecord[] => {
  const entries: LedgerRecord[] = [];
  const ledger = createLedger(
    { entries, append: (entry) => void entries.push(entry), close: () => undefined },
    { executor: executorOnly },
  );
  const place = { ledger, audit: NO_AUDIT, ids, now: () => NOW, keys: EXECUTOR };
  createWorkspace(place, "Studio", createEpochKeys(redact("root-key", FIRST_ROOT_KEY), 1));
  for (const keys of APPROVERS) certifyDevice(place, { ...keys, name: "Phone", kind: "phone" });
  certifyDevice(place, { ...SENDER, name: "Watch", kind: "phone", roles: ["send"] });
  const threadId = ids.create("thread");
  const task = { id: TASK_ID, createdAt: NOW, threadId, prompt: "Throw three files away.", locale: "en" };
  ledger.append({ type: "task-taken", at: NOW, runId: RUN_ID, deviceId: APPROVERS[0].deviceId, task });
  return entries;
};

export const executorOnly = (id: string) =>
  id === EXECUTOR.deviceId ? { signKey: EXECUTOR.signKey, roles: ["execute"] } : undefined;

/** One call a turn. */
export const model: Model = createScriptedModel((_, turn) => ({
  content:
    turn < CALLS
      ? [{ type: "tool_use", id: `c${turn}`, name: "drop", input: { call: turn } }]
      : [{ type: "text", text: "Done." }],
}));

export interface DropPorts {
  readonly version: (call: number) => number;
  readonly effects: readonly number[];
  readonly drop: (call: number) => void;
}

export const createDrop = ({ version, effects, drop }: DropPorts): Tool => ({
  name: "drop",
  description: "Throws a file away.",
  inputSchema: { type: "object" },
  effect: "trash",
  crash: "check",
  prepare: async (input) => {
    const { call } = input as { call: number }; // the script writes it
    return ok({ plan: { call }, action: actionOf(call, version(call)), step: { kind: "trash", count: 1 } });
  },
  run: async ({ plan, step }) => {
    drop(Number(plan["call"]));
    return ok({ content: "It is gone.", step });
  },
  check: async ({ plan }) => (effects.includes(Number(plan["call"])) ? "done" : "not-done"),
});
