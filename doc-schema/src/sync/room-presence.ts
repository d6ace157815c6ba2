/**
 * Awareness through sealed ephemeral frames.
 * 1. Only our own client's state goes out, and nobody else's message changes it here.
 * 2. A frame whose sender saw another log than we is not believed; one whose sender is ahead of us is, for a while.
 * 3. When the relay says that a session left, the states that came from it are removed at once.
 */
import { unsealFrame } from "../crypto/index.ts";
import type { HistoryFault } from "./log-history.ts";
import {
  parseAwarenessUpdate,
  writeAwarenessMessage,
  writeAwarenessUpdate,
  type AwarenessEntry,
} from "./provider-messages.ts";
import type { SealedRoom } from "./sealed-room.ts";

export interface RoomPresence {
  /** The sealed frame for an awareness update of our provider, if it says anything about us. */
  readonly seal: (update: Uint8Array) => Uint8Array | undefined;
  /** The message for the provider, if the frame is sound. */
  readonly receive: (session: number, frame: Uint8Array) => Uint8Array | undefined;
  readonly join: (session: number) => void;
  /** The message for the provider that removes who was there. */
  readonly leave: (session: number) => Uint8Array;
}

export interface RoomPresenceDeps {
  readonly seal: (body: Uint8Array) => Uint8Array;
  readonly onFault: (fault: HistoryFault) => void;
  /** The sender has read further than we. */
  readonly onAhead: () => void;
}

export const createRoomPresence = (
  room: SealedRoom,
  { seal, onFault, onAhead }: RoomPresenceDeps,
): RoomPresence => {
  const { doc, keys, history } = room;
  const clocksBySession = new Map<number, Map<number, number>>();
  const noteSession = (session: number): Map<number, number> => {
    const clocks = clocksBySession.get(session) ?? new Map<number, number>();
    clocksBySession.set(session, clocks);
    room.change({ peers: clocksBySession.size });
    return clocks;
  };
  /** A client that came back on a new socket must not vanish when its old one ends. */
  const noteClient = (session: number, { clientId, clock }: AwarenessEntry): void => {
    for (const clocks of clocksBySession.values()) clocks.delete(clientId);
    noteSession(session).set(clientId, clock);
  };
  return {
    seal: (update) => {
      const own = (parseAwarenessUpdate(update) ?? []).filter((entry) => entry.clientId === doc.clientID);
      if (own.length === 0) return undefined;
      return seal(writeAwarenessUpdate(own));
    },
    receive: (session, frame) => {
      const unsealed = unsealFrame(keys, frame);
      if (!unsealed.ok || unsealed.value.kind !== "presence") {
        room.ignore(unsealed.ok ? "bad-inner" : unsealed.error.type);
        return undefined;
      }
      const fault = history.hear(unsealed.value, room.now());
      if (fault !== undefined) {
        onFault(fault);
        return undefined;
      }
      if (unsealed.value.cursor > history.position) onAhead();
      room.noteCursor(unsealed.value.deviceId, unsealed.value.cursor);
      const entries = parseAwarenessUpdate(unsealed.value.body);
      if (entries === undefined) {
        room.ignore("bad-awareness");
        return undefined;
      }
      const others = entries.filter((entry) => entry.clientId !== doc.clientID);
      for (const entry of others) noteClient(session, entry);
      return writeAwarenessMessage(others);
    },
    join: noteSession,
    leave: (session) => {
      const clocks = clocksBySession.get(session) ?? new Map<number, number>();
      clocksBySession.delete(session);
      room.change({ peers: clocksBySession.size });
      return writeAwarenessMessage(
        [...clocks].map(([clientId, clock]) => ({ clientId, clock, state: "null" })),
      );
    },
  };
};
