/**
 * The rooms. A member is a socket that has proven the key of its room.
 * 1. A frame is acknowledged only after the transaction that stores it. Appends of one tick share a transaction.
 *    The others get a frame then too; the first of a tick they get before, as EARLY, where its number is known.
 * 2. A member gets every frame after its cursor once and in order: first what is stored, then LIVE, then each new
 *    one. LIVE and the entry into the room are one step, taken only when the member has read all that the others were
 *    told: nothing falls in between.
 * 3. When the disk refuses, nothing is acknowledged, everyone concerned is told, and reading goes on. Who got a frame
 *    early that is then not stored is sent away: it comes again by its cursor, and the number is given anew.
 * 4. A closed room takes nothing more, and every replay of it brings the closing frame.
 * 5. Frames are opaque: this file never looks into one.
 */
import {
  err,
  ok,
  writeHeadOfFrame,
  writeRelayMessage,
  type LogReplacement,
  type RefusalCode,
  type Result,
} from "@deskhand/doc-schema/wire";
import type { RelayLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Appended, LogPage, LogReadError, LogWriteError, RoomHead } from "./room-log.ts";
import {
  whenDone,
  type Eventually,
  type RoomNews,
  type SettleAppend,
  type SharedRoomLog,
} from "./shared-room-log.ts";

/** Replay goes on when this much has left for the network: it holds memory down, and live frames are not starved. */
const REPLAY_PAGE_BYTES = 256 * 1024;

const NO_LOG = new Uint8Array(0);

/** A socket, as the rooms see it. Neither call throws. */
export interface Member {
  /**
   * One message: `message`, then the frame that it ends in. `written` is called once it has left the process; never
   * when the socket has gone.
   */
  deliver(message: Uint8Array, frame?: Uint8Array, written?: () => void): void;
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
  isClosed(roomId: Uint8Array): Eventually<boolean>;
}

interface Room {
  readonly id: Uint8Array;
  readonly members: Set<Member>;
  readonly live: Map<Member, number>;
  lastSession: number;
  /** The last number that live members were told; none is told what the log does not hold. */
  told: number;
  logId: Uint8Array;
  readonly unfollow: () => void;
}

interface NewAppend {
  readonly roomId: Uint8Array;
  readonly frame: Uint8Array;
  readonly room: Room;
  readonly member: Member;
  readonly clientSeq: number;
}

interface PendingAppend extends NewAppend {
  /** The number with which the others got it before the commit. */
  readonly earlySeq: number | undefined;
}

