/**
 * Every bound of the relay in one place. Each is a promise to the other rooms: no socket and no room can take
 * more than this of what all share. Tests and embedding programs may replace any of them.
 */
import { AUTH_TIMEOUT_MS, MAX_BUFFERED_BYTES, MAX_SOCKETS_PER_ROOM } from "@deskhand/doc-schema/wire";

export const MIB = 1024 * 1024;
export const DAY_MS = 24 * 3_600_000;

export interface RelayLimits {
  /** A socket that has not proven its key by then is closed (milliseconds). */
  readonly authTimeoutMs: number;
  /** A socket that was silent for one to two of these is closed (milliseconds). */
  readonly heartbeatMs: number;
  /** How long a closing socket may take to say goodbye (milliseconds). */
  readonly closeGraceMs: number;
  readonly maxBufferedBytes: number;
  readonly maxMembersPerRoom: number;
  readonly maxUnprovenPerAddress: number;
  /** A socket may send this many messages at once, and then so many a second. */
  readonly messageBurst: number;
  readonly messagesPerSecond: number;
  readonly byteBurst: number;
  readonly bytesPerSecond: number;
  /** What one room may hold: stored bytes, and frames after its snapshot. */
  readonly roomBytes: number;
  readonly roomFrames: number;
  /** All rooms together (bytes); beyond it the relay is read-only. */
  readonly databaseBytes: number;
  /** Low-water mark: with less free disk (bytes) only compaction still writes. */
  readonly minFreeBytes: number;
  /** What blob chunks of one room may hold (bytes), and how long a chunk stays after its last touch. */
  readonly blobRoomBytes: number;
  readonly blobExpiryMs: number;
  /** Low-water mark for blob chunks (bytes): far above that of frames, so that blobs never make the log read-only. */
  readonly blobMinFreeBytes: number;
  /** How often a few chunks are looked at and the expired among them deleted. */
  readonly blobSweepMs: number;
  readonly maxBlobSocketsPerRoom: number;
  /** Chunks that all blob sockets together may have in work: between them everything else gets its turn. */
  readonly blobRequestsAtWork: number;
  /** A blob socket may send this at once, and then so much a second: chunks are large, and few. */
  readonly blobMessageBurst: number;
  readonly blobMessagesPerSecond: number;
  readonly blobByteBurst: number;
  readonly blobBytesPerSecond: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  authTimeoutMs: AUTH_TIMEOUT_MS,
  heartbeatMs: 30_000,
  closeGraceMs: 2_000,
  maxBufferedBytes: MAX_BUFFERED_BYTES,
  maxMembersPerRoom: MAX_SOCKETS_PER_ROOM,
  maxUnprovenPerAddress: 64,
  messageBurst: 200,
  messagesPerSecond: 50,
  byteBurst: 4 * MIB,
  bytesPerSecond: MIB,
  roomBytes: 256 * MIB,
  roomFrames: 50_000,
  databaseBytes: 8192 * MIB,
  minFreeBytes: 64 * MIB,
  blobRoomBytes: 4096 * MIB,
  blobExpiryMs: 30 * DAY_MS,
  blobMinFreeBytes: 512 * MIB,
  blobSweepMs: 10_000,
  maxBlobSocketsPerRoom: 8,
  blobRequestsAtWork: 2,
  blobMessageBurst: 400,
  blobMessagesPerSecond: 200,
  blobByteBurst: 64 * MIB,
  blobBytesPerSecond: 64 * MIB,
};
