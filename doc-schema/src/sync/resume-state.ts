/**
 * What one room on one relay needs to go on after a restart of the app, as bytes for the app's own storage.
 *
 *   bytes = "DHRS" | version 1 = 1 | roomId 16 | logId 16 | cursor v | transcript 32 | snapshotLength v | Yjs snapshot
 *         | peers v | (deviceId 16 | cursor v)* | floor v | arrivals v | (client v | start v | end v | seq v)*
 *         | frames v | bytes v | base v | isUnsound v  (the log's growth since its snapshot) | SHA-256 of all before, 32
 *
 * 1. Bytes of another room, another version, or with any bit changed are no state: then the log is read from its start.
 * 2. [SY1] It is trusted only for a document that has every struct and every deletion which it says the relay holds: a
 *    document whose storage lost some of it gets the whole log again.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import * as Y from "yjs";
import {
  deviceIdFromBytes,
  deviceIdToBytes,
  HASH_BYTES,
  utf8ToBytes,
  type DeviceId,
} from "../crypto/index.ts";
import {
  concatBytes,
  createByteReader,
  DEVICE_ID_BYTES,
  equalBytes,
  ROOM_ID_BYTES,
  varUint,
  type ByteReader,
} from "../wire/index.ts";
import type { StoredKnowledge } from "./relay-knowledge.ts";

/** What the log holds beyond its snapshot, as far as we saw it. */
export interface LogGrowth {
  frames: number;
  bytes: number;
  /** What a document in pieces takes: bytes that no compaction saves. */
  base: number;
  /** A person accepted it as it is; whoever reads it from its start would have to as well. */
  isUnsound: boolean;
}

export interface ResumeState {
  readonly roomId: Uint8Array;
  readonly logId: Uint8Array;
  /** The log's transcript at the cursor of `known`. */
  readonly transcript: Uint8Array;
  readonly known: StoredKnowledge;
  readonly peerCursors: ReadonlyMap<DeviceId, number>;
  readonly growth: Readonly<LogGrowth>;
}

const MAGIC = concatBytes(utf8ToBytes("DHRS"), Uint8Array.of(1));
const LOG_ID_BYTES = 16;

export const writeResumeState = ({
  roomId,
  logId,
  transcript,
  known,
  peerCursors,
  growth,
}: ResumeState): Uint8Array => {
  const snapshot = Y.encodeSnapshot(known.content);
  const bytes = concatBytes(
    MAGIC,
    roomId,
    logId,
    varUint(known.cursor),
    transcript,
    varUint(snapshot.length),
    snapshot,
    varUint(peerCursors.size),
    ...[...peerCursors].flatMap(([deviceId, cursor]) => [deviceIdToBytes(deviceId), varUint(cursor)]),
    varUint(known.floor),
    varUint(known.arrivals.length),
    ...known.arrivals.flatMap(({ client, start, end, seq }) => [client, start, end, seq].map(varUint)),
    ...[growth.frames, growth.bytes, growth.base, Number(growth.isUnsound)].map((count) =>
      varUint(Math.round(count)),
    ),
  );
  return concatBytes(bytes, sha256(bytes));
};

/** Undefined when these bytes are none, or of another room. */
export const parseResumeState = (bytes: Uint8Array, roomId: Uint8Array): ResumeState | undefined => {
  const body = bytes.subarray(0, -HASH_BYTES);
  if (!equalBytes(sha256(body), bytes.subarray(-HASH_BYTES))) return undefined;
  const reader = createByteReader(body);
  if (!equalBytes(reader.bytes(MAGIC.length), MAGIC)) return undefined;
  if (!equalBytes(reader.bytes(ROOM_ID_BYTES), roomId)) return undefined;
  const logId = reader.bytes(LOG_ID_BYTES).slice();
  const cursor = reader.varUint();
  const transcript = reader.bytes(HASH_BYTES).slice();
  // Yjs may throw on other bytes than its own; those are kept out by the hash.
  const content = Y.decodeSnapshot(reader.bytes(reader.varUint()));
  const peerCursors = new Map(
    readList(reader, () => [deviceIdFromBytes(reader.bytes(DEVICE_ID_BYTES)), reader.varUint()] as const),
  );
  const floor = reader.varUint();
  const arrivals = readList(reader, () => ({
    client: reader.varUint(),
    start: reader.varUint(),
    end: reader.varUint(),
    seq: reader.varUint(),
  }));
  const growth = {
    frames: reader.varUint(),
    bytes: reader.varUint(),
    base: reader.varUint(),
    isUnsound: reader.varUint() === 1,
  };
  if (!reader.finished) return undefined;
  return { roomId, logId, transcript, known: { cursor, content, arrivals, floor }, peerCursors, growth };
};

const readList = <Entry>(reader: ByteReader, readOne: () => Entry): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let left = reader.varUint(); left > 0 && reader.intact; left--) entries.push(readOne());
  return entries;
};

/** True when the document has all structs and all deletions of the snapshot. */
export const documentCovers = (doc: Y.Doc, { sv, ds }: Y.Snapshot): boolean =>
  [...sv].every(([client, clock]) => Y.getState(doc.store, client) >= clock) &&
  [...ds.clients].every(([client, ranges]) =>
    ranges.every(({ clock, len }) => isDeletedFrom(doc, client, clock, clock + len)),
  );

const isDeletedFrom = (doc: Y.Doc, client: number, start: number, end: number): boolean => {
  const structs = doc.store.clients.get(client);
  if (structs === undefined || Y.getState(doc.store, client) < end) return false;
  for (let index = Y.findIndexSS(structs, start); index < structs.length; index++) {
    const struct = structs[index];
    if (struct === undefined || struct.id.clock >= end) return true;
    if (!struct.deleted) return false;
  }
  return true;
};
