/**
 * The phone as a device of a workspace: the document from storage, the way to the relay, and the orders it signs.
 * 1. What is stored here is shown first; the relay comes second and may never come.
 * 2. An order is in the document, and so in storage, when its promise settles; that it was sent is another matter.
 * 3. Every address that the desktop named is tried, the one that served this page first: it is known to be reachable.
 */
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import { createIdFactory, readDeviceRegistry, type DeviceRegistry } from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import {
  connectRoom,
  readPeers,
  writePresence,
  type RoomConnection,
  type SyncPhase,
} from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import * as Y from "yjs";
import { storeDocument } from "../device/document-store.ts";
import type { Membership } from "../device/membership-store.ts";
import { orderRelays } from "../device/relay-order.ts";
import { browserPorts, randomBytes } from "../device/sync-ports.ts";
import type {
  ConnectionPhase,
  ConnectionState,
  DesktopPresence,
  Orders,
  Workspace,
} from "../shared-ui/workspace.ts";

export interface PhoneWorkspace extends Workspace {
  /** Settles when the stored document is loaded. */
  readonly loaded: Promise<void>;
  readonly close: () => Promise<void>;
}

export const APP_VERSION = "0.1.0";

/** A relay that cannot be reached is no lack of network: between two attempts the phone still connects. */
const PHASES: Readonly<Record<SyncPhase, ConnectionPhase>> = {
  offline: "connecting",
  connecting: "connecting",
  authenticating: "connecting",
  "catching-up": "catching-up",
  live: "live",
  refused: "refused",
};

export const openPhoneWorkspace = (membership: Membership): PhoneWorkspace => {
  const doc = new Y.Doc();
  const { keys } = membership;
  const stored = storeDocument(membership.workspaceId, doc);
  const ids = createIdFactory({ now: browserPorts.now, randomBytes });
  const listeners = new Set<() => void>();
  const changed = (): void => listeners.forEach((listener) => listener());

  let registry: DeviceRegistry | undefined;
  let heardAt: number | undefined;
  let lastPower: { readonly power: "asleep" | "quit"; readonly since: number } | undefined;

  const room: RoomConnection = connectRoom({
    ...browserPorts,
    doc,
    keys: createEpochKeys(membership.rootKey, membership.epoch),
    deviceId: keys.deviceId,
    relayUrl: orderRelays(membership.relayUrls, location.href)[0] ?? location.origin.replace(/^http/, "ws"),
    onStatus: changed,
  });
  const onlineSince = browserPorts.now();
  writePresence(room.awareness, {
    deviceId: keys.deviceId,
    role: "phone",
    appVersion: APP_VERSION,
    onlineSince,
    power: "awake",
  });

  const executor = () => readPeers(room.awareness).find((peer) => peer.role === "executor");
  const onPresence = (): void => {
    const peer = executor();
    if (peer !== undefined) {
      heardAt = browserPorts.now();
      lastPower = peer.power === "awake" ? undefined : { power: peer.power, since: heardAt };
    }
    changed();
  };
  const onUpdate = (): void => {
    registry = undefined;
    changed();
  };
  const onNetwork = (): void => {
    if (navigator.onLine) room.retryNow();
    changed();
  };
  room.awareness.on("change", onPresence);
  doc.on("update", onUpdate);
  addEventListener("online", onNetwork);
  addEventListener("offline", onNetwork);
  document.addEventListener("visibilitychange", onNetwork);

  const connection = (): ConnectionState => {
    const { phase, pending, replayed, refusal } = room.status();
    return {
      phase: navigator.onLine ? PHASES[phase] : "offline",
      unsent: pending,
      ...(phase === "catching-up" ? { received: replayed } : {}),
      ...(refusal === undefined ? {} : { refusal }),
    };
  };

  const desktop = (): DesktopPresence => {
    const peer = executor();
    const power =
      lastPower ?? (peer === undefined ? undefined : { power: peer.power, since: peer.onlineSince });
    return {
      online: peer !== undefined && peer.power === "awake",
      ...(heardAt === undefined ? {} : { heardAt: peer === undefined ? heardAt : browserPorts.now() }),
      ...(power === undefined ? {} : { power: power.power, powerSince: power.since }),
      ...(peer?.step === undefined ? {} : { step: peer.step }),
    };
  };

  return {
    doc,
    deviceId: keys.deviceId,
    role: "phone",
    loaded: stored.loaded.then(onUpdate),
    registry: () => (registry ??= readDeviceRegistry(doc, membership.executorSignKey)),
    isAtRelay: ({ client, clock }) => room.known.covers(client, clock),
    connection,
    desktop,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    retryNow: room.retryNow,
    orders: ordersOf(createDeviceOrders({ doc, keys, ids, now: browserPorts.now })),
    close: async () => {
      removeEventListener("online", onNetwork);
      removeEventListener("offline", onNetwork);
      document.removeEventListener("visibilitychange", onNetwork);
      room.destroy();
      await stored.close();
      doc.destroy();
    },
  };
};

/** The screens wait for an order to be stored; here that is at once, and what cannot be stored is said. */
const ordersOf = (orders: DeviceOrders): Orders => ({
  sendTask: async (prompt, locale) => demand(orders.sendTask(prompt, locale)),
  decide: async (approvalId, answer) => demand(orders.decide(approvalId, answer)),
  cancel: async (taskId) => orders.cancel(taskId),
  steer: async (taskId, text) => orders.steer(taskId, text),
  undo: async (runId, stepId) => orders.undo(runId, stepId),
  stopAll: async () => orders.stopAll(),
  resume: async () => orders.resume(),
});

const demand = (result: Result<unknown, { readonly type: string }>): void => {
  if (!result.ok) throw new Error(result.error.type);
};
