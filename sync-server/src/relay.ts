/**
 * The rooms. A member is a socket that has proven the key of its room.
 * 1. A frame is acknowledged, and passed on, only after the transaction that stores it. Appends of one tick share
 *    a transaction.
 * 2. A member gets every frame after its cursor once and in order: first what is stored, then LIVE, then each new
 *    one. The last look into the log, LIVE and the entry into the room are one step: nothing falls in between.
 * 3. When the disk refuses, nothing is acknowledged, everyone concerned is told, and reading goes on.
 * 4. A closed room takes nothing more, and every replay of it brings the closing frame.
 * 5. Frames are opaque: this file never looks into one.
 */
import {
  err,
  ok,
  writeRelayMessage,
  type LogReplacement,
  type RefusalCode,
  type Result,
} from "@deskhand/doc-schema/wire";
import type { RelayLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Appended, RoomLog } from "./room-log.ts";

/** Replay goes on when this much has left for the network: it holds memory down, and live frames are not starved. */
const REPLAY_PAGE_BYTES = 256 * 1024;

/** A socket, as the rooms see it. Neither call throws. */
export interface Member {
  /** `written` is called once the message has left the process; never when the socket has gone. */
  deliver(message: Uint8Array, written?: () => void): void;
  /** Says why something was turned away; the code decides whether the socket survives it. */
  refuse(code: RefusalCode): void;
}

export interface Membership {
  /** Sends what follows the cursor `after`, then LIVE. Once. */
  replay(after: number): void;
  /** True from LIVE until `leave`. */
  isLive(): boolean;
  append(clientSeq: number, frame: Uint8Array): void;
  compact(replacement: LogReplacement): void;
  /** The others get the closing frame at once; who comes later gets nothing else. */
  closeRoom(replacement: LogReplacement): void;
  /** Passes an ephemeral frame to the other live members. */
  publish(frame: Uint8Array): void;
  /** May be called more than once. */
  leave(): void;
}

export interface Relay {
  /** Takes a place in the room; the member hears nothing before it asks for the replay. */
  join(roomId: Uint8Array, member: Member): Result<Membership, "room-full">;
  /** Commits what is pending. Needed only before the log is closed. */
  flush(): void;
  /** False from a write that failed to one that succeeded. */
  isWritable(): boolean;
  roomCount(): number;
  /** Also true when that cannot be read. */
  isClosed(roomId: Uint8Array): boolean;
}

interface Room {
  readonly id: Uint8Array;
  readonly members: Set<Member>;
  readonly live: Map<Member, number>;
  lastSession: number;
}

interface PendingAppend {
  readonly roomId: Uint8Array;
  readonly frame: Uint8Array;
  readonly room: Room;
  readonly member: Member;
  readonly clientSeq: number;
}