export const createRelay = ({
  log,
  limits,
  metrics,
  logger,
  defer = setImmediate,
}: {
  readonly log: SharedRoomLog;
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
    const begunAt = performance.now();
    log.append(batch, (part, appended) => {
      if (appended.ok) metrics.committed((performance.now() - begunAt) / 1000);
      settleAll(part, appended);
    });
  };

  const settleAll: SettleAppend<PendingAppend> = (part, appended) => {
    if (!appended.ok) {
      noteFailedWrite(appended.error.detail);
      for (const member of new Set(part.map((entry) => entry.member))) member.refuse("read-only");
      for (const entry of part) takeBack(entry);
      return;
    }
    noteWritten();
    metrics.count("commits");
    appended.value.forEach(settle);
  };

  const settle = (appended: Appended<PendingAppend>): void => {
    const { room, member, clientSeq, frame, earlySeq } = appended.entry;
    const isAsForeseen = appended.type === "stored" && appended.seq === earlySeq;
    if (!isAsForeseen) takeBack(appended.entry);
    if (appended.type === "quota-exceeded" || appended.type === "room-closed") {
      return member.refuse(appended.type);
    }
    const { seq, type } = appended;
    member.deliver(writeRelayMessage({ type: "ack", clientSeq, seq }));
    if (type === "duplicate") return metrics.count("duplicates");
    metrics.count("appends");
    metrics.count("appended_bytes", frame.length);
    room.told = seq;
    if (isAsForeseen) tellOthers(room, member, writeRelayMessage({ type: "committed", seq }));
    else passOn("frame", seq, appended.entry);
  };

  const passOn = (type: "frame" | "early", seq: number, { room, member, frame }: NewAppend): void =>
    metrics.count("delivered", tellOthers(room, member, writeHeadOfFrame({ type, seq }), frame));

  /**
   * Only the first of a tick: nothing that waits can change its number, and a busy relay goes on to tell the others in
   * one write a socket. Nothing while writes fail.
   */
  const passOnEarly = (entry: NewAppend): number | undefined => {
    if (pending.length > 0 || !writable || entry.room.live.size < 2) return undefined;
    const seq = log.foresee?.(entry);
    if (seq === undefined) return undefined;
    metrics.count("early");
    passOn("early", seq, entry);
    return seq;
  };

  /** From all who are live: nobody goes live while something is pending. */
  const takeBack = ({ room, member, earlySeq }: PendingAppend): void => {
    if (earlySeq === undefined) return;
    metrics.count("taken_back");
    for (const other of room.live.keys()) if (other !== member) other.refuse("internal");
  };

  /** @returns how many were told; without a sender, everyone who is live */
  const tellOthers = (
    room: Room,
    sender: Member | undefined,
    message: Uint8Array,
    frame?: Uint8Array,
  ): number => {
    let told = 0;
    for (const member of room.live.keys()) {
      if (member === sender) continue;
      member.deliver(message, frame);
      told += 1;
    }
    return told;
  };

  /** Also those who are still read to: the closing frame has no number, so who has all the others finds it on no page. */
  const tellOfClosing = (
    { members }: Room,
    sender: Member | undefined,
    message: Uint8Array,
    frame?: Uint8Array,
  ): void => {
    for (const member of members) if (member !== sender) member.deliver(message, frame);
  };

  /** To the other members, wherever they are connected. */
  const announce = (room: Room, sender: Member, message: Uint8Array): void => {
    tellOthers(room, sender, message);
    log.tellOtherNodes(room.id, message);
  };

  const hear = (room: Room, news: RoomNews): void => {
    switch (news.type) {
      case "frames":
        for (const { seq, frame } of news.frames) {
          room.told = seq;
          metrics.count(
            "delivered",
            tellOthers(room, undefined, writeHeadOfFrame({ type: "frame", seq }), frame),
          );
        }
        return;
      case "closed":
        tellOfClosing(room, undefined, writeRelayMessage({ ...news, type: "snapshot" }));
        return;
      case "message":
        tellOthers(room, undefined, news.message);
        return;
      case "lost":
        for (const member of room.members) member.refuse("shutting-down");
    }
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

  const begin = (room: Room, after: number, member: Member, state: Result<RoomHead, LogWriteError>): void => {
    if (!state.ok) {
      noteFailedWrite(state.error.detail);
      member.refuse("read-only");
      return member.refuse("internal"); // a room that cannot be made or asked for: there is nothing to stay for
    }
    const { head, logId, isClosed } = state.value;
    room.told = Math.max(room.told, head);
    room.logId = logId;
    // A closed room is told even to who has read up to its head: the closing frame has no number of its own.
    replay(room, isClosed ? Math.min(after, head - 1) : after, member);
  };

  /** Sends one page and asks for the next when it is on its way; ends by making the member live. */
  const replay = (room: Room, cursor: number, member: Member): void => {
    if (!room.members.has(member)) return;
    flush();
    whenDone(log.readAfter(room.id, cursor, REPLAY_PAGE_BYTES), (page) =>
      sendPage(room, cursor, member, page),
    );
  };

  const sendPage = (
    room: Room,
    cursor: number,
    member: Member,
    page: Result<LogPage, LogReadError>,
  ): void => {
    if (!page.ok) {
      logger.error("unreadable", { detail: page.error.detail });
      return member.refuse("internal");
    }
    const { snapshot, frames } = page.value;
    const next = frames.at(-1)?.seq ?? snapshot?.upto;
    if (next === undefined) return goLive(room, cursor, member);
    const goOn = (): void => replay(room, next, member);
    if (snapshot !== undefined) {
      const head = writeHeadOfFrame({ type: "snapshot", upto: snapshot.upto });
      member.deliver(head, snapshot.frame, frames.length === 0 ? goOn : undefined);
    }
    for (const { seq, frame } of frames) {
      member.deliver(writeHeadOfFrame({ type: "frame", seq }), frame, seq === next ? goOn : undefined);
    }
  };

  const goLive = (room: Room, cursor: number, member: Member): void => {
    if (!room.members.has(member)) return;
    if (room.told > cursor) return replay(room, cursor, member);
    room.lastSession += 1;
    const session = room.lastSession;
    room.live.set(member, session);
    member.deliver(writeRelayMessage({ type: "live", head: room.told, logId: room.logId, session }));
    announce(room, member, writeRelayMessage({ type: "joined", session }));
  };

  const leave = (room: Room, key: string, member: Member): void => {
    if (!room.members.delete(member)) return;
    const session = room.live.get(member);
    room.live.delete(member);
    if (session !== undefined) announce(room, member, writeRelayMessage({ type: "left", session }));
    if (room.members.size > 0) return;
    rooms.delete(key);
    room.unfollow();
  };

  const replaceLog = (
    how: "compact" | "closeRoom",
    room: Room,
    member: Member,
    { clientSeq, upto, frame }: LogReplacement,
  ): void => {
    flush();
    if (!room.members.has(member)) return; // what it was shown early was taken back: its snapshot may hold that
    whenDone(log[how](room.id, upto, frame), (done) => {
      if (!done.ok) {
        if (done.error.type === "read-only") noteFailedWrite(done.error.detail);
        return member.refuse(done.error.type === "stale" ? "stale-compaction" : done.error.type);
      }
      metrics.count(how === "compact" ? "compactions" : "closed_rooms");
      member.deliver(writeRelayMessage({ type: "ack", clientSeq, seq: upto }));
      if (how === "closeRoom")
        tellOfClosing(room, member, writeHeadOfFrame({ type: "snapshot", upto }), frame);
    });
  };

  const openRoom = (id: Uint8Array): Room => {
    const room: Room = {
      id,
      members: new Set(),
      live: new Map(),
      lastSession: log.firstSession,
      told: 0,
      logId: NO_LOG,
      unfollow: log.follow(id, (news) => hear(room, news)),
    };
    return room;
  };

  return {
    join: (roomId, member) => {
      const key = Buffer.from(roomId).toString("hex");
      const room = rooms.get(key) ?? openRoom(roomId);
      if (room.members.size >= limits.maxMembersPerRoom) return err("room-full");
      rooms.set(key, room);
      room.members.add(member);
      return ok({
        replay: (after) => whenDone(log.head(room.id), (state) => begin(room, after, member, state)),
        isLive: () => room.live.has(member),
        append: (clientSeq, frame) => {
          const entry = { roomId: room.id, frame, room, member, clientSeq };
          if (pending.push({ ...entry, earlySeq: passOnEarly(entry) }) === 1) defer(flush);
        },
        compact: (replacement) => replaceLog("compact", room, member, replacement),
        closeRoom: (replacement) => replaceLog("closeRoom", room, member, replacement),
        publish: (frame) => {
          metrics.count("ephemerals");
          const session = room.live.get(member);
          if (session === undefined) return;
          announce(room, member, writeRelayMessage({ type: "ephemeral", session, frame }));
        },
        leave: () => leave(room, key, member),
      });
    },
    flush,
    isWritable: () => log.canWrite() ?? writable,
    roomCount: () => rooms.size,
    isClosed: (roomId) => {
      const state = log.head(roomId);
      return state instanceof Promise ? state.then(isOver) : isOver(state);
    },
  };
};

/** Also true of a room whose state cannot be read. */
const isOver = (state: Result<RoomHead, LogWriteError>): boolean => !state.ok || state.value.isClosed;
