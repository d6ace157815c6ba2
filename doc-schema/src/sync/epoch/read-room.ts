/**
 * The document of a workspace as its relays hold it, read by somebody who was not there: from an epoch's key, along the
 * moves, to the epoch that is live.
 * Nothing is guarded and nothing is written: what comes of it takes signed records and shows the rest as what was.
 */
import * as Y from "yjs";
import { createEpochKeys, type DeviceKeys, type RootKey } from "../../crypto/index.ts";
import { nothingToStop, type SyncPorts } from "../ports.ts";
import { connectRoom, type RoomConnection } from "../workspace-connection.ts";
import { readMove } from "./move.ts";

export interface ReadRoomInput {
  readonly ports: SyncPorts;
  readonly workspaceId: string;
  /** Where to begin; a later epoch is found from here. */
  readonly epoch: number;
  readonly rootKey: RootKey;
  /** The executor's: a move is its own, and holds a key for it. */
  readonly executorKeys: DeviceKeys;
  readonly relayUrls: readonly string[];
  /** How long a relay may take (milliseconds). */
  readonly timeoutMs: number;
}

export interface ReadRoom {
  readonly doc: Y.Doc;
  readonly epoch: number;
  readonly rootKey: RootKey;
  /** The relays that showed their log to its end; none: nothing was read. */
  readonly reached: readonly string[];
}

export const readRoom = async (input: ReadRoomInput): Promise<ReadRoom> => {
  for (let at: Pick<ReadRoomInput, "epoch" | "rootKey"> = input; ;) {
    const read = await readEpoch({ ...input, ...at });
    if (read.next === undefined)
      return { doc: read.doc, epoch: at.epoch, rootKey: at.rootKey, reached: read.reached };
    read.doc.destroy();
    at = read.next;
  }
};

interface EpochRead {
  readonly doc: Y.Doc;
  readonly reached: readonly string[];
  readonly next?: { readonly epoch: number; readonly rootKey: RootKey };
}

/** Ends at the first sound move, or when every relay has shown all, or when the time is over. */
const readEpoch = (input: ReadRoomInput): Promise<EpochRead> =>
  new Promise((resolve) => {
    const { ports, workspaceId, epoch, rootKey, executorKeys } = input;
    const doc = new Y.Doc();
    const keys = createEpochKeys(rootKey, epoch);
    const reached = new Set<string>();
    const links: RoomConnection[] = [];
    let stopTimer = nothingToStop;
    let isEnded = false;
    /** A connection is not to be ended from within its own callback. */
    const later = (work: () => void): void => void ports.timers.after(0, work);
    const end = (next?: EpochRead["next"]): void => {
      if (isEnded) return;
      isEnded = true;
      stopTimer();
      for (const link of links) link.destroy();
      resolve({ doc, reached: [...reached], ...(next === undefined ? {} : { next }) });
    };
    const onMoved = (body: Uint8Array): void => {
      const { signKey: executorSignKey } = executorKeys;
      const move = readMove(body, { executorSignKey, workspaceId, epoch, deviceKeys: executorKeys });
      if (move.ok && "rootKey" in move.value) end(move.value);
    };
    const onLive = (relayUrl: string): void => {
      reached.add(relayUrl);
      if (reached.size === input.relayUrls.length) end();
    };
    if (input.relayUrls.length === 0) return end();
    stopTimer = ports.timers.after(input.timeoutMs, () => end());
    for (const relayUrl of input.relayUrls) {
      const link = connectRoom({
        ...ports,
        doc,
        keys,
        relayUrl,
        deviceId: executorKeys.deviceId,
        onMoved: (body) => later(() => onMoved(body)),
        onStatus: ({ phase, alarm }) => {
          if (alarm !== undefined) later(() => link.acceptHistory());
          if (phase === "live") later(() => onLive(relayUrl));
        },
      });
      link.awareness.setLocalState(null);
      links.push(link);
    }
  });
