export type {
  BlobFailure,
  BlobSink,
  BlobSource,
  BlobTransferInput,
  CancelSignal,
} from "./blobs/blob-transfer.ts";
export * from "./blobs/download-blob.ts";
export * from "./blobs/upload-blob.ts";
export * from "./epoch/move.ts";
export * from "./epoch/read-room.ts";
export * from "./epoch/recovery-record.ts";
export * from "./epoch/recovery-room.ts";
export * from "./pairing/pairing-code.ts";
export * from "./pairing/pairing-desktop.ts";
export type { Admission, PairingRequest, RefusalReason } from "./pairing/pairing-exchange.ts";
export * from "./pairing/pairing-phone.ts";
export type { OwnershipGuard } from "./frame-intake.ts";
export * from "./ports.ts";
export * from "./presence.ts";
export type { RelayKnowledge } from "./relay-knowledge.ts";
export type { CloseRoomError } from "./room-closing.ts";
export {
  INITIAL_STATUS,
  type IgnoredWord,
  type SyncAlarm,
  type SyncPhase,
  type SyncStatus,
} from "./sync-status.ts";
export * from "./update-guard.ts";
export * from "./workspace-connection.ts";
export * from "./workspace-sync.ts";
