/** The default home of frames: one SQLite database in the data folder. What is wrong with it is one sentence each. */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { DataFolder } from "./data-folder.ts";
import type { RelayLimits } from "./limits.ts";
import type { RoomLog } from "./room-log.ts";
import { createSoleRoomLog, type SharedRoomLog } from "./shared-room-log.ts";
import type { StartError } from "./start-error.ts";

/** After a write that failed a load balancer may send someone again: only another write can tell. */
const RETRY_MS = 10_000;

export interface LogSettings {
  readonly folder: DataFolder;
  readonly limits: RelayLimits;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The log of a relay that is alone on its disk. */
export const openSoleLog = async (settings: LogSettings): Promise<Result<SharedRoomLog, StartError>> => {
  const opened = await openDiskLog(settings);
  if (!opened.ok) return opened;
  const { folder, limits, now } = settings;
  const log = createSoleRoomLog(opened.value);
  let failedAt: number | undefined;
  return ok({
    ...log,
    append: (entries, settle) =>
      log.append(entries, (part, appended) => {
        failedAt = appended.ok ? undefined : now();
        settle(part, appended);
      }),
    canWrite: () =>
      folder.freeBytes() >= limits.minFreeBytes && (failedAt === undefined || now() - failedAt > RETRY_MS),
  });
};

export const openDiskLog = async ({
  folder,
  limits,
  randomBytes,
}: Omit<LogSettings, "now">): Promise<Result<RoomLog, StartError>> => {
  // Loaded here, so that a program on a Node without node:sqlite can still import this module.
  const { openSqliteRoomLog } = await import("./sqlite-room-log.ts");
  const file = folder.database;
  const opened = openSqliteRoomLog({
    file,
    randomBytes,
    quota: limits,
    databaseBytes: limits.databaseBytes,
    hasSpace: () => folder.freeBytes() >= limits.minFreeBytes,
  });
  if (opened.ok) return opened;
  const { type, detail } = opened.error;
  const sentence = {
    "in-use": `Another relay is already using the data folder ${folder.path}.`,
    damaged: `The database ${file} is damaged (${detail}). Move it away to start afresh: devices refill the relay.`,
    "newer-version": `The database ${file} was written by a newer relay (${detail}). Start that one.`,
    unusable: `The database ${file} cannot be opened (${detail}).`,
  }[type];
  return err({ type: "database", sentence });
};
