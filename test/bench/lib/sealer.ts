/** Frames as a device seals them on one socket, without a log to stand in: what they cost does not depend on it. */
import {
  createFrameChain,
  HASH_BYTES,
  sealFrame,
  STREAM_BYTES,
  type DeviceId,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import { randomBytes } from "node:crypto";

export type Sealer = (kind: "update" | "snapshot", body: Uint8Array) => Uint8Array;

export const createSealer = (keys: EpochKeys, deviceId: DeviceId): Sealer => {
  const chain = createFrameChain(deviceId, randomBytes(STREAM_BYTES));
  const transcript = randomBytes(HASH_BYTES);
  return (kind, body) => sealFrame(keys, chain, { kind, body, cursor: 0, transcript }, randomBytes);
};
