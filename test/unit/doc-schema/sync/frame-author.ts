/** Seals frames by hand, as a device would, or as no device would. */
import {
  createDeviceKeys,
  createFrameChain,
  sealFrame,
  startTranscript,
  STREAM_BYTES,
  type DeviceId,
  type EpochKeys,
  type FrameKind,
  type LogPlace,
} from "@deskhand/doc-schema/crypto";
import { bytes } from "./room-harness.ts";

export interface FrameAuthor {
  readonly deviceId: DeviceId;
  /** @param place what the author claims to have read; nothing, if absent */
  readonly seal: (kind: FrameKind, body: Uint8Array, place?: LogPlace) => Uint8Array;
  readonly update: (body: Uint8Array, place?: LogPlace) => Uint8Array;
}

/** One socket of one device. */
export const createAuthor = (
  keys: EpochKeys,
  logId: Uint8Array,
  deviceId = createDeviceKeys(bytes(32), bytes(32)).deviceId,
): FrameAuthor => {
  const chain = createFrameChain(deviceId, bytes(STREAM_BYTES));
  const nothingRead: LogPlace = { cursor: 0, transcript: startTranscript(keys.roomId, logId) };
  const seal: FrameAuthor["seal"] = (kind, body, place = nothingRead) =>
    sealFrame(keys, chain, { kind, body, ...place }, bytes);
  return { deviceId, seal, update: (body, place) => seal("update", body, place) };
};
