/**
 * The phone as a device of a workspace: the document from storage, the way to the relays, and the orders it signs.
 * 1. What is stored here is shown first; the relays come second and may never come.
 * 2. An order is in the document and in storage when its promise settles; that it was sent is another matter.
 * 3. A damaged copy is said until it has been fetched again, also over restarts.
 * 4. A phone that was removed shows what is stored here and dials nobody.
 */
import {
  appendRecords,
  canWrite,
  createIdFactory,
  readDeviceRegistry,
  readMeta,
  type DeviceRegistry,
  type UnsentRecord,
} from "@deskhand/doc-schema/document";
import { createDeviceOrders, type DeviceOrders } from "@deskhand/doc-schema/orders";
import { readPeers, writePresence } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import { loadCopyFacts, saveCopyFacts } from "../device/copy-facts.ts";
import { openKeptFiles } from "../device/kept-files.ts";
import type { Membership } from "../device/membership-store.ts";
import { openSegmentStore } from "../device/segment-store.ts";
import { browserPorts, randomBytes } from "../device/sync-ports.ts";
import type { ValueStore } from "../device/value-store.ts";
import type * as Y from "yjs";
import type { Access, DesktopPresence, Notice, Orders, Workspace } from "../shared-ui/workspace.ts";
import { auditNews } from "./audit-memory.ts";
import { openEpochSession, type EpochSession } from "./epoch-session.ts";
import { createLoadSegment } from "./load-segment.ts";
import { createPhoneFiles } from "./phone-files.ts";
import { connectionOf, relayStatesOf } from "./relay-states.ts";

export interface PhoneWorkspace extends Workspace {
  /** What was written here and no relay has, or the next epoch's document lacks. */
  readonly unsent: (fresh: Y.Doc) => readonly UnsentRecord[];
  /** Says again, each once, what an earlier document holds; settles when it is stored. */
  readonly sayAgain: (records: readonly UnsentRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface PhoneWorkspaceInput {
  readonly values: ValueStore;
  readonly membership: Membership;
  /** The workspace has just gone over to a new key. */
  readonly isRenewed: boolean;
  /** Somebody erased this phone in another tab. */
  readonly onGone: () => void;
  /** The epoch has ended: the signed move that closed its room. */
  readonly onMoved: (body: Uint8Array) => void;
}

export const APP_VERSION = "0.1.0";

export const openPhoneWorkspace = async (input: PhoneWorkspaceInput): Promise<PhoneWorkspace> => {
  const { values, membership, isRenewed, onGone, onMoved } = input;
  const { keys, workspaceId } = membership;
  const listeners = new Set<() => void>();
  const changed = (): void => listeners.forEach((listener) => listener());
  const notices = new Map<Notice["type"], Notice>();
  const notice = (next: Notice): void => void notices.set(next.type, next);

  let facts = await loadCopyFacts(values, workspaceId);
  const remember = (change: Partial<typeof facts>): void => {
    facts = { ...facts, ...change };
    saveCopyFacts(values, workspaceId, facts).catch((error: unknown) => onProblem(String(error)));
  };
  const onProblem = (reason: string | undefined): void => {
    if (reason === undefined) notices.delete("not-kept");
    else notice({ type: "not-kept", reason });
    changed();
  };
  const followCopy = (): void => {
    if (facts.damagedAt !== undefined && opened?.isCaughtUp() === true) {
      remember({ damagedAt: undefined });
      notices.delete("damaged");
      notice({ type: "restored" });
    }
    changed();
  };
  /** Sync tells of itself before it is open. */
  let opened: EpochSession | undefined;
  const session = (opened = await openEpochSession({
    values,
    membership,
    secret: membership,
    onProblem,
    onGone,
    onMoved,
    onChange: followCopy,
  }));
  const { doc, awareness } = session;
  if (session.damage !== undefined) remember({ damagedAt: browserPorts.now() });
  if (facts.damagedAt !== undefined) notice({ type: "damaged" });
  if (isRenewed) notice({ type: "renewed" });

  let registry: DeviceRegistry | undefined;
  let heardAt: number | undefined;
  let lastPower: { readonly power: "asleep" | "quit"; readonly since: number } | undefined;
  const onlineSince = browserPorts.now();
  writePresence(awareness, {
    deviceId: keys.deviceId,
    role: "phone",
    appVersion: APP_VERSION,
    onlineSince,
    power: "awake",
  });

  const executor = () => readPeers(awareness).find((peer) => peer.role === "executor");
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
    const meta = readMeta(doc);
    if (meta !== undefined && (meta.threadId !== facts.threadId || meta.desktopName !== facts.desktopName))
      remember({ threadId: meta.threadId, desktopName: meta.desktopName });
    followAudit(meta?.audit);
    changed();
  };
  const followAudit = (said: string | undefined): void => {
    if (said === undefined || said === facts.auditHead) return;
    const news = auditNews(facts.auditHead, said, membership.executorSignKey);
    if (news === "take") remember({ auditHead: said });
    if (news === "tell") notice({ type: "audit" });
  };
  const onNetwork = (): void => {
    if (navigator.onLine) session.relays.retryNow();
    changed();
  };
  awareness.on("change", onPresence);
  doc.on("update", onUpdate);
  addEventListener("online", onNetwork);
  addEventListener("offline", onNetwork);
  document.addEventListener("visibilitychange", onNetwork);
  onUpdate();

  const access = (): Access => {
    if (membership.removedAt !== undefined) return { type: "removed", at: membership.removedAt };
    return { type: canWrite(doc) ? "full" : "too-old" };
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
      ...(peer?.also === undefined ? {} : { also: peer.also }),
    };
  };
  const ids = createIdFactory({ now: browserPorts.now, randomBytes });
  const orders = createDeviceOrders({
    doc,
    keys,
    ids,
    now: browserPorts.now,
    rememberedThread: () => facts.threadId,
  });

