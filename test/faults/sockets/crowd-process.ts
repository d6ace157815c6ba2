/**
 * Half of the crowd, in a process of its own: rooms of two members. It answers one order at a time; see crowd.ts.
 */
import { createRoomKeys } from "../../unit/sync-server/relay-client.ts";
import type { CrowdAnswer, CrowdOrder } from "./crowd.ts";
import { openMember, type Member } from "./member.ts";

/** About what a small update is once it is sealed. */
const FRAME_BYTES = 424;
/** So many sockets are opened every 10 ms. */
const OPEN_AT_ONCE = 10;
const LOOK_EVERY_MS = 10;
/** How long what is under way may take to arrive. */
const SETTLE_MS = 15_000;

let members: readonly Member[] = [];
let took: number[] = [];
let received = 0;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds: () => boolean, timeoutMs: number): Promise<boolean> => {
  const end = performance.now() + timeoutMs;
  while (!holds() && performance.now() < end) await wait(LOOK_EVERY_MS);
  return holds();
};

const join = async ({ url, sockets, network }: Extract<CrowdOrder, { type: "join" }>): Promise<boolean> => {
  const opened: Member[] = [];
  for (let at = 0; at < sockets; at += 2) {
    const room = createRoomKeys();
    for (const last of [at, at + 1]) {
      const address = `127.${network}.${last >> 8}.${last & 255 || 1}`;
      opened.push(
        openMember(url, room, address, {
          onFrame: (ms) => {
            received += 1;
            took.push(ms);
          },
        }),
      );
    }
    if (at % OPEN_AT_ONCE === 0) await wait(LOOK_EVERY_MS);
  }
  members = opened;
  return until(() => members.every((member) => member.isLive()), 60_000);
};

/** Frames at an even pace, each from the next room, then a wait until they are all there. */
const load = async ({ perSecond, seconds }: Extract<CrowdOrder, { type: "load" }>): Promise<number> => {
  took = [];
  received = 0;
  const start = performance.now();
  const total = perSecond * seconds;
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; sent < due; sent++) members[(sent * 2) % members.length]?.append(FRAME_BYTES);
    await wait(1);
  }
  await until(() => received >= sent && members.every((member) => member.unacked() === 0), SETTLE_MS);
  return sent;
};

const obey = async (order: CrowdOrder): Promise<CrowdAnswer> => {
  switch (order.type) {
    case "join":
      return { type: "joined", isWhole: await join(order) };
    case "load": {
      const sent = await load(order);
      const faults = members.reduce((sum, member) => sum + member.faults(), 0);
      const unacked = members.reduce((sum, member) => sum + member.unacked(), 0);
      return {
        type: "loaded",
        sent,
        received,
        faults,
        unacked,
        took: took.map((ms) => Number(ms.toFixed(2))),
      };
    }
    case "await-live": {
      const isWhole = await until(() => members.every((member) => member.isLive()), order.timeoutMs);
      return { type: "live", isWhole, at: Date.now() };
    }
  }
};

process.on("message", (order: CrowdOrder) => {
  void obey(order).then((answer) => process.send?.(answer));
});
