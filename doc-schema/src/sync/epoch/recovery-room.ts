/**
 * The recovery room of one relay: a room like any other, whose keys come out of the recovery words, with one value in it.
 * 1. The desktop replaces the value in every epoch and compacts at once, so that the room is one frame.
 * 2. An older value shown again by the relay does no harm: its epoch's room ends with a move to the next.
 */
import * as Y from "yjs";
import { createEpochKeys, MAX_RECOVERY_BYTES, type DeviceId, type RootKey } from "../../crypto/index.ts";
import { equalBytes, err, ok, type Result } from "../../wire/index.ts";
import { nothingToStop, type SyncPorts } from "../ports.ts";
import { connectRoom } from "../workspace-connection.ts";

/** The epoch of every recovery room: it has no next one. */
const RECOVERY_EPOCH = 0;
/** What a compaction needs after the value was acknowledged (milliseconds). */
const LINGER_MS = 1_000;

const fieldsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("recovery");

const readSealed = (doc: Y.Doc): Uint8Array | undefined => {
  const value = fieldsOf(doc).get("record");
  return value instanceof Uint8Array && value.length <= MAX_RECOVERY_BYTES ? value : undefined;
};

/** A connection is not to be ended from within its own callback. */
const laterBy =
  ({ timers }: SyncPorts) =>
  (work: () => void): void =>
    void timers.after(0, work);

export interface RecoveryRoomInput {
  readonly ports: SyncPorts;
  readonly roomKey: RootKey;
  readonly deviceId: DeviceId;
  readonly relayUrl: string;
}

export interface PublishRecoveryInput extends RecoveryRoomInput {
  readonly sealed: Uint8Array;
  /** The relay has it. */
  readonly onPublished?: () => void;
}

/** As soon as the relay can be reached. Returns what gives it up. */
export const publishRecovery = (input: PublishRecoveryInput): (() => void) => {
  const { ports, roomKey, deviceId, relayUrl, sealed, onPublished } = input;
  const doc = new Y.Doc();
  let isOver = false;
  let stopLingering = nothingToStop;
  const later = laterBy(ports);
  const link = connectRoom({
    ...ports,
    doc,
    deviceId,
    relayUrl,
    keys: createEpochKeys(roomKey, RECOVERY_EPOCH),
    snapshot: () => Y.encodeStateAsUpdate(doc),
    compactAfterFrames: 1,
    onStatus: ({ phase, pending, alarm }) => {
      if (alarm !== undefined) later(() => link.acceptHistory());
      if (phase === "live") later(() => write(pending));
    },
  });
  link.awareness.setLocalState(null);
  const write = (pending: number): void => {
    if (isOver) return;
    const there = readSealed(doc);
    if (there === undefined || !equalBytes(there, sealed)) fieldsOf(doc).set("record", sealed);
    else if (pending === 0 && link.status().pending === 0) {
      isOver = true;
      stopLingering = ports.timers.after(LINGER_MS, stop);
      onPublished?.();
    }
  };
  const stop = (): void => {
    isOver = true;
    stopLingering();
    link.destroy();
    doc.destroy();
  };
  return stop;
};

export interface FetchRecoveryInput extends RecoveryRoomInput {
  readonly timeoutMs: number;
}

/** "nothing-there": the relay has no record for these words. */
export const fetchRecovery = ({
  ports,
  roomKey,
  deviceId,
  relayUrl,
  timeoutMs,
}: FetchRecoveryInput): Promise<Result<Uint8Array, { readonly type: "unreachable" | "nothing-there" }>> =>
  new Promise((resolve) => {
    const doc = new Y.Doc();
    const later = laterBy(ports);
    let isEnded = false;
    const end = (result: Parameters<typeof resolve>[0]): void => {
      if (isEnded) return;
      isEnded = true;
      stopTimer();
      resolve(result);
      link.destroy();
      doc.destroy();
    };
    const link = connectRoom({
      ...ports,
      doc,
      deviceId,
      relayUrl,
      keys: createEpochKeys(roomKey, RECOVERY_EPOCH),
      onStatus: ({ phase, alarm }) => {
        if (alarm !== undefined) later(() => link.acceptHistory());
        if (phase === "live") later(look);
      },
    });
    link.awareness.setLocalState(null);
    const look = (): void => {
      const sealed = readSealed(doc);
      end(sealed === undefined ? err({ type: "nothing-there" }) : ok(Uint8Array.from(sealed)));
    };
    const stopTimer = ports.timers.after(timeoutMs, () => end(err({ type: "unreachable" })));
  });
