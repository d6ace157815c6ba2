/** Whether a relay that came back still has all that it promised. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createBlobLedger, type BlobLedger } from "./blob-ledger.ts";
import { createRoomLedger, judge, type RoomLedger, type RoomPromises } from "./room-ledger.ts";
import { readRoom, type StoredRoom } from "./stored-room.ts";

/** The rooms of one relay, and a room of chunks. */
export interface Ledgers {
  readonly rooms: readonly RoomLedger[];
  readonly blobs: BlobLedger;
}

export const createLedgers = (rooms: number): Ledgers => ({
  rooms: Array.from({ length: rooms }, createRoomLedger),
  blobs: createBlobLedger(),
});

/** All that was promised up to one moment. */
export interface Promised {
  readonly rooms: readonly RoomPromises[];
  readonly chunks: readonly number[];
}

export const promisedBy = ({ rooms, blobs }: Ledgers): Promised => ({
  rooms: rooms.map((ledger) => ledger.promises()),
  chunks: [...blobs.promises()],
});

export interface Findings {
  lost: number;
  chunksLost: number;
  refusedStarts: number;
  integrityChecks: number;
  readonly complaints: string[];
}

export const noFindings = (): Findings => ({
  lost: 0,
  chunksLost: 0,
  refusedStarts: 0,
  integrityChecks: 0,
  complaints: [],
});

/** Adds what is wrong at `url` to the findings. @returns what the relay has of each room */
export const examine = async (
  url: string,
  { rooms, blobs }: Ledgers,
  promised: Promised,
  findings: Findings,
): Promise<readonly StoredRoom[]> => {
  const found: StoredRoom[] = [];
  for (const [i, ledger] of rooms.entries()) {
    const stored = await readRoom(url, ledger.keys);
    const promises = promised.rooms[i] ?? ledger.promises();
    const { lost, complaints } = judge(stored, promises, ledger);
    findings.lost += lost;
    findings.complaints.push(...complaints);
    found.push(stored);
  }
  findings.chunksLost += await blobs.missing(url, promised.chunks);
  return found;
};

/** A relay that was to start and did not. */
export const noteRefusedStart = (findings: Findings, error: unknown): undefined => {
  findings.refusedStarts += 1;
  findings.complaints.push(String(error));
};

/** SQLite's own verdict, on a copy in `scratch`: the check must not mend what the next start is to find. */
export const checkIntegrity = (dataDir: string, scratch: string, findings: Findings): void => {
  for (const name of ["relay.db", "relay.db-wal"]) {
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(scratch, name));
  }
  const db = new DatabaseSync(join(scratch, "relay.db"));
  const answer = String(db.prepare("pragma integrity_check").get()?.["integrity_check"]);
  db.close();
  findings.integrityChecks += 1;
  if (answer !== "ok") findings.complaints.push(`integrity_check says ${answer}`);
};