  return {
    doc,
    deviceId: keys.deviceId,
    role: "phone",
    registry: () => (registry ??= readDeviceRegistry(doc, membership.executorSignKey)),
    isAtRelay: (place) => session.deliveryAt(place, keys.deviceId) !== "saved",
    deliveryAt: session.deliveryAt,
    connection: () => connectionOf(session.relays),
    relays: () => relayStatesOf(session.relays),
    acceptHistory: session.relays.acceptHistory,
    access,
    notices: () => [...notices.values()],
    dismiss: (type) => {
      notices.delete(type);
      if (type === "audit") remember({ auditHead: readMeta(doc)?.audit });
      changed();
    },
    remembered: () => ({
      ...(facts.threadId === undefined ? {} : { threadId: facts.threadId }),
      ...(facts.desktopName === undefined ? {} : { desktopName: facts.desktopName }),
    }),
    loadSegment: createLoadSegment({
      store: openSegmentStore(values, session.name, session.keys.localSealKey, randomBytes),
      keys: session.keys,
      relayUrls: session.relayUrls,
    }),
    files: createPhoneFiles({
      values,
      kept: openKeptFiles(),
      name: session.name,
      keys: session.keys,
      relayUrls: session.relayUrls,
    }),
    desktop,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    retryNow: session.relays.retryNow,
    orders: storedOrders(orders, session.flush),
    unsent: session.unsent,
    sayAgain: (records) => {
      appendRecords(doc, records);
      return session.flush();
    },
    close: async () => {
      removeEventListener("online", onNetwork);
      removeEventListener("offline", onNetwork);
      document.removeEventListener("visibilitychange", onNetwork);
      await session.close();
    },
  };
};

/** An order is given when it is stored; what cannot be an order is said. */
const storedOrders = (orders: DeviceOrders, flush: () => Promise<void>): Orders => {
  const stored = (order: Result<unknown, { readonly type: string }>): Promise<void> => {
    if (!order.ok) throw new Error(order.error.type);
    return flush();
  };
  return {
    sendTask: async (prompt, locale, attachments) => stored(orders.sendTask(prompt, locale, attachments)),
    decide: async (approvalId, answer) => stored(orders.decide(approvalId, answer)),
    give: async (order) => stored(orders.give(order)),
    createSchedule: async (schedule) => stored(orders.createSchedule(schedule)),
  };
};
