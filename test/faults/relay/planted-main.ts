/**
 * The relay with a fault that the suites must find: it acknowledges frames 20 ms before it stores them. Nothing in
 * sync-server can be set to do this.
 */
import { openRelay } from "@deskhand/sync-server";
import { ok } from "@deskhand/doc-schema/wire";
import { parseConfig } from "../../../sync-server/src/config.ts";
import { openDiskLog } from "../../../sync-server/src/disk-log.ts";
import type { RoomEntry, RoomLog } from "../../../sync-server/src/room-log.ts";
import { createSoleRoomLog } from "../../../sync-server/src/shared-room-log.ts";

const LATE_MS = 20;

const ackBeforeCommit = (log: RoomLog): RoomLog => {
  let waiting: RoomEntry[] = [];
  const heads = new Map<string, number>();
  const storeAll = (): void => {
    const entries = waiting;
    waiting = [];
    if (entries.length > 0) log.append(entries);
  };
  const headOf = (roomId: Uint8Array): number => {
    const head = log.head(roomId);
    return head.ok ? head.value.head : 0;
  };
  setInterval(storeAll, LATE_MS);
  return {
    ...log,
    append: (entries) =>
      ok(
        entries.map((entry) => {
          const key = Buffer.from(entry.roomId).toString("hex");
          const seq = (heads.get(key) ?? headOf(entry.roomId)) + 1;
          heads.set(key, seq);
          waiting.push(entry);
          return { type: "stored", entry, seq };
        }),
      ),
    foresee: () => undefined,
    readAfter: (roomId, after, maxBytes) => {
      storeAll();
      return log.readAfter(roomId, after, maxBytes);
    },
    compact: (roomId, upto, frame) => {
      storeAll();
      return log.compact(roomId, upto, frame);
    },
  };
};

const request = parseConfig(process.argv.slice(2), process.env);
if (!request.ok || request.value.type !== "run") throw new Error("called wrongly");
const relay = await openRelay({
  ...request.value.config,
  openLog: async (settings) => {
    const opened = await openDiskLog(settings);
    return opened.ok ? ok(createSoleRoomLog(ackBeforeCommit(opened.value))) : opened;
  },
});
if (!relay.ok) throw new Error(relay.error.sentence);
process.stdout.write(`relay listening on ${relay.value.url}\n`);
