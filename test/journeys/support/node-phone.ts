/** A phone without a screen: the same pairing, sync and orders as the app's, in Node. For journeys that count and kill. */
import { randomBytes } from "node:crypto";
import { createDeviceKeys, createEpochKeys } from "@deskhand/doc-schema/crypto";
import {
  createIdFactory,
  readApprovals,
  readRuns,
  type Approval,
  type Run,
  type RunState,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import {
  connectRoom,
  createPairingRequest,
  parsePairingCode,
  type Admission,
  type RoomConnection,
} from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import type { DesktopProcess } from "./desktop.ts";
import { until } from "./files.ts";

export interface NodePhone {
  readonly doc: Y.Doc;
  readonly room: RoomConnection;
  readonly orders: DeviceOrders;
  readonly admission: Admission;
  /** Sends a task and returns its id. */
  readonly send: (prompt: string) => string;
  readonly runOf: (taskId: string) => Run | undefined;
  readonly reaches: (taskId: string, state: RunState) => Promise<Run>;
  /** The pending approval of the task, when there is one. */
  readonly approval: (taskId: string) => Promise<Approval>;
  readonly close: () => void;
}

/** What a person does at the desktop: in its terminal or in its window. */
export type PairingPlace = Pick<DesktopProcess, "pairingLink" | "typeDigits">;

export const pairNodePhone = async (desktop: PairingPlace, name = "Test phone"): Promise<NodePhone> => {
  const code = parsePairingCode(await desktop.pairingLink());
  if (!code.ok) throw new Error(code.error.type);
  const keys = createDeviceKeys(randomBytes(32), randomBytes(32));
  const admission = await new Promise<Admission>((resolve, reject) => {
    createPairingRequest({
      ports: nodeSyncPorts,
      code: code.value,
      keys,
      name,
      kind: "phone",
      onState: (state) => {
        if (state.type === "asking") void desktop.typeDigits(state.digits).catch(reject);
        if (state.type === "paired") resolve(state.admission);
        if (state.type === "refused" || state.type === "expired") reject(new Error(`pairing: ${state.type}`));
      },
    });
  });
  const doc = new Y.Doc();
  const [relayUrl = ""] = admission.relayUrls;
  const room = connectRoom({
    ...nodeSyncPorts,
    doc,
    keys: createEpochKeys(admission.rootKey, admission.epoch),
    deviceId: keys.deviceId,
    relayUrl,
  });
  const orders = createDeviceOrders({
    doc,
    keys,
    ids: createIdFactory({ now: Date.now, randomBytes }),
    now: Date.now,
  });
  await until("the phone is live", () => room.status().phase === "live");
  const runOf = (taskId: string): Run | undefined =>
    readRuns(doc).entries.find((run) => run.taskId === taskId);
  const approvalOf = (taskId: string): Approval | undefined =>
    readApprovals(doc).entries.find((approval) => approval.taskId === taskId && approval.state === "pending");
  return {
    doc,
    room,
    orders,
    admission,
    send: (prompt) => {
      const sent = orders.sendTask(prompt, "en");
      if (!sent.ok) throw new Error(sent.error.type);
      return sent.value;
    },
    runOf,
    reaches: async (taskId, state) => {
      await until(`${taskId} is ${state}`, () => runOf(taskId)?.state === state);
      const run = runOf(taskId);
      if (run === undefined) throw new Error("the run is gone");
      return run;
    },
    approval: async (taskId) => {
      await until(`${taskId} asks`, () => approvalOf(taskId) !== undefined);
      const approval = approvalOf(taskId);
      if (approval === undefined) throw new Error("the approval is gone");
      return approval;
    },
    close: () => {
      room.destroy();
      doc.destroy();
    },
  };
};
