import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { dataFolderAt } from "../../../sync-server/src/data-folder.ts";
import { openSoleLog } from "../../../sync-server/src/disk-log.ts";
import { DEFAULT_LIMITS, MIB } from "../../../sync-server/src/limits.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

const openLog = async (databaseBytes: number) => {
  const disk = { free: 100 * MIB };
  const clock = { now: 0 };
  const opened = await openSoleLog({
    folder: { ...dataFolderAt(relays.folder()), freeBytes: () => disk.free },
    limits: { ...DEFAULT_LIMITS, databaseBytes },
    randomBytes,
    now: () => clock.now,
  });
  if (!opened.ok) throw new Error(opened.error.sentence);
  const log = opened.value;
  relays.onCleanup(() => log.close());
  const append = (bytes: number): boolean => {
    let isStored = false;
    const entry = { roomId: Uint8Array.from(randomBytes(16)), frame: Uint8Array.from(randomBytes(bytes)) };
    log.append([entry], (_part, appended) => (isStored = appended.ok));
    return isStored;
  };
  return { log, disk, clock, append };
};

it("[T15] a relay is not ready below the low-water mark of its disk, and is again when there is room", async () => {
  const { log, disk } = await openLog(DEFAULT_LIMITS.databaseBytes);
  expect(log.canWrite()).toBe(true);
  disk.free = DEFAULT_LIMITS.minFreeBytes - 1;
  expect(log.canWrite()).toBe(false);
  disk.free = DEFAULT_LIMITS.minFreeBytes;
  expect(log.canWrite()).toBe(true);
});

it("[T15] a write that failed makes it not ready; after ten seconds another may try, and one that goes well ends it", async () => {
  const { log, clock, append } = await openLog(MIB);
  expect(append(2 * MIB)).toBe(false);
  expect(log.canWrite()).toBe(false);
  clock.now = 10_001;
  expect(log.canWrite()).toBe(true);
  expect(append(2 * MIB)).toBe(false);
  expect(log.canWrite()).toBe(false);
  expect(append(1_000)).toBe(true);
  expect(log.canWrite()).toBe(true);
});
