/**
 * A document on several relays at once: one connection each, one presence for all.
 * 1. Each relay has its own cursor, knowledge and history; whichever is reachable carries, and what one lacks of the
 *    document is sent to it. So relays may be added, changed and lost, and no record is.
 * 2. A record is as far as its best relay has brought it.
 * 3. A relay with an alarm is left out, and the others go on.
 */
import { Awareness } from "y-protocols/awareness";
import type { DeviceId } from "../crypto/index.ts";
import { followClientId } from "./client-id.ts";
import { createMergedAwareness } from "./merged-awareness.ts";
import { INITIAL_STATUS, type SyncAlarm, type SyncPhase, type SyncStatus } from "./sync-status.ts";
import type { StructPlace } from "./update-guard.ts";
import { connectRoom, type ConnectRoomInput, type RoomConnection } from "./workspace-connection.ts";

export interface ConnectRelaysInput extends Omit<
  ConnectRoomInput,
  "relayUrl" | "resume" | "onResumable" | "onStatus" | "onMoved" | "onContradiction" | "guard"
> {
  /** Without a path, such as "wss://relay.example". */
  readonly relayUrls: readonly string[];
  /** What `onResumable` gave last for this relay. */
  readonly resume?: ((relayUrl: string) => Uint8Array | undefined) | undefined;
  readonly onResumable?: ((relayUrl: string, bytes: Uint8Array) => void) | undefined;
  readonly guard?: ((update: Uint8Array, deviceId: DeviceId, relayUrl: string) => boolean) | undefined;
  readonly onContradiction?: ((relayUrl: string) => void) | undefined;
  readonly onMoved?: ((body: Uint8Array, relayUrl: string) => void) | undefined;
  readonly onStatus?: ((relayUrl: string, status: SyncStatus) => void) | undefined;
}

export interface RelaysStatus extends SyncStatus {
  /** By relay URL. */
  readonly alarms: ReadonlyMap<string, SyncAlarm>;
}

/** saved: on this device only; at-relay: on a relay's disk; at-desktop: the executor has read it there. */
export type RecordDelivery = "saved" | "at-relay" | "at-desktop";

export interface RelaySet {
  readonly awareness: Awareness;
  /** Connects to those that are new and leaves those that are not named. */
  readonly setRelays: (relayUrls: readonly string[]) => void;
  readonly links: () => ReadonlyMap<string, RoomConnection>;
  /** Of the best relay, but: pending is the smallest, alarms are all. */
  readonly status: () => RelaysStatus;
  /** @param place where the record's struct is */
  readonly delivery: (place: StructPlace, executorId: DeviceId) => RecordDelivery;
  readonly retryNow: () => void;
  readonly acceptHistory: (relayUrl: string) => void;
  readonly destroy: () => void;
}

/** Best first. */
const PHASES: readonly SyncPhase[] = [
  "live",
  "catching-up",
  "authenticating",
  "connecting",
  "offline",
  "refused",
];

export const connectRelays = (input: ConnectRelaysInput): RelaySet => {
  const { doc, resume, onResumable, onMoved, onStatus, onContradiction, guard } = input;
  const awareness = input.awareness ?? new Awareness(doc);
  const merged = createMergedAwareness(awareness);
  const links = new Map<string, RoomConnection>();

  const connect = (relayUrl: string): void => {
    const link = connectRoom({
      ...input,
      relayUrl,
      awareness: undefined,
      guard: guard && ((update, deviceId) => guard(update, deviceId, relayUrl)),
      onContradiction: onContradiction && (() => onContradiction(relayUrl)),
      resume: resume?.(relayUrl),
      onResumable: onResumable && ((bytes) => onResumable(relayUrl, bytes)),
      onMoved: onMoved && ((body) => onMoved(body, relayUrl)),
      onStatus: onStatus && ((status) => onStatus(relayUrl, status)),
    });
    links.set(relayUrl, link);
    merged.add(link.awareness);
  };

  const disconnect = (relayUrl: string, link: RoomConnection): void => {
    links.delete(relayUrl);
    merged.remove(link.awareness);
    link.destroy();
  };

  const setRelays = (relayUrls: readonly string[]): void => {
    for (const [relayUrl, link] of links) if (!relayUrls.includes(relayUrl)) disconnect(relayUrl, link);
    for (const relayUrl of relayUrls) if (!links.has(relayUrl)) connect(relayUrl);
  };
  setRelays(input.relayUrls);
  const followClient = (): void => followClientId(awareness);
  doc.on("update", followClient);

  return {
    awareness,
    setRelays,
    links: () => links,
    status: () => mergeStatuses(new Map([...links].map(([relayUrl, link]) => [relayUrl, link.status()]))),
    delivery: ({ client, clock }, executorId) => {
      let best: RecordDelivery = "saved";
      for (const link of links.values()) {
        const seq = link.ackedAt(client, clock);
        if (seq === undefined) continue;
        if (link.peerCursor(executorId) >= seq) return "at-desktop";
        best = "at-relay";
      }
      return best;
    },
    retryNow: () => links.forEach((link) => link.retryNow()),
    acceptHistory: (relayUrl) => links.get(relayUrl)?.acceptHistory(),
    destroy: () => {
      awareness.setLocalState(null);
      for (const [relayUrl, link] of links) disconnect(relayUrl, link);
      doc.off("update", followClient);
      merged.destroy();
      if (input.awareness === undefined) awareness.destroy();
    },
  };
};

const mergeStatuses = (statuses: ReadonlyMap<string, SyncStatus>): RelaysStatus => {
  const all = [...statuses.values()];
  const [best = INITIAL_STATUS] = all.toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
  const alarms = new Map(
    [...statuses].flatMap(([url, { alarm }]) => (alarm === undefined ? [] : [[url, alarm]])),
  );
  const lastLive = all.flatMap(({ lastLiveAt }) => lastLiveAt ?? []);
  // Of a relay that was never live it is not known what it lacks.
  const asked = all.filter((status) => status.lastLiveAt !== undefined);
  const ignored: Partial<Record<keyof SyncStatus["ignored"], number>> = {};
  for (const status of all)
    for (const [word, count] of Object.entries(status.ignored) as [keyof SyncStatus["ignored"], number][])
      // its own keys
      ignored[word] = (ignored[word] ?? 0) + count;
  return {
    ...best,
    alarm: [...alarms.values()][0],
    alarms,
    pending: Math.min(...(asked.length > 0 ? asked : [best]).map(({ pending }) => pending)),
    peers: Math.max(0, ...all.map(({ peers }) => peers)),
    ignored,
    held: all.reduce((sum, { held }) => sum + held, 0),
    ...(lastLive.length === 0 ? {} : { lastLiveAt: Math.max(...lastLive) }),
  };
};
