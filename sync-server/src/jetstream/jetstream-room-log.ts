/**
 * The RoomLog of several relay nodes: one JetStream stream (stream.ts), one subject a room.
 * 1. An acknowledgement means that a quorum of the stream's servers has the frame; whether on disk is a setting of
 *    nats-server (docs/SCALING.md).
 * 2. A member that comes gets everything that was acknowledged before, at whichever node.
 * 3. A node that hears nothing from a quorum for a while says so to its members, who go to another one.
 */
import { err } from "@deskhand/doc-schema/wire";
import type { Logger } from "../logger.ts";
import type { RoomEntry, RoomQuota } from "../room-log.ts";
import type { SettleAppend, SharedRoomLog } from "../shared-room-log.ts";
import { createBarrier } from "./barrier.ts";
import { createJetStream } from "./jetstream-api.ts";
import type { NatsConnection } from "./nats-connection.ts";
import { readPage } from "./room-pages.ts";
import { createRoomView, type RoomView } from "./room-view.ts";
import { createRoomWriter, type PendingEntry, type RoomWriter } from "./room-writer.ts";
import { LEADER_NEWS, STREAM, subjectsOf, type RoomSubjects } from "./stream.ts";

export interface JetStreamRoomLogDeps {
  readonly nats: NatsConnection;
  readonly quota: RoomQuota;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

interface OpenRoom {
  readonly subjects: RoomSubjects;
  readonly view: RoomView;
  readonly writer: RoomWriter;
  readonly unsubscribe: () => void;
  /** Nobody has asked for it since the last round. */
  isForgotten: boolean;
}

/** Longer than it takes to choose a new leader (4 to 9 s). */
const PATIENCE_MS = 12_000;
/** After this long without a quorum the members of this node are sent to another. */
const LOST_MS = 15_000;
/** How often a quorum is asked for, and how often every room is compared with the stream. */
const PULSE_MS = 1_000;
const ROUND_MS = 30_000;
/** How long what is under way may take when the node ends. */
const CLOSE_MS = 3_000;
/** A node draws its range of session numbers; all fit into 2^53. */
const SESSION_RANGES = 2 ** 20;
const SESSION_RANGE = 2 ** 32;

export interface JetStreamRoomLog extends SharedRoomLog {
  /** To be called whenever the connection is there again. */
  resume(): void;
  close(): Promise<void>;
}

export const createJetStreamRoomLog = (deps: JetStreamRoomLogDeps): JetStreamRoomLog => {
  const { nats, quota, randomBytes, now, logger } = deps;
  const jetStream = createJetStream(nats, STREAM);
  const barrier = createBarrier(jetStream);
  const rooms = new Map<string, OpenRoom>();
  let lastHeard = now();
  let isReachable = true;
  let hasLost = false;

  const openRoom = (roomId: Uint8Array): OpenRoom => {
    const key = Buffer.from(roomId).toString("hex");
    const open = rooms.get(key) ?? makeRoom(roomId);
    rooms.set(key, open);
    open.isForgotten = false;
    return open;
  };

  const makeRoom = (roomId: Uint8Array): OpenRoom => {
    const subjects = subjectsOf(roomId);
    const view = createRoomView({ subjects, jetStream, barrier, randomBytes });
    const common = { subjects, jetStream, view, quota, randomBytes, now };
    return {
      subjects,
      view,
      writer: createRoomWriter({ ...common, patienceMs: PATIENCE_MS }),
      unsubscribe: nats.subscribe(subjects.told, (message) => view.hear(message)),
      isForgotten: false,
    };
  };

  /** Compares every room with the stream: what is told can be lost, as with the leader that would have told it. */
  const compareAll = (): void => {
    for (const { view } of rooms.values()) if (view.state() !== undefined) void view.refresh();
  };

  const pulse = async (): Promise<void> => {
    const heard = await barrier();
    if (heard.ok) {
      lastHeard = now();
      if (!isReachable) {
        logger.info("jetstream-reachable-again");
        compareAll();
      }
      isReachable = true;
      hasLost = false;
      return;
    }
    if (isReachable) logger.error("jetstream-unreachable", { detail: heard.error.detail });
    isReachable = false;
    if (hasLost || now() - lastHeard < LOST_MS) return;
    hasLost = true;
    for (const { view } of rooms.values()) view.tell({ type: "lost" });
  };

  const round = (): void => {
    for (const [key, room] of rooms) {
      if (room.isForgotten && !room.view.isFollowed() && !room.writer.isBusy()) {
        room.unsubscribe();
        rooms.delete(key);
      }
      room.isForgotten = true;
    }
    compareAll();
  };

  let pulsing: NodeJS.Timeout | undefined;
  const keepPulsing = (): void => {
    pulsing = setTimeout(() => void pulse().then(() => pulsing !== undefined && keepPulsing()), PULSE_MS);
  };
  keepPulsing();
  const rounds = setInterval(round, ROUND_MS);
  nats.subscribe(LEADER_NEWS, compareAll);

  const append = <Entry extends RoomEntry>(entries: readonly Entry[], settle: SettleAppend<Entry>): void => {
    const byRoom = new Map<OpenRoom, PendingEntry[]>();
    for (const entry of entries) {
      const room = openRoom(entry.roomId);
      const pending = byRoom.get(room) ?? [];
      byRoom.set(room, pending);
      // `as`: it is told of its own entries only.
      pending.push({ entry, settle: settle as SettleAppend<RoomEntry> });
    }
    for (const [room, pending] of byRoom) room.writer.append(pending);
  };

  return {
    firstSession: (Buffer.from(randomBytes(4)).readUInt32BE() % SESSION_RANGES) * SESSION_RANGE,
    head: async (roomId) => {
      const state = await openRoom(roomId).view.refresh();
      return state.ok ? state : err({ type: "read-only", detail: state.error.detail });
    },
    append,
    compact: (roomId, upto, frame) => openRoom(roomId).writer.compact(upto, frame),
    closeRoom: (roomId, upto, frame) => openRoom(roomId).writer.close(upto, frame),
    readAfter: (roomId, after, maxBytes) => {
      const { view } = openRoom(roomId);
      return readPage({ jetStream, view }, after, maxBytes);
    },
    follow: (roomId, hear) => openRoom(roomId).view.follow(hear),
    tellOtherNodes: (roomId, message) =>
      nats.publish({ subject: openRoom(roomId).subjects.live, data: message }),
    canWrite: () => isReachable,
    resume: compareAll,
    close: async () => {
      const until = now() + CLOSE_MS;
      while ([...rooms.values()].some(({ writer }) => writer.isBusy()) && now() < until) {
        await new Promise((done) => setTimeout(done, 20));
      }
      clearTimeout(pulsing);
      pulsing = undefined;
      clearInterval(rounds);
      nats.close();
    },
  };
};