export const createRelay = ({
  log,
  limits,
  metrics,
  logger,
  defer = setImmediate,
}: {
  readonly log: RoomLog;
  readonly limits: Pick<RelayLimits, "maxMembersPerRoom">;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Runs the commit after the present tick. */
  readonly defer?: (commit: () => void) => void;
}): Relay => {
  const rooms = new Map<string, Room>();
  let pending: PendingAppend[] = [];
  let writable = true;

  const flush = (): void => {
    if (pending.length === 0) return;
    const batch = pending;
    pending = [];
    const appended = log.append(batch);
    if (!appended.ok) {
      noteFailedWrite(appended.error.detail);
      for (const member of new Set(batch.map((entry) => entry.member))) member.refuse("read-only");
      return;
    }
    noteWritten();
    metrics.count("commits");
    appended.value.forEach(settle);
  };

  const settle = (appended: Appended<PendingAppend>): void => {
    const { room, member, clientSeq, frame } = appended.entry;
    if (appended.type === "quota-exceeded" || appended.type === "room-closed") {
      return member.refuse(appended.type);
    }
    const { seq, type } = appended;
    member.deliver(writeRelayMessage({ type: "ack", clientSeq, seq }));
    if (type === "duplicate") return metrics.count("duplicates");
    metrics.count("appends");
    metrics.count("appended_bytes", frame.length);
    metrics.count("delivered", tellOthers(room, member, writeRelayMessage({ type: "frame", seq, frame })));
  };

  const tellOthers = (room: Room, sender: Member, message: Uint8Array): number => {
    let told = 0;
    for (const member of room.live.keys()) {
      if (member === sender) continue;
      member.deliver(message);
      told += 1;
    }
    return told;
  };

  const noteFailedWrite = (detail: string): void => {
    metrics.count("failed_commits");
    if (writable) logger.error("read-only", { detail });
    writable = false;
  };

  const noteWritten = (): void => {
    if (!writable) logger.info("writable-again");
    writable = true;
  };

  /** Sends one page and asks for the next when it is on its way; ends by making the member live. */
  const replay = (room: Room, cursor: number, member: Member): void => {
    if (!room.members.has(member)) return;
    flush();
    const page = log.readAfter(room.id, cursor, REPLAY_PAGE_BYTES);
    if (!page.ok) {
      logger.error("unreadable", { detail: page.error.detail });
      return member.refuse("internal");
    }
    const { snapshot, frames } = page.value;
    const messages = [
      ...(snapshot === undefined ? [] : [writeRelayMessage({ type: "snapshot", ...snapshot })]),
      ...frames.map((frame) => writeRelayMessage({ type: "frame", ...frame })),
    ];
    const last = messages.pop();
    if (last === undefined) return goLive(room, member);
    for (const message of messages) member.deliver(message);
    member.deliver(last, () => replay(room, frames.at(-1)?.seq ?? snapshot?.upto ?? cursor, member));
  };

  const goLive = (room: Room, member: Member): void => {
    const state = log.head(room.id);
    if (!state.ok) {
      noteFailedWrite(state.error.detail);
      member.refuse("read-only");
      return member.refuse("internal"); // a new room that cannot be made: there is nothing to stay for
    }
    room.lastSession += 1;
    const session = room.lastSession;
    room.live.set(member, session);
    const { head, logId } = state.value;
    member.deliver(writeRelayMessage({ type: "live", head, logId, session }));
    tellOthers(room, member, writeRelayMessage({ type: "joined", session }));
  };

  const leave = (room: Room, key: string, member: Member): void => {
    if (!room.members.delete(member)) return;
    const session = room.live.get(member);
    room.live.delete(member);
    if (session !== undefined) tellOthers(room, member, writeRelayMessage({ type: "left", session }));
    if (room.members.size === 0) rooms.delete(key);
  };

  /** True when the log is replaced and the member has its ACK. */
  const replaceLog = (
    how: "compact" | "closeRoom",
    room: Room,
    member: Member,
    { clientSeq, upto, frame }: LogReplacement,
  ): boolean => {
    flush();
    const done = log[how](room.id, upto, frame);
    if (done.ok) {
      metrics.count(how === "compact" ? "compactions" : "closed_rooms");
      member.deliver(writeRelayMessage({ type: "ack", clientSeq, seq: upto }));
      return true;
    }
    if (done.error.type === "read-only") noteFailedWrite(done.error.detail);
    member.refuse(done.error.type === "stale" ? "stale-compaction" : done.error.type);
    return false;
  };

  return {
    join: (roomId, member) => {
      const key = Buffer.from(roomId).toString("hex");
      const room = rooms.get(key) ?? { id: roomId, members: new Set(), live: new Map(), lastSession: 0 };
      if (room.members.size >= limits.maxMembersPerRoom) return err("room-full");
      rooms.set(key, room);
      room.members.add(member);
      return ok({
        replay: (after) => {
          const state = log.head(room.id);
          // A closed room is told even to who has read up to its head: the closing frame has no number of its own.
          const isClosed = state.ok && state.value.isClosed;
          replay(room, isClosed ? Math.min(after, state.value.head - 1) : after, member);
        },
        isLive: () => room.live.has(member),
        append: (clientSeq, frame) => {
          if (pending.push({ roomId: room.id, frame, room, member, clientSeq }) === 1) defer(flush);
        },
        compact: (replacement) => void replaceLog("compact", room, member, replacement),
        closeRoom: (replacement) => {
          if (!replaceLog("closeRoom", room, member, replacement)) return;
          const { upto, frame } = replacement;
          tellOthers(room, member, writeRelayMessage({ type: "snapshot", upto, frame }));
        },
        publish: (frame) => {
          metrics.count("ephemerals");
          const session = room.live.get(member);
          if (session === undefined) return;
          tellOthers(room, member, writeRelayMessage({ type: "ephemeral", session, frame }));
        },
        leave: () => leave(room, key, member),
      });
    },
    flush,
    isWritable: () => writable,
    roomCount: () => rooms.size,
    isClosed: (roomId) => {
      const state = log.head(roomId);
      return !state.ok || state.value.isClosed;
    },
  };
};
