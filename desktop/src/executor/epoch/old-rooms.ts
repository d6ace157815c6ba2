/**
 * The rooms of ended epochs, closed on every relay as soon as it can be reached, also after a restart.
 * 1. Before a room is closed all of it is read, and what people wrote there meanwhile is taken over: the relay had
 *    acknowledged it. It is in the live document, on disk, before the close goes out. That goes for a record too which
 *    builds on what nobody has any more: it is taken out of its update.
 * 2. The move goes to the devices that are members at that moment: one that was removed later finds no key either.
 * 3. A room that another one closed is done with: by a crash between the relay's answer and our record of it, or by the
 *    computer that replaced this one, which `onMoved` tells apart.
 * 4. A relay that lost its disk has its old rooms open and empty again, and a device that was away would go on in one for
 *    ever. So while a device has not been seen in this epoch, they are closed once more on each log that is met.
 */
import * as Y from "yjs";
import { createEpochKeys, type DeviceKeys, type RootKey } from "@deskhand/doc-schema/crypto";
import { recordsInUpdate, type UnsentRecord } from "@deskhand/doc-schema/document";
import { connectRoom, writeMove, type MovingDevice, type SyncPorts } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import { FIRST_EPOCH } from "../identity.ts";
import type { Ledger } from "../ledger.ts";
import type { SecretError } from "../secret-store.ts";
import type { OldRoom } from "./workspace-fold.ts";

export interface OldRooms {
  /** Begins to close, anew, all that the ledger says is open. */
  readonly look: () => void;
  /** The relay has shown its log of the live room. */
  readonly met: (url: string, logId: string) => void;
  readonly close: () => void;
}

export interface OldRoomsPorts {
  readonly ledger: Ledger;
  readonly sync: SyncPorts;
  readonly device: DeviceKeys;
  readonly loadRootKey: (epoch: number) => Promise<Result<RootKey | undefined, SecretError>>;
  /** Takes over what `old` holds, or could not place, and the live document lacks. */
  readonly adopt: (old: Y.Doc, room: OldRoom, unplaced: readonly UnsentRecord[]) => void;
  readonly onMoved: (body: Uint8Array, epoch: number) => void;
  /** A member that was not seen in the live room yet. */
  readonly isAnyoneAway: () => boolean;
  readonly onFailure: (error: unknown) => void;
}

/** A relay that turned the close away is asked again after this long. */
const AGAIN_AFTER_MS = 60_000;
/** So many epochs back a device that was away is waited for. */
const EPOCHS_BACK = 8;

export const createOldRooms = (ports: OldRoomsPorts): OldRooms => {
  const { ledger, sync, device } = ports;
  const { state } = ledger;
  const stops = new Map<string, () => void>();
  const metLogs = new Map<string, string>();
  let again: readonly OldRoom[] = [];
  let isClosed = false;

  const members = (): readonly MovingDevice[] => [
    device,
    ...[...state.devices.values()]
      .filter(({ revokedAt }) => revokedAt === undefined)
      .map(({ record, sealKey }) => ({ deviceId: record.id, sealKey })),
  ];

  const isOpen = ({ url, epoch }: OldRoom): boolean =>
    state.oldRooms.some((room) => room.url === url && room.epoch === epoch);

  /** @param isAgain it was closed before, and only its being closed matters */
  const begin = async (room: OldRoom, isAgain = false): Promise<void> => {
    const { url, epoch } = room;
    const { workspace } = state;
    const ended = await ports.loadRootKey(epoch);
    const next = await ports.loadRootKey(epoch + 1);
    if (!ended.ok || !next.ok) return; // the keychain is locked: at the next start
    if (isAgain && (ended.value === undefined || next.value === undefined)) return; // restored here: never had it
    if (ended.value === undefined || next.value === undefined || workspace === undefined)
      throw new Error(`old rooms: a root key of epoch ${epoch} is gone`);
    if (isClosed || isOpen(room) === isAgain || stops.has(keyOf(room))) return;
    const old = new Y.Doc();
    const unplaced: UnsentRecord[] = [];
    let isRead = false;
    const adopt = (): void => {
      if (isRead && !isClosed) ports.adopt(old, room, unplaced.splice(0));
    };
    old.on("update", adopt);
    const link = connectRoom({
      doc: old,
      keys: createEpochKeys(ended.value, epoch),
      deviceId: device.deviceId,
      relayUrl: url,
      ...sync,
      onMoved: (body) => ports.onMoved(body, epoch),
      onUnplaced: (update) => {
        unplaced.push(...recordsInUpdate(update));
        adopt();
      },
      onStatus: ({ phase, alarm }) => {
        isRead ||= phase === "live";
        if (phase === "live") adopt();
        // Only signed records are taken out of it, so its history need not be whole.
        if (alarm !== undefined) queueMicrotask(() => link.acceptHistory());
      },
    });
    link.awareness.setLocalState(null);
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
      stops.delete(keyOf(room));
      link.destroy();
      old.destroy();
    };
    stops.set(keyOf(room), stop);
    const move = writeMove({
      workspaceId: workspace.workspaceId,
      epoch: epoch + 1,
      rootKey: next.value,
      devices: members(),
      executorKeys: device,
      createdAt: sync.now(),
      randomBytes: sync.randomBytes,
    });
    const closed = await link.closeRoom(move);
    if (isStopped) return;
    stop();
    if (!closed.ok && closed.error.type === "refused") {
      stops.set(keyOf(room), sync.timers.after(AGAIN_AFTER_MS, look));
      return;
    }
    again = again.filter((other) => keyOf(other) !== keyOf(room));
    if (isOpen(room)) ledger.append({ type: "room-closed", at: sync.now(), url, epoch });
  };

  const stopAll = (): void => {
    for (const stop of stops.values()) stop();
    stops.clear();
  };

  const met = (url: string, logId: string): void => {
    if (metLogs.get(url) === logId || isClosed) return;
    metLogs.set(url, logId);
    if (!ports.isAnyoneAway()) return;
    const present = state.workspace?.epoch ?? FIRST_EPOCH;
    const first = Math.max(FIRST_EPOCH, present - EPOCHS_BACK);
    const rooms = Array.from({ length: present - first }, (_, back): OldRoom => {
      return { url, epoch: first + back, reason: "asked" };
    });
    again = [...again.filter((room) => room.url !== url), ...rooms];
    for (const room of rooms) begin(room, true).catch(ports.onFailure);
  };

  const look = (): void => {
    stopAll(); // what waits for its relay was written for the members of then
    if (isClosed) return;
    for (const room of state.oldRooms) begin(room).catch(ports.onFailure);
    for (const room of again) begin(room, true).catch(ports.onFailure);
  };

  return {
    look,
    met,
    close: () => {
      isClosed = true;
      stopAll();
    },
  };
};

const keyOf = ({ url, epoch }: OldRoom): string => `${epoch} ${url}`;
