/**
 * A relay's disk: what it has committed survives a power cut, in the order in which it was committed.
 * The log itself is the relay's real memory log, made again from the committed operations after a crash.
 */
import { err, type Result } from "@deskhand/doc-schema/wire";
import { createMemoryRoomLog } from "../../sync-server/src/memory-room-log.ts";
import type { LogWriteError, RoomLog } from "../../sync-server/src/room-log.ts";
import { createRandom, type Random } from "./random.ts";

type Operation = (log: RoomLog) => void;

export interface DiskImage {
  readonly logSeed: number;
  readonly operations: readonly Operation[];
}

export interface RoomDisk {
  /** The log as it is on the disk; what an earlier opening left unsynced is gone. */
  readonly open: () => RoomLog;
  /** A new, empty disk: another log id. */
  readonly wipe: () => void;
  /** As it was after so many operations. */
  readonly imageAt: (operations: number) => DiskImage;
  readonly restore: (image: DiskImage) => void;
  readonly operations: () => number;
  /** Bytes appended since the world began, compactions not taken off. */
  readonly appendedBytes: () => number;
  /** While true, writes are refused as by a full disk. */
  isFull: boolean;
  /** So many of the next writes fail. */
  failing: number;
}

export interface RoomDiskOptions {
  readonly random: Random;
  /** Before each write; false when it never reaches the disk. */
  readonly mayWrite?: () => boolean;
  /** After each operation, before anybody hears that it is done. */
  readonly onWrite?: () => void;
  /** Planted bug: an operation is acknowledged at once and synced when `sync` is called. */
  readonly syncLater?: ((sync: () => void) => void) | undefined;
  /** Planted bug: wraps the log. */
  readonly disturb?: ((log: RoomLog) => RoomLog) | undefined;
}

const QUOTA = { roomBytes: 64 * 1024 * 1024, roomFrames: 100_000 };
const REFUSED: LogWriteError = { type: "read-only", detail: "simulated: the disk is full, or fails" };

export const createRoomDisk = ({
  random,
  mayWrite,
  onWrite,
  syncLater,
  disturb,
}: RoomDiskOptions): RoomDisk => {
  let logSeed = random.below(2 ** 31);
  let written: Operation[] = [];
  let synced = 0;
  let log: RoomLog | undefined;
  let appendedBytes = 0;

  const restore = (image: DiskImage): void => {
    logSeed = image.logSeed;
    written = [...image.operations];
    synced = written.length;
    log = undefined;
  };
  const readBack = (): RoomLog => {
    const plain = createMemoryRoomLog({ randomBytes: createRandom(logSeed).bytes, quota: QUOTA });
    const again = disturb?.(plain) ?? plain;
    for (const operation of written) operation(again);
    return again;
  };
  const commit = (operation: Operation): void => {
    const count = written.push(operation);
    if (syncLater === undefined) synced = count;
    else
      syncLater(() => {
        synced = Math.min(Math.max(synced, count), written.length);
      });
    onWrite?.();
  };

  const disk: RoomDisk = {
    isFull: false,
    failing: 0,
    open: () => {
      if (log === undefined || synced < written.length) {
        written = written.slice(0, synced);
        log = readBack();
      }
      const inner = log;
      const write = <Value, Fault>(
        operation: (target: RoomLog) => Result<Value, Fault | LogWriteError>,
      ): Result<Value, Fault | LogWriteError> => {
        if (disk.isFull || mayWrite?.() === false) return err(REFUSED);
        if (disk.failing > 0) {
          disk.failing--;
          return err(REFUSED);
        }
        const done = operation(inner);
        if (done.ok) commit(operation);
        return done;
      };
      return {
        ...inner,
        head: (roomId) => {
          const state = inner.head(roomId);
          if (state.ok && state.value.head === 0) commit((target) => void target.head(roomId));
          return state;
        },
        append: (entries) => {
          const appended = write((target) => target.append(entries));
          if (appended.ok)
            for (const { type, entry } of appended.value)
              if (type === "stored") appendedBytes += entry.frame.length;
          return appended;
        },
        compact: (roomId, upto, frame) => write((target) => target.compact(roomId, upto, frame)),
        closeRoom: (roomId, upto, frame) => write((target) => target.closeRoom(roomId, upto, frame)),
        close: () => {},
      };
    },
    wipe: () => restore({ logSeed: random.below(2 ** 31), operations: [] }),
    imageAt: (operations) => ({ logSeed, operations: written.slice(0, operations) }),
    restore,
    operations: () => written.length,
    appendedBytes: () => appendedBytes,
  };
  return disk;
};
