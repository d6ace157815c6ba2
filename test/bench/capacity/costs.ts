/** What one socket, join, stored frame and presence frame costs the relay of this machine, measured on a real process. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { writeClientMessage, writeFrameHeader } from "@deskhand/doc-schema/wire";
import { until, wait } from "../lib/measure.ts";
import { deskhand, keysOf } from "../relay/adaptors/deskhand.ts";
import { joinRoom, type Peer } from "../relay/load/peer.ts";
import type { RelayProcess } from "../relay/load/process.ts";

export interface Costs {
  /** Of the relay's one thread, for one join with its proof. */
  readonly joinSeconds: number;
  /** For a durable frame, stored and passed on to one other. */
  readonly frameSeconds: number;
  /** For a presence frame, to one other. */
  readonly presenceSeconds: number;
  /** Resident bytes of one open socket. */
  readonly socketBytes: number;
  /** Bytes on the disk for one stored frame of FRAME_BYTES. */
  readonly frameDiskBytes: number;
}

/** As large as a piece of a streamed answer, before it is sealed. */
const UPDATE_BYTES = 100;
/** As the apps pad it. */
const PRESENCE_BYTES = 512;
const ROOMS = 500;
const SECONDS = 12;
const FRAMES_PER_SECOND = 1_000;
const PRESENCE_PER_SECOND = 4_000;
const STEP_MS = 20;

const nameOf = (room: number): string => `room-${room}`;

export const measureCosts = async (): Promise<Costs> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "deskhand-capacity-"));
  const relay = await deskhand.start(folder);
  try {
    const costs = await measure(relay);
    await relay.stop("SIGTERM"); // the database is the relay's alone while it runs
    return { ...costs, frameDiskBytes: diskBytes(folder) / (FRAMES_PER_SECOND * SECONDS) };
  } finally {
    await relay.stop("SIGKILL");
    rmSync(folder, { recursive: true });
  }
};

const measure = async (relay: RelayProcess): Promise<Omit<Costs, "frameDiskBytes">> => {
  await openRooms(relay, ROOMS, 2 * ROOMS); // what a process has once: compiled code, the first heap
  const [cpuBefore, rssBefore] = [relay.cpu(), relay.rss()];
  const peers = await openRooms(relay, 0, ROOMS);
  const joinSeconds = (relay.cpu() - cpuBefore) / peers.length;
  await wait(2_000);
  const socketBytes = (relay.rss() - rssBefore) / peers.length;

  let acked = 0;
  for (const peer of peers) peer.onAck = () => (acked += 1);
  const update = new Uint8Array(UPDATE_BYTES).fill(7);
  const frames = await spend(relay, FRAMES_PER_SECOND, (at) => peers[at % peers.length]?.send(update));
  await until("every frame is acknowledged", () => acked === frames.count);

  const presence = Array.from({ length: ROOMS }, (_, room) => presenceOf(room));
  const ephemerals = await spend(relay, PRESENCE_PER_SECOND, (at) => {
    // two sockets of a room stand one after the other
    peers[at % peers.length]?.socket.send(presence[Math.floor((at % peers.length) / 2)] ?? new Uint8Array());
  });
  return {
    joinSeconds,
    frameSeconds: frames.seconds,
    presenceSeconds: ephemerals.seconds,
    socketBytes,
  };
};

const openRooms = async (relay: RelayProcess, from: number, to: number): Promise<readonly Peer[]> => {
  const peers: Peer[] = [];
  for (let room = from; room < to; room++)
    for (let device = 0; device < 2; device++) peers.push(await joinRoom(deskhand, relay, nameOf(room)));
  return peers;
};

const presenceOf = (room: number): Uint8Array => {
  const header = writeFrameHeader({ frameClass: "ephemeral", epoch: 1, roomId: keysOf(nameOf(room)).roomId });
  const frame = new Uint8Array(header.length + PRESENCE_BYTES);
  frame.set(header);
  return writeClientMessage({ type: "ephemeral", frame });
};

/** Evenly over SECONDS, as many people would send. @returns CPU seconds of each, without what an idle relay takes */
const spend = async (
  relay: RelayProcess,
  perSecond: number,
  send: (at: number) => void,
): Promise<{ readonly count: number; readonly seconds: number }> => {
  const idleBefore = relay.cpu();
  await wait(SECONDS * 1_000);
  const idle = relay.cpu() - idleBefore;
  const [before, start] = [relay.cpu(), performance.now()];
  let count = 0;
  while (count < perSecond * SECONDS) {
    const due = Math.min(perSecond * SECONDS, ((performance.now() - start) / 1_000) * perSecond);
    while (count < due) send(count++);
    await wait(STEP_MS);
  }
  await wait(500);
  return { count, seconds: (relay.cpu() - before - idle) / count };
};

/** With what still lies in the write-ahead log. Empty, it has some forty kilobytes: nothing beside what was stored. */
const diskBytes = (folder: string): number => {
  const database = new DatabaseSync(path.join(folder, "relay.db"), { readOnly: true });
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  const size = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
  database.close();
  return pages * size;
};
